//! The progress bar of an import, which is shown on a terminal only.

use anyhow::Context;
use indicatif::{HumanCount, ProgressBar, ProgressStyle};

use super::summary::Summary;

const KNOWN_LENGTH: &str = "{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}";
const UNKNOWN_LENGTH: &str = "{spinner} {msg} {bytes} {bytes_per_sec}";

/// A bar for an input of this length in bytes, if it is known.
///
/// # Errors
/// Never, since the templates are valid.
pub fn bar(length: Option<u64>) -> anyhow::Result<ProgressBar> {
    let (bar, template) = match length {
        Some(length) => (ProgressBar::new(length), KNOWN_LENGTH),
        None => (ProgressBar::new_spinner(), UNKNOWN_LENGTH),
    };
    let style = ProgressStyle::with_template(template).context("invalid progress bar template")?;
    Ok(bar.with_style(style).with_message("0 runs"))
}

/// Shows how many runs the ledger has accepted.
pub fn show(bar: &ProgressBar, summary: &Summary) {
    bar.set_message(format!("{} runs", HumanCount(summary.accepted())));
}
