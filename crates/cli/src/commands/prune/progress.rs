//! The progress bar of a deletion, which is shown on a terminal only.

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};

use crate::pruning::Pruned;

const TEMPLATE: &str = "Deleting runs {wide_bar} {human_pos}/{human_len} {per_sec} {eta}";

/// A bar for the deletion of so many runs.
///
/// # Errors
/// Never, since the template is valid.
pub fn bar(runs: u64) -> anyhow::Result<ProgressBar> {
    let style = ProgressStyle::with_template(TEMPLATE).context("invalid progress bar template")?;
    Ok(ProgressBar::new(runs).with_style(style))
}

/// Shows what has been deleted.
pub fn show(bar: &ProgressBar, pruned: Pruned) {
    bar.set_position(pruned.runs);
}
