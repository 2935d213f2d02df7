//! The in-memory engine: the suite of all engines, and a comparison with the contract.

mod contract;
mod memory;
