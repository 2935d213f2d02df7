//! Totals, positions and ranks.

use super::{IndexRows, RunKey};

/// The position of a run in the list of a scope, newest first: after skipping `skip` of the runs
/// whose keys are below `end`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The upper bound of the block with the run, exclusive; `None`: no upper limit.
    pub end: Option<RunKey>,
    /// The number of newer runs in the block; less than [`MAX_BLOCK`](super::MAX_BLOCK).
    pub skip: u64,
}

/// The number of runs in the scope.
///
/// # Errors
/// An error of the engine.
pub async fn total<R: IndexRows>(rows: &mut R) -> Result<u64, R::Error> {
    Ok(rows.root().await?.map_or(0, |(_, root)| root.runs))
}

/// Finds the run that has `newer` newer runs in the scope. `None` if the scope has no more than
/// `newer` runs.
///
/// # Errors
/// An error of the engine.
pub async fn locate<R: IndexRows>(rows: &mut R, newer: u64) -> Result<Option<Position>, R::Error> {
    let Some((top, root)) = rows.root().await? else { return Ok(None) };
    if newer >= root.runs {
        return Ok(None);
    }
    let mut position = Position { end: None, skip: newer };
    let mut from = root.bound;
    for level in (0..top).rev() {
        for block in rows.blocks(level, &from, position.end.as_ref()).await?.into_iter().rev() {
            from = block.bound;
            if position.skip < block.runs {
                break;
            }
            position.skip -= block.runs;
            position.end = Some(from.clone());
        }
    }
    Ok(Some(position))
}

/// The number of runs in the scope whose keys are below this one.
///
/// # Errors
/// An error of the engine.
pub async fn rank<R: IndexRows>(rows: &mut R, key: &RunKey) -> Result<u64, R::Error> {
    let Some((top, root)) = rows.root().await? else { return Ok(0) };
    let (mut below, mut from, mut end) = (0, root.bound, None);
    for level in (0..top).rev() {
        let mut blocks = rows.blocks(level, &from, end.as_ref()).await?.into_iter().peekable();
        while let Some(block) = blocks.next() {
            match blocks.peek() {
                Some(next) if next.bound <= *key => below += block.runs,
                next => {
                    end = next.map(|next| next.bound.clone()).or(end);
                    from = block.bound;
                    break;
                }
            }
        }
    }
    Ok(below + rows.count_runs(&from, Some(key)).await?)
}
