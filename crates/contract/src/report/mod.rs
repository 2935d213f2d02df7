//! Reports of findings, in four formats.

mod contents;
mod github;
mod json;
mod lines;
mod markdown;
mod text;
mod words;

use std::io::{self, Write};

pub use contents::Report;
pub(crate) use words::{escaped, sentence};

/// The format of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum Format {
    /// Plain text, for a terminal.
    #[default]
    Text,
    /// Markdown, for a page or for a comment on a pull request.
    Markdown,
    /// One JSON object, for programs; see crates/contract/README.md.
    Json,
    /// Workflow commands that GitHub Actions shows as annotations.
    Github,
}

impl Report {
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
}
