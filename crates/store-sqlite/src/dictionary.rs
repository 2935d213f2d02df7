//! The dictionaries: tables that give a number to each text that many runs share.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Params};

use crate::Result;

/// The cache is emptied when it has this many entries, so that its memory is bounded.
const MAX_CACHED_ENTRIES: usize = 100_000;

/// The writer's cache of the dictionaries. It must be discarded after a rollback, because it may
/// have numbers that were not written.
#[derive(Default)]
pub struct Dictionary(HashMap<(i64, Entry), i64>);

/// An entry of a dictionary.
#[derive(PartialEq, Eq, Hash)]
enum Entry {
    Workflow(String),
    Version { uid: String, display_name: String },
    RunType(String),
}

impl Dictionary {
    /// The number of a workflow.
    pub fn workflow(&mut self, connection: &Connection, tenant: i64, uid: &str) -> Result<i64> {
        self.number(tenant, Entry::Workflow(uid.to_owned()), || {
            find_or_insert(
                connection,
                "SELECT id FROM workflow WHERE tenant = ?1 AND uid = ?2",
                "INSERT INTO workflow (tenant, uid) VALUES (?1, ?2)",
                (tenant, uid),
            )
        })
    }

    /// The number of a version. A version that was renamed has another number.
    pub fn version(
        &mut self,
        connection: &Connection,
        tenant: i64,
        uid: &str,
        display_name: &str,
    ) -> Result<i64> {
        let (owned, name) = (uid.to_owned(), display_name.to_owned());
        self.number(tenant, Entry::Version { uid: owned, display_name: name }, || {
            find_or_insert(
                connection,
                "SELECT id FROM version WHERE tenant = ?1 AND uid = ?2 AND display_name = ?3",
                "INSERT INTO version (tenant, uid, display_name) VALUES (?1, ?2, ?3)",
                (tenant, uid, display_name),
            )
        })
    }

    /// The number of a run type.
    pub fn run_type(&mut self, connection: &Connection, tenant: i64, name: &str) -> Result<i64> {
        self.number(tenant, Entry::RunType(name.to_owned()), || {
            find_or_insert(
                connection,
                "SELECT id FROM run_type WHERE tenant = ?1 AND name = ?2",
                "INSERT INTO run_type (tenant, name) VALUES (?1, ?2)",
                (tenant, name),
            )
        })
    }

    fn number(
        &mut self,
        tenant: i64,
        entry: Entry,
        look_up: impl FnOnce() -> Result<i64>,
    ) -> Result<i64> {
        let key = (tenant, entry);
        if let Some(number) = self.0.get(&key) {
            return Ok(*number);
        }
        let number = look_up()?;
        if self.0.len() == MAX_CACHED_ENTRIES {
            self.0.clear();
        }
        self.0.insert(key, number);
        Ok(number)
    }
}

/// The number that `find` returns, or that of the row that `insert` adds.
pub fn find_or_insert(
    connection: &Connection,
    find: &str,
    insert: &str,
    values: impl Params + Copy,
) -> Result<i64> {
    let found = connection.prepare_cached(find)?.query_row(values, |row| row.get(0));
    match found.optional()? {
        Some(number) => Ok(number),
        None => Ok(connection.prepare_cached(insert)?.insert(values)?),
    }
}
