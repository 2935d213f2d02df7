//! Servers with one fault each: the real router behind a layer that changes requests or responses.
//! (The faults in `tools/clients` are injected between a server and generated clients.)

mod changes;
mod errors;
mod fault;
mod histogram;
mod lists;
mod recording;
mod runs;
mod updates;
mod workflows;

pub use fault::{Fault, inject};

/// All faults.
pub fn all() -> impl Iterator<Item = &'static Fault> {
    [
        lists::FAULTS,
        histogram::FAULTS,
        workflows::FAULTS,
        changes::FAULTS,
        errors::FAULTS,
        runs::FAULTS,
        recording::FAULTS,
        updates::FAULTS,
    ]
    .into_iter()
    .flatten()
}
