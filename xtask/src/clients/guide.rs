//! docs/clients.md: which clients were tried and how that went, and what to type for each.

use std::{collections::BTreeMap, fmt::Write};

use super::{
    manifest::{Kind, SetUp},
    trial::Trial,
};

const HEAD: &str = "\
# Clients in your language

Everything here was generated from our documents as they are and, where there is a toolchain for it, compiled under the
language's strict settings and run against a live server: it lists with every filter and across pages, reads errors, records runs, puts back what it read,
and more ([the scenario](../tests/clients/README.md#the-scenario)). This page is what `cargo xtask clients` wrote when it
tried all of them; `cargo xtask clients --install --only NAME` tries one. The lines below are typed in a folder with the
set-up's files (follow its link) and `openapi.json` or `openapi-3.0.json`, with the server's address in `RUNLEDGER_URL` and
an API key in `RUNLEDGER_KEY`; `pip install` wants a virtual environment.
In the table, – is a stage that there is not: the remarks say why.

Rust has a client of ours, [runledger-client](../crates/client/README.md), which the command line itself uses.

";

/// The whole page.
pub fn text(trials: &[Trial]) -> String {
    let set_ups: Vec<_> = trials.iter().map(|trial| trial.set_up).collect();
    format!("{HEAD}{}\n{}\n{}", tally(trials), table(trials), how_to(&set_ups))
}

/// A row for each trial. Seconds are without what was fetched.
pub fn table(trials: &[Trial]) -> String {
    let mut text = "\
| set-up | generator | version | language | document | generates | compiles | runs | seconds | remarks |
| --- | --- | --- | --- | --- | --- | --- | --- | ---: | --- |
"
    .to_owned();
    for trial in trials {
        let it = trial.set_up;
        let word = |stage: &str, lines: &[String]| {
            let gone_through = |name| trial.stages.iter().find(|it| it.name == name);
            // A program that does not notice a lie has not looked.
            let lies = gone_through("lies").filter(|lies| stage == "run" && lies.failure.is_some());
            match lies.or(gone_through(stage)) {
                _ if lines.is_empty() => "–",
                Some(stage) if stage.failure.is_none() => "yes",
                Some(_) => "**no**",
                None => "not reached",
            }
        };
        let seconds: f64 = trial
            .stages
            .iter()
            .filter(|it| !matches!(it.name, "install" | "lies"))
            .map(|it| it.took.as_secs_f64())
            .sum();
        let _ = writeln!(
            text,
            "| [{name}](#{name}) | {} | {} | {} | {} | {} | {} | {} | {seconds:.1} | {} |",
            it.generator,
            it.version,
            it.language,
            it.document.version(),
            word("generate", &it.generate),
            word("compile", &it.compile),
            word("run", &it.run),
            first_sentence(&it.remarks).replace('|', "\\|"),
            name = it.name,
        );
    }
    text
}

/// What to type for each, by language.
pub fn how_to(set_ups: &[&SetUp]) -> String {
    let mut languages = BTreeMap::<_, Vec<_>>::new();
    for it in set_ups {
        languages.entry((it.kind != Kind::Client, it.language.as_str())).or_default().push(it);
    }
    let mut text = String::new();
    for ((_, language), set_ups) in languages {
        let _ = writeln!(text, "## {language}\n");
        for it in set_ups {
            let _ = writeln!(
                text,
                "### {}\n\n[{}](../tests/clients/{}) {}.\n",
                it.name, it.generator, it.name, it.version
            );
            if !it.remarks.trim().is_empty() {
                let _ = writeln!(text, "{}\n", it.remarks.trim());
            }
            if !it.debian.is_empty() {
                let _ = writeln!(text, "On Debian it wants {}.\n", it.debian.join(", "));
            }
            let stages = [&it.install, &it.generate, &it.compile, &it.run];
            let lines: Vec<_> = stages.into_iter().flatten().map(String::as_str).collect();
            let _ = writeln!(text, "```sh\n{}\n```\n", lines.join("\n"));
        }
    }
    format!("{}\n", text.trim_end())
}

/// The rest stands beside what is typed.
fn first_sentence(remarks: &str) -> &str {
    let remarks = remarks.trim();
    remarks.find(". ").map_or(remarks, |end| &remarks[..=end])
}

fn tally(trials: &[Trial]) -> String {
    let runs = |trial: &&Trial| {
        trial.set_up.kind == Kind::Client
            && trial.stages.iter().any(|stage| stage.name == "run" && stage.failure.is_none())
    };
    let running: Vec<_> = trials.iter().filter(runs).collect();
    let mut languages: Vec<_> =
        running.iter().map(|trial| trial.set_up.language.as_str()).collect();
    languages.sort_unstable();
    languages.dedup();
    format!("{} clients in {} languages run.\n", running.len(), languages.len())
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;
    use crate::clients::manifest;

    #[test]
    fn the_page_says_what_the_set_ups_say() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let page = fs::read_to_string(root.join("docs/clients.md")).unwrap();
        let set_ups = manifest::all(&root).unwrap();
        let stale = "docs/clients.md is stale; type: cargo xtask clients --install";
        assert!(page.starts_with(HEAD), "{stale}");
        assert!(page.ends_with(&how_to(&set_ups.iter().collect::<Vec<_>>())), "{stale}");
        for it in set_ups {
            let row = format!(
                "| [{0}](#{0}) | {1} | {2} | {3} |",
                it.name, it.generator, it.version, it.language
            );
            let row = page.lines().find(|line| line.starts_with(&row)).expect(stale);
            assert!(!row.contains("**no**") && !row.contains("not reached"), "{row}");
        }
    }
}
