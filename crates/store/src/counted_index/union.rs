//! Positions in the list of several scopes together.

use super::{Block, IndexRows, RunKey};

/// The position of a run in the list of several scopes, newest first: after skipping `skip` of the
/// runs that are below the end of their scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnionPosition {
    /// For each scope the key below which its runs are listed; `None`: all of them.
    pub ends: Vec<Option<RunKey>>,
    /// The number of newer runs among these, of all scopes together: at most a few blocks of each.
    pub skip: u64,
}

/// Finds the run that has `newer` newer runs in these scopes together, none of which have a run in
/// common. `None` if they have no more than `newer` runs.
///
/// From the roots down, every scope has a window of blocks in which the run may be. On each level,
/// the counts at the bounds of one scope limit those of the others, and blocks that are certainly
/// newer or certainly older than the run leave the windows.
///
/// # Errors
/// An error of the engine.
pub async fn locate_in_union<R: IndexRows>(
    scopes: &mut [R],
    newer: u64,
) -> Result<Option<UnionPosition>, R::Error> {
    let mut windows = Vec::with_capacity(scopes.len());
    let mut top = 0;
    for scope in scopes.iter_mut() {
        let root = scope.root().await?;
        top = top.max(root.as_ref().map_or(0, |(level, _)| *level));
        windows.push(Window::new(root));
    }
    if windows.iter().map(Window::runs).sum::<u64>() <= newer {
        return Ok(None);
    }
    for level in (0..top).rev() {
        for (scope, window) in scopes.iter_mut().zip(&mut windows) {
            if level < window.level {
                let from = window.blocks.first().map(|block| block.bound.clone());
                let from = from.unwrap_or_default();
                window.blocks = scope.blocks(level, &from, window.end.as_ref()).await?;
                window.level = level;
            }
        }
        narrow(&mut windows, newer);
    }
    let above = windows.iter().map(|window| window.above).sum::<u64>();
    let ends = windows.into_iter().map(|window| window.end).collect();
    Ok(Some(UnionPosition { ends, skip: newer - above }))
}

/// The blocks of a scope among which the run may be.
struct Window {
    /// The level of the blocks.
    level: u8,
    /// The blocks, ascending.
    blocks: Vec<Block>,
    /// The bound that follows the blocks; `None`: no upper limit.
    end: Option<RunKey>,
    /// The number of runs of the scope at or above `end`. They are newer than the run.
    above: u64,
}

impl Window {
    fn new(root: Option<(u8, Block)>) -> Self {
        let (level, blocks) = root.map_or((0, Vec::new()), |(level, root)| (level, vec![root]));
        Self { level, blocks, end: None, above: 0 }
    }

    fn runs(&self) -> u64 {
        self.blocks.iter().map(|block| block.runs).sum()
    }

    /// The least and the greatest number of runs that the scope may have at or above a key.
    fn runs_above(&self, key: &RunKey) -> (u64, u64) {
        let index = self.blocks.partition_point(|block| block.bound < *key);
        let least = self.above + self.blocks[index..].iter().map(|block| block.runs).sum::<u64>();
        let is_bound = self.blocks.get(index).is_some_and(|block| block.bound == *key);
        let below = if is_bound { None } else { index.checked_sub(1) };
        (least, least + below.map_or(0, |below| self.blocks[below].runs))
    }

    /// Removes the blocks that are certainly newer or certainly older than the run.
    fn cut(&mut self, from: &RunKey, end: Option<&RunKey>) {
        if let Some(end) = end {
            let first_newer = self.blocks.partition_point(|block| block.bound < *end);
            let newer = self.blocks.split_off(first_newer);
            if let Some(first) = newer.first() {
                self.end = Some(first.bound.clone());
                self.above += newer.iter().map(|block| block.runs).sum::<u64>();
            }
        }
        let covering = self.blocks.partition_point(|block| block.bound <= *from).saturating_sub(1);
        self.blocks.drain(..covering);
    }
}

/// Cuts the windows to where the run may be.
fn narrow(windows: &mut [Window], newer: u64) {
    let mut bounds: Vec<RunKey> =
        windows.iter().flat_map(|window| &window.blocks).map(|it| it.bound.clone()).collect();
    // They are ascending runs, which this sort merges.
    bounds.sort();
    bounds.dedup();
    let runs_above = |key: &RunKey| {
        let limits = windows.iter().map(|window| window.runs_above(key));
        limits.fold((0, 0), |sum, of| (sum.0 + of.0, sum.1 + of.1))
    };
    // Both numbers fall as the keys ascend.
    let first_newer = bounds.partition_point(|key| runs_above(key).1 > newer);
    let older = bounds.partition_point(|key| runs_above(key).0 > newer);
    let end = bounds.get(first_newer);
    let from = older.checked_sub(1).map(|last| bounds[last].clone()).unwrap_or_default();
    for window in windows {
        window.cut(&from, end);
    }
}
