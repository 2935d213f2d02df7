//! The license texts of the dependencies, which a distribution must contain.

mod texts;

use std::{collections::HashSet, path::Path};

use anyhow::{Context, Result, ensure};
use cargo_metadata::{Metadata, MetadataCommand, Package};
use tools_support::{command::cargo, machine};

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
/// `cargo tree` decides it: the graph of `cargo metadata` contains what tests and their features
/// need as well.
///
/// # Errors
/// Where cargo fails, or the workspace has no such program.
pub fn linked<'a>(metadata: &'a Metadata, program: &str) -> Result<Vec<&'a Package>> {
    let mut tree = cargo();
    tree.current_dir(&metadata.workspace_root).args(["tree", "--locked", "--edges", "normal"]);
    tree.args(["--prefix", "none", "--format", "{p}", "--package", program]);
    let output = tree.output().context("cargo cannot be started")?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "cargo tree: {}", errors.trim());
    let text = String::from_utf8(output.stdout)?;
    // Lines are `name v1.2.3`, followed by the folder of a workspace member.
    let names: HashSet<_> = text.lines().filter_map(name_and_version).collect();
    let is_linked = |package: &&Package| {
        names.contains(&(package.name.as_str(), package.version.to_string().as_str()))
    };
    let mut linked: Vec<_> = metadata.packages.iter().filter(is_linked).collect();
    linked.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    Ok(linked)
}

fn name_and_version(line: &str) -> Option<(&str, &str)> {
    let mut words = line.split(' ');
    Some((words.next()?, words.next()?.strip_prefix('v')?))
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
