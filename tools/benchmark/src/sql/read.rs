//! What a program would write that reads the ledger's tables without the counted index.

use std::path::Path;

use anyhow::Result;
use runledger_model::WorkflowRunStatus::{self, Failed, Succeeded};
use runledger_store::codes::StorageCode;
use rusqlite::{
    Connection, OpenFlags, Row, Statement, ToSql, config::DbConfig, params_from_iter, types::Value,
};

use crate::reads::{LIMIT, ListRead, Read};

/// A run with the texts that its numbers stand for.
const COLUMNS: &str = "run.*,
    (SELECT uid FROM workflow WHERE workflow.id = run.workflow),
    (SELECT uid FROM version WHERE version.id = run.version),
    (SELECT display_name FROM version WHERE version.id = run.version),
    (SELECT name FROM run_type WHERE run_type.id = run.run_type)";
const NEWEST_FIRST: &str = "ORDER BY created_at DESC, id DESC";

/// A connection that reads a ledger's file.
pub struct PlainReader {
    connection: Connection,
    tenant: i64,
    /// The names of the indexes of runs.
    indexes: Vec<String>,
}

/// Where a statement for rows only begins.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// When the first run of a later page was created, in milliseconds since 1970.
    pub newest: Option<i64>,
    /// The id of a run as it is stored.
    pub stored_id: Option<Value>,
}

/// A condition and its values.
struct Condition {
    sql: String,
    values: Vec<Value>,
}

impl PlainReader {
    /// Opens a ledger's file. The settings are those of the store's readers.
    ///
    /// # Errors
    /// Where it cannot be opened.
    pub fn open(path: &Path, tenant: i64) -> Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.execute_batch("PRAGMA cache_size = -8192")?;
        let indexes = {
            let mut names = connection.prepare("SELECT name FROM pragma_index_list('run')")?;
            let names = names.query_map([], |row| row.get(0))?;
            names.collect::<rusqlite::Result<_>>()?
        };
        Ok(Self { connection, tenant, indexes })
    }

    /// The id of the run with this number as it is stored.
    ///
    /// # Errors
    /// An error of SQLite, or where there is no such run.
    pub fn stored_id(&self, number: u64) -> Result<Value> {
        // Runs were recorded one after the other into an empty table.
        let pk = number.cast_signed() + 1;
        Ok(self.connection.query_row("SELECT id FROM run WHERE pk = ?", [pk], |row| row.get(0))?)
    }

    /// The same rows by a prepared statement that begins at their place, without totals. `None`
    /// where there is no such statement.
    ///
    /// # Errors
    /// An error of SQLite.
    pub fn rows_only(&self, read: &Read, place: &Place) -> Result<Option<usize>> {
        match read {
            Read::List(list) => {
                let range = list.range.map(|(from, before)| (from, before - 1));
                let (from, last) = range.unwrap_or((i64::MIN, i64::MAX));
                let last = place.newest.unwrap_or(last);
                self.rows_from(list, from, last).map(Some)
            }
            Read::Run { .. } => self.run(place.stored_id.as_ref()).map(Some),
            Read::Histogram { .. } => Ok(None),
        }
    }

    /// What is usually written: the totals by `count` and `sum`, the page by `OFFSET`. Returns the
    /// total. `None` where it does not differ from [`rows_only`](Self::rows_only).
    ///
    /// # Errors
    /// An error of SQLite.
    pub fn counted(&self, read: &Read) -> Result<Option<i64>> {
        match read {
            Read::List(list) => self.counted_page(list).map(Some),
            Read::Histogram { end } => self.counted_hours(*end).map(Some),
            Read::Run { .. } => Ok(None),
        }
    }

    fn counted_page(&self, list: &ListRead) -> Result<i64> {
        let Condition { sql: condition, values } = self.condition(list);
        let (succeeded, failed) = (Succeeded.code(), Failed.code());
        let mut totals = self.connection.prepare_cached(&format!(
            "SELECT count(*), coalesce(sum(status = {succeeded}), 0),
             coalesce(sum(status = {failed}), 0) FROM run WHERE {condition}"
        ))?;
        let totals: (i64, i64, i64) = totals.query_row(params_from_iter(&values), |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
        let mut page = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM run WHERE {condition} {NEWEST_FIRST} LIMIT {LIMIT} OFFSET ?"
        ))?;
        let offset = Value::from(list.offset);
        read_all(&mut page, values.iter().chain([&offset]))?;
        Ok(totals.0)
    }

    fn counted_hours(&self, end: i64) -> Result<i64> {
        let mut hours = self.connection.prepare_cached(
            "SELECT created_at / 3600000, status, count(*) FROM run
             WHERE tenant = ? AND created_at >= ? AND created_at < ? GROUP BY 1, 2",
        )?;
        let values = [self.tenant, Read::histogram_start(end), end];
        let counts = hours.query_map(values, |row| row.get::<_, i64>(2))?;
        Ok(counts.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().sum())
    }

    /// At most a page of the runs from `from` to `last`. The runs of several states are those of
    /// each, sorted.
    fn rows_from(&self, list: &ListRead, from: i64, last: i64) -> Result<usize> {
        let statuses = self.statuses_in_order(list);
        let mut selects = Vec::with_capacity(statuses.len());
        let mut values = Vec::new();
        for status in statuses {
            let statuses = status.into_iter().collect();
            let one = ListRead { statuses, range: None, ..list.clone() };
            let condition = self.condition(&one);
            selects.push(format!(
                "SELECT {COLUMNS} FROM run {} WHERE {} AND created_at >= ? AND created_at <= ?
                 {NEWEST_FIRST} LIMIT {LIMIT}",
                self.index_for(&one),
                condition.sql
            ));
            values.extend(condition.values);
            values.extend([from, last].map(Value::from));
        }
        let sql = match &selects[..] {
            [one] => one.clone(),
            several => {
                let several = several.iter().map(|one| format!("SELECT * FROM ({one})"));
                let union = several.collect::<Vec<_>>().join(" UNION ALL ");
                format!("{union} {NEWEST_FIRST} LIMIT {LIMIT}")
            }
        };
        let mut rows = self.connection.prepare_cached(&sql)?;
        read_all(&mut rows, &values)
    }

    fn run(&self, stored_id: Option<&Value>) -> Result<usize> {
        let sql = format!("SELECT {COLUMNS} FROM run WHERE tenant = ? AND id = ?");
        let mut run = self.connection.prepare_cached(&sql)?;
        let pk: i64 = run.query_row((self.tenant, stored_id), |row| {
            read_row(row)?;
            row.get("pk")
        })?;
        let mut steps =
            self.connection.prepare_cached("SELECT * FROM step WHERE run = ? ORDER BY position")?;
        read_all(&mut steps, [&pk])
    }

    /// The states whose runs an index has in order; `None` for those of any state together.
    fn statuses_in_order(&self, list: &ListRead) -> Vec<Option<WorkflowRunStatus>> {
        let together = list.statuses.is_empty() && !self.index_for(list).is_empty();
        match &list.statuses[..] {
            [] if together => vec![None],
            [] => WorkflowRunStatus::ALL.iter().copied().map(Some).collect(),
            some => some.iter().copied().map(Some).collect(),
        }
    }

    /// Names the index that has the order of these runs: without statistics of the data, SQLite
    /// would often choose another one.
    fn index_for(&self, list: &ListRead) -> String {
        let name = match (&list.workflow, list.statuses.is_empty()) {
            (None, true) => "run_by_time",
            (None, false) => "run_by_status",
            (Some(_), true) => "run_by_workflow",
            (Some(_), false) => "run_by_workflow_status",
        };
        let exists = self.indexes.iter().any(|index| index == name);
        if exists { format!("INDEXED BY {name}") } else { String::new() }
    }

    fn condition(&self, list: &ListRead) -> Condition {
        let ListRead { workflow, statuses, range, offset: _ } = list;
        let mut conditions = vec!["tenant = ?".to_owned()];
        let mut values = vec![Value::from(self.tenant)];
        if let Some(uid) = workflow {
            let number = "workflow = (SELECT id FROM workflow WHERE tenant = ? AND uid = ?)";
            conditions.push(number.into());
            values.extend([Value::from(self.tenant), Value::from(uid.clone())]);
        }
        if !statuses.is_empty() {
            let codes: Vec<_> = statuses.iter().map(|status| status.code().to_string()).collect();
            conditions.push(format!("status IN ({})", codes.join(", ")));
        }
        if let Some((from, before)) = range {
            conditions.push("created_at >= ? AND created_at < ?".into());
            values.extend([*from, *before].map(Value::from));
        }
        Condition { sql: conditions.join(" AND "), values }
    }
}

/// Reads all rows with all their texts; returns how many there are.
fn read_all<T: ToSql>(
    statement: &mut Statement<'_>,
    values: impl IntoIterator<Item = T>,
) -> Result<usize> {
    let mut rows = statement.query(params_from_iter(values))?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        read_row(row)?;
        count += 1;
    }
    Ok(count)
}

fn read_row(row: &Row<'_>) -> rusqlite::Result<Vec<Value>> {
    (0..row.as_ref().column_count()).map(|column| row.get(column)).collect()
}
