//! Opening a file that SQLite refuses: one that is too short, or whose schema cannot be read.

use std::path::Path;

use rusqlite::{Connection, config::DbConfig, params};

use crate::{Result, connection, migrations};

/// A row of `sqlite_schema`.
#[derive(Clone, PartialEq)]
struct SchemaRow {
    kind: String,
    name: String,
    table: String,
    sql: Option<String>,
}

/// Opens the file exclusively. If its schema is damaged, the connection is in a transaction in
/// which it has the schema that it should have, and which must be rolled back.
///
/// # Errors
/// An error of SQLite, such as that the schema cannot be recognized.
pub fn open(path: &Path) -> Result<Connection> {
    let connection = Connection::open_with_flags(path, connection::EXCLUSIVE_FLAGS)?;
    // The first reading takes the lock. A transaction that writes is not committed: SQLite would
    // correct the number of pages in the header.
    connection.execute_batch("PRAGMA locking_mode = EXCLUSIVE")?;
    tolerate_damaged_schema(&connection)?;
    connection::configure(&connection)?;
    let damaged = damaged_rows(&connection)?;
    if !damaged.is_empty() {
        connection.execute_batch("BEGIN EXCLUSIVE")?;
        restore(&connection, damaged)?;
        // Reads the schema again, and ends the tolerance.
        connection.execute_batch("PRAGMA writable_schema = RESET")?;
        tolerate_damaged_schema(&connection)?;
    }
    Ok(connection)
}

/// Lets SQLite open a file that is shorter than its header says, and use that part of a schema
/// which it understands.
///
/// # Errors
/// An error of SQLite.
pub fn tolerate_damaged_schema(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA, true)?;
    // Only the first statement fails.
    let _ = connection.execute_batch("SELECT 1 FROM sqlite_schema");
    Ok(())
}

/// The numbers of the rows of the schema that are damaged, and these rows as they should be.
fn damaged_rows(connection: &Connection) -> Result<Vec<(i64, SchemaRow)>> {
    let new = Connection::open_in_memory()?;
    migrations::create(&new)?;
    let expected: Vec<_> = rows(&new)?.into_iter().map(|(_, row)| row).collect();
    let found = rows(connection)?;
    let mut damaged = Vec::new();
    let mut unnamed = Vec::new();
    for (number, row) in &found {
        match expected.iter().find(|expected| expected.name == row.name) {
            Some(expected) if expected.is_like(row) => {}
            Some(expected) => damaged.push((*number, expected.clone())),
            None => unnamed.push(*number),
        }
    }
    // The names of these are damaged: the order tells which is which.
    let is_missing = |row: &SchemaRow| found.iter().all(|(_, found)| found.name != row.name);
    damaged.extend(unnamed.into_iter().zip(expected.into_iter().filter(is_missing)));
    Ok(damaged)
}

/// Writes these rows of the schema, except for the pages that they refer to.
fn restore(connection: &Connection, damaged: Vec<(i64, SchemaRow)>) -> Result<()> {
    for (number, SchemaRow { kind, name, table, sql }) in damaged {
        connection.execute(
            "UPDATE sqlite_schema SET type = ?2, name = ?3, tbl_name = ?4, sql = ?5
             WHERE rowid = ?1",
            params![number, kind, name, table, sql],
        )?;
    }
    Ok(())
}

impl SchemaRow {
    /// Whether another row says the same, except for white space.
    fn is_like(&self, other: &Self) -> bool {
        let words = |sql: &Option<String>| {
            let words = sql.as_ref().map(|sql| sql.split_whitespace().map(str::to_owned));
            words.map(Iterator::collect::<Vec<_>>)
        };
        let [this, that] = [self, other];
        this.kind == that.kind && this.table == that.table && words(&this.sql) == words(&that.sql)
    }
}

/// The rows with their numbers. Texts that are not UTF-8 are those of damaged rows.
fn rows(connection: &Connection) -> Result<Vec<(i64, SchemaRow)>> {
    let mut statement = connection
        .prepare("SELECT rowid, type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid")?;
    let rows = statement.query_map([], |row| {
        let text = |column| match row.get_ref(column)?.as_bytes_or_null() {
            Ok(bytes) => Ok(bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned())),
            Err(_) => Ok::<_, rusqlite::Error>(None),
        };
        let [kind, name, table, sql] = [text(1)?, text(2)?, text(3)?, text(4)?];
        let [kind, name, table] = [kind, name, table].map(Option::unwrap_or_default);
        Ok((row.get(0)?, SchemaRow { kind, name, table, sql }))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
