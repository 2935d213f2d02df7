//! Totals, positions and ranks.

use super::{Block, BlockAt, IndexRows, RunKey};

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
    let mut at = BlockAt { bound: root.bound, end: None, runs: root.runs, newer };
    for level in (0..top).rev() {
        at = rows.child_at(level, &at).await?;
    }
    Ok(Some(Position { end: at.end, skip: at.newer }))
}

/// The numbers of runs in the scope whose keys are below each of these keys, which ascend.
///
/// Keys that are close together share the rows that are read for them.
///
/// # Errors
/// An error of the engine.
pub async fn ranks<R: IndexRows>(rows: &mut R, keys: &[RunKey]) -> Result<Vec<u64>, R::Error> {
    let Some((top, root)) = rows.root().await? else { return Ok(vec![0; keys.len()]) };
    let Block { bound: from, runs } = root;
    let mut groups = vec![Group { from, end: None, below: 0, runs, keys }];
    for level in (0..top).rev() {
        let mut narrower = Vec::with_capacity(groups.len());
        for group in groups {
            let blocks = rows.blocks(level, &group.from, group.end.as_ref()).await?;
            group.split(blocks, &mut narrower);
        }
        groups = narrower;
    }
    let mut ranks = Vec::with_capacity(keys.len());
    for Group { from, end: _, below, runs, keys } in groups {
        if let [key] = keys {
            ranks.push(below + rows.count_runs(&from, Some(key)).await?);
            continue;
        }
        let positions: Vec<u64> = (0..runs).collect();
        let in_block = rows.run_keys(&from, &positions).await?;
        let rank = |key: &RunKey| below + in_block.partition_point(|run| run < key) as u64;
        ranks.extend(keys.iter().map(rank));
    }
    Ok(ranks)
}

/// The number of runs in the scope whose keys are below this one.
///
/// # Errors
/// An error of the engine.
pub async fn rank<R: IndexRows>(rows: &mut R, key: &RunKey) -> Result<u64, R::Error> {
    let Some((below, from)) = rows.covering_run_block(key).await? else { return Ok(0) };
    Ok(below + rows.count_runs(&from, Some(key)).await?)
}

/// Keys within one block.
struct Group<'a> {
    from: RunKey,
    end: Option<RunKey>,
    /// The number of runs below the block.
    below: u64,
    /// The number of runs in the block.
    runs: u64,
    keys: &'a [RunKey],
}

impl<'a> Group<'a> {
    /// Adds a group for each of the blocks that has keys. The blocks are those of the level below.
    fn split(self, blocks: Vec<Block>, groups: &mut Vec<Self>) {
        let Self { end: last_end, mut below, mut keys, .. } = self;
        let mut blocks = blocks.into_iter().peekable();
        while let Some(Block { bound, runs }) = blocks.next() {
            let end = blocks.peek().map(|next| next.bound.clone());
            let count = match &end {
                Some(end) => keys.partition_point(|key| key < end),
                None => keys.len(),
            };
            let (inside, rest) = keys.split_at(count);
            if !inside.is_empty() {
                let end = end.or_else(|| last_end.clone());
                groups.push(Group { from: bound, end, below, runs, keys: inside });
            }
            below += runs;
            keys = rest;
        }
    }
}
