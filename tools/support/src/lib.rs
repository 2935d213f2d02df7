//! What the programs under `tools/` share.

pub mod command;
pub mod demo;
pub mod machine;
pub mod packages;
pub mod tree;
pub mod workspace;
