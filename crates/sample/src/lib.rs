//! Runs to try things on: the documentation's world, and a large, realistic history from a seed.
//!
//! No I/O and no clock: the same arguments give the same runs, for the demo, tests and benchmarks alike.

mod documented;
mod history;
mod ids;
mod outage;
mod rhythm;
mod service;
mod timeline;
mod workflow;

pub use documented::documented_world;
pub use history::history;
