//! Pairs of documents: one from a source, and a changed copy of it.

use std::{fs, io::Write, path::Path};

use anyhow::Result;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use super::{
    documents::Source,
    mutate::{Change, mutate},
};

/// A document, a changed copy of it, and the changes.
pub struct Pair {
    pub old: Value,
    pub new: Value,
    pub changes: Vec<Change>,
}

/// Draws the pair with this number. It depends on the source, the number and the seed only.
pub fn draw(source: &Source, number: u64, seed: u64) -> Pair {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(number);
    let old = source.draw(&mut rng);
    let (new, changes) = mutate(&old, number, &mut rng);
    Pair { old, new, changes }
}

impl Pair {
    /// Writes both documents into a folder, and prints the changes.
    ///
    /// # Errors
    /// If a file or `out` cannot be written.
    pub fn write(&self, name: &str, folder: &Path, out: &mut dyn Write) -> Result<()> {
        fs::create_dir_all(folder)?;
        for (version, document) in [("old", &self.old), ("new", &self.new)] {
            let path = folder.join(format!("{name}-{version}.json"));
            fs::write(&path, runledger_contract::to_pretty(document))?;
            writeln!(out, "{}: written", path.display())?;
        }
        for change in &self.changes {
            writeln!(out, "{name}: {change}")?;
        }
        Ok(())
    }
}
