//! For a terminal.

use std::io::{self, Write};

use super::{Report, one_line};

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for finding in &report.findings {
        writeln!(out, "{}: {}", finding.level, one_line(&finding.what))?;
        let place = finding.place_in_words();
        if !place.is_empty() {
            writeln!(out, "    where  {}", one_line(&place))?;
        }
        if !finding.pointer.is_empty() {
            writeln!(out, "    at     {}#{}", report.file, one_line(&finding.pointer))?;
        }
        writeln!(out, "    why    for {}: {}", finding.whom_in_words(), one_line(&finding.why))?;
        writeln!(out, "    do     {}", one_line(&finding.todo))?;
        writeln!(out, "    rule   {}", finding.rule)?;
        writeln!(out)?;
    }
    writeln!(out, "{}: {}", report.subject, report.summary())
}
