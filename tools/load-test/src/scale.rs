//! How large the load test is.

/// The numbers of one scale.
#[derive(Clone, Copy)]
pub struct Scale {
    /// Whether waiting times count; at a small scale they are only printed.
    pub full: bool,
    /// Runs in the database.
    pub runs: usize,
    /// Connections that send nothing.
    pub idle: usize,
    /// Connections that send or read slowly.
    pub slow: usize,
    /// Connections that send oversized requests.
    pub large: usize,
    /// Requests of the probe while a load is established.
    pub rounds: u32,
    /// Length of the largest bodies, in bytes.
    pub body_bytes: u64,
    /// Runs of 10,000 steps in a batch.
    pub wide_runs: usize,
    /// Memory that the server may use, in bytes.
    pub max_memory_bytes: u64,
}

/// The scale of `cargo test`.
#[cfg(test)]
pub const SMALL: Scale = Scale {
    full: false,
    runs: 500,
    idle: 200,
    slow: 10,
    large: 2,
    rounds: 10,
    body_bytes: 20_000_000,
    wide_runs: 1,
    max_memory_bytes: 250_000_000,
};

/// The scale of `cargo xtask load-test`.
pub const FULL: Scale = Scale {
    full: true,
    runs: 100_000,
    idle: 10_000,
    slow: 200,
    large: 8,
    rounds: 100,
    body_bytes: 1_000_000_000,
    wide_runs: 15,
    max_memory_bytes: 200_000_000,
};
