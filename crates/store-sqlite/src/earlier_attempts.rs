//! The table of earlier attempts, each of which is kept whole.

use runledger_model::{WorkflowRunAttempt, WorkflowRunDetail};
use runledger_store::StateBeforeLoss;
use rusqlite::{Connection, OptionalExtension, Row, params, types::Type};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    Result,
    error::is_damage,
    run_rows::{self, StoredRun},
};

/// What is stored of an attempt: the JSON of the run, with a further field.
#[derive(Serialize)]
struct Content<'a> {
    #[serde(flatten)]
    attempt: &'a WorkflowRunDetail,
    #[serde(skip_serializing_if = "Option::is_none")]
    before_loss: Option<&'a StateBeforeLoss>,
}

/// Writes an earlier attempt of the run with this number, over the one of the same number if there
/// is one. The row of the run has the number of its earlier attempts, by which a lost one is found.
/// `before_loss` is what the end of a silent attempt replaced.
pub fn write(
    connection: &Connection,
    run: i64,
    attempt: &WorkflowRunDetail,
    before_loss: Option<&StateBeforeLoss>,
) -> Result<()> {
    let summary = serde_json::to_string(&attempt.as_attempt()).expect("an attempt is JSON");
    let content = Content { attempt, before_loss };
    let content = serde_json::to_string(&content).expect("a run is JSON");
    let checksum = checksum(&summary, &content);
    let values = params![run, attempt.attempt, summary, checksum, content];
    let mut update = connection.prepare_cached(
        "UPDATE earlier_attempt SET summary = ?3, checksum = ?4, content = ?5
         WHERE run = ?1 AND attempt = ?2",
    )?;
    if update.execute(values)? == 0 {
        connection
            .prepare_cached(
                "INSERT INTO earlier_attempt (run, attempt, summary, checksum, content)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(values)?;
        connection
            .prepare_cached(
                "UPDATE run SET earlier_attempts = coalesce(earlier_attempts, 0) + 1
                 WHERE pk = ?1",
            )?
            .execute([run])?;
    }
    Ok(())
}

/// The earlier attempt with this number.
pub fn find(connection: &Connection, run: i64, attempt: i32) -> Result<Option<WorkflowRunDetail>> {
    let mut statement = connection
        .prepare_cached("SELECT content FROM earlier_attempt WHERE run = ?1 AND attempt = ?2")?;
    let content = statement.query_row(params![run, attempt], |row| json(row, 0));
    Ok(content.optional()?)
}

/// What the end of the earlier attempt with this number replaced; `None` if it was not ended
/// because its recorder was silent.
pub fn before_loss(
    connection: &Connection,
    run: i64,
    attempt: i32,
) -> Result<Option<StateBeforeLoss>> {
    #[derive(Deserialize)]
    struct Loss {
        #[serde(default)]
        before_loss: Option<StateBeforeLoss>,
    }
    let mut statement = connection
        .prepare_cached("SELECT content FROM earlier_attempt WHERE run = ?1 AND attempt = ?2")?;
    let content = statement.query_row(params![run, attempt], |row| json::<Loss>(row, 0));
    Ok(content.optional()?.and_then(|loss| loss.before_loss))
}

/// What the list of attempts shows of the earlier ones, the first one first.
pub fn summaries(connection: &Connection, run: i64) -> Result<Vec<WorkflowRunAttempt>> {
    let mut statement = connection
        .prepare_cached("SELECT summary FROM earlier_attempt WHERE run = ?1 ORDER BY attempt")?;
    let summaries = statement.query_map([run], |row| json(row, 0))?;
    Ok(summaries.collect::<rusqlite::Result<_>>()?)
}

/// This attempt of the run with this id, given as its code, or its newest one, with the list of all
/// attempts where there are several.
pub fn get(
    connection: &Connection,
    tenant: i64,
    id: &[u8],
    attempt: Option<i32>,
) -> Result<Option<WorkflowRunDetail>> {
    let Some(stored) = run_rows::find(connection, tenant, id)? else { return Ok(None) };
    let StoredRun { run: newest, numbers, checksum: _ } = stored;
    let summary = newest.as_attempt();
    let found = match attempt.filter(|attempt| *attempt != newest.attempt) {
        None => Some(newest),
        Some(attempt) => find(connection, numbers.pk, attempt)?,
    };
    let Some(mut run) = found else { return Ok(None) };
    list_in(connection, numbers.pk, summary, &mut run)?;
    Ok(Some(run))
}

/// As [`get`]; the newest attempt also if this one is not recorded.
pub fn get_or_newest(
    connection: &Connection,
    tenant: i64,
    id: &[u8],
    attempt: Option<i32>,
) -> Result<Option<WorkflowRunDetail>> {
    match get(connection, tenant, id, attempt)? {
        None if attempt.is_some() => get(connection, tenant, id, None),
        run => Ok(run),
    }
}

/// Adds the list of all attempts to one of a run's, if there are several; `newest` is the newest.
pub fn list_in(
    connection: &Connection,
    run: i64,
    newest: WorkflowRunAttempt,
    attempt: &mut WorkflowRunDetail,
) -> Result<()> {
    let mut attempts = summaries(connection, run)?;
    if !attempts.is_empty() {
        attempts.push(newest);
        attempt.attempts = attempts;
    }
    Ok(())
}

/// Deletes all earlier attempts of a run.
pub fn delete(connection: &Connection, run: i64) -> Result<()> {
    connection.prepare_cached("DELETE FROM earlier_attempt WHERE run = ?1")?.execute([run])?;
    Ok(())
}

/// The earlier attempts of a run that are as they were written, the first one first, and whether
/// these are all of them.
///
/// # Errors
/// An error of SQLite that is not due to damage.
pub fn readable(connection: &Connection, run: i64) -> Result<(Vec<WorkflowRunDetail>, bool)> {
    let mut statement = connection.prepare_cached(
        "SELECT summary, checksum, content FROM earlier_attempt WHERE run = ?1 ORDER BY attempt",
    )?;
    let (mut attempts, mut is_whole) = (Vec::new(), true);
    let mut rows = statement.query([run])?;
    loop {
        match rows.next() {
            Ok(Some(row)) => match as_written(row) {
                Some(attempt) => attempts.push(attempt),
                None => is_whole = false,
            },
            Ok(None) => {
                is_whole &= count(connection, run)? == attempts.len();
                return Ok((attempts, is_whole));
            }
            Err(error) if is_damage(&error) => return Ok((attempts, false)),
            Err(error) => return Err(error.into()),
        }
    }
}

/// The number of earlier attempts that the row of this run states.
fn count(connection: &Connection, run: i64) -> Result<usize> {
    let sql = "SELECT coalesce(earlier_attempts, 0) FROM run NOT INDEXED WHERE pk = ?1";
    let count: i64 = connection.prepare_cached(sql)?.query_row([run], |row| row.get(0))?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

/// The attempt in a row; `None` if it is not as it was written.
fn as_written(row: &Row<'_>) -> Option<WorkflowRunDetail> {
    let summary: String = row.get(0).ok()?;
    let stored: i64 = row.get(1).ok()?;
    let content: String = row.get(2).ok()?;
    (stored == checksum(&summary, &content)).then(|| serde_json::from_str(&content).ok()).flatten()
}

fn checksum(summary: &str, content: &str) -> i64 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(summary.as_bytes());
    hasher.update(content.as_bytes());
    hasher.finalize().into()
}

fn json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let json = row.get_ref(column)?.as_str().map_err(rusqlite::Error::from)?;
    serde_json::from_str(json).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into())
    })
}
