//! The workspace that the program belongs to.

use std::path::{Path, PathBuf};

/// The root folder of the workspace.
///
/// Cargo also names the package's folder at run time, and that name is preferred: where two clones
/// share a target folder, the binary can be the other clone's, with the other clone's folder in it.
pub fn root() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let package = package.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")));
    let root = package.ancestors().find(|folder| folder.join("Cargo.lock").is_file());
    root.map(Path::to_path_buf).unwrap_or(package)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_is_the_folder_that_holds_this_package_as_a_member() {
        assert!(root().join("tools/support/Cargo.toml").is_file());
    }
}
