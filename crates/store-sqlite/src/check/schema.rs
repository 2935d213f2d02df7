//! The tables, indexes and triggers that a file must have.

use runledger_store::Fault;
use rusqlite::Connection;

use crate::{Result, migrations};

/// A table, an index or a trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaObject {
    /// `table`, `index` or `trigger`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The statement that creates it, with single spaces.
    pub sql: String,
}

impl SchemaObject {
    /// Whether its content can be derived from the runs.
    pub fn is_derived(&self) -> bool {
        self.kind == "index" || ["run_block", "metadata_pair", "run_pair"].contains(&&*self.name)
    }
}

impl From<SchemaObject> for Fault {
    fn from(object: SchemaObject) -> Self {
        let SchemaObject { kind, name, sql: _ } = &object;
        let message = format!("the {kind} {name} is missing or differs from the schema");
        if object.is_derived() { Self::of_derived(message) } else { Self::of_data(message) }
    }
}

/// What a new database has and this one has not.
///
/// # Errors
/// An error of SQLite.
pub fn missing_objects(connection: &Connection) -> Result<Vec<SchemaObject>> {
    let new = Connection::open_in_memory()?;
    migrations::create(&new)?;
    let (expected, found) = (all_objects(&new)?, all_objects(connection)?);
    Ok(expected.into_iter().filter(|object| !found.contains(object)).collect())
}

fn all_objects(connection: &Connection) -> Result<Vec<SchemaObject>> {
    let mut statement = connection.prepare(
        "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid",
    )?;
    let objects = statement.query_map([], |row| {
        let sql: String = row.get(2)?;
        let sql = sql.split_whitespace().collect::<Vec<_>>().join(" ");
        Ok(SchemaObject { kind: row.get(0)?, name: row.get(1)?, sql })
    })?;
    Ok(objects.collect::<rusqlite::Result<_>>()?)
}
