//! A set-up: what `client.toml` says in each folder of `tests/clients`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

/// One generator for one language, as a user would set it up.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetUp {
    /// The folder's name, such as `go-ogen`.
    #[serde(skip)]
    pub name: String,
    /// The folder.
    #[serde(skip)]
    pub folder: PathBuf,
    /// As its users write it.
    pub language: String,
    /// As its users call it.
    pub generator: String,
    /// The generator's version; its libraries' stand in the lines and files.
    pub version: String,
    /// Which of our documents it reads.
    pub document: Document,
    /// Whether it is a part of the test command.
    #[serde(default)]
    pub core: bool,
    /// Programs that must be on the machine.
    #[serde(default)]
    pub needs: Vec<String>,
    /// Debian packages without which it does not work, and that are no such programs.
    #[serde(default)]
    pub debian: Vec<String>,
    /// What fetches the generator and the libraries, once.
    #[serde(default)]
    pub install: Vec<String>,
    /// What makes the client in `generated/`.
    #[serde(default)]
    pub generate: Vec<String>,
    /// What compiles or checks the client and the program.
    #[serde(default)]
    pub compile: Vec<String>,
    /// What runs the program.
    #[serde(default)]
    pub run: Vec<String>,
    /// What its users should know.
    #[serde(default)]
    pub remarks: String,
    /// What the set-up is.
    #[serde(default)]
    pub kind: Kind,
}

/// One of the contract's two files.
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

/// What a set-up is.
#[derive(Clone, Copy, Default, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A generator whose client goes through the scenario.
    #[default]
    Client,
    /// A tool that lives off the document; its `run` succeeds where it finds nothing.
    Tool,
    /// A tool whose `run` stands between the clients and the server, at `PROXY_PORT`, until it is ended.
    Proxy,
}

/// All set-ups of the workspace in this folder, by name.
///
/// # Errors
/// Where one cannot be read or does not say what it must.
pub fn all(root: &Path) -> Result<Vec<SetUp>> {
    let folder = root.join("tests/clients");
    let mut set_ups = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("no {}", folder.display()))? {
        let folder = entry?.path();
        if folder.is_dir() {
            set_ups.push(read(&folder).with_context(|| folder.display().to_string())?);
        }
    }
    set_ups.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(set_ups)
}

/// Those of these names, or all where there is no name; with `core`, only those of the core among them.
///
/// # Errors
/// Where there is none of a name.
pub fn choose(set_ups: Vec<SetUp>, only: &[String], core: bool) -> Result<Vec<SetUp>> {
    if let Some(name) = only.iter().find(|name| !set_ups.iter().any(|it| it.name == **name)) {
        bail!("there is no set-up {name:?}; type: cargo xtask clients --list");
    }
    let chosen = |it: &SetUp| (only.is_empty() || only.contains(&it.name)) && (!core || it.core);
    Ok(set_ups.into_iter().filter(chosen).collect())
}

fn read(folder: &Path) -> Result<SetUp> {
    let text = fs::read_to_string(folder.join("client.toml")).context("no client.toml")?;
    let mut set_up: SetUp = toml::from_str(&text).context("client.toml")?;
    set_up.name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    set_up.folder = folder.to_owned();
    let is_client = set_up.kind == Kind::Client;
    ensure!(
        !is_client || !set_up.generate.is_empty(),
        "a client is generated; it has no `generate`"
    );
    ensure!(is_client || !set_up.run.is_empty(), "a tool is run; it has no `run`");
    let silent = set_up.run.is_empty() && set_up.remarks.is_empty();
    ensure!(!silent, "it is not run, and `remarks` does not say why");
    Ok(set_up)
}
