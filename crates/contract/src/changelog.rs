//! What changed, as prose for those who use an API, and the version that it asks for.

use std::{collections::BTreeMap, fmt::Write as _};

use semver::Version;

use crate::{
    Document, Finding, Level, Party, diff,
    report::{escaped, sentence},
};

/// What a version's section begins with.
const HEADING: &str = "## ";
/// Stands between what people write into a section and what is generated; what is above it stays as it is.
const MARK: &str = "<!-- What follows is generated from the documents. -->";

/// Says which version a document has to have after these changes: after breaking ones the next major, after others the
/// next minor one; below 1.0.0, where everything is still open, the next minor and the next patch. After none, the same.
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

/// Finds out whether `info.version` moved as far as the changes ask.
pub fn version_moved(old: &Document, new: &Document, findings: &[Finding]) -> Option<Finding> {
    let finding = |rule, what: String, todo: String| Finding {
        rule,
        level: Level::Error,
        what,
        operations: Vec::new(),
        place: String::new(),
        pointer: "/info/version".to_owned(),
        whom: vec![Party::Callers, Party::Readers, Party::GeneratedCode],
        why: "the version tells them whether they can take the new contract without looking"
            .to_owned(),
        todo,
    };
    let (before, after) = (old.version(), new.version());
    let (Ok(from), Ok(to)) = (Version::parse(before), Version::parse(after)) else {
        let what = format!(
            "`info.version` was {before:?} and is {after:?}: not both are semantic versions"
        );
        return Some(finding(
            "version-not-semantic",
            what,
            "write it as MAJOR.MINOR.PATCH".to_owned(),
        ));
    };
    let due = next_version(&from, findings);
    // What comes before a release may be called after it.
    let numbers = |version: &Version| (version.major, version.minor, version.patch);
    if numbers(&to) >= numbers(&due) {
        return None;
    }
    let worst = findings.iter().map(|finding| finding.level).min().unwrap_or(Level::Compatible);
    let what = if to < from {
        format!("`info.version` went back from {from} to {to}")
    } else if to == from {
        format!("the contract changed ({worst}), and `info.version` stayed at {to}")
    } else {
        format!("the contract changed ({worst}), and `info.version` went from {from} to {to} only")
    };
    Some(finding("version-too-low", what, format!("set `info.version` to {due}")))
}

/// The changelog with the section of the newer document's version as the changes ask for; what people wrote into it, and
/// all other sections, stay as they are.
///
/// With no older document, the section tells of a first version.
pub fn changelog(text: &str, old: Option<&Document>, new: &Document) -> String {
    let version = new.version();
    let section = section(old, new);
    let lines: Vec<_> = text.lines().collect();
    let begins = |line: &str| line.starts_with(HEADING);
    let is_ours =
        |line: &&str| line.strip_prefix(HEADING).is_some_and(|rest| rest.trim() == version);
    let (before, own, after) = match lines.iter().position(is_ours) {
        Some(start) => {
            let end = lines[start + 1..].iter().position(|line| begins(line));
            let end = end.map_or(lines.len(), |n| start + 1 + n);
            (&lines[..start], &lines[start + 1..end], &lines[end..])
        }
        None => {
            let start = lines.iter().position(|line| begins(line)).unwrap_or(lines.len());
            (&lines[..start], &[][..], &lines[start..])
        }
    };
    let by_people = own.iter().position(|line| *line == MARK).map_or(own, |n| &own[..n]);
    let parts = [
        before.join("\n"),
        format!("{HEADING}{version}"),
        by_people.join("\n"),
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
    let mut text = format!("Since {}: {}\n", escaped(old.version()), in_short(&findings));
    for (level, heading) in [
        (Level::Breaking, "Breaking"),
        (Level::Warning, "Look at it"),
        (Level::Compatible, "New and compatible"),
    ] {
        let bullets = bullets(findings.iter().filter(|finding| finding.level == level));
        if !bullets.is_empty() {
            let _ = write!(text, "\n### {heading}\n\n{bullets}");
        }
    }
    text
}

fn in_short(findings: &[Finding]) -> &'static str {
    match findings.iter().map(|finding| finding.level).min() {
        Some(Level::Error | Level::Breaking) => "programs that worked may have to change.",
        Some(Level::Warning) => {
            "what goes over the wire goes on working; generated code may want a look."
        }
        Some(Level::Compatible) => "programs that worked go on working.",
        None => "nothing that a program notices.",
    }
}

/// A bullet for each change; one that matters in requests and in answers is one change.
fn bullets<'f>(findings: impl Iterator<Item = &'f Finding>) -> String {
    let mut changes: Vec<Vec<&Finding>> = Vec::new();
    let mut known = BTreeMap::new();
    for finding in findings {
        let key = (&finding.what, &finding.pointer);
        let n = *known.entry(key).or_insert_with(|| {
            changes.push(Vec::new());
            changes.len() - 1
        });
        changes[n].push(finding);
    }
    let mut text = String::new();
    for change in changes {
        let _ = write!(text, "- {}.", escaped(&sentence(&change[0].what)));
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
            let _ = write!(text, "\n  For {}: {}.", finding.whom_in_words(), escaped(&finding.why));
        }
        text.push('\n');
    }
    text
}
