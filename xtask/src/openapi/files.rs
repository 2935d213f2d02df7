//! The files of the contract: what they are made from, and how they are read and written.

use std::{
    fs,
    io::{ErrorKind, Write},
    path::Path,
};

use anyhow::{Context, Result};
use runledger_contract::{downlevel, to_pretty};
use runledger_model::schemas;

/// A file of the contract.
pub struct File {
    /// Its path in the workspace.
    pub name: String,
    /// What it should hold; nothing where it should not be there.
    pub contents: String,
}

/// Where the wire types' JSON Schemas stand, in the workspace.
const SCHEMAS: &str = "crates/model/schemas";

/// All files as the types and routes say them; those of types that are gone are among them, with nothing in them.
pub fn generated(root: &Path) -> Result<Vec<File>> {
    let document = runledger_server::openapi_document();
    let mut files = vec![
        File { name: "openapi.json".into(), contents: to_pretty(&document) },
        File { name: "openapi-3.0.json".into(), contents: to_pretty(&downlevel(&document)?) },
    ];
    files.extend(schemas::all().iter().map(|wire| File {
        name: format!("{SCHEMAS}/{}", wire.file_name()),
        contents: to_pretty(&wire.schema),
    }));
    let gone = schema_files(root)?.into_iter().filter(|name| files.iter().all(|f| f.name != *name));
    let gone: Vec<_> = gone.map(|name| File { name, contents: String::new() }).collect();
    files.extend(gone);
    Ok(files)
}

/// What the file holds; nothing where it is not there.
pub fn checked_in(root: &Path, file: &File) -> Result<String> {
    match fs::read_to_string(root.join(&file.name)) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", file.name)),
    }
}

/// Makes the file hold what it should, or go where it should not be there, and says whether anything was done. It
/// is never seen half written.
pub fn write_file(root: &Path, file: &File) -> Result<bool> {
    if checked_in(root, file)? == file.contents {
        return Ok(false);
    }
    let path = root.join(&file.name);
    if file.contents.is_empty() {
        fs::remove_file(&path).with_context(|| format!("{} cannot be removed", file.name))?;
        return Ok(true);
    }
    let folder = path.parent().context("a file has a folder")?;
    fs::create_dir_all(folder)?;
    let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
    temporary.write_all(file.contents.as_bytes())?;
    // A temporary file is its owner's alone; a checked-in one is not.
    #[cfg(unix)]
    fs::set_permissions(temporary.path(), std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
    temporary.persist(&path).with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(true)
}

/// The schemas' files that are there.
fn schema_files(root: &Path) -> Result<Vec<String>> {
    let folder = match fs::read_dir(root.join(SCHEMAS)) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        folder => folder.with_context(|| format!("{SCHEMAS} cannot be read"))?,
    };
    let mut names = Vec::new();
    for entry in folder {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".schema.json") {
            names.push(format!("{SCHEMAS}/{name}"));
        }
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_component_has_a_schema_file_and_nothing_else_has() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let names = |root| generated(root).unwrap().into_iter().map(|file| file.name);
        let document = runledger_server::openapi_document();
        let mut expected = vec!["openapi.json".to_owned(), "openapi-3.0.json".to_owned()];
        let components = document["components"]["schemas"].as_object().unwrap();
        expected.extend(components.keys().map(|name| format!("{SCHEMAS}/{name}.schema.json")));
        let mut found: Vec<_> = names(root).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected);

        fs::create_dir_all(root.join(SCHEMAS)).unwrap();
        for name in ["Gone.schema.json", "README.md"] {
            fs::write(root.join(SCHEMAS).join(name), "{}").unwrap();
        }
        let gone = format!("{SCHEMAS}/Gone.schema.json");
        assert!(names(root).any(|name| name == gone));
        for file in generated(root).unwrap() {
            assert!(write_file(root, &file).unwrap(), "{}", file.name);
            assert!(!write_file(root, &file).unwrap(), "{}", file.name);
        }
        let there = fs::read_dir(root.join(SCHEMAS)).unwrap().count();
        assert_eq!(there, components.len() + 1, "the README stays");
        assert!(names(root).all(|name| name != gone));
    }
}
