//! Findings in four shapes: for a terminal, a page, a program, and the annotations of GitHub.

mod github;
mod json;
mod lines;
mod markdown;
mod text;

use std::io::{self, Write};

pub(crate) use markdown::escaped;

use crate::{Finding, Level};

/// What a command found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// What was looked at, such as `openapi.json against 1a2b3c4`.
    pub subject: String,
    /// The file that the pointers lead into, for GitHub's annotations.
    pub file: String,
    /// The text of that file, for the lines in GitHub's annotations; empty where it is not at hand.
    pub text: String,
    /// What was found, the worst first.
    pub findings: Vec<Finding>,
    /// What a reader is told where nothing was found, such as `no change of meaning`.
    pub nothing: &'static str,
}

/// How findings are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum Format {
    /// For a terminal.
    #[default]
    Text,
    /// For a page, or a comment below a change.
    Markdown,
    /// For programs: one object, see the README of this crate.
    Json,
    /// Commands that a workflow on GitHub turns into annotations.
    Github,
}

impl Report {
    /// The worst level of all findings.
    pub fn worst(&self) -> Option<Level> {
        self.findings.iter().map(|finding| finding.level).min()
    }

    /// How many findings have this level.
    pub fn count(&self, level: Level) -> usize {
        self.findings.iter().filter(|finding| finding.level == level).count()
    }

    /// Writes all of it.
    ///
    /// # Errors
    /// Where `out` does not take it.
    pub fn write(&self, format: Format, out: &mut dyn Write) -> io::Result<()> {
        match format {
            Format::Text => text::write(self, out),
            Format::Markdown => markdown::write(self, out),
            Format::Json => json::write(self, out),
            Format::Github => github::write(self, out),
        }
    }

    /// How many of each level there are, in words.
    fn summary(&self) -> String {
        if self.findings.is_empty() {
            return self.nothing.to_owned();
        }
        let counts = Level::ALL.iter().map(|level| (self.count(*level), *level));
        let words = counts.filter(|(count, _)| *count > 0).map(|(count, level)| match level {
            Level::Error | Level::Warning if count != 1 => format!("{count} {level}s"),
            _ => format!("{count} {level}"),
        });
        words.collect::<Vec<_>>().join(", ")
    }
}

/// A document's own words, on one line: a stranger's document must not move the terminal's cursor.
fn one_line(words: &str) -> String {
    let plain =
        |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    words.chars().map(plain).collect()
}

/// A finding's words as the beginning of a sentence, on one line.
pub(crate) fn sentence(words: &str) -> String {
    let words = one_line(words);
    let mut rest = words.chars();
    rest.next().map_or(String::new(), |first| first.to_uppercase().chain(rest).collect())
}
