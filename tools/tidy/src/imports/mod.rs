//! Modules that import each other.
//!
//! Every path of a crate's source (in `use`, in code and in the arguments of macros) is followed,
//! through re-exports, to the file that defines what it names. A ring of files is a finding. A
//! module that only re-exports its children does not depend on them. Tests within a file do not
//! count.

mod cycles;
mod modules;
mod paths;
mod resolve;

use std::collections::BTreeMap;

use anyhow::Result;

use crate::{Finding, SourceFile};
use cycles::Edges;
use modules::Crate;

/// The root files of all crates among these files: libraries, programs, integration tests,
/// benchmarks and examples of every folder that has a `Cargo.toml`.
pub fn crate_roots(files: &[SourceFile]) -> Vec<String> {
    let packages: Vec<&str> =
        files.iter().filter_map(|file| file.path.strip_suffix("Cargo.toml")).collect();
    let is_root = |path: &str| {
        packages.iter().filter_map(|package| path.strip_prefix(package)).any(|rest| {
            match rest.split('/').collect::<Vec<_>>()[..] {
                ["build.rs"] | ["src", "lib.rs" | "main.rs"] => true,
                ["src", "bin", file] | ["tests" | "benches" | "examples", file] => {
                    file.ends_with(".rs")
                }
                ["src", "bin", _, "main.rs"] | ["tests" | "benches" | "examples", _, "main.rs"] => {
                    true
                }
                _ => false,
            }
        })
    };
    files.iter().map(|file| file.path.clone()).filter(|path| is_root(path)).collect()
}

/// The rings among the files of the crate whose root is this file.
///
/// # Errors
/// Fails where a file of the crate is not Rust.
pub fn check(root: &str, files: &[SourceFile]) -> Result<Vec<Finding>> {
    let texts: BTreeMap<&str, &str> =
        files.iter().map(|file| (file.path.as_str(), file.text.as_str())).collect();
    let krate = Crate::parse(root, &texts)?;
    let mut edges = Edges::default();
    for module in 0..krate.modules.len() {
        for used in &krate.modules[module].paths {
            if let Some(target) = resolve::file_of(&krate, module, &used.segments) {
                edges.add(krate.modules[module].file.clone(), target, used.line);
            }
        }
    }
    Ok(edges.rings().into_iter().map(|ring| ring.finding()).collect())
}
