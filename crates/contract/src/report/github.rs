//! Commands that a workflow on GitHub turns into annotations; see "Workflow commands" in its documentation.

use std::io::{self, Write};

use super::{Report, lines::Lines, one_line, sentence};
use crate::Level;

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut lines = Lines::of(&report.text);
    for finding in &report.findings {
        let command = match finding.level {
            Level::Error | Level::Breaking => "error",
            Level::Warning => "warning",
            Level::Compatible => "notice",
        };
        let message = [
            sentence(&finding.what),
            one_line(&finding.place_in_words()),
            format!("#{}", one_line(&finding.pointer)),
            format!("For {}: {}.", finding.whom_in_words(), one_line(&finding.why)),
            format!("{}.", sentence(&finding.todo)),
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

fn data(words: &str) -> String {
    words.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(words: &str) -> String {
    data(words).replace(':', "%3A").replace(',', "%2C")
}
