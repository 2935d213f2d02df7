//! Building the index of a scope from its runs.

use super::{Block, IndexRows, MAX_BLOCK, RunKey};

/// The number of runs or rows in a new block: lower than the maximum, so that it is not cut soon.
const NEW_BLOCK: u64 = MAX_BLOCK as u64 * 3 / 4;

/// Collects the runs of a scope and writes its index.
#[derive(Debug, Default)]
pub struct Builder(Vec<Block>);

impl Builder {
    /// Adds a run. The keys ascend.
    pub fn push(&mut self, key: RunKey) {
        match self.0.last_mut() {
            Some(last) if last.runs < NEW_BLOCK => last.runs += 1,
            Some(_) => self.0.push(Block { bound: key, runs: 1 }),
            None => self.0.push(Block { bound: RunKey::LEAST, runs: 1 }),
        }
    }

    /// Writes the index of a scope that has none.
    ///
    /// # Errors
    /// An error of the engine.
    pub async fn write<R: IndexRows>(self, rows: &mut R) -> Result<(), R::Error> {
        let Self(mut blocks) = self;
        for level in 0.. {
            for block in &blocks {
                rows.put(level, block).await?;
            }
            if blocks.len() <= 1 {
                break;
            }
            blocks = blocks.chunks(NEW_BLOCK as usize).map(parent).collect();
        }
        Ok(())
    }
}

fn parent(children: &[Block]) -> Block {
    Block {
        bound: children.first().map(|child| child.bound.clone()).unwrap_or_default(),
        runs: children.iter().map(|child| child.runs).sum(),
    }
}
