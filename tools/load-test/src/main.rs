//! A load test of `runledger serve`: connections that send nothing, send slowly or read slowly, and
//! oversized requests. Meanwhile a probe requests the first page and one run, as any client would.
//!
//! `cargo xtask load-test` runs it at full scale: 100,000 runs, 10,000 connections and bodies of
//! 1 GB. It fails where the probe waits longer than a second, or where the server uses more than
//! 200 MB of memory. `cargo test` runs it at a small scale: the server must survive, respond to the
//! probe after any time, and stay within its memory limit (a build without optimization needs
//! more).

#[cfg(target_os = "linux")]
mod database;
#[cfg(target_os = "linux")]
mod load;
#[cfg(target_os = "linux")]
mod loads;
#[cfg(target_os = "linux")]
mod memory;
#[cfg(target_os = "linux")]
mod oversized;
#[cfg(target_os = "linux")]
mod probe;
#[cfg(target_os = "linux")]
mod report;
#[cfg(target_os = "linux")]
mod scale;
#[cfg(target_os = "linux")]
mod slow;
#[cfg(target_os = "linux")]
mod target;
#[cfg(target_os = "linux")]
mod test;

use clap::Parser;

/// Put a server under load, and print a table of how it responded to others
///
/// Misbehaving clients hold up to 10,000 connections, send slowly, read slowly, and send oversized
/// requests. It fails where another client waits longer than a second, or the server uses more than
/// 200 MB of memory. Linux only.
#[derive(Parser)]
#[command(bin_name = "cargo xtask load-test")]
struct Arguments {
    /// Run only the loads whose names contain this text
    #[arg(long, value_name = "TEXT", default_value = "")]
    only: String,
}

#[cfg(target_os = "linux")]
fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(test::run(scale::FULL, &arguments.only));
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn main() -> anyhow::Result<()> {
    let Arguments { only: _ } = Arguments::parse();
    anyhow::bail!("the load test reads /proc and runs on Linux only")
}
