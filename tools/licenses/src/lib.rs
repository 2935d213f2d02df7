//! The license texts of the dependencies, which a distribution must contain.

mod texts;

use std::{collections::HashSet, path::Path};

use anyhow::{Context, Result};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId};
use tools_support::machine;

pub use self::texts::texts;

/// The packages of the workspace on this platform, those for building and testing included.
///
/// # Errors
/// Where cargo fails.
pub fn metadata(root: &Path) -> Result<Metadata> {
    let mut command = MetadataCommand::new();
    command.manifest_path(root.join("Cargo.toml"));
    // Crates for other platforms may not have been downloaded.
    let platform = ["--filter-platform".to_owned(), machine::target_triple()?];
    command.other_options(["--locked".to_owned()].into_iter().chain(platform).collect::<Vec<_>>());
    command.exec().context("cargo metadata failed")
}

/// The packages that are linked into this program: itself and its dependencies at run time.
///
/// # Errors
/// Where the workspace has no such program.
pub fn linked<'a>(metadata: &'a Metadata, program: &str) -> Result<Vec<&'a Package>> {
    let program = metadata.packages.iter().find(|package| *package.name == program);
    let program = program.context("the workspace has no such program")?;
    let nodes = metadata.resolve.as_ref().map_or(&[][..], |resolve| &resolve.nodes);
    let (mut seen, mut waiting) = (HashSet::<&PackageId>::new(), vec![&program.id]);
    while let Some(id) = waiting.pop() {
        if !seen.insert(id) {
            continue;
        }
        let dependencies = nodes.iter().filter(|node| node.id == *id).flat_map(|node| &node.deps);
        let at_run_time = dependencies.filter(|dependency| {
            dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal)
        });
        waiting.extend(at_run_time.map(|dependency| &dependency.pkg));
    }
    let mut linked: Vec<_> = metadata.packages.iter().filter(|p| seen.contains(&p.id)).collect();
    linked.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    Ok(linked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_of_tests_and_build_scripts_are_not_linked() {
        let metadata = metadata(&tools_support::workspace::root()).unwrap();
        let linked = linked(&metadata, "runledger").unwrap();
        let names: HashSet<_> = linked.iter().map(|package| package.name.as_str()).collect();
        for name in ["runledger", "runledger-model", "axum", "libsqlite3-sys"] {
            assert!(names.contains(name), "{name} is linked");
        }
        // Dependencies of a test, a build script and a tool.
        for name in ["proptest", "cc", "tar"] {
            assert!(
                metadata.packages.iter().any(|package| *package.name == name),
                "{name} is used"
            );
            assert!(!names.contains(name), "{name} is not linked");
        }
    }
}
