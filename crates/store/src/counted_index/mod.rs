//! The counted index: exact totals, positions and ranks, at the same cost whatever the data.
//!
//! The runs of a scope are ordered by [`RunKey`], ascending, and cut into blocks. Level 0 has a row
//! for each block: its lower bound and its number of runs. The rows of level 0 are cut into blocks
//! in the same way, which level 1 has a row for, and so on until one row is left: the root, whose
//! count is the total of the scope. Every block has at most [`MAX_BLOCK`] runs or rows.
//!
//! - The run at a position: from the root down, counts are added up until they pass the position;
//!   at level 0 the engine skips less than a block of runs. See [`locate`].
//! - The number of runs below a key: the same way, by key. See [`rank`]. The total of a range of
//!   time is the difference of two ranks.
//! - Recording adds to one row per level. A block that grows beyond its maximum is cut; a small one
//!   joins its neighbor. See [`apply`].
//!
//! The index knows nothing of time, so no distribution of runs over time makes it slow. A scope
//! with few runs costs one row.
//!
//! Two invariants keep changes local: the bounds of a level are among those of the level below, and
//! the first row of every level has the least key as its bound, so that no bound changes when an
//! older run is recorded.
//!
//! The code here is arithmetic over [`IndexRows`], a small interface that an engine implements
//! within its transaction.

mod build;
mod key;
mod locate;
mod resize;
mod rows;
mod scope;
#[cfg(test)]
mod tests;
mod union;
mod update;
mod verify;

pub use build::Builder;
pub use key::RunKey;
pub use locate::{Position, locate, rank, ranks, total};
pub use rows::{Block, BlockAt, IndexRows, MAX_BLOCK, find_covering_run_block};
pub use scope::{ANY, Changes, ChangesByScope, Scope};
pub use union::{UnionPosition, locate_in_union};
pub use update::{Change, apply};
pub use verify::verify;
