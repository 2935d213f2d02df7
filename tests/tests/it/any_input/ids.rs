//! The ids of runs in requests.

/// The run that is recorded before the first request.
pub const KNOWN_RUN: &str = "run_def456";
/// Ids that are used often, so that recordings update runs.
pub const IDS: &[&str] = &[KNOWN_RUN, KNOWN_RUN, KNOWN_RUN, "a1", "a2", "batch", "theirs", "é"];
