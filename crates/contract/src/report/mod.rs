//! Reports of findings, in four formats.

mod github;
mod json;
mod lines;
mod markdown;
mod text;
mod words;

use std::io::{self, Write};

pub(crate) use words::{escaped, sentence};

use crate::finding::{Finding, Level};

/// The findings of a command.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The examined document or documents, such as `openapi.json against 1a2b3c4`.
    pub subject: String,
    /// The file that the pointers refer to.
    pub file: String,
    /// The text of that file, for the line numbers in GitHub's annotations; empty if unknown.
    pub text: String,
    /// The findings, the worst first.
    pub findings: Vec<Finding>,
    /// The summary of a report without findings, such as `no change of meaning`.
    pub nothing: &'static str,
}

/// The format of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum Format {
    /// Plain text, for a terminal.
    #[default]
    Text,
    /// Markdown, for a page or for a comment on a pull request.
    Markdown,
    /// One JSON object, for programs; see the README of this crate.
    Json,
    /// Workflow commands that GitHub Actions turns into annotations.
    Github,
}

impl Report {
    /// The worst level of the findings; `None` if there are none.
    pub fn worst(&self) -> Option<Level> {
        self.findings.iter().map(|finding| finding.level).min()
    }

    /// The number of findings of this level.
    pub fn count(&self, level: Level) -> usize {
        self.findings.iter().filter(|finding| finding.level == level).count()
    }

    /// Writes the report.
    ///
    /// # Errors
    /// If writing to `out` fails.
    pub fn write(&self, format: Format, out: &mut dyn Write) -> io::Result<()> {
        match format {
            Format::Text => text::write(self, out),
            Format::Markdown => markdown::write(self, out),
            Format::Json => json::write(self, out),
            Format::Github => github::write(self, out),
        }
    }

    /// The number of findings of each level, in words.
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
