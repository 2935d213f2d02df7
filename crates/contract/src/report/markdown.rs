//! Markdown, for a page or for a comment on a pull request.

use std::io::{self, Write};

use super::{
    contents::Report,
    words::{code, escaped, sentence},
};
use crate::finding::{Finding, Level};

pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "**{}**: {}", escaped(&report.subject), report.summary())?;
    for level in Level::ALL {
        let findings: Vec<_> = report.findings.iter().filter(|f| f.level == level).collect();
        if findings.is_empty() {
            continue;
        }
        writeln!(out, "\n### {}\n", heading(level))?;
        for finding in findings {
            write_finding(finding, out)?;
        }
    }
    Ok(())
}

fn write_finding(finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "- **{}** (`{}`)  ", escaped(&sentence(&finding.message)), finding.rule)?;
    let location = finding.location_in_words();
    if !location.is_empty() {
        writeln!(out, "  {}  ", code(&location))?;
    }
    writeln!(out, "  at {}  ", code(&format!("#{}", finding.pointer)))?;
    writeln!(out, "  Affects {}: {}.  ", finding.affects_in_words(), escaped(&finding.reason))?;
    writeln!(out, "  {}.", escaped(&sentence(&finding.advice)))
}

fn heading(level: Level) -> &'static str {
    match level {
        Level::Error => "Errors",
        Level::Breaking => "Breaking",
        Level::Warning => "Warnings",
        Level::Compatible => "Compatible",
    }
}
