//! What the measurements are written as.

mod document;
mod goals;
mod plots;
mod results;
mod tables;

use std::{fs, path::Path};

use anyhow::{Context, Result};

pub use self::results::{LedgerReport, RecordingReport, Report};

/// Writes `benchmarks.md` and its plots into a folder.
///
/// # Errors
/// Where a file cannot be written.
pub fn write(report: &Report, folder: &Path) -> Result<()> {
    let plots = folder.join(document::PLOTS);
    fs::create_dir_all(&plots).with_context(|| plots.display().to_string())?;
    let names = plots::write(&report.ledgers, &plots)?;
    let document = folder.join("benchmarks.md");
    let text = document::text(report, &names);
    fs::write(&document, text).with_context(|| document.display().to_string())
}
