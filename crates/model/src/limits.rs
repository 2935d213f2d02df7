//! Every size limit of the contract, once. The schemas repeat them as literals, because utoipa
//! reads no constants there; a conformance test compares the two.

/// The greatest length of an id or a name, in characters.
pub const MAX_ID_CHARACTERS: usize = 255;
/// The greatest length of the error of a step, in characters.
pub const MAX_ERROR_CHARACTERS: usize = 65_536;
/// The greatest number of steps in one run.
pub const MAX_STEPS: usize = 10_000;
/// The greatest number of runs in one batch.
pub const MAX_BATCH_RUNS: usize = 1000;
/// The greatest number of runs on one page of a list.
pub const MAX_PAGE_LIMIT: i32 = 100;
/// The greatest number of changes in one response.
pub const MAX_CHANGES_LIMIT: i32 = 1000;
/// The greatest number of a change: above it, JavaScript rounds.
pub const MAX_CHANGE_NUMBER: i64 = (1 << 53) - 1;
/// The greatest number of buckets in a histogram.
pub const MAX_BUCKETS: u64 = 1000;
/// The number of finished runs whose durations the list of workflows summarizes.
pub const SUMMARIZED_RUNS: usize = 200;
