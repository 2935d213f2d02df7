//! Sample runs: those of the documentation, and a large, realistic history from a seed.
//!
//! There is no I/O and no clock: the same arguments give the same runs, for the demo, the tests and
//! the benchmarks.

mod documented;
mod history;
mod ids;
mod outage;
mod rhythm;
mod service;
mod timeline;
mod workflow;

pub use documented::documented_runs;
pub use history::history;
pub use ids::{Kind, id};
