//! Tables whose rows stand in a unique index as well, so that a damaged value is found by the other
//! copy: tenants, API keys and the dictionaries.

use std::collections::{BTreeMap, btree_map::Entry};

use runledger_store::Fault;
use rusqlite::{Connection, Row, types::Value};

use crate::{Result, error::is_damage};

/// A table with one unique index.
pub struct UniqueTable {
    /// Its name.
    pub name: &'static str,
    /// What a row is, in words.
    kind: &'static str,
    /// The columns of the index.
    pub columns: &'static str,
}

/// The tenants.
pub const TENANT: UniqueTable = UniqueTable { name: "tenant", kind: "tenant", columns: "name" };
/// The API keys.
pub const API_KEY: UniqueTable =
    UniqueTable { name: "api_key", kind: "the API key", columns: "hash" };
/// The texts that many runs share.
pub const DICTIONARIES: [UniqueTable; 3] = [
    UniqueTable { name: "workflow", kind: "workflow", columns: "tenant, uid" },
    UniqueTable { name: "version", kind: "version", columns: "tenant, uid, display_name" },
    UniqueTable { name: "run_type", kind: "run type", columns: "tenant, name" },
];

/// The values of a row; `None`: it is missing or cannot be read.
pub type Values = Option<Vec<Value>>;

/// The two copies of a row's values.
#[derive(Debug, Default)]
pub struct Copies {
    /// Those in the table.
    pub table: Values,
    /// Those in the index.
    pub index: Values,
}

impl Copies {
    /// Both copies, if they differ.
    pub fn differing(&self) -> Option<[&Vec<Value>; 2]> {
        let [table, index] = [self.table.as_ref()?, self.index.as_ref()?];
        (table != index).then_some([table, index])
    }
}

impl UniqueTable {
    /// All rows by their numbers, as far as they can be read.
    ///
    /// # Errors
    /// An error of SQLite that is not due to damage.
    pub fn read(&self, connection: &Connection) -> Result<BTreeMap<i64, Copies>> {
        let Self { name, kind: _, columns } = self;
        let mut rows = BTreeMap::<i64, Copies>::new();
        // From both ends to the damage.
        let descending = columns.replace(',', " DESC,");
        for order in ["id", "id DESC"] {
            let sql = format!("SELECT id, {columns} FROM main.{name} NOT INDEXED ORDER BY {order}");
            visit(connection, &sql, &mut |number, values| {
                rows.entry(number).or_default().table = values;
            })?;
        }
        for order in [*columns, &format!("{descending} DESC")] {
            let sql = format!(
                "SELECT id, {columns} FROM main.{name} INDEXED BY sqlite_autoindex_{name}_1
                 ORDER BY {order}"
            );
            visit(connection, &sql, &mut |number, values| match rows.entry(number) {
                Entry::Occupied(mut row) => row.get_mut().index = values,
                Entry::Vacant(row) => drop(row.insert(Copies { table: None, index: values })),
            })?;
        }
        Ok(rows)
    }

    /// `version 3 ("1", "first")`: a row with its texts, which are never those of a key.
    pub fn describe(&self, number: i64, values: &[Value]) -> String {
        let texts: Vec<_> = values.iter().filter_map(text).collect();
        match texts.is_empty() {
            true => format!("{} {number}", self.kind),
            false => format!("{} {number} ({})", self.kind, texts.join(", ")),
        }
    }

    /// The rows whose two copies differ: a fault for each, at most `max`.
    ///
    /// # Errors
    /// An error of SQLite that is not due to damage.
    fn find_faults(&self, connection: &Connection, max: usize) -> Result<Vec<Fault>> {
        let rows = self.read(connection)?;
        let differing = rows.iter().filter_map(|(number, copies)| {
            let [table, index] = copies.differing()?;
            let [table, index] = [table, index].map(|values| self.describe(*number, values));
            let message = match table == index {
                true => format!("{table} differs from its index"),
                false => format!("{table} is {index} in its index"),
            };
            Some(Fault::of_data(message))
        });
        Ok(differing.take(max).collect())
    }
}

/// The rows of all these tables whose two copies differ: a fault for each, at most `max` of each
/// table.
///
/// # Errors
/// An error of SQLite that is not due to damage.
pub fn find_faults(connection: &Connection, max: usize) -> Result<Vec<Fault>> {
    let mut faults = Vec::new();
    for table in [&TENANT, &API_KEY].into_iter().chain(&DICTIONARIES) {
        faults.extend(table.find_faults(connection, max)?);
    }
    Ok(faults)
}

/// Calls `visit` with the number and the values of each row, until a damaged page ends it.
fn visit(connection: &Connection, sql: &str, visit: &mut dyn FnMut(i64, Values)) -> Result<()> {
    let mut read = || {
        let mut statement = connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            visit(row.get(0)?, values(row).ok());
        }
        Ok(())
    };
    match read() {
        Err(error) if is_damage(&error) => Ok(()),
        read => Ok(read?),
    }
}

/// The values after the number; a text must be UTF-8.
fn values(row: &Row<'_>) -> rusqlite::Result<Vec<Value>> {
    (1..row.as_ref().column_count()).map(|column| row.get(column)).collect()
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(format!("{text:?}")),
        _ => None,
    }
}
