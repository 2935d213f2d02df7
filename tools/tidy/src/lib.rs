//! Checks of the source tree that neither the compiler nor clippy makes: the words of the glossary,
//! the width of lines, the length of files, and modules that import each other.
//!
//! The rules are stated in `docs/ARCHITECTURE.md`. `cargo test --package tidy` runs every check on
//! the tree.

mod finding;
mod glossary;
mod imports;
mod size;
mod tree;
mod words;

pub use finding::Finding;
pub use glossary::Glossary;
pub use imports::{check as check_imports, crate_roots};
pub use size::{MAX_COLUMNS, MAX_LINES, check as check_size};
pub use tree::{SourceFile, source_files};
pub use words::check as check_words;
