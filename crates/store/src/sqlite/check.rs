//! Whether a file holds what it must, and rebuilding what can be derived from its runs.

use std::{fmt, path::Path};

use rusqlite::{Connection, TransactionBehavior};

use super::{Result, schema, serving::Serving};

/// Something in a file that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong, and where.
    pub what: String,
    /// Whether [`repair`] mends it: it can be derived from the runs.
    pub repairable: bool,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

/// The most faults of one kind that are told.
const MOST_TOLD: usize = 20;

/// Looks at all of a file, at one moment of it; it may be served meanwhile. Empty where nothing is wrong.
///
/// # Errors
/// [`StoreError::Refused`](crate::StoreError::Refused) for what is no ledger at all or of another version;
/// [`StoreError::Engine`](crate::StoreError::Engine) where it is too broken to be looked at.
pub fn check(path: &Path) -> Result<Vec<Fault>> {
    schema::inspect_current(path)?;
    let connection = schema::open_onlooker(path)?;
    let transaction = connection.unchecked_transaction()?;
    let mut faults = integrity(&transaction)?;
    let objects = objects(&transaction)?;
    // What follows asks for tables that must be there.
    let complete = objects.is_empty();
    faults.extend(objects);
    if complete {
        faults.extend(references(&transaction)?);
        faults.extend(counts(&transaction)?);
    }
    Ok(faults)
}

/// Rebuilds the indexes and the counts from the runs, in one transaction. Nobody may serve the file meanwhile.
///
/// # Errors
/// As [`check`]; nothing is changed then.
pub fn repair(path: &Path) -> Result<()> {
    schema::inspect_current(path)?;
    let _serving = Serving::claim(path)?;
    let mut connection = Connection::open(path)?;
    schema::configure(&connection)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for (kind, name, sql) in missing_objects(&transaction)? {
        if is_derived(&kind, &name) {
            // There may be one that is not as it must be.
            transaction.execute_batch(&format!("DROP {kind} IF EXISTS {name}; {sql}"))?;
        }
    }
    transaction.execute_batch("REINDEX; DELETE FROM run_count;")?;
    transaction.execute_batch(&format!("{RECOUNT} INSERT INTO run_count SELECT * FROM recount"))?;
    transaction.commit()?;
    Ok(())
}

fn integrity(connection: &Connection) -> Result<Vec<Fault>> {
    let mut statement = connection.prepare(&format!("PRAGMA integrity_check({MOST_TOLD})"))?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
    let mut faults = Vec::new();
    for line in lines {
        let what = line?;
        if what != "ok" {
            // What is wrong with an index alone is mended by building it again.
            let repairable = what.contains("missing from index")
                || what.contains("wrong # of entries in index")
                || what.contains("non-unique entry in index");
            faults.push(Fault { what, repairable });
        }
    }
    Ok(faults)
}

fn objects(connection: &Connection) -> Result<Vec<Fault>> {
    let fault = |(kind, name, _): (String, String, String)| Fault {
        what: format!("the {kind} {name} is missing, or not as this program makes it"),
        repairable: is_derived(&kind, &name),
    };
    Ok(missing_objects(connection)?.into_iter().map(fault).collect())
}

/// Whether it holds nothing but what the runs say, too.
fn is_derived(kind: &str, name: &str) -> bool {
    kind == "index" || name == "run_count"
}

/// What a fresh file has and this one has not, as (kind, name, SQL).
fn missing_objects(connection: &Connection) -> Result<Vec<(String, String, String)>> {
    let fresh = Connection::open_in_memory()?;
    schema::create(&fresh)?;
    let (expected, found) = (all_objects(&fresh)?, all_objects(connection)?);
    Ok(expected.into_iter().filter(|object| !found.contains(object)).collect())
}

fn all_objects(connection: &Connection) -> Result<Vec<(String, String, String)>> {
    let mut statement = connection.prepare(
        "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid",
    )?;
    let objects = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(objects.collect::<rusqlite::Result<_>>()?)
}

fn references(connection: &Connection) -> Result<Vec<Fault>> {
    let questions = [
        (
            "a run whose tenant, workflow, version or type is not there",
            "SELECT id FROM run WHERE tenant NOT IN (SELECT id FROM tenant)
             OR NOT EXISTS (SELECT 1 FROM workflow w WHERE w.id = run.workflow AND w.tenant = run.tenant)
             OR NOT EXISTS (SELECT 1 FROM version v WHERE v.id = run.version AND v.tenant = run.tenant)
             OR NOT EXISTS (SELECT 1 FROM run_type t WHERE t.id = run.run_type AND t.tenant = run.tenant)",
        ),
        ("a run in a status that does not exist", "SELECT id FROM run WHERE status NOT BETWEEN 1 AND 6"),
        ("a step of no run", "SELECT id FROM step WHERE run NOT IN (SELECT pk FROM run)"),
        (
            "a step in a status or of a type that does not exist",
            "SELECT id FROM step WHERE status NOT BETWEEN 1 AND 4 OR step_type NOT BETWEEN 1 AND 2",
        ),
        ("a key of no tenant", "SELECT prefix FROM api_key WHERE tenant NOT IN (SELECT id FROM tenant)"),
    ];
    let mut faults = Vec::new();
    for (what, sql) in questions {
        let mut statement = connection.prepare(&format!("{sql} LIMIT {MOST_TOLD}"))?;
        for id in statement.query_map([], |row| row.get::<_, String>(0))? {
            faults.push(Fault { what: format!("{what}: {}", id?), repairable: false });
        }
    }
    Ok(faults)
}

/// `recount`: what `run_count` must hold. The runs are gone through once, by the hour; the other rows add those up.
const RECOUNT: &str = "WITH
    hourly AS (
        SELECT tenant, workflow, status,
               (created_at - ((created_at % 3600000) + 3600000) % 3600000) / 3600000 AS hour, count(*) AS n
        FROM run GROUP BY 1, 2, 3, 4
    ),
    recount AS (
        SELECT tenant,
               iif(any_workflow.column1, 0, workflow) AS workflow,
               iif(any_status.column1, 0, status) AS status,
               grain.column1 AS grain,
               CASE grain.column1 WHEN 0 THEN 0 WHEN 1 THEN (hour - ((hour % 24) + 24) % 24) / 24
                    ELSE hour END AS bucket,
               sum(n) AS n
        FROM hourly, (VALUES (0), (1)) AS any_workflow, (VALUES (0), (1)) AS any_status,
             (VALUES (0), (1), (2)) AS grain
        GROUP BY 1, 2, 3, 4, 5
    )";

fn counts(connection: &Connection) -> Result<Vec<Fault>> {
    let sql = format!(
        "{RECOUNT}
         SELECT coalesce(r.tenant, c.tenant), coalesce(r.workflow, c.workflow), coalesce(r.status, c.status),
                coalesce(r.grain, c.grain), coalesce(r.bucket, c.bucket), coalesce(c.n, 0), coalesce(r.n, 0)
         FROM recount r FULL JOIN run_count c USING (tenant, workflow, status, grain, bucket)
         WHERE r.n IS NOT c.n LIMIT {MOST_TOLD}"
    );
    let mut statement = connection.prepare(&sql)?;
    let faults = statement.query_map([], |row| {
        let n = |at: usize| row.get::<_, i64>(at);
        let (tenant, workflow, status) = (n(0)?, n(1)?, n(2)?);
        let (grain, bucket) = (["ever", "day", "hour"].get(n(3)? as usize).unwrap_or(&"?"), n(4)?);
        let what = format!(
            "the count of tenant {tenant}, workflow {workflow}, status {status} (0 is all), {grain} {bucket} is \
             {} but there are {} runs",
            n(5)?,
            n(6)?
        );
        Ok(Fault { what, repairable: true })
    })?;
    Ok(faults.collect::<rusqlite::Result<_>>()?)
}
