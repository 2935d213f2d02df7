//! Checking the index of a scope against its runs.

use super::{Block, IndexRows, MAX_BLOCK, RunKey};

/// Checks every row of the index and counts the runs of every block. Returns what is wrong, a
/// sentence each; empty if the index is sound.
///
/// # Errors
/// An error of the engine.
pub async fn verify<R: IndexRows>(rows: &mut R) -> Result<Vec<String>, R::Error> {
    let mut faults = Vec::new();
    let Some((top, root)) = rows.root().await? else {
        let runs = rows.count_runs(&RunKey::LEAST, None).await?;
        faults.extend((runs > 0).then(|| format!("{runs} runs are not counted")));
        return Ok(faults);
    };
    let mut parents: Vec<Block> = Vec::new();
    for level in (0..=top).rev() {
        let blocks = rows.blocks(level, &RunKey::LEAST, None).await?;
        if blocks.first().is_none_or(|block| block.bound != RunKey::LEAST) {
            faults.push(format!("level {level} does not start with the least key"));
        }
        if level == top && (blocks.len() != 1 || root.bound != RunKey::LEAST) {
            faults.push(format!("level {level} has {} rows and is the highest", blocks.len()));
        }
        verify_parents(level, &parents, &blocks, &mut faults);
        parents = blocks;
    }
    for (index, block) in parents.iter().enumerate() {
        let end = parents.get(index + 1).map(|next| &next.bound);
        let runs = rows.count_runs(&block.bound, end).await?;
        if runs != block.runs {
            faults.push(format!("a block counts {} runs and has {runs}", block.runs));
        }
        if !(1..=MAX_BLOCK as u64).contains(&block.runs) {
            faults.push(format!("a block counts {} runs", block.runs));
        }
    }
    Ok(faults)
}

/// Checks the rows of the level above against those of this one.
fn verify_parents(level: u8, parents: &[Block], blocks: &[Block], faults: &mut Vec<String>) {
    let mut blocks = blocks.iter().peekable();
    for (index, parent) in parents.iter().enumerate() {
        let end = parents.get(index + 1).map(|next| &next.bound);
        if blocks.peek().is_none_or(|first| first.bound != parent.bound) {
            faults.push(format!("a bound of level {} is missing in level {level}", level + 1));
        }
        let (mut children, mut runs) = (0, 0);
        while let Some(child) = blocks.next_if(|child| end.is_none_or(|end| child.bound < *end)) {
            children += 1;
            runs += child.runs;
        }
        if runs != parent.runs {
            let counted = parent.runs;
            faults.push(format!("a row of level {} counts {counted} runs, not {runs}", level + 1));
        }
        if children > MAX_BLOCK {
            faults.push(format!("a row of level {} has {children} rows below it", level + 1));
        }
    }
}
