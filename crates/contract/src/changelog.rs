//! The changelog of an API, and the version number that a change requires.

use std::{collections::BTreeMap, fmt::Write as _};

use semver::Version;

use crate::{
    diff::diff,
    document::Document,
    finding::{Finding, Level, Party},
    report::{escaped, sentence},
};

/// The beginning of a version's section.
const HEADING: &str = "## ";
/// Separates the written part of a section, which is kept, from the generated part below it.
const MARK: &str = "<!-- What follows is generated from the documents. -->";

/// The version that a document needs after these changes.
///
/// Breaking changes require the next major version, other changes the next minor version. Below
/// 1.0.0 they require the next minor and the next patch version. Without changes the version stays.
pub fn next_version(old: &Version, findings: &[Finding]) -> Version {
    let Some(worst) = findings.iter().map(|finding| finding.level).min() else {
        return old.clone();
    };
    let breaking = worst <= Level::Breaking;
    match (old.major, breaking) {
        (0, true) => Version::new(0, old.minor + 1, 0),
        (0, false) => Version::new(0, old.minor, old.patch + 1),
        (major, true) => Version::new(major + 1, 0, 0),
        (major, false) => Version::new(major, old.minor + 1, 0),
    }
}

/// Checks that `info.version` was raised as far as the changes require; returns a finding if not.
pub fn check_version(old: &Document, new: &Document, findings: &[Finding]) -> Option<Finding> {
    let finding = |rule, message: String, advice: String| Finding {
        rule,
        level: Level::Error,
        message,
        operations: Vec::new(),
        location: String::new(),
        pointer: "/info/version".to_owned(),
        affects: vec![Party::Callers, Party::Readers, Party::GeneratedCode],
        reason: "the version tells whether programs can adopt the new contract without review"
            .to_owned(),
        advice,
    };
    let (before, after) = (old.version(), new.version());
    let (Ok(from), Ok(to)) = (Version::parse(before), Version::parse(after)) else {
        let message = format!(
            "`info.version` changed from {before:?} to {after:?}; both must be semantic versions"
        );
        let advice = "write it as MAJOR.MINOR.PATCH".to_owned();
        return Some(finding("version-not-semantic", message, advice));
    };
    let required = next_version(&from, findings);
    // A pre-release of the required version is enough.
    let numbers = |version: &Version| (version.major, version.minor, version.patch);
    if numbers(&to) >= numbers(&required) {
        return None;
    }
    let worst = findings.iter().map(|finding| finding.level).min().unwrap_or(Level::Compatible);
    let message = if to < from {
        format!("`info.version` was lowered from {from} to {to}")
    } else if to == from {
        format!("the contract changed ({worst}), but `info.version` is still {to}")
    } else {
        format!(
            "the contract changed ({worst}), but `info.version` was only raised from {from} to {to}"
        )
    };
    Some(finding("version-too-low", message, format!("set `info.version` to {required}")))
}

/// The changelog with the section of the newer document's version written anew. The written part of
/// that section and all other sections stay as they are.
///
/// Without an older document, the section describes the first version.
pub fn changelog(text: &str, old: Option<&Document>, new: &Document) -> String {
    let version = new.version();
    let section = section(old, new);
    let lines: Vec<_> = text.lines().collect();
    let begins = |line: &str| line.starts_with(HEADING);
    let is_own =
        |line: &&str| line.strip_prefix(HEADING).is_some_and(|rest| rest.trim() == version);
    let (before, own, after) = match lines.iter().position(is_own) {
        Some(start) => {
            let end = lines[start + 1..].iter().position(|line| begins(line));
            let end = end.map_or(lines.len(), |offset| start + 1 + offset);
            (&lines[..start], &lines[start + 1..end], &lines[end..])
        }
        None => {
            let start = lines.iter().position(|line| begins(line)).unwrap_or(lines.len());
            (&lines[..start], &[][..], &lines[start..])
        }
    };
    let written = own.iter().position(|line| *line == MARK).map_or(own, |end| &own[..end]);
    let parts = [
        before.join("\n"),
        format!("{HEADING}{version}"),
        written.join("\n"),
        format!("{MARK}\n\n{section}"),
        after.join("\n"),
    ];
    let parts: Vec<_> =
        parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()).collect();
    parts.join("\n\n") + "\n"
}

/// Whether the changelog has a section for this version.
pub fn has_section(text: &str, version: &str) -> bool {
    text.lines().any(|line| line.strip_prefix(HEADING).is_some_and(|rest| rest.trim() == version))
}

fn section(old: Option<&Document>, new: &Document) -> String {
    let Some(old) = old else {
        let names = new.operations().into_iter().map(|operation| {
            let summary = operation.value["summary"].as_str().unwrap_or_default();
            format!("- `{}`: {}\n", operation.name(), escaped(summary))
        });
        return format!("The first version.\n\n{}", names.collect::<String>());
    };
    let findings = diff(old, new);
    let mut text = format!("Since {}: {}\n", escaped(old.version()), summary(&findings));
    for (level, heading) in [
        (Level::Breaking, "Breaking"),
        (Level::Warning, "To review"),
        (Level::Compatible, "Compatible"),
    ] {
        let bullets = bullets(findings.iter().filter(|finding| finding.level == level));
        if !bullets.is_empty() {
            let _ = write!(text, "\n### {heading}\n\n{bullets}");
        }
    }
    text
}

fn summary(findings: &[Finding]) -> &'static str {
    match findings.iter().map(|finding| finding.level).min() {
        Some(Level::Error | Level::Breaking) => "existing programs may have to change.",
        Some(Level::Warning) => {
            "requests and responses stay compatible; generated code may need a review."
        }
        Some(Level::Compatible) => "existing programs keep working.",
        None => "no change that affects programs.",
    }
}

/// A bullet for each change. A change that affects both requests and responses has one bullet.
fn bullets<'f>(findings: impl Iterator<Item = &'f Finding>) -> String {
    let mut changes: Vec<Vec<&Finding>> = Vec::new();
    let mut known = BTreeMap::new();
    for finding in findings {
        let key = (&finding.message, &finding.pointer);
        let position = *known.entry(key).or_insert_with(|| {
            changes.push(Vec::new());
            changes.len() - 1
        });
        changes[position].push(finding);
    }
    let mut text = String::new();
    for change in changes {
        let _ = write!(text, "- {}.", escaped(&sentence(&change[0].message)));
        let mut operations: Vec<&str> = Vec::new();
        for name in change.iter().flat_map(|finding| &finding.operations) {
            if !operations.contains(&name.as_str()) {
                operations.push(name);
            }
        }
        if !operations.is_empty() {
            let names: Vec<_> = operations.iter().map(|name| format!("`{name}`")).collect();
            let _ = write!(text, "\n  In {}.", names.join(", "));
        }
        for finding in &change {
            let (affects, reason) = (finding.affects_in_words(), escaped(&finding.reason));
            let _ = write!(text, "\n  Affects {affects}: {reason}.");
        }
        text.push('\n');
    }
    text
}
