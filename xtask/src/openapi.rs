//! `cargo xtask openapi`: the checked-in documents follow the types.

use std::{
    fs,
    io::{ErrorKind, Write},
    path::Path,
    process::ExitCode,
};

use anyhow::{Context, Result};
use runledger_contract::{downlevel, to_pretty};
use similar::TextDiff;

/// The exit code for files that do not follow the types.
const STALE: u8 = 4;

#[derive(clap::Args)]
pub struct Arguments {
    /// Write nothing; fail (exit code 4) and show the difference where the files are stale
    #[arg(long)]
    pub check: bool,
}

/// Writes or checks both documents in this folder.
pub fn run(arguments: &Arguments, root: &Path, out: &mut dyn Write) -> Result<ExitCode> {
    let document = runledger_server::openapi_document();
    let files = [
        ("openapi.json", to_pretty(&document)),
        ("openapi-3.0.json", to_pretty(&downlevel(&document)?)),
    ];
    let mut stale = false;
    for (name, contents) in files {
        stale |= !ensure_file_contents(&root.join(name), &contents, arguments.check, out)?;
    }
    if stale {
        writeln!(
            out,
            "The contract's files are stale. Type this to mend them: cargo xtask openapi"
        )?;
        return Ok(ExitCode::from(STALE));
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether the file has these contents in the end; with `check` it is not written, and the difference is shown.
fn ensure_file_contents(
    path: &Path,
    contents: &str,
    check: bool,
    out: &mut dyn Write,
) -> Result<bool> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let before = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => {
            return Err(error).with_context(|| format!("{} cannot be read", path.display()));
        }
    };
    if before == contents {
        writeln!(out, "{name}: fresh")?;
        return Ok(true);
    }
    if check {
        let diff = TextDiff::from_lines(before.as_str(), contents);
        write!(
            out,
            "{}",
            diff.unified_diff()
                .header(&format!("{name} (checked in)"), &format!("{name} (generated)"))
        )?;
        return Ok(false);
    }
    let folder = path.parent().context("a file has a folder")?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(contents.as_bytes())?;
    // A temporary file is its owner's alone; a checked-in one is not.
    #[cfg(unix)]
    fs::set_permissions(file.path(), std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
    file.persist(path).with_context(|| format!("{} cannot be written", path.display()))?;
    writeln!(out, "{name}: written")?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(root: &Path, check: bool) -> (ExitCode, String) {
        let mut out = Vec::new();
        let code = run(&Arguments { check }, root, &mut out).unwrap();
        (code, String::from_utf8(out).unwrap())
    }

    #[test]
    fn a_stale_file_is_shown_and_mended() {
        let folder = tempfile::tempdir().unwrap();
        let (code, text) = printed(folder.path(), true);
        assert_eq!(code, ExitCode::from(STALE));
        assert!(text.contains("+++ openapi.json (generated)"), "{text}");
        assert!(text.ends_with("Type this to mend them: cargo xtask openapi\n"), "{text}");
        assert!(!folder.path().join("openapi.json").exists(), "a check writes nothing");

        let (code, text) = printed(folder.path(), false);
        assert_eq!(code, ExitCode::SUCCESS);
        assert_eq!(text, "openapi.json: written\nopenapi-3.0.json: written\n");
        let (code, text) = printed(folder.path(), true);
        assert_eq!(code, ExitCode::SUCCESS);
        assert_eq!(text, "openapi.json: fresh\nopenapi-3.0.json: fresh\n");

        let path = folder.path().join("openapi.json");
        let changed = fs::read_to_string(&path).unwrap().replace("Run UID", "The run's UID");
        fs::write(&path, &changed).unwrap();
        let (code, text) = printed(folder.path(), true);
        assert_eq!(code, ExitCode::from(STALE));
        assert!(text.contains("\n-") && text.contains("The run's UID"), "{text}");
        assert_eq!(fs::read_to_string(&path).unwrap(), changed, "a check writes nothing");
    }
}
