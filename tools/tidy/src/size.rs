//! How wide lines and how long files of code may be.

use crate::{Finding, SourceFile};

/// The greatest width of a line of code, in characters; rustfmt's `max_width` is the same.
pub const MAX_COLUMNS: usize = 100;
/// The greatest number of lines in a file of code that states no reason for being longer.
pub const MAX_LINES: usize = 400;

/// The words with which a file of more than [`MAX_LINES`] lines states its reason, near its
/// beginning.
const REASON: &str = "tidy: long because ";
/// The first lines of a file, among which the reason must stand.
const HEAD_LINES: usize = 20;

/// The extensions of files of code.
const CODE: &[&str] = &[
    "c", "cpp", "cs", "css", "go", "h", "html", "java", "js", "kt", "mjs", "php", "pl", "py", "rb",
    "rs", "scala", "sh", "sql", "ts",
];

/// The lines that are too wide, and the file itself where it is too long.
pub fn check(file: &SourceFile) -> Vec<Finding> {
    if !CODE.contains(&file.extension()) {
        return Vec::new();
    }
    let mut findings: Vec<Finding> = file
        .text
        .lines()
        .enumerate()
        .filter(|(_, line)| line.chars().count() > MAX_COLUMNS && !is_unbreakable(line))
        .map(|(index, line)| Finding {
            file: file.path.clone(),
            line: index + 1,
            message: format!(
                "the line has {} columns; the limit is {MAX_COLUMNS}",
                line.chars().count()
            ),
        })
        .collect();
    let lines = file.text.lines().count();
    if lines > MAX_LINES && !file.text.lines().take(HEAD_LINES).any(|line| line.contains(REASON)) {
        findings.push(Finding {
            file: file.path.clone(),
            line: MAX_LINES + 1,
            message: format!(
                "the file has {lines} lines; the limit is {MAX_LINES}. Split it, or state a reason \
                 in its first comment: \"{REASON}…\""
            ),
        });
    }
    findings
}

/// Whether the line is a single word, such as a URL in a comment, that cannot be broken.
fn is_unbreakable(line: &str) -> bool {
    let without_markers = line.trim_start().trim_start_matches(['/', '!', '#', '*', ' ']);
    without_markers.contains("://") && !without_markers.trim_end().contains(char::is_whitespace)
}
