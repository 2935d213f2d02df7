//! Keeping blocks within their sizes: large ones are cut, small ones join a neighbor.

use std::collections::BTreeSet;

use super::{Block, IndexRows, MAX_BLOCK, RunKey};

/// A smaller block joins a neighbor if the joined block has at most [`MAX_JOINED`].
const MIN_BLOCK: usize = MAX_BLOCK / 4;
/// The greatest size of a joined block: low enough that it is not cut again soon.
const MAX_JOINED: usize = MAX_BLOCK * 3 / 4;
/// The size of the parts of a cut block at the end of its level. Runs are mostly recorded in the
/// order of time, so no others follow in these parts.
const FULL_PART: usize = MAX_BLOCK * 7 / 8;

/// The bounds of the blocks whose sizes may have changed, by level.
#[derive(Default)]
pub struct Touched(Vec<BTreeSet<RunKey>>);

impl Touched {
    /// Adds a block.
    pub fn add(&mut self, level: u8, bound: &RunKey) {
        let level = usize::from(level);
        if self.0.len() <= level {
            self.0.resize_with(level + 1, BTreeSet::new);
        }
        self.0[level].insert(bound.clone());
    }

    fn take(&mut self, level: u8) -> Option<BTreeSet<RunKey>> {
        self.0.get_mut(usize::from(level)).map(std::mem::take)
    }
}

/// Cuts and joins the touched blocks, from level 0 upwards, and the blocks above that this changes.
///
/// # Errors
/// An error of the engine.
pub async fn resize<R: IndexRows>(rows: &mut R, touched: &mut Touched) -> Result<(), R::Error> {
    for level in 0.. {
        let Some(bounds) = touched.take(level) else { break };
        for bound in bounds {
            // If the block was joined with the one before it, that one is resized instead.
            let Some(block) = rows.covering(level, &bound).await? else { continue };
            let size = size(rows, level, &block).await?;
            if size > MAX_BLOCK {
                for new in cut(rows, level, &block, size).await? {
                    touched.add(level + 1, &new);
                }
                add_root(rows, level).await?;
            } else if size < MIN_BLOCK {
                join(rows, level, &block, size, touched).await?;
            }
        }
    }
    Ok(())
}

/// Deletes roots that have a single row below them, and the last row of a scope without runs.
///
/// # Errors
/// An error of the engine.
pub async fn collapse<R: IndexRows>(rows: &mut R) -> Result<(), R::Error> {
    while let Some((level, root)) = rows.root().await? {
        let is_superfluous = match level.checked_sub(1) {
            Some(below) => rows.after(below, &RunKey::LEAST).await?.is_none(),
            None => root.runs == 0,
        };
        if !is_superfluous {
            break;
        }
        rows.delete(level, &root.bound).await?;
    }
    Ok(())
}

/// The number of runs in a block of level 0, or of the rows in a block of a higher level.
async fn size<R: IndexRows>(rows: &mut R, level: u8, block: &Block) -> Result<usize, R::Error> {
    let Some(below) = level.checked_sub(1) else {
        return Ok(usize::try_from(block.runs).unwrap_or(usize::MAX));
    };
    let end = rows.after(level, &block.bound).await?.map(|next| next.bound);
    Ok(rows.blocks(below, &block.bound, end.as_ref()).await?.len())
}

/// Cuts a block into parts. Returns the bounds of the new blocks.
async fn cut<R: IndexRows>(
    rows: &mut R,
    level: u8,
    block: &Block,
    size: usize,
) -> Result<Vec<RunKey>, R::Error> {
    let end = rows.after(level, &block.bound).await?.map(|next| next.bound);
    let part_size = match end {
        None => FULL_PART,
        Some(_) => size.div_ceil(size / (MAX_BLOCK / 2)),
    };
    let parts = match level.checked_sub(1) {
        None => parts_of_runs(rows, block, size, part_size).await?,
        Some(below) => {
            let children = rows.blocks(below, &block.bound, end.as_ref()).await?;
            let part = |children: &[Block]| Block {
                bound: children[0].bound.clone(),
                runs: children.iter().map(|child| child.runs).sum(),
            };
            children.chunks(part_size).map(part).collect()
        }
    };
    for part in &parts {
        rows.put(level, part).await?;
    }
    Ok(parts.into_iter().skip(1).map(|part| part.bound).collect())
}

/// The blocks into which a block of level 0 is cut.
async fn parts_of_runs<R: IndexRows>(
    rows: &mut R,
    block: &Block,
    size: usize,
    part_size: usize,
) -> Result<Vec<Block>, R::Error> {
    let starts: Vec<u64> = (part_size..size).step_by(part_size).map(|at| at as u64).collect();
    let bounds = rows.run_keys(&block.bound, &starts).await?;
    let mut parts = Vec::with_capacity(starts.len() + 1);
    let mut rest = size;
    for bound in std::iter::once(block.bound.clone()).chain(bounds) {
        let runs = rest.min(part_size);
        rest -= runs;
        parts.push(Block { bound, runs: runs as u64 });
    }
    Ok(parts)
}

/// Puts a root over a level that has several blocks and no level above it.
async fn add_root<R: IndexRows>(rows: &mut R, level: u8) -> Result<(), R::Error> {
    if rows.covering(level + 1, &RunKey::LEAST).await?.is_some() {
        return Ok(());
    }
    let blocks = rows.blocks(level, &RunKey::LEAST, None).await?;
    let runs = blocks.iter().map(|block| block.runs).sum();
    rows.put(level + 1, &Block { bound: RunKey::LEAST, runs }).await
}

/// Joins a small block with the one before or after it, if the joined block is small enough. An
/// empty block always joins.
async fn join<R: IndexRows>(
    rows: &mut R,
    level: u8,
    block: &Block,
    block_size: usize,
    touched: &mut Touched,
) -> Result<(), R::Error> {
    let fits = |neighbor: usize| block_size == 0 || block_size + neighbor <= MAX_JOINED;
    if let Some(before) = rows.before(level, &block.bound).await?
        && fits(size(rows, level, &before).await?)
    {
        return remove_bound(rows, level, &block.bound, touched).await;
    }
    if let Some(after) = rows.after(level, &block.bound).await?
        && fits(size(rows, level, &after).await?)
    {
        return remove_bound(rows, level, &after.bound, touched).await;
    }
    Ok(())
}

/// Removes a bound from a level and from the levels above that have it. The runs of the removed
/// block belong to the one before it.
async fn remove_bound<R: IndexRows>(
    rows: &mut R,
    level: u8,
    bound: &RunKey,
    touched: &mut Touched,
) -> Result<(), R::Error> {
    for level in level.. {
        let Some(block) = rows.covering(level, bound).await? else { break };
        if block.bound != *bound {
            // This block lost a row.
            touched.add(level, &block.bound);
            break;
        }
        let Some(mut before) = rows.before(level, bound).await? else { break };
        rows.delete(level, bound).await?;
        before.runs += block.runs;
        rows.put(level, &before).await?;
        touched.add(level, &before.bound);
    }
    Ok(())
}
