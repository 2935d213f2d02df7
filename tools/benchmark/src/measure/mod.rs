//! What is measured.

mod bytes;
mod in_process;
mod over_http;
mod prune;
mod recording;
mod server;
mod single_recordings;
mod start;
mod subject;

use std::time::{Duration, Instant};

pub use self::{
    bytes::{Bytes, bytes},
    in_process::{DepthRow, InProcess, InProcessRow, in_process},
    over_http::{OverHttp, over_http},
    prune::{Prune, prune},
    recording::{Order, RecordingRow, recording},
    single_recordings::{SingleRecordings, single_recordings},
    start::{Start, start},
};

/// How much is measured.
pub struct Effort {
    /// The numbers of connections over HTTP.
    pub connections: Vec<usize>,
    /// Rounds over everything that is compared over HTTP.
    pub rounds: u32,
    /// How long a measurement over HTTP takes, about.
    pub slice: Duration,
    /// How often a read is measured in this process.
    pub samples: usize,
    /// How often a read with plain SQL that counts is measured.
    pub counted_samples: usize,
    /// The most runs that are recorded to measure recording.
    pub max_recorded: u64,
}

/// The time that `work` takes, in microseconds, and its result.
fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let result = std::hint::black_box(work());
    (start.elapsed().as_secs_f64() * 1e6, result)
}
