//! oasdiff and a large document, installed into `target/oasdiff` in pinned versions.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use tools_support::{command::run, machine::ensure_programs};

const OASDIFF: &str = "github.com/oasdiff/oasdiff";
const OASDIFF_VERSION: &str = "v1.36.0";
/// GitHub's API description, as an npm package with a version.
const GITHUB: &str = "@octokit/openapi";
const GITHUB_VERSION: &str = "23.0.2";
const GITHUB_FILE: &str = "package/generated/api.github.com.json";
const COMMAND: &str = "cargo xtask oasdiff --install";

/// The path of oasdiff, which is installed if it is missing and `install` is set.
///
/// # Errors
/// If it is missing and is not or cannot be installed; the message says what to type.
pub fn oasdiff(install: bool, root: &Path) -> Result<PathBuf> {
    let folder = root.join("target/oasdiff").join(OASDIFF_VERSION);
    let program = folder.join("oasdiff");
    if !program.is_file() {
        if !install {
            bail!("missing: oasdiff {OASDIFF_VERSION}; type: {COMMAND}");
        }
        ensure_programs(["go"].into_iter(), std::iter::empty(), COMMAND, install)?;
        let mut go = Command::new("go");
        go.args(["install", &format!("{OASDIFF}@{OASDIFF_VERSION}")]).env("GOBIN", &folder);
        run(&mut go)?;
    }
    Ok(program)
}

/// The path of GitHub's API description, which is downloaded if it is missing and `install` is set.
///
/// # Errors
/// If it is missing and is not or cannot be downloaded; the message says what to type.
pub fn github(install: bool, root: &Path) -> Result<PathBuf> {
    let folder = root.join("target/oasdiff").join(format!("github-{GITHUB_VERSION}"));
    let file = folder.join("api.github.com.json");
    if file.is_file() {
        return Ok(file);
    }
    if !install {
        bail!("missing: GitHub's API description {GITHUB_VERSION}; type: {COMMAND} --github");
    }
    ensure_programs(["npm"].into_iter(), std::iter::empty(), COMMAND, install)?;
    fs::create_dir_all(&folder)?;
    let mut npm = Command::new("npm");
    npm.current_dir(&folder).args(["pack", "--silent", &format!("{GITHUB}@{GITHUB_VERSION}")]);
    run(&mut npm)?;
    let archive = folder.join(format!("octokit-openapi-{GITHUB_VERSION}.tgz"));
    unpack(&archive, GITHUB_FILE, &file)?;
    fs::remove_file(archive)?;
    Ok(file)
}

/// Unpacks one file of an archive, which has several hundred megabytes.
fn unpack(archive: &Path, wanted: &str, file: &Path) -> Result<()> {
    let compressed = File::open(archive).with_context(|| archive.display().to_string())?;
    let mut entries = tar::Archive::new(flate2::read::GzDecoder::new(compressed));
    for entry in entries.entries()? {
        let mut entry = entry?;
        if entry.path()?.as_os_str() == wanted {
            // An interrupted copy must not look like the complete file.
            let part = file.with_extension("part");
            std::io::copy(&mut entry, &mut File::create(&part)?)?;
            return Ok(fs::rename(part, file)?);
        }
    }
    bail!("{} does not contain {wanted}", archive.display())
}
