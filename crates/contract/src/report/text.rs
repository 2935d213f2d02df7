//! Plain text, for a terminal.

use std::io::{self, Write};

use super::{contents::Report, words::one_line};

pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for finding in &report.findings {
        writeln!(out, "{}: {}", finding.level, one_line(&finding.message))?;
        let location = finding.location_in_words();
        if !location.is_empty() {
            writeln!(out, "    location  {}", one_line(&location))?;
        }
        if !finding.pointer.is_empty() {
            writeln!(out, "    pointer   {}#{}", report.file, one_line(&finding.pointer))?;
        }
        writeln!(out, "    affects   {}", finding.affects_in_words())?;
        writeln!(out, "    reason    {}", one_line(&finding.reason))?;
        writeln!(out, "    advice    {}", one_line(&finding.advice))?;
        writeln!(out, "    rule      {}", finding.rule)?;
        writeln!(out)?;
    }
    writeln!(out, "{}: {}", report.subject, report.summary())
}
