//! Every check on the tree, and each check on small files that break its rule.

mod imports;
mod size;
mod tree;
mod words;

use tidy::{Finding, SourceFile};

/// A file with this path and text.
fn file(path: &str, text: &str) -> SourceFile {
    SourceFile { path: path.to_owned(), text: text.to_owned() }
}

/// The findings, a line each.
fn lines(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(Finding::to_string).collect()
}
