//! The manifest of a client or tool: `client.toml` in each folder of `tests/clients`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

/// One generator for one language, as its user would install and run it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The folder's name, such as `go-ogen`.
    #[serde(skip)]
    pub name: String,
    /// The folder.
    #[serde(skip)]
    pub folder: PathBuf,
    /// The language, as its users spell it.
    pub language: String,
    /// The generator, as its users call it.
    pub generator: String,
    /// The generator's version; the versions of libraries are in the lines and files.
    pub version: String,
    /// The document that it reads.
    pub document: Document,
    /// Whether it is part of the test command.
    #[serde(default)]
    pub core: bool,
    /// Programs that must be on the machine.
    #[serde(default)]
    pub needs: Vec<String>,
    /// Debian packages that it needs and that are not such programs.
    #[serde(default)]
    pub debian: Vec<String>,
    /// Shell lines that install the generator and the libraries, once.
    #[serde(default)]
    pub install: Vec<String>,
    /// Shell lines that generate the client into `generated/`.
    #[serde(default)]
    pub generate: Vec<String>,
    /// Shell lines that compile or check the client and the program.
    #[serde(default)]
    pub compile: Vec<String>,
    /// Shell lines that run the program.
    #[serde(default)]
    pub run: Vec<String>,
    /// What its users should know.
    #[serde(default)]
    pub remarks: String,
    /// What it is.
    #[serde(default)]
    pub kind: Kind,
}

/// One of the two checked-in documents.
#[derive(Clone, Copy, Deserialize, PartialEq)]
pub enum Document {
    /// OpenAPI 3.1.
    #[serde(rename = "openapi.json")]
    V31,
    /// OpenAPI 3.0.
    #[serde(rename = "openapi-3.0.json")]
    V30,
}

impl Document {
    /// Its version of OpenAPI.
    pub fn version(self) -> &'static str {
        match self {
            Self::V31 => "3.1",
            Self::V30 => "3.0",
        }
    }
}

/// What a manifest describes.
#[derive(Clone, Copy, Default, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A generator, whose client runs the scenario.
    #[default]
    Client,
    /// A tool that reads the document; its `run` succeeds where it finds no fault.
    Tool,
    /// A tool whose `run` is a proxy between the clients and the server. It listens on
    /// `PROXY_PORT` until it is killed.
    Proxy,
}

/// All manifests of the workspace in this folder, by name.
///
/// # Errors
/// Where one cannot be read or is incomplete.
pub fn all(root: &Path) -> Result<Vec<Manifest>> {
    let folder = root.join("tests/clients");
    let mut manifests = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("no {}", folder.display()))? {
        let folder = entry?.path();
        if folder.is_dir() {
            manifests.push(read(&folder).with_context(|| folder.display().to_string())?);
        }
    }
    manifests.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(manifests)
}

/// The manifests of these names, or all where no name is given; with `core`, only those of the
/// core.
///
/// # Errors
/// Where a name is unknown.
pub fn select(manifests: Vec<Manifest>, only: &[String], core: bool) -> Result<Vec<Manifest>> {
    if let Some(name) = only.iter().find(|name| !manifests.iter().any(|it| it.name == **name)) {
        bail!("there is no client or tool {name:?}; type: cargo xtask clients --list");
    }
    let is_selected =
        |it: &Manifest| (only.is_empty() || only.contains(&it.name)) && (!core || it.core);
    Ok(manifests.into_iter().filter(is_selected).collect())
}

fn read(folder: &Path) -> Result<Manifest> {
    let text = fs::read_to_string(folder.join("client.toml")).context("no client.toml")?;
    let mut manifest: Manifest = toml::from_str(&text).context("client.toml")?;
    manifest.name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    manifest.folder = folder.to_owned();
    let is_client = manifest.kind == Kind::Client;
    ensure!(!is_client || !manifest.generate.is_empty(), "a client needs `generate`");
    ensure!(is_client || !manifest.run.is_empty(), "a tool needs `run`");
    let is_unexplained = manifest.run.is_empty() && manifest.remarks.is_empty();
    ensure!(!is_unexplained, "it has no `run`, and `remarks` does not say why");
    Ok(manifest)
}
