//! The contents of a report.

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

impl Report {
    /// The worst level of the findings; `None` if there are none.
    pub fn worst(&self) -> Option<Level> {
        self.findings.iter().map(|finding| finding.level).min()
    }

    /// The number of findings of this level.
    pub fn count(&self, level: Level) -> usize {
        self.findings.iter().filter(|finding| finding.level == level).count()
    }

    /// The number of findings of each level, in words.
    pub fn summary(&self) -> String {
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
