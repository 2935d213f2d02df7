//! What is fetched into `target/oasdiff`: the other judge, and a large document to change. Both in pinned versions.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use tools_support::{command::run, machine::ensure_programs};

const OASDIFF: &str = "github.com/oasdiff/oasdiff";
const OASDIFF_VERSION: &str = "v1.36.0";
/// GitHub's own description, from npm, where it has a version.
const GITHUB: &str = "@octokit/openapi";
const GITHUB_VERSION: &str = "23.0.2";
const GITHUB_FILE: &str = "package/generated/api.github.com.json";
const COMMAND: &str = "cargo xtask oasdiff --install";

/// Where the program is; with `install`, it is fetched where it is not there.
///
/// # Errors
/// Where it is not there and may not or cannot be fetched; the message says what to type.
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

/// Where GitHub's description is; with `install`, it is fetched where it is not there.
///
/// # Errors
/// Where it is not there and may not or cannot be fetched; the message says what to type.
pub fn github(install: bool, root: &Path) -> Result<PathBuf> {
    let folder = root.join("target/oasdiff").join(format!("github-{GITHUB_VERSION}"));
    let file = folder.join("api.github.com.json");
    if file.is_file() {
        return Ok(file);
    }
    if !install {
        bail!("missing: GitHub's description {GITHUB_VERSION}; type: {COMMAND} --github");
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

/// Takes one file out of an archive; the rest of it is several hundred megabytes.
fn unpack(archive: &Path, wanted: &str, file: &Path) -> Result<()> {
    let compressed = File::open(archive).with_context(|| archive.display().to_string())?;
    let mut entries = tar::Archive::new(flate2::read::GzDecoder::new(compressed));
    for entry in entries.entries()? {
        let mut entry = entry?;
        if entry.path()?.as_os_str() == wanted {
            // Under another name first, so that half a file is not taken for the whole one.
            let part = file.with_extension("part");
            std::io::copy(&mut entry, &mut File::create(&part)?)?;
            return Ok(fs::rename(part, file)?);
        }
    }
    bail!("{} does not hold {wanted}", archive.display())
}
