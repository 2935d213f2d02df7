//! What is kept about runs that were ended because their recorders were silent: any later fact
//! replaces such an end.

use std::collections::BTreeMap;

use runledger_store::{RunName, StateBeforeLoss};
use rusqlite::{Connection, Row, params};

use crate::{Result, check, error::is_damage, heartbeat_rows, id_code, run_rows, tenants};

/// The row of such a run without its number.
struct EndedRun {
    heard_at: i64,
    timeout: i64,
    beats: i64,
    before_loss: String,
}

/// Copies the rows of such runs that were saved. Returns what was lost, in words.
pub fn copy(from: &Connection, to: &Connection) -> Result<Vec<String>> {
    let (ended, mut lost) = read(from)?;
    let names = check::names(from, &ended.keys().copied().collect())?;
    for (number, row) in ended {
        let name = names.get(&number).and_then(|names| names.last());
        let Some(RunName { tenant, id }) = name else { continue };
        let Some(tenant) = tenants::find(to, tenant)? else { continue };
        let id = id_code::encode(id.as_bytes());
        let Some(pk) = run_rows::find_number(to, tenant.0, &id)? else { continue };
        let EndedRun { heard_at, timeout, beats, before_loss } = row;
        if serde_json::from_str::<StateBeforeLoss>(&before_loss).is_err() {
            lost.push(format!("the state of the {} before its end as LOST", names[&number][0]));
            continue;
        }
        heartbeat_rows::delete(to, pk)?;
        to.prepare_cached(
            "INSERT INTO heartbeat (run, heard_at, timeout, beats, before_loss)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![pk, heard_at, timeout, beats, before_loss])?;
    }
    Ok(lost)
}

/// The rows that can be read, by the numbers of their runs.
fn read(from: &Connection) -> Result<(BTreeMap<i64, EndedRun>, Vec<String>)> {
    let (mut ended, mut lost) = (BTreeMap::new(), Vec::new());
    let lost_all = || "the states of further runs before their ends as LOST".to_owned();
    let sql = "SELECT run, heard_at, timeout, beats, before_loss FROM heartbeat
        WHERE before_loss IS NOT NULL";
    let mut statement = match from.prepare(sql) {
        Err(error) if is_damage(&error) => return Ok((ended, vec![lost_all()])),
        statement => statement?,
    };
    let mut rows = statement.query([])?;
    loop {
        match rows.next() {
            Ok(Some(row)) => match ended_run(row) {
                Ok((number, row)) => drop(ended.insert(number, row)),
                Err(_) => lost.push("the state of a run before its end as LOST".to_owned()),
            },
            Ok(None) => return Ok((ended, lost)),
            Err(error) if is_damage(&error) => {
                lost.push(lost_all());
                return Ok((ended, lost));
            }
            Err(error) => return Err(error.into()),
        }
    }
}

fn ended_run(row: &Row<'_>) -> rusqlite::Result<(i64, EndedRun)> {
    let ended = EndedRun {
        heard_at: row.get(1)?,
        timeout: row.get(2)?,
        beats: row.get(3)?,
        before_loss: row.get(4)?,
    };
    Ok((row.get(0)?, ended))
}
