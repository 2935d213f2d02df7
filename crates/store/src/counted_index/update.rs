//! Adding to the counts.

use std::collections::BTreeSet;

use super::{
    Block, IndexRows, RunKey,
    resize::{Touched, collapse, resize},
};

/// A run that was added to the scope or removed from it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// The key of the run.
    pub key: RunKey,
    /// 1 for an added run, -1 for a removed one.
    pub by: i64,
}

/// Counts changes that the engine has already made to the runs. They are sorted by key.
///
/// # Errors
/// An error of the engine.
pub async fn apply<R: IndexRows>(rows: &mut R, changes: &[Change]) -> Result<(), R::Error> {
    if changes.is_empty() {
        return Ok(());
    }
    let top = match rows.root().await? {
        Some((level, _)) => level,
        None => {
            rows.put(0, &Block { bound: RunKey::LEAST, runs: 0 }).await?;
            0
        }
    };
    let mut touched = Touched::default();
    for level in 0..=top {
        let bounds = add(rows, level, changes).await?;
        if level == 0 {
            bounds.iter().for_each(|bound| touched.add(0, bound));
        }
    }
    resize(rows, &mut touched).await?;
    collapse(rows).await
}

/// Adds the changes to the blocks of a level. Returns the bounds of these blocks.
async fn add<R: IndexRows>(
    rows: &mut R,
    level: u8,
    changes: &[Change],
) -> Result<BTreeSet<RunKey>, R::Error> {
    let mut bounds = BTreeSet::new();
    let mut changes = changes.iter().peekable();
    while let Some(first) = changes.next() {
        let Some(mut block) = rows.covering(level, &first.key).await? else { continue };
        let mut by = first.by;
        if changes.peek().is_some() {
            let end = rows.after(level, &block.bound).await?.map(|next| next.bound);
            let is_inside = |change: &&Change| end.as_ref().is_none_or(|end| change.key < *end);
            while let Some(change) = changes.next_if(is_inside) {
                by += change.by;
            }
        }
        if by != 0 {
            block.runs = block.runs.saturating_add_signed(by);
            rows.put(level, &block).await?;
        }
        bounds.insert(block.bound);
    }
    Ok(bounds)
}
