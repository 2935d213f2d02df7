//! One JSON object, for programs.

use std::io::{self, Write};

use serde_json::{Map, json};

use super::contents::Report;
use crate::finding::Level;

pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let counts: Map<_, _> = Level::ALL
        .iter()
        .map(|level| (level.as_str().to_owned(), json!(report.count(*level))))
        .collect();
    let whole = json!({
        "subject": report.subject,
        "file": report.file,
        "worst": report.worst(),
        "counts": counts,
        "findings": report.findings,
    });
    writeln!(out, "{whole:#}")
}
