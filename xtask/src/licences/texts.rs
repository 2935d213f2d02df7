//! One file with all that the licences of the linked crates want to be passed on.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, Result, bail};
use cargo_metadata::Package;

/// What crates carry within them that no file beside their manifest tells of.
const CARRIED: &str = "\
SQLite, in libsqlite3-sys, is in the public domain.
swagger-ui, in utoipa-swagger-ui-vendored: Copyright 2020-2021 SmartBear Software Inc. It comes under the Apache-2.0 \
licence below.
";

/// How the files are called that hold a licence, or a notice that it wants passed on; in capitals.
const NAMES: &[&str] = &["LICENSE", "LICENCE", "UNLICENSE", "COPYING", "COPYRIGHT", "NOTICE"];

/// Which crates there are, under which licences, from where, and every text that they come with, once.
///
/// # Errors
/// Where a crate has no text, and none can be made for it; the message names the crate.
pub fn texts(root: &Path, packages: &[&Package]) -> Result<String> {
    let ours =
        Ours { mit: read(&root.join("LICENSE-MIT"))?, apache: read(&root.join("LICENSE-APACHE"))? };
    let mut list = String::new();
    let mut users = BTreeMap::<String, Vec<String>>::new();
    for package in packages.iter().filter(|package| package.source.is_some()) {
        let name = format!("{} {}", package.name, package.version);
        let licence = package.license.as_deref().unwrap_or("no licence");
        let home = package.repository.as_deref().unwrap_or("no address is given");
        list += &format!("{name}: {licence}; {home}\n");
        let mut texts = texts_of(package, &ours);
        // The crates of one repository come under one text, which some of them leave behind when they are published.
        for sibling in packages.iter().filter(|other| is_sibling(package, other)) {
            texts = texts.or_else(|_| texts_of(sibling, &ours));
        }
        for text in texts? {
            let users = users.entry(text).or_default();
            // Some crates hold the same text twice.
            if users.last() != Some(&name) {
                users.push(name.clone());
            }
        }
    }
    let mut all = format!(
        "Runledger is made of these crates as well; each comes under the licence beside it, and its source is at the \
         address behind that.\n\n{list}\n{CARRIED}"
    );
    let mut users: Vec<_> = users.into_iter().map(|(text, users)| (users, text)).collect();
    users.sort();
    for (users, text) in users {
        all += &format!("\n{}\n{}:\n\n{text}\n", "=".repeat(80), users.join(", "));
    }
    Ok(all)
}

/// The texts of our own licences.
struct Ours {
    mit: String,
    apache: String,
}

fn is_sibling(package: &Package, other: &Package) -> bool {
    package.repository.is_some()
        && (&package.repository, &package.license) == (&other.repository, &other.license)
}

/// The texts of one crate: its files or, for a crate without any, what its manifest says of it.
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
    let licences = package.license.as_deref().unwrap_or_default();
    let is_under = |name| licences.split([' ', '/', '(', ')']).any(|licence| licence == name);
    if is_under("MIT") {
        return Ok(vec![with_holder(&ours.mit, &package.authors.join(", "))]);
    }
    if is_under("Apache-2.0") {
        // It is the same whoever uses it.
        return Ok(vec![ours.apache.clone()]);
    }
    bail!("{} {} comes with no text of its licence, {licences}", package.name, package.version)
}

/// Goes through the whole source: what a crate has taken from others has its own licence beside it.
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

/// A text without what differs between copies of it and means nothing.
fn read(file: &Path) -> Result<String> {
    let bytes = fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<_> = text.lines().map(str::trim_end).collect();
    Ok(lines.join("\n").trim_matches('\n').to_owned())
}

/// Our own MIT text as somebody else's.
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

    fn package(folder: &Path, name: &str, licence: &str) -> Package {
        serde_json::from_value(serde_json::json!({
            "name": name, "version": "1.0.0", "id": name, "license": licence, "authors": ["A. Author"],
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
    fn every_text_stands_once_with_all_that_use_it() {
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
        assert!(all.contains("one 1.0.0: ISC; no address is given\n"), "{all}");
        assert!(all.contains("\none 1.0.0, two 1.0.0:\n\nShared text\n"), "{all}");
        assert!(all.contains("\ntwo 1.0.0:\n\nTaken text\n"), "{all}");
        assert!(all.contains("MIT\n\nCopyright (c) A. Author\n\nDo as you like.\n"), "{all}");
        assert!(all.contains("\nfour 1.0.0:\n\nApache text\n"), "{all}");
        assert!(!all.contains("no_text") && !all.contains("Copyright us"), "{all}");
    }

    #[test]
    fn a_crate_without_a_text_is_named() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "LICENSE-MIT", "");
        write(folder.path(), "LICENSE-APACHE", "");
        write(folder.path(), "bare/Cargo.toml", "");
        let bare = package(folder.path(), "bare", "Zlib");
        let error = |packages: &[&Package]| texts(folder.path(), packages).unwrap_err().to_string();
        assert_eq!(error(&[&bare]), "bare 1.0.0 comes with no text of its licence, Zlib");

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
            "bare 1.0.0 comes with no text of its licence, Zlib"
        );
    }
}
