//! The licenses of the dependencies: which are allowed, and the texts that a distribution must
//! contain.

mod texts;

use std::{collections::HashSet, path::Path};

use anyhow::{Context, Result, bail};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId};
use spdx::{Expression, Licensee, ParseMode};
use tools_support::machine;

pub use self::texts::texts;

/// The licenses that a dependency may have; where it offers several, one of them is enough.
const ALLOWED: &[&str] = &[
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    // Public domain.
    "CC0-1.0",
    "ISC",
    "MIT",
    // MIT without the duty to pass the notice on.
    "MIT-0",
    // The source of the crates under it must be available; the list of crates says where it is.
    "MPL-2.0",
    "Unicode-3.0",
    "Zlib",
];

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

/// Checks that every package has an allowed license.
///
/// # Errors
/// Where some do not; the message names them.
pub fn check(packages: &[Package]) -> Result<()> {
    let refused: Vec<_> = packages.iter().filter_map(refusal).collect();
    if refused.is_empty() {
        return Ok(());
    }
    bail!(
        "these dependencies have licenses that are not allowed:\n  {}\nReplace them; or, where \
         the license suits a program under MIT or Apache-2.0, add it to the list in \
         tools/licenses/src/lib.rs",
        refused.join("\n  ")
    )
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

/// Why this package may not be used; `None` where it may.
fn refusal(package: &Package) -> Option<String> {
    let name = format!("{} {}", package.name, package.version);
    let Some(license) = &package.license else {
        return Some(format!("{name}: no license is given"));
    };
    match is_allowed(license) {
        Ok(true) => None,
        Ok(false) => Some(format!("{name}: {license}")),
        Err(error) => {
            Some(format!("{name}: {license:?} is not an SPDX expression: {}", error.reason))
        }
    }
}

/// Whether the allowed licenses satisfy the expression.
fn is_allowed(expression: &str) -> Result<bool, spdx::ParseError> {
    // Older crates write MIT/Apache-2.0.
    let expression = Expression::parse_mode(expression, ParseMode::LAX)?;
    let allowed =
        ALLOWED.iter().map(|name| Licensee::parse(name)).collect::<Result<Vec<_>, _>>()?;
    Ok(expression.evaluate(|wanted| allowed.iter().any(|license| license.satisfies(wanted))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, license: Option<&str>) -> Package {
        serde_json::from_value(serde_json::json!({
            "name": name, "version": "1.2.3", "id": name, "license": license,
            "manifest_path": "/Cargo.toml",
            "dependencies": [], "targets": [], "features": {},
        }))
        .unwrap()
    }

    #[test]
    fn an_expression_is_allowed_where_allowed_licenses_satisfy_it() {
        let cases = [
            ("MIT", true),
            ("MIT/Apache-2.0", true),
            ("GPL-3.0-only OR MIT", true),
            ("GPL-3.0-only", false),
            ("MIT AND GPL-3.0-only", false),
            ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
            // A license with an exception is another license.
            ("Apache-2.0 WITH LLVM-exception", false),
        ];
        for (expression, allowed) in cases {
            assert_eq!(is_allowed(expression).unwrap(), allowed, "{expression}");
        }
        assert!(ALLOWED.iter().all(|name| is_allowed(name).unwrap()));
    }

    #[test]
    fn the_error_names_every_refused_package_and_why() {
        let packages = [
            package("good", Some("MIT")),
            package("copyleft", Some("AGPL-3.0-only")),
            package("silent", None),
            package("invalid", Some("see the file")),
        ];
        check(&packages[..1]).unwrap();
        let error = check(&packages).unwrap_err().to_string();
        assert!(error.contains("copyleft 1.2.3: AGPL-3.0-only\n"), "{error}");
        assert!(error.contains("silent 1.2.3: no license is given\n"), "{error}");
        assert!(error.contains("invalid 1.2.3: \"see the file\" is not an SPDX"), "{error}");
        assert!(!error.contains("good"), "{error}");
    }

    #[test]
    fn dependencies_of_tests_and_build_scripts_are_not_linked() {
        let metadata = metadata(&tools_support::workspace::root()).unwrap();
        let linked = linked(&metadata, "runledger").unwrap();
        let names: HashSet<_> = linked.iter().map(|package| package.name.as_str()).collect();
        for name in ["runledger", "runledger-model", "axum", "libsqlite3-sys"] {
            assert!(names.contains(name), "{name} is linked");
        }
        // Dependencies of a test, a build script and a tool.
        for name in ["proptest", "cc", "spdx"] {
            assert!(
                metadata.packages.iter().any(|package| *package.name == name),
                "{name} is used"
            );
            assert!(!names.contains(name), "{name} is not linked");
        }
    }
}
