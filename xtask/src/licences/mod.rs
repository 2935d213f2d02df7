//! `cargo xtask licences`: under which terms the dependencies are ours to use, and what those terms want passed on.

mod texts;

use std::{
    collections::{BTreeMap, HashSet},
    io::Write,
    path::Path,
    process::ExitCode,
};

use anyhow::{Context, Result, bail};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId};
use spdx::{Expression, Licensee, ParseMode};

pub use self::texts::texts;
use tools_support::machine;

/// The licences that a dependency may come under; where it offers several, one of them is enough.
const ALLOWED: &[&str] = &[
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    // Asks for nothing.
    "CC0-1.0",
    "ISC",
    "MIT",
    // Asks for less than MIT does.
    "MIT-0",
    // Asks for the source of the crates under it, as they are; the archive's list says where that is.
    "MPL-2.0",
    "Unicode-3.0",
    "Zlib",
];

#[derive(clap::Args)]
pub struct Arguments {
    /// Print the texts of all licences of what is linked into the program, as they stand in the archive
    #[arg(long)]
    texts: bool,
}

/// Checks the licences of all dependencies; prints how many crates come under which, or the texts.
pub fn run(arguments: &Arguments, root: &Path, out: &mut dyn Write) -> Result<ExitCode> {
    let metadata = metadata(root)?;
    check(&metadata.packages)?;
    if arguments.texts {
        write!(out, "{}", texts(root, &linked(&metadata, "runledger")?)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut crates = BTreeMap::<&str, usize>::new();
    for package in &metadata.packages {
        *crates.entry(package.license.as_deref().unwrap_or_default()).or_default() += 1;
    }
    for (licence, count) in &crates {
        writeln!(out, "{count:>4}  {licence}")?;
    }
    writeln!(out, "The licences of {} crates are allowed.", metadata.packages.len())?;
    Ok(ExitCode::SUCCESS)
}

/// All crates that the workspace is made of on this platform, for building and testing, too.
///
/// # Errors
/// Where cargo cannot tell.
pub fn metadata(root: &Path) -> Result<Metadata> {
    let mut command = MetadataCommand::new();
    command.manifest_path(root.join("Cargo.toml"));
    // Crates for other platforms alone were perhaps never fetched.
    let options =
        ["--locked".to_owned(), "--filter-platform".to_owned(), machine::target_triple()?];
    command.other_options(options);
    command.exec().context("cargo cannot tell the dependencies")
}

/// Fails, and names each crate, where a licence is not allowed.
///
/// # Errors
/// As said; and where a crate does not say what its licence is.
pub fn check(packages: &[Package]) -> Result<()> {
    let refused: Vec<_> = packages.iter().filter_map(refusal).collect();
    if refused.is_empty() {
        return Ok(());
    }
    bail!(
        "these dependencies come under licences that are not allowed:\n  {}\nReplace them; or, where the licence \
         suits a program under MIT or Apache-2.0, add it to the list in xtask/src/licences/mod.rs",
        refused.join("\n  ")
    )
}

/// What is linked into this program: itself and all that it depends on at run time.
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
        let depends = nodes.iter().filter(|node| node.id == *id).flat_map(|node| &node.deps);
        let at_run_time = depends.filter(|dependency| {
            dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal)
        });
        waiting.extend(at_run_time.map(|dependency| &dependency.pkg));
    }
    let mut linked: Vec<_> = metadata.packages.iter().filter(|p| seen.contains(&p.id)).collect();
    linked.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    Ok(linked)
}

/// Why this crate must not be used; `None` where it may.
fn refusal(package: &Package) -> Option<String> {
    let name = format!("{} {}", package.name, package.version);
    let Some(licence) = &package.license else {
        return Some(format!("{name}: no licence is given"));
    };
    match is_allowed(licence) {
        Ok(true) => None,
        Ok(false) => Some(format!("{name}: {licence}")),
        Err(error) => Some(format!("{name}: {licence:?} is no SPDX expression: {}", error.reason)),
    }
}

/// Whether the expression can be met with the allowed licences alone.
fn is_allowed(expression: &str) -> Result<bool, spdx::ParseError> {
    // Older crates write MIT/Apache-2.0.
    let expression = Expression::parse_mode(expression, ParseMode::LAX)?;
    let allowed =
        ALLOWED.iter().map(|name| Licensee::parse(name)).collect::<Result<Vec<_>, _>>()?;
    Ok(expression.evaluate(|wanted| allowed.iter().any(|licence| licence.satisfies(wanted))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, licence: Option<&str>) -> Package {
        serde_json::from_value(serde_json::json!({
            "name": name, "version": "1.2.3", "id": name, "license": licence, "manifest_path": "/Cargo.toml",
            "dependencies": [], "targets": [], "features": {},
        }))
        .unwrap()
    }

    #[test]
    fn an_expression_is_allowed_where_it_can_be_met() {
        let cases = [
            ("MIT", true),
            ("MIT/Apache-2.0", true),
            ("GPL-3.0-only OR MIT", true),
            ("GPL-3.0-only", false),
            ("MIT AND GPL-3.0-only", false),
            ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
            // An exception can only be relied on where it is listed with its licence.
            ("Apache-2.0 WITH LLVM-exception", false),
        ];
        for (expression, allowed) in cases {
            assert_eq!(is_allowed(expression).unwrap(), allowed, "{expression}");
        }
        assert!(ALLOWED.iter().all(|name| is_allowed(name).unwrap()));
    }

    #[test]
    fn a_refusal_names_every_crate_and_why() {
        let packages = [
            package("good", Some("MIT")),
            package("copyleft", Some("AGPL-3.0-only")),
            package("silent", None),
            package("odd", Some("see the file")),
        ];
        check(&packages[..1]).unwrap();
        let error = check(&packages).unwrap_err().to_string();
        assert!(error.contains("copyleft 1.2.3: AGPL-3.0-only\n"), "{error}");
        assert!(error.contains("silent 1.2.3: no licence is given\n"), "{error}");
        assert!(error.contains("odd 1.2.3: \"see the file\" is no SPDX expression"), "{error}");
        assert!(!error.contains("good"), "{error}");
    }

    #[test]
    fn what_only_tests_and_builds_want_is_not_linked() {
        let metadata = metadata(&tools_support::workspace::root()).unwrap();
        let linked = linked(&metadata, "runledger").unwrap();
        let names: HashSet<_> = linked.iter().map(|package| package.name.as_str()).collect();
        for name in ["runledger", "runledger-model", "axum", "libsqlite3-sys"] {
            assert!(names.contains(name), "{name} is linked");
        }
        // A test's, a build's and xtask's own.
        for name in ["proptest", "cc", "spdx"] {
            assert!(
                metadata.packages.iter().any(|package| *package.name == name),
                "{name} is used"
            );
            assert!(!names.contains(name), "{name} is not linked");
        }
    }
}
