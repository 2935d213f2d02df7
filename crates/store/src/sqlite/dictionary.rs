//! The small integers that stand for what repeats in every run.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};

use super::Result;

/// More entries than this are forgotten all at once, so that memory stays bounded; they are read again.
const MOST_REMEMBERED: usize = 100_000;

/// What the writer remembers of the dictionaries. Forget it when a transaction is rolled back: it may hold
/// numbers that were never written.
#[derive(Default)]
pub struct Dictionary(HashMap<(i64, &'static str), HashMap<String, i64>>, usize);

impl Dictionary {
    /// The number of a workflow.
    pub fn workflow(&mut self, connection: &Connection, tenant: i64, uid: &str) -> Result<i64> {
        self.number(connection, tenant, uid, uid, "workflow", "uid", &[uid])
    }

    /// The number of a version; one that was renamed is another.
    pub fn version(
        &mut self,
        connection: &Connection,
        tenant: i64,
        uid: &str,
        display_name: &str,
    ) -> Result<i64> {
        // A control character parts the two: ids and names have none.
        let key = format!("{uid}\0{display_name}");
        let values = [uid, display_name];
        self.number(connection, tenant, &key, uid, "version", "uid, display_name", &values)
    }

    /// The number of a type of runs.
    pub fn run_type(&mut self, connection: &Connection, tenant: i64, name: &str) -> Result<i64> {
        self.number(connection, tenant, name, name, "run_type", "name", &[name])
    }

    #[expect(clippy::too_many_arguments, reason = "private; the three callers above read well")]
    fn number(
        &mut self,
        connection: &Connection,
        tenant: i64,
        key: &str,
        first: &str,
        table: &'static str,
        columns: &str,
        values: &[&str],
    ) -> Result<i64> {
        if let Some(number) = self.0.get(&(tenant, table)).and_then(|known| known.get(key)) {
            return Ok(*number);
        }
        let second = values.get(1).copied();
        let filter = if second.is_some() { "uid = ?2 AND display_name = ?3" } else { "" };
        let filter = if filter.is_empty() {
            format!("{columns} = ?2 AND ?3 IS NULL")
        } else {
            filter.into()
        };
        let select = format!("SELECT id FROM {table} WHERE tenant = ?1 AND {filter}");
        let found = connection
            .prepare_cached(&select)?
            .query_row(params![tenant, first, second], |row| row.get(0))
            .optional()?;
        let number = match (found, second) {
            (Some(number), _) => number,
            (None, Some(second)) => {
                let sql = format!("INSERT INTO {table} (tenant, {columns}) VALUES (?1, ?2, ?3)");
                connection.prepare_cached(&sql)?.insert(params![tenant, first, second])?
            }
            (None, None) => {
                let sql = format!("INSERT INTO {table} (tenant, {columns}) VALUES (?1, ?2)");
                connection.prepare_cached(&sql)?.insert(params![tenant, first])?
            }
        };
        self.1 += 1;
        if self.1 > MOST_REMEMBERED {
            (self.0, self.1) = (HashMap::new(), 1);
        }
        self.0.entry((tenant, table)).or_default().insert(key.to_owned(), number);
        Ok(number)
    }
}
