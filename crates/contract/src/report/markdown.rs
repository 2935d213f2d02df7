//! For a page, or a comment below a change.

use std::io::{self, Write};

use super::{Report, one_line, sentence};
use crate::{Finding, Level};

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "**{}**: {}", escaped(&report.subject), report.summary())?;
    for level in Level::ALL {
        let findings: Vec<_> = report.findings.iter().filter(|f| f.level == level).collect();
        if findings.is_empty() {
            continue;
        }
        writeln!(out, "\n### {}\n", heading(level))?;
        for finding in findings {
            one(finding, out)?;
        }
    }
    Ok(())
}

fn one(finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "- **{}** (`{}`)  ", escaped(&sentence(&finding.what)), finding.rule)?;
    let place = finding.place_in_words();
    if !place.is_empty() {
        writeln!(out, "  {}  ", code(&place))?;
    }
    writeln!(out, "  at {}  ", code(&format!("#{}", finding.pointer)))?;
    writeln!(out, "  For {}: {}.  ", finding.whom_in_words(), escaped(&finding.why))?;
    writeln!(out, "  {}.", escaped(&sentence(&finding.todo)))
}

fn heading(level: Level) -> &'static str {
    match level {
        Level::Error => "Errors",
        Level::Breaking => "Breaking",
        Level::Warning => "Warnings",
        Level::Compatible => "Compatible",
    }
}

/// Words of a document in which nothing is markup but code between backticks, where those are in pairs.
pub(crate) fn escaped(words: &str) -> String {
    let words = one_line(words);
    let paired = words.matches('`').count().is_multiple_of(2);
    let mut escaped = String::new();
    for (n, part) in words.split('`').enumerate() {
        if n > 0 {
            escaped.push_str(if paired { "`" } else { "\\`" });
        }
        // Within code, a backslash is a backslash.
        let is_code = paired && n % 2 == 1;
        for c in part.chars() {
            if !is_code && matches!(c, '*' | '_' | '<' | '>' | '[' | ']' | '\\' | '#' | '|' | '~') {
                escaped.push('\\');
            }
            escaped.push(c);
        }
    }
    escaped
}

/// Words as code, with as many backticks as they need.
fn code(words: &str) -> String {
    let words = one_line(words);
    if words.contains('`') { format!("`` {words} ``") } else { format!("`{words}`") }
}
