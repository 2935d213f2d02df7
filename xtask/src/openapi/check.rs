//! `cargo xtask openapi check`: whether the files follow the types.

use std::{io::Write, path::Path, process::ExitCode};

use anyhow::Result;
use similar::TextDiff;

use super::{
    STALE,
    files::{checked_in, generated},
};

/// Shows where a file does not follow the types and routes; writes nothing.
pub fn run(root: &Path, out: &mut dyn Write) -> Result<ExitCode> {
    let mut stale = false;
    for file in generated()? {
        let (name, before) = (&file.name, checked_in(root, &file)?);
        if before == file.contents {
            writeln!(out, "{name}: fresh")?;
            continue;
        }
        stale = true;
        let diff = TextDiff::from_lines(before.as_str(), file.contents.as_str());
        let (old, new) = (format!("{name} (checked in)"), format!("{name} (generated)"));
        write!(out, "{}", diff.unified_diff().header(&old, &new))?;
    }
    if stale {
        writeln!(
            out,
            "The contract's files are stale. Type this to mend them: cargo xtask openapi generate"
        )?;
        return Ok(ExitCode::from(STALE));
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{super::generate, *};

    fn printed(
        run: fn(&Path, &mut dyn Write) -> Result<ExitCode>,
        root: &Path,
    ) -> (ExitCode, String) {
        let mut out = Vec::new();
        let code = run(root, &mut out).unwrap();
        (code, String::from_utf8(out).unwrap())
    }

    #[test]
    fn a_stale_file_is_shown_and_mended() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let (code, text) = printed(run, root);
        assert_eq!(code, ExitCode::from(STALE));
        assert!(text.contains("+++ openapi.json (generated)"), "{text}");
        assert!(text.ends_with("Type this to mend them: cargo xtask openapi generate\n"), "{text}");
        assert!(!root.join("openapi.json").exists(), "a check writes nothing");

        let (code, text) = printed(generate::run, root);
        assert_eq!(code, ExitCode::SUCCESS);
        assert_eq!(text, "openapi.json: written\nopenapi-3.0.json: written\n");
        let (code, text) = printed(run, root);
        assert_eq!(code, ExitCode::SUCCESS);
        assert_eq!(text, "openapi.json: fresh\nopenapi-3.0.json: fresh\n");

        let path = root.join("openapi.json");
        let changed = fs::read_to_string(&path).unwrap().replace("Run UID", "The run's UID");
        fs::write(&path, &changed).unwrap();
        let (code, text) = printed(run, root);
        assert_eq!(code, ExitCode::from(STALE));
        assert!(text.contains("\n-") && text.contains("The run's UID"), "{text}");
        assert_eq!(fs::read_to_string(&path).unwrap(), changed, "a check writes nothing");
    }
}
