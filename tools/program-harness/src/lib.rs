//! Runs the built `runledger` program for tests: its commands, its server, and HTTP to it.
//!
//! Everything here panics where a step fails that the test takes for granted.

mod connection;
mod history;
mod program;
mod server;

pub use connection::{Connection, Response, request};
pub use history::write_history;
pub use program::{Call, Folder, call, on_database, path, program, signal};
pub use server::{Server, check, log, log_file, make_key, serve};
