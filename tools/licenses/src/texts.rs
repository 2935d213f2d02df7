//! The license texts of the linked crates, which a distribution must contain.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, Result, bail};
use cargo_metadata::Package;

/// Parts of crates whose license no file of the crate names.
const BUNDLED: &str = "\
SQLite, in libsqlite3-sys, is in the public domain.
swagger-ui, in utoipa-swagger-ui-vendored: Copyright 2020-2021 SmartBear Software Inc. It is under \
the Apache-2.0 license below.
";

/// The beginnings of the names of license files and notices, in upper case.
const NAMES: &[&str] = &["LICENSE", "LICENCE", "UNLICENSE", "COPYING", "COPYRIGHT", "NOTICE"];

/// A list of the crates with their licenses and repositories, followed by each license text once,
/// with the crates that it belongs to.
///
/// # Errors
/// Where a crate has no license text, and none can be derived; the message names the crate.
pub fn texts(root: &Path, packages: &[&Package]) -> Result<String> {
    let ours =
        Ours { mit: read(&root.join("LICENSE-MIT"))?, apache: read(&root.join("LICENSE-APACHE"))? };
    let mut list = String::new();
    let mut users = BTreeMap::<String, Vec<String>>::new();
    for package in packages.iter().filter(|package| package.source.is_some()) {
        let name = format!("{} {}", package.name, package.version);
        let license = package.license.as_deref().unwrap_or("no license");
        let home = package.repository.as_deref().unwrap_or("no repository is given");
        list += &format!("{name}: {license}; {home}\n");
        let mut texts = texts_of(package, &ours);
        // The crates of a repository share a license text, which some of them do not publish.
        for sibling in packages.iter().filter(|other| is_sibling(package, other)) {
            texts = texts.or_else(|_| texts_of(sibling, &ours));
        }
        for text in texts? {
            let users = users.entry(text).or_default();
            // Some crates contain the same text twice.
            if users.last() != Some(&name) {
                users.push(name.clone());
            }
        }
    }
    let mut all = format!(
        "Runledger contains these crates. Each is listed with its license and the address of its \
         source code.\n\n{list}\n{BUNDLED}"
    );
    let mut users: Vec<_> = users.into_iter().map(|(text, users)| (users, text)).collect();
    users.sort();
    for (users, text) in users {
        all += &format!("\n{}\n{}:\n\n{text}\n", "=".repeat(80), users.join(", "));
    }
    Ok(all)
}

/// The texts of this project's licenses, from which missing texts are derived.
struct Ours {
    mit: String,
    apache: String,
}

fn is_sibling(package: &Package, other: &Package) -> bool {
    package.repository.is_some()
        && (&package.repository, &package.license) == (&other.repository, &other.license)
}

/// The license texts of one crate: its files or, where it has none, a text for the license that
/// its manifest names.
fn texts_of(package: &Package, ours: &Ours) -> Result<Vec<String>> {
    let folder = package.manifest_path.parent().context("a manifest has a folder")?;
    let mut texts = Vec::new();
    collect(folder.as_std_path(), &mut texts)?;
    if let Some(file) = package.license_file() {
        texts.push(read(file.as_std_path())?);
    }
    if !texts.is_empty() {
        return Ok(texts);
    }
    let licenses = package.license.as_deref().unwrap_or_default();
    let is_under = |name| licenses.split([' ', '/', '(', ')']).any(|license| license == name);
    if is_under("MIT") {
        return Ok(vec![with_holder(&ours.mit, &package.authors.join(", "))]);
    }
    if is_under("Apache-2.0") {
        // It contains no name of a copyright holder.
        return Ok(vec![ours.apache.clone()]);
    }
    bail!("{} {} contains no text of its license, {licenses}", package.name, package.version)
}

/// Searches all folders of a crate: code that it contains from others has license files of its own.
fn collect(folder: &Path, texts: &mut Vec<String>) -> Result<()> {
    let unreadable = || format!("{} cannot be read", folder.display());
    let entries = fs::read_dir(folder).with_context(unreadable)?;
    let mut entries = entries.collect::<Result<Vec<_>, _>>().with_context(unreadable)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().to_uppercase();
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), texts)?;
        } else if NAMES.iter().any(|start| name.starts_with(start)) && !name.ends_with(".RS") {
            texts.push(read(&entry.path())?);
        }
    }
    Ok(())
}

/// A text without differences in line ends and trailing spaces.
fn read(file: &Path) -> Result<String> {
    let bytes = fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<_> = text.lines().map(str::trim_end).collect();
    Ok(lines.join("\n").trim_matches('\n').to_owned())
}

/// The MIT text with another copyright holder.
fn with_holder(mit: &str, holder: &str) -> String {
    let lines = mit.trim().lines().map(|line| {
        if line.starts_with("Copyright") {
            format!("Copyright (c) {holder}")
        } else {
            line.to_owned()
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(folder: &Path, name: &str, license: &str) -> Package {
        serde_json::from_value(serde_json::json!({
            "name": name, "version": "1.0.0", "id": name, "license": license,
            "authors": ["A. Author"],
            "manifest_path": folder.join(name).join("Cargo.toml"), "source": "registry",
            "dependencies": [], "targets": [], "features": {},
        }))
        .unwrap()
    }

    fn write(folder: &Path, file: &str, text: &str) {
        let file = folder.join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    #[test]
    fn each_text_is_listed_once_with_its_crates() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        write(folder, "LICENSE-MIT", "MIT\n\nCopyright us\n\nDo as you like.\n");
        write(folder, "LICENSE-APACHE", "Apache text");
        write(folder, "four/Cargo.toml", "");
        write(folder, "one/LICENSE", "Shared text\r\n");
        write(folder, "two/LICENSE.md", "Shared text\n\n");
        write(folder, "two/src/license.rs", "fn no_text() {}");
        write(folder, "two/third_party/COPYING", "Taken text");
        write(folder, "three/Cargo.toml", "");
        let packages = [
            package(folder, "one", "ISC"),
            package(folder, "two", "ISC"),
            package(folder, "three", "Apache-2.0/MIT"),
            package(folder, "four", "Apache-2.0"),
        ];
        let all = texts(folder, &packages.iter().collect::<Vec<_>>()).unwrap();
        assert!(all.contains("one 1.0.0: ISC; no repository is given\n"), "{all}");
        assert!(all.contains("\none 1.0.0, two 1.0.0:\n\nShared text\n"), "{all}");
        assert!(all.contains("\ntwo 1.0.0:\n\nTaken text\n"), "{all}");
        assert!(all.contains("MIT\n\nCopyright (c) A. Author\n\nDo as you like.\n"), "{all}");
        assert!(all.contains("\nfour 1.0.0:\n\nApache text\n"), "{all}");
        assert!(!all.contains("no_text") && !all.contains("Copyright us"), "{all}");
    }

    #[test]
    fn a_crate_without_a_license_text_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "LICENSE-MIT", "");
        write(folder.path(), "LICENSE-APACHE", "");
        write(folder.path(), "bare/Cargo.toml", "");
        let bare = package(folder.path(), "bare", "Zlib");
        let error = |packages: &[&Package]| texts(folder.path(), packages).unwrap_err().to_string();
        assert_eq!(error(&[&bare]), "bare 1.0.0 contains no text of its license, Zlib");

        write(folder.path(), "sibling/LICENSE", "Their text");
        let of = |repository: &str, name| {
            let mut package = package(folder.path(), name, "Zlib");
            package.repository = Some(repository.into());
            package
        };
        let (bare, sibling) = (of("here", "bare"), of("here", "sibling"));
        let all = texts(folder.path(), &[&bare, &sibling]).unwrap();
        assert!(all.contains("\nbare 1.0.0, sibling 1.0.0:\n\nTheir text\n"), "{all}");
        assert_eq!(
            error(&[&bare, &of("there", "sibling")]),
            "bare 1.0.0 contains no text of its license, Zlib"
        );
    }
}
