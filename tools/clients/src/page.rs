//! docs/clients.md: which clients were generated and run, with which outcome, and the lines of
//! each.

use std::{collections::BTreeMap, fmt::Write};

use crate::{
    manifest::{Kind, Manifest},
    outcome::{Outcome, Stage},
};

const HEAD: &str = "\
# Clients in your language

Every client on this page was generated from the checked-in document without changes. Where a
toolchain for the language is available, it was compiled under strict settings and run against a
server: it lists with every filter and across pages, reads errors, records runs, sends back what it
read, and more ([the scenario](../tests/clients/README.md#the-scenario)).

`cargo xtask clients` writes this page after it has run all of them.
`cargo xtask clients --install --only NAME` runs one.

To use a client, type its lines in a folder that contains its files (follow its link) and
`openapi.json` or `openapi-3.0.json`. The program reads the server's URL from `RUNLEDGER_URL` and an
API key from `RUNLEDGER_KEY`. Run `pip install` in a virtual environment. In the table, – means that
a stage does not exist; the remarks say why.

For Rust there is also [runledger-client](../crates/client/README.md), which the command line uses.

";

/// The whole page.
pub fn text(outcomes: &[Outcome]) -> String {
    let manifests: Vec<_> = outcomes.iter().map(|outcome| outcome.manifest).collect();
    format!("{HEAD}{}\n{}\n{}", count(outcomes), table(outcomes), instructions(&manifests))
}

/// A row for each outcome. The seconds do not include the installation.
pub fn table(outcomes: &[Outcome]) -> String {
    let mut text = "\
| name | generator | version | language | document | generates | compiles | runs | seconds \
| remarks |
| --- | --- | --- | --- | --- | --- | --- | --- | ---: | --- |
"
    .to_owned();
    for outcome in outcomes {
        let it = outcome.manifest;
        let _ = writeln!(
            text,
            "| [{name}](#{name}) | {} | {} | {} | {} | {} | {} | {} | {:.1} | {} |",
            it.generator,
            it.version,
            it.language,
            it.document.version(),
            cell(outcome, "generate", &it.generate),
            cell(outcome, "compile", &it.compile),
            cell(outcome, "run", &it.run),
            seconds(outcome),
            first_sentence(&it.remarks).replace('|', "\\|"),
            name = it.name,
        );
    }
    text
}

/// The lines of each, by language.
pub fn instructions(manifests: &[&Manifest]) -> String {
    let mut languages = BTreeMap::<_, Vec<_>>::new();
    for it in manifests {
        languages.entry((it.kind != Kind::Client, it.language.as_str())).or_default().push(it);
    }
    let mut text = String::new();
    for ((_, language), manifests) in languages {
        let _ = writeln!(text, "## {language}\n");
        for it in manifests {
            let _ = writeln!(
                text,
                "### {}\n\n[{}](../tests/clients/{}) {}.\n",
                it.name, it.generator, it.name, it.version
            );
            if !it.remarks.trim().is_empty() {
                let _ = writeln!(text, "{}\n", it.remarks.trim());
            }
            if !it.debian.is_empty() {
                let _ = writeln!(text, "On Debian it needs {}.\n", it.debian.join(", "));
            }
            let stages = [&it.install, &it.generate, &it.compile, &it.run];
            let lines: Vec<_> = stages.into_iter().flatten().map(String::as_str).collect();
            let _ = writeln!(text, "```sh\n{}\n```\n", lines.join("\n"));
        }
    }
    format!("{}\n", text.trim_end())
}

fn cell(outcome: &Outcome, stage: &str, lines: &[String]) -> &'static str {
    let find = |name: &str| outcome.stages.iter().find(|it| it.name == name);
    // A program that does not notice an injected fault does not pass.
    let faults = find("faults").filter(|faults| stage == "run" && faults.failure.is_some());
    match faults.or(find(stage)) {
        _ if lines.is_empty() => "–",
        Some(Stage { failure: None, .. }) => "yes",
        Some(_) => "**no**",
        None => "not reached",
    }
}

fn seconds(outcome: &Outcome) -> f64 {
    let stages = outcome.stages.iter().filter(|it| !matches!(it.name, "install" | "faults"));
    stages.map(|it| it.duration.as_secs_f64()).sum()
}

/// The other sentences of the remarks are beside the lines.
fn first_sentence(remarks: &str) -> &str {
    let remarks = remarks.trim();
    remarks.find(". ").map_or(remarks, |end| &remarks[..=end])
}

fn count(outcomes: &[Outcome]) -> String {
    let runs = |outcome: &&Outcome| {
        outcome.manifest.kind == Kind::Client
            && outcome.stages.iter().any(|stage| stage.name == "run" && stage.failure.is_none())
    };
    let running: Vec<_> = outcomes.iter().filter(runs).collect();
    let mut languages: Vec<_> = running.iter().map(|it| it.manifest.language.as_str()).collect();
    languages.sort_unstable();
    languages.dedup();
    format!("{} clients in {} languages run.\n", running.len(), languages.len())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tools_support::workspace;

    use super::*;
    use crate::manifest;

    #[test]
    fn the_page_follows_the_manifests() {
        let root = workspace::root();
        let page = fs::read_to_string(root.join("docs/clients.md")).unwrap();
        let manifests = manifest::all(&root).unwrap();
        let stale = "docs/clients.md is stale; type: cargo xtask clients --install";
        assert!(page.starts_with(HEAD), "{stale}");
        assert!(page.ends_with(&instructions(&manifests.iter().collect::<Vec<_>>())), "{stale}");
        for it in manifests {
            let row = format!(
                "| [{0}](#{0}) | {1} | {2} | {3} |",
                it.name, it.generator, it.version, it.language
            );
            let row = page.lines().find(|line| line.starts_with(&row)).expect(stale);
            assert!(!row.contains("**no**") && !row.contains("not reached"), "{row}");
        }
    }
}
