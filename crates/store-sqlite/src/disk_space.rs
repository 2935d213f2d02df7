//! Giving disk space back to the operating system.

use rusqlite::Connection;

use crate::Result;

/// Cuts free pages off the end of the file, at most about `max_bytes`, and moves pages from the end
/// into free ones before it for that. Returns the number of bytes that were cut off. A file without
/// `auto_vacuum = INCREMENTAL` keeps its free pages, and new rows use them.
pub fn release(connection: &Connection, max_bytes: u64) -> Result<u64> {
    let number = |pragma: &str| -> Result<u64> {
        let number: i64 = connection.pragma_query_value(None, pragma, |row| row.get(0))?;
        Ok(number.cast_unsigned())
    };
    if number("freelist_count")? == 0 {
        return Ok(0);
    }
    let page_size = number("page_size")?.max(1);
    let before = number("page_count")?;
    let max_pages = (max_bytes / page_size).max(1);
    let mut statement = connection.prepare(&format!("PRAGMA incremental_vacuum({max_pages})"))?;
    // A page is cut off with each row.
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Ok(before.saturating_sub(number("page_count")?) * page_size)
}
