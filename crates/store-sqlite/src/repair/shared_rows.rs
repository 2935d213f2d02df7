//! The rows that runs share (tenants, workflows, versions, types), as a repair takes them: in
//! temporary tables of the connection to the damaged file, which SQLite reads in place of the
//! file's own tables of the same names.

use std::collections::{BTreeMap, BTreeSet};

use runledger_model::WorkflowRunDetail;
use rusqlite::{Connection, OptionalExtension, params, params_from_iter, types::Value};

use crate::{
    Result,
    check::unique::{DICTIONARIES, TENANT, UniqueTable},
    checksum::fits,
    columns::parameters,
    error::is_damage,
    run_rows::{self, StoredRun},
};

/// The number of runs whose checksums decide between two texts.
const MAX_DECIDING_RUNS: usize = 1000;
/// The greatest number of a change that is believed: the greatest whole number that every JSON
/// reader knows exactly.
const MAX_CHANGE: i64 = (1 << 53) - 1;

/// Creates the temporary tables. Returns what was decided about rows whose two copies differ, in
/// sentences.
pub fn create(connection: &Connection) -> Result<Vec<String>> {
    let mut decisions = Vec::new();
    let mut tenants = BTreeSet::new();
    for table in &DICTIONARIES {
        let UniqueTable { name, columns, .. } = table;
        connection.execute_batch(&format!(
            "CREATE TEMP TABLE {name} (id INTEGER PRIMARY KEY, {columns})"
        ))?;
        for (number, copies) in table.read(connection)? {
            if let Some(values) = copies.table.or(copies.index) {
                tenants.extend(values.first().and_then(integer));
                set(connection, table, number, &values)?;
            }
        }
    }
    decide(connection, &mut decisions)?;
    create_tenants(connection, tenants, &mut decisions)?;
    Ok(decisions)
}

/// Writes a row of a temporary table.
fn set(connection: &Connection, table: &UniqueTable, number: i64, values: &[Value]) -> Result<()> {
    let UniqueTable { name, columns, .. } = table;
    let sql = format!(
        "INSERT OR REPLACE INTO temp.{name} (id, {columns}) VALUES (?, {})",
        parameters(columns)
    );
    let number = Value::Integer(number);
    connection.execute(&sql, params_from_iter(std::iter::once(&number).chain(values)))?;
    Ok(())
}

/// Two copies of a row of a dictionary that differ, and the number of runs that fit each.
struct Choice {
    table: usize,
    number: i64,
    copies: [Vec<Value>; 2],
    fitting: [usize; 2],
}

/// Takes that copy of each text with which the checksums of the runs fit.
fn decide(connection: &Connection, decisions: &mut Vec<String>) -> Result<()> {
    let mut choices = Vec::new();
    for (table, dictionary) in DICTIONARIES.iter().enumerate() {
        for (number, copies) in dictionary.read(connection)? {
            if let Some(copies) = copies.differing() {
                let copies = copies.map(Clone::clone);
                choices.push(Choice { table, number, copies, fitting: [0, 0] });
            }
        }
    }
    if choices.is_empty() {
        return Ok(());
    }
    count_fitting_runs(connection, &mut choices)?;
    for Choice { table, number, copies, fitting } in choices {
        let taken = usize::from(fitting[1] > fitting[0]);
        let table = &DICTIONARIES[table];
        set(connection, table, number, &copies[taken])?;
        let [first, second] = copies.each_ref().map(|values| table.describe(number, values));
        decisions.push(format!(
            "{first} is {second} in its index; that of the {} is kept, which fits the checksums of \
             {} of {} runs that were compared",
            ["table", "index"][taken],
            fitting[taken],
            fitting[0].max(fitting[1]),
        ));
    }
    Ok(())
}

fn count_fitting_runs(connection: &Connection, choices: &mut [Choice]) -> Result<()> {
    let sql = "SELECT pk, workflow, version, run_type FROM run NOT INDEXED";
    let Ok(mut statement) = connection.prepare(sql) else { return Ok(()) };
    let mut rows = statement.query([])?;
    let mut compared = 0;
    while compared < MAX_DECIDING_RUNS {
        let row = match rows.next() {
            Ok(Some(row)) => row,
            Ok(None) => break,
            Err(error) if is_damage(&error) => break,
            Err(error) => return Err(error.into()),
        };
        let Ok(numbers) = (1..4).map(|column| row.get(column)).collect::<Result<Vec<i64>, _>>()
        else {
            continue;
        };
        let concerned: Vec<_> = (0..choices.len())
            .filter(|choice| numbers[choices[*choice].table] == choices[*choice].number)
            .collect();
        if concerned.is_empty() {
            continue;
        }
        let Ok(Some(stored)) = run_rows::find_by_number(connection, row.get(0)?) else { continue };
        compared += 1;
        if let Some(copies) = fitting(stored, choices, &concerned) {
            for (choice, copy) in concerned.iter().zip(copies) {
                choices[*choice].fitting[copy] += 1;
            }
        }
    }
    Ok(())
}

/// Which copy of each of these choices gives the run its checksum.
fn fitting(stored: StoredRun, choices: &[Choice], concerned: &[usize]) -> Option<Vec<usize>> {
    let StoredRun { mut run, numbers: _, checksum: expected } = stored;
    let expected = expected?;
    (0..1 << concerned.len()).find_map(|combination: usize| {
        let copies: Vec<_> =
            (0..concerned.len()).map(|position| combination >> position & 1).collect();
        for (choice, copy) in concerned.iter().zip(&copies) {
            let Choice { table, copies, .. } = &choices[*choice];
            substitute(&mut run, *table, &copies[*copy]);
        }
        fits(expected, &run).then_some(copies)
    })
}

/// Gives a run the texts of this row of a dictionary, whose first value is the tenant.
fn substitute(run: &mut WorkflowRunDetail, table: usize, values: &[Value]) {
    let mut texts = values.iter().skip(1).filter_map(|value| match value {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    });
    let mut next = || texts.next().unwrap_or_default();
    match DICTIONARIES[table].name {
        "workflow" => run.workflow_id = next(),
        "version" => (run.version_id, run.version_display_name) = (next(), next()),
        _ => run.run_type = next(),
    }
}

/// Creates the table of tenants: those that have a name, and those that workflows belong to.
fn create_tenants(
    connection: &Connection,
    numbers: BTreeSet<i64>,
    decisions: &mut Vec<String>,
) -> Result<()> {
    connection.execute_batch(
        "CREATE TEMP TABLE tenant (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
         last_change INTEGER NOT NULL, deletions_after INTEGER NOT NULL)",
    )?;
    for (number, name) in tenant_names(connection, numbers, decisions)? {
        let sql = "SELECT last_change, deletions_after FROM main.tenant WHERE id = ?1";
        let stored: (i64, i64) = connection
            .query_row(sql, [number], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap_or_default();
        let last = [stored.0, greatest_change(connection, number)].into_iter();
        let last = last.filter(|last| (0..=MAX_CHANGE).contains(last)).max().unwrap_or_default();
        connection.execute(
            "INSERT INTO temp.tenant (id, name, last_change, deletions_after)
             VALUES (?1, ?2, ?3, ?4)",
            params![number, name, last, stored.1.clamp(0, last)],
        )?;
    }
    Ok(())
}

/// A name for each tenant. Where table and index differ, that of the index is taken: it is the one
/// by which the server found the tenant.
fn tenant_names(
    connection: &Connection,
    numbers: BTreeSet<i64>,
    decisions: &mut Vec<String>,
) -> Result<BTreeMap<i64, String>> {
    let mut rows = TENANT.read(connection)?;
    for number in numbers {
        rows.entry(number).or_default();
    }
    let (mut names, mut taken) = (BTreeMap::new(), BTreeSet::new());
    for (number, copies) in rows {
        let differing = copies.differing().map(|copies| {
            let [table, index] = copies.map(|values| TENANT.describe(number, values));
            format!("{table} is {index} in its index")
        });
        let candidates = [copies.index, copies.table].into_iter().flatten();
        let mut candidates = candidates.filter_map(|values| match values.into_iter().next() {
            Some(Value::Text(name)) => Some(name),
            _ => None,
        });
        let found = candidates.find(|name| !taken.contains(name));
        let is_lost = found.is_none();
        let name = found.unwrap_or_else(|| format!("recovered-{number}"));
        if is_lost {
            decisions.push(format!("the name of tenant {number} is lost; it is called {name:?}"));
        } else if let Some(differing) = differing {
            decisions.push(format!(
                "{differing}; it is called {name:?}, because names are looked up in the index"
            ));
        }
        taken.insert(name.clone());
        names.insert(number, name);
    }
    Ok(names)
}

/// The greatest number of a tenant's changes, as far as the indexes tell.
fn greatest_change(connection: &Connection, tenant: i64) -> i64 {
    let greatest = |sql: &str| {
        let number = connection
            .query_row(sql, params![tenant, MAX_CHANGE], |row| row.get::<_, i64>(0))
            .optional();
        number.ok().flatten().unwrap_or_default()
    };
    let of_runs = greatest(
        "SELECT change FROM run INDEXED BY run_by_change WHERE tenant = ?1 AND change <= ?2
         ORDER BY change DESC LIMIT 1",
    );
    let of_deletions = greatest(
        "SELECT change FROM deleted_run WHERE tenant = ?1 AND change <= ?2
         ORDER BY change DESC LIMIT 1",
    );
    of_runs.max(of_deletions)
}

fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Integer(number) => Some(*number),
        _ => None,
    }
}
