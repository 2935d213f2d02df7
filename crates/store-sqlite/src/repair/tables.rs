//! Copying the rows of a table that can be read.

use rusqlite::{Connection, ErrorCode, Row, params_from_iter, types::Value};

use crate::{Result, columns::parameters, error::is_damage};

/// Copies the rows of a table that has the same columns in both files. Returns what was lost, in
/// words.
pub fn copy(from: &Connection, to: &Connection, table: &str) -> Result<Vec<String>> {
    let columns = columns(to, table)?.join(", ");
    let mut select = match from.prepare(&format!("SELECT {columns} FROM {table}")) {
        Err(error) if is_damage(&error) => return Ok(vec![format!("the table {table}")]),
        select => select?,
    };
    let insert = format!("INSERT INTO {table} ({columns}) VALUES ({})", parameters(&columns));
    let mut insert = to.prepare(&insert)?;
    let (mut copied, mut lost) = (0, Vec::new());
    let mut rows = select.query([])?;
    loop {
        let values = match rows.next() {
            Ok(Some(row)) => values(row),
            Ok(None) => return Ok(lost),
            Err(error) if is_damage(&error) => {
                lost.push(match copied {
                    0 => format!("all rows of the table {table}"),
                    copied => format!("the rows of the table {table} after the first {copied}"),
                });
                return Ok(lost);
            }
            Err(error) => return Err(error.into()),
        };
        copied += 1;
        match values.and_then(|values| insert.execute(params_from_iter(values))) {
            Ok(_) => {}
            Err(error) if is_lost(&error) => {
                lost.push(format!("row {copied} of the table {table}"))
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// The names of a table's columns.
fn columns(connection: &Connection, table: &str) -> Result<Vec<String>> {
    let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?1)")?;
    let names = statement.query_map([table], |row| row.get(0))?;
    Ok(names.collect::<rusqlite::Result<_>>()?)
}

/// The values of a row, whose texts must be UTF-8.
fn values(row: &Row<'_>) -> rusqlite::Result<Vec<Value>> {
    (0..row.as_ref().column_count()).map(|column| row.get(column)).collect()
}

/// Whether a row cannot be read, or is not one that the table may have.
fn is_lost(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) || is_damage(error)
}
