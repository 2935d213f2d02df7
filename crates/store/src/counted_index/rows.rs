//! What the counted index needs of an engine.

use super::RunKey;

/// The greatest number of runs in a block of level 0, and of rows in a block of a higher level.
///
/// A page is found by reading at most this many rows per level and skipping less than this many
/// runs. 128 rows of about 40 bytes are one or two pages of a database; ten million runs have four
/// levels.
pub const MAX_BLOCK: usize = 128;

/// A row of the index: the runs from its bound up to the next bound of its level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The lower bound, inclusive. It need not be the key of a run.
    pub bound: RunKey,
    /// The number of runs.
    pub runs: u64,
}

/// A block in which the run at some position is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockAt {
    /// The lower bound, inclusive.
    pub bound: RunKey,
    /// The bound of the next block, exclusive; `None`: no upper limit.
    pub end: Option<RunKey>,
    /// The number of runs in the block.
    pub runs: u64,
    /// The number of runs in the block that are newer than the one at the position.
    pub newer: u64,
}

/// The index rows and the runs of one scope, within one transaction.
///
/// The methods are async for engines that wait for a network. An engine that does not wait returns
/// futures that are ready at once.
pub trait IndexRows {
    /// An error of the engine.
    type Error;

    /// The root and its level: the only block of the highest level. `None` if the scope has no
    /// runs.
    fn root(&mut self) -> impl Future<Output = Result<Option<(u8, Block)>, Self::Error>>;

    /// The last block of a level whose bound is at most this key.
    fn covering(
        &mut self,
        level: u8,
        key: &RunKey,
    ) -> impl Future<Output = Result<Option<Block>, Self::Error>>;

    /// The last block of a level whose bound is below this key.
    fn before(
        &mut self,
        level: u8,
        key: &RunKey,
    ) -> impl Future<Output = Result<Option<Block>, Self::Error>>;

    /// The first block of a level whose bound is above this key.
    fn after(
        &mut self,
        level: u8,
        key: &RunKey,
    ) -> impl Future<Output = Result<Option<Block>, Self::Error>>;

    /// The blocks of a level with bounds from `from` (inclusive) to `to` (exclusive; `None`: no
    /// upper limit), ascending.
    fn blocks(
        &mut self,
        level: u8,
        from: &RunKey,
        to: Option<&RunKey>,
    ) -> impl Future<Output = Result<Vec<Block>, Self::Error>>;

    /// The block of level 0 that covers a key: the number of runs below the block, and its bound.
    /// `None` if the scope has no runs.
    ///
    /// An engine may do this in one statement.
    fn covering_run_block(
        &mut self,
        key: &RunKey,
    ) -> impl Future<Output = Result<Option<(u64, RunKey)>, Self::Error>> {
        find_covering_run_block(self, key)
    }

    /// The block among the children of another one that has the run at a position.
    ///
    /// An engine may read fewer of the children than the default does.
    fn child_at(
        &mut self,
        level: u8,
        parent: &BlockAt,
    ) -> impl Future<Output = Result<BlockAt, Self::Error>> {
        async move {
            let mut at = parent.clone();
            for block in self.blocks(level, &parent.bound, parent.end.as_ref()).await?.iter().rev()
            {
                at.bound.clone_from(&block.bound);
                at.runs = block.runs;
                if at.newer < block.runs {
                    break;
                }
                at.newer -= block.runs;
                at.end = Some(block.bound.clone());
            }
            Ok(at)
        }
    }

    /// Writes a block. It replaces one with the same bound.
    fn put(&mut self, level: u8, block: &Block) -> impl Future<Output = Result<(), Self::Error>>;

    /// Deletes the block with this bound.
    fn delete(
        &mut self,
        level: u8,
        bound: &RunKey,
    ) -> impl Future<Output = Result<(), Self::Error>>;

    /// The number of runs with keys from `from` (inclusive) to `to` (exclusive; `None`: no upper
    /// limit). [`verify`](super::verify) and [`rank`](super::rank) ask for it within one block.
    fn count_runs(
        &mut self,
        from: &RunKey,
        to: Option<&RunKey>,
    ) -> impl Future<Output = Result<u64, Self::Error>>;

    /// The keys of the runs at these positions among the runs from `from` on, ascending; position 0
    /// is the first. The positions ascend and are within one block.
    fn run_keys(
        &mut self,
        from: &RunKey,
        positions: &[u64],
    ) -> impl Future<Output = Result<Vec<RunKey>, Self::Error>>;
}

/// What [`IndexRows::covering_run_block`] returns, level by level.
///
/// # Errors
/// An error of the engine.
pub async fn find_covering_run_block<R: IndexRows + ?Sized>(
    rows: &mut R,
    key: &RunKey,
) -> Result<Option<(u64, RunKey)>, R::Error> {
    let Some((top, root)) = rows.root().await? else { return Ok(None) };
    let (mut below, mut from, mut end) = (0, root.bound, None);
    for level in (0..top).rev() {
        let mut blocks = rows.blocks(level, &from, end.as_ref()).await?;
        let newer = blocks.split_off(blocks.partition_point(|block| block.bound <= *key));
        end = newer.into_iter().next().map(|next| next.bound).or(end);
        let Some(covering) = blocks.pop() else { break };
        below += blocks.iter().map(|block| block.runs).sum::<u64>();
        from = covering.bound;
    }
    Ok(Some((below, from)))
}
