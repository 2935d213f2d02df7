//! What the counted index needs of an engine.

use super::RunKey;

/// The greatest number of runs in a block of level 0, and of rows in a block of a higher level.
///
/// A page is found by reading at most this many rows per level and skipping less than this many
/// runs. 256 rows of about 40 bytes are a few pages of a database; ten million runs have three
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
