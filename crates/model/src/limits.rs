//! Every size limit of the contract, once. The schemas repeat them as literals, because utoipa
//! reads no constants there; a conformance test compares the two.

/// The greatest length of an id or a name, in characters.
pub const MAX_ID_CHARACTERS: usize = 255;
/// The greatest length of the error of a run or a step as it is recorded, in characters.
pub const MAX_ERROR_CHARACTERS: usize = 65_536;
/// The greatest number of steps in one run.
pub const MAX_STEPS: usize = 100_000;
/// The greatest length of an outcome, in characters.
pub const MAX_OUTCOME_CHARACTERS: usize = 64;
/// The greatest length of a URL, in characters.
pub const MAX_URL_CHARACTERS: usize = 2048;
/// The greatest number of pairs of metadata of one run or step.
pub const MAX_METADATA_PAIRS: usize = 64;
/// The greatest length of a key of metadata, in characters.
pub const MAX_METADATA_KEY_CHARACTERS: usize = 64;
/// The greatest length of a value of metadata, in characters.
pub const MAX_METADATA_VALUE_CHARACTERS: usize = 1024;
/// The longest time in seconds within which a live run is recorded again: 30 days.
pub const MAX_HEARTBEAT_TIMEOUT: i32 = 2_592_000;
/// The greatest number of runs in one batch.
pub const MAX_BATCH_RUNS: usize = 1000;
/// The greatest number of runs on one page of a list.
pub const MAX_PAGE_LIMIT: i32 = 100;
/// The greatest number of pairs of metadata in the filters of a list.
pub const MAX_METADATA_FILTERS: usize = 8;
/// The greatest number of changes in one response.
pub const MAX_CHANGES_LIMIT: i32 = 1000;
/// The greatest number of a change: above it, JavaScript rounds.
pub const MAX_CHANGE_NUMBER: i64 = (1 << 53) - 1;
/// The greatest number of buckets in a histogram.
pub const MAX_BUCKETS: u64 = 1000;
/// The number of finished runs whose durations the list of workflows summarizes.
pub const SUMMARIZED_RUNS: usize = 200;
