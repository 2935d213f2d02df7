//! Workflow commands that GitHub Actions shows as annotations; see "Workflow commands" in its
//! documentation.

use std::io::{self, Write};

use super::{
    contents::Report,
    lines::Lines,
    words::{one_line, sentence},
};
use crate::finding::Level;

pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut lines = Lines::of(&report.text);
    for finding in &report.findings {
        let command = match finding.level {
            Level::Error | Level::Breaking => "error",
            Level::Warning => "warning",
            Level::Compatible => "notice",
        };
        let message = [
            sentence(&finding.message),
            one_line(&finding.location_in_words()),
            format!("#{}", one_line(&finding.pointer)),
            format!("Affects {}: {}.", finding.affects_in_words(), one_line(&finding.reason)),
            format!("{}.", sentence(&finding.advice)),
        ]
        .join("\n");
        writeln!(
            out,
            "::{command} file={},line={},title={}::{}",
            property(&report.file),
            lines.line(&finding.pointer),
            property(&format!("{}: {}", finding.level, finding.rule)),
            data(&message)
        )?;
    }
    writeln!(out, "{}: {}", data(&report.subject), report.summary())
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
