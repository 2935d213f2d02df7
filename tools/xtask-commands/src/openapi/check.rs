//! `cargo xtask openapi check`: are the generated files fresh, and does the version follow the
//! changes?

use std::{io::Write, path::Path, process::ExitCode};

use anyhow::Result;
use runledger_contract::{Finding, Format, Level, Party, Report, check_version, diff};
use similar::TextDiff;

use super::{
    Generator, base, changelog,
    files::{File, checked_in, generated},
    report::{self, STALE},
};

#[derive(clap::Args, Default)]
pub struct Arguments {
    #[command(flatten)]
    base: base::Argument,
    /// Format of the report
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// The rules whose findings a command fixes.
const STALE_RULES: [&str; 2] = ["file-stale", "changelog-stale"];

/// Reports stale files, and a version that does not follow the changes; writes no file.
///
/// # Errors
/// Where a file cannot be read, or the named older document does not exist.
pub fn run(
    arguments: &Arguments,
    generator: &Generator,
    root: &Path,
    out: &mut dyn Write,
) -> Result<ExitCode> {
    let mut findings = Vec::new();
    let mut differences = String::new();
    for file in generated(generator, root)? {
        let before = checked_in(root, &file)?;
        if before != file.contents {
            differences += &difference(&file, &before);
            findings.push(stale("file-stale", &file.name, "cargo xtask openapi generate"));
        }
    }
    let unchecked = match base::find(&arguments.base, root) {
        Ok(old) => {
            findings.extend(version(&old, generator, root)?);
            None
        }
        Err(error) if arguments.base.base.is_some() => return Err(error),
        Err(error) => Some(format!("the version was not checked: {error:#}")),
    };
    findings.sort_by_key(|finding| STALE_RULES.contains(&finding.rule));
    if matches!(arguments.format, Format::Text) {
        write!(out, "{differences}")?;
        if let Some(unchecked) = unchecked {
            writeln!(out, "{unchecked}")?;
        }
    }
    let only_stale = findings.iter().all(|finding| STALE_RULES.contains(&finding.rule));
    let is_clean = findings.is_empty();
    let subject = "the generated files".to_owned();
    let file = base::FILE.to_owned();
    let report = Report { subject, file, findings, nothing: "fresh", ..Report::default() };
    let code = report::write(&report, arguments.format, out)?;
    Ok(if only_stale && !is_clean { ExitCode::from(STALE) } else { code })
}

/// The findings about the version and the changelog.
fn version(old: &base::Named, generator: &Generator, root: &Path) -> Result<Vec<Finding>> {
    let new = base::working_tree(generator)?;
    let changes = diff(&old.document, &new.document);
    if let Some(mut finding) = check_version(&old.document, &new.document, &changes) {
        finding.advice += " in crates/server/src/openapi.rs, then type: cargo xtask openapi \
                           generate, and cargo xtask openapi changelog";
        return Ok(vec![finding]);
    }
    let file = changelog::up_to_date(root, old, &new)?;
    let fresh = checked_in(root, &file)? == file.contents;
    let stale = || stale("changelog-stale", changelog::FILE, "cargo xtask openapi changelog");
    Ok(if fresh { Vec::new() } else { vec![stale()] })
}

fn stale(rule: &'static str, name: &str, command: &str) -> Finding {
    Finding {
        rule,
        level: Level::Error,
        message: format!("{name} is not what the types and routes generate"),
        operations: Vec::new(),
        location: String::new(),
        pointer: String::new(),
        affects: vec![Party::Callers, Party::Readers, Party::GeneratedCode],
        reason: "people read the committed files, and generate code from them".to_owned(),
        advice: format!("type: {command}"),
    }
}

fn difference(file: &File, before: &str) -> String {
    let diff = TextDiff::from_lines(before, &file.contents);
    let (old, new) = (format!("{} (checked in)", file.name), format!("{} (generated)", file.name));
    diff.unified_diff().header(&old, &new).to_string()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{
        super::{generate, generator::WORKSPACE},
        *,
    };

    fn checked(root: &Path, base: Option<&Path>) -> (ExitCode, String) {
        let base = base::Argument { base: base.map(|path| path.display().to_string()) };
        let mut out = Vec::new();
        let code =
            run(&Arguments { base, format: Format::Text }, &WORKSPACE, root, &mut out).unwrap();
        (code, String::from_utf8(out).unwrap())
    }

    fn generate(root: &Path) -> String {
        let mut out = Vec::new();
        generate::run(&WORKSPACE, root, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_stale_file_is_reported_and_generated() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let (code, text) = checked(root, None);
        assert_eq!(code, ExitCode::from(STALE));
        assert!(text.contains("+++ openapi.json (generated)"), "{text}");
        assert!(text.contains("advice    type: cargo xtask openapi generate\n"), "{text}");
        assert!(text.contains("the version was not checked: nothing to compare with"), "{text}");
        assert!(!root.join("openapi.json").exists(), "a check writes nothing");

        let text = generate(root);
        assert!(text.starts_with("openapi.json: written\nopenapi-3.0.json: written\n"), "{text}");
        let (code, text) = checked(root, None);
        assert_eq!(code, ExitCode::SUCCESS, "{text}");
        assert!(text.ends_with("the generated files: fresh\n"), "{text}");

        let path = root.join("openapi.json");
        let changed = fs::read_to_string(&path).unwrap().replace("Run UID", "Another UID");
        fs::write(&path, &changed).unwrap();
        let (code, text) = checked(root, None);
        assert_eq!(code, ExitCode::from(STALE));
        assert!(text.contains("\n-") && text.contains("Another UID"), "{text}");
        assert_eq!(fs::read_to_string(&path).unwrap(), changed, "a check writes nothing");
    }

    #[test]
    fn a_change_without_a_new_version_is_an_error_that_names_the_version() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        generate(root);
        // The older document has an operation that no longer exists.
        let mut old = runledger_server::openapi_document();
        old["paths"]["/v1/gone"] = old["paths"]["/v1/executions"].clone();
        old["info"]["version"] = "7.1.0".into();
        let mut base = tempfile::NamedTempFile::new().unwrap();
        write!(base, "{old}").unwrap();
        let (code, text) = checked(root, Some(base.path()));
        assert_eq!(code, ExitCode::FAILURE, "no command can fix it");
        assert!(text.contains("error: `info.version` was lowered from 7.1.0 to "), "{text}");
        assert!(text.contains("advice    set `info.version` to 8.0.0 in "), "{text}");

        old["info"]["version"] = "0.9.0".into();
        fs::write(base.path(), old.to_string()).unwrap();
        let (code, text) = checked(root, Some(base.path()));
        assert_eq!(code, ExitCode::from(STALE), "the version follows, and the changelog is stale");
        assert!(text.contains("advice    type: cargo xtask openapi changelog\n"), "{text}");
    }
}
