//! The kept counts: how many runs there are per scope and bucket of time.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};

use super::Result;

/// Stands for every workflow or every status; dictionary numbers start at 1.
pub const ALL: i64 = 0;

const EVER: i64 = 0;
const DAY: i64 = 1;
const HOUR: i64 = 2;
const DAY_MILLIS: i64 = 24 * HOUR_MILLIS;
const HOUR_MILLIS: i64 = 3_600_000;

/// Whose runs are counted: a tenant's, of one workflow or [`ALL`], in one status or [`ALL`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scope {
    /// The tenant's number.
    pub tenant: i64,
    /// The workflow's number or [`ALL`].
    pub workflow: i64,
    /// The status's number or [`ALL`].
    pub status: i64,
}

/// Changes of counts that a transaction has made and not yet written: added up here, each row is written once.
#[derive(Default)]
pub struct Deltas(HashMap<(Scope, i64, i64), i64>);

impl Deltas {
    /// Counts one run more (`by` = 1) or one less (-1) in each of the scopes that it belongs to.
    pub fn add(&mut self, leaf: Scope, created_at: i64, by: i64) {
        let grains = [
            (EVER, 0),
            (DAY, created_at.div_euclid(DAY_MILLIS)),
            (HOUR, created_at.div_euclid(HOUR_MILLIS)),
        ];
        for workflow in [ALL, leaf.workflow] {
            for status in [ALL, leaf.status] {
                for (grain, bucket) in grains {
                    let scope = Scope { workflow, status, ..leaf };
                    *self.0.entry((scope, grain, bucket)).or_default() += by;
                }
            }
        }
    }

    /// Writes what has been added up.
    pub fn write(self, connection: &Connection) -> Result<()> {
        let mut more = connection.prepare_cached(
            "INSERT INTO run_count VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT DO UPDATE SET n = n + excluded.n",
        )?;
        let mut none_left = connection.prepare_cached(
            "DELETE FROM run_count WHERE tenant = ?1 AND workflow = ?2 AND status = ?3 AND grain = ?4
             AND bucket = ?5 AND n = -?6",
        )?;
        let mut fewer = connection.prepare_cached(
            "UPDATE run_count SET n = n + ?6 WHERE tenant = ?1 AND workflow = ?2 AND status = ?3
             AND grain = ?4 AND bucket = ?5",
        )?;
        for ((scope, grain, bucket), by) in self.0 {
            let row = params![scope.tenant, scope.workflow, scope.status, grain, bucket, by];
            if by > 0 {
                more.execute(row)?;
            } else if by < 0 && none_left.execute(row)? == 0 {
                fewer.execute(row)?;
            }
        }
        Ok(())
    }
}

/// How many runs the scope has.
pub fn total(connection: &Connection, scope: Scope) -> Result<i64> {
    let mut statement = connection.prepare_cached(
        "SELECT n FROM run_count WHERE tenant = ?1 AND workflow = ?2 AND status = ?3 AND grain = 0
         AND bucket = 0",
    )?;
    let n =
        statement.query_row(params![scope.tenant, scope.workflow, scope.status], |row| row.get(0));
    Ok(n.optional()?.unwrap_or(0))
}

/// Where the scope's run number `offset` stands, counted from the newest: it is the `rest`-th (from 0) of those
/// created before `end`.
pub struct Place {
    /// Milliseconds since 1970, exclusive: the end of the hour that the run is in.
    pub end: i64,
    /// How many runs of that hour are newer.
    pub rest: i64,
}

/// Finds a run by adding up days, from whichever end of time is nearer, and then that day's hours.
/// `offset` must be less than `total`.
pub fn place(
    connection: &Connection,
    scope: Scope,
    offset: i64,
    total: i64,
) -> Result<Option<Place>> {
    let Some((day, newer)) = day(connection, scope, offset, total)? else { return Ok(None) };
    let mut statement = connection.prepare_cached(
        "SELECT bucket, n FROM run_count WHERE tenant = ?1 AND workflow = ?2 AND status = ?3
         AND grain = 2 AND bucket BETWEEN ?4 AND ?5 ORDER BY bucket DESC",
    )?;
    let hours = (day * 24, day * 24 + 23);
    let mut rows =
        statement.query(params![scope.tenant, scope.workflow, scope.status, hours.0, hours.1])?;
    let mut rest = offset - newer;
    while let Some(row) = rows.next()? {
        let (hour, n): (i64, i64) = (row.get(0)?, row.get(1)?);
        if rest < n {
            return Ok(Some(Place { end: (hour + 1) * HOUR_MILLIS, rest }));
        }
        rest -= n;
    }
    Ok(None)
}

/// The day of the run number `offset`, and how many runs are newer than that day.
fn day(
    connection: &Connection,
    scope: Scope,
    offset: i64,
    total: i64,
) -> Result<Option<(i64, i64)>> {
    let from_newest = offset < total / 2;
    let mut statement = connection.prepare_cached(if from_newest {
        "SELECT bucket, n FROM run_count WHERE tenant = ?1 AND workflow = ?2 AND status = ?3
         AND grain = 1 ORDER BY bucket DESC"
    } else {
        "SELECT bucket, n FROM run_count WHERE tenant = ?1 AND workflow = ?2 AND status = ?3
         AND grain = 1 ORDER BY bucket"
    })?;
    let mut rows = statement.query(params![scope.tenant, scope.workflow, scope.status])?;
    let (wanted, mut passed) = (if from_newest { offset } else { total - 1 - offset }, 0);
    while let Some(row) = rows.next()? {
        let (day, n): (i64, i64) = (row.get(0)?, row.get(1)?);
        if wanted < passed + n {
            return Ok(Some((day, if from_newest { passed } else { total - passed - n })));
        }
        passed += n;
    }
    Ok(None)
}
