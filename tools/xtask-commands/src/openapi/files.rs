//! The generated files: their contents, and how they are read and written.

use std::{
    fs,
    io::{ErrorKind, Write},
    path::Path,
};

use anyhow::{Context, Result};
use runledger_contract::{downlevel, to_pretty};

use super::Generator;

/// A generated file.
pub struct File {
    /// Its path, relative to the workspace.
    pub name: String,
    /// The contents that it should have; empty where it should not exist.
    pub contents: String,
}

/// The folder of the wire types' JSON Schemas, relative to the workspace.
const SCHEMAS: &str = "crates/model/schemas";

/// All files with the contents that the types and routes generate. Schema files of types that no
/// longer exist are included, with empty contents.
///
/// # Errors
/// Where the folder of schemas cannot be read, or the document cannot be expressed in OpenAPI 3.0.
pub fn generated(generator: &Generator, root: &Path) -> Result<Vec<File>> {
    let document = (generator.document)();
    let mut files = vec![
        File { name: "openapi.json".into(), contents: to_pretty(&document) },
        File { name: "openapi-3.0.json".into(), contents: to_pretty(&downlevel(&document)?) },
    ];
    files.extend((generator.schemas)().iter().map(|file| File {
        name: format!("{SCHEMAS}/{}", file.name),
        contents: to_pretty(&file.schema),
    }));
    let gone = schema_files(root)?.into_iter().filter(|name| files.iter().all(|f| f.name != *name));
    let gone: Vec<_> = gone.map(|name| File { name, contents: String::new() }).collect();
    files.extend(gone);
    Ok(files)
}

/// The present contents of the file; empty where it does not exist.
///
/// # Errors
/// Where it cannot be read.
pub fn checked_in(root: &Path, file: &File) -> Result<String> {
    match fs::read_to_string(root.join(&file.name)) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", file.name)),
    }
}

/// Writes or removes the file; returns whether anything changed. Readers never see a partly written
/// file.
///
/// # Errors
/// Where it cannot be written or removed.
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
    // Temporary files are readable only by their owner.
    #[cfg(unix)]
    fs::set_permissions(temporary.path(), std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
    temporary.persist(&path).with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(true)
}

/// The schema files that exist.
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
    use super::{super::generator::WORKSPACE, *};

    #[test]
    fn exactly_the_components_have_schema_files() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let names = |root| generated(&WORKSPACE, root).unwrap().into_iter().map(|file| file.name);
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
        for file in generated(&WORKSPACE, root).unwrap() {
            assert!(write_file(root, &file).unwrap(), "{}", file.name);
            assert!(!write_file(root, &file).unwrap(), "{}", file.name);
        }
        let there = fs::read_dir(root.join(SCHEMAS)).unwrap().count();
        assert_eq!(there, components.len() + 1, "the README is kept");
        assert!(names(root).all(|name| name != gone));
    }
}
