//! The words that the glossary of `docs/ARCHITECTURE.md` rules out.
//!
//! The table there is the only list: what stands between backticks in its last column is not used
//! anywhere in the tree.

use anyhow::{Context, Result, ensure};

/// The heading of the section that has the table.
const HEADING: &str = "## Glossary";

/// The words that are ruled out, each with the ones to use instead.
#[derive(Clone, Debug, Default)]
pub struct Glossary {
    /// Every entry, in the order of the table.
    pub entries: Vec<Entry>,
}

/// A word, or words that follow each other, that are not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The entry as the table has it. One with `_` is part of an identifier; any other is looked
    /// for in prose and in identifiers.
    pub ruled_out: String,
    /// What the table says instead.
    pub instead: String,
}

impl Glossary {
    /// Reads the table from the text of `docs/ARCHITECTURE.md`.
    ///
    /// # Errors
    /// Fails where the section or its table is missing: then nothing would be ruled out.
    pub fn parse(text: &str) -> Result<Self> {
        let (_, section) = text
            .split_once(HEADING)
            .with_context(|| format!("there is no section \"{HEADING}\""))?;
        let section = section.split("\n## ").next().unwrap_or_default();
        let mut entries = Vec::new();
        for row in section.lines().filter(|line| line.starts_with('|')).skip(2) {
            let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
            let [_, say, not] = cells[..] else { continue };
            for ruled_out in not.split('`').skip(1).step_by(2) {
                let instead = say.replace('`', "");
                entries.push(Entry { ruled_out: ruled_out.to_owned(), instead });
            }
        }
        ensure!(!entries.is_empty(), "the section \"{HEADING}\" rules out no word");
        Ok(Self { entries })
    }
}
