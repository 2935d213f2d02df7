//! The list of explanations: which of our rules stands against which of theirs, and why both may stay as they are.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use runledger_contract::RULES;
use serde::Deserialize;

use super::judge::{Disagreement, Said, is_worse};

/// All explanations.
#[derive(Deserialize)]
pub struct Explanations {
    /// In the order of the file.
    pub explanation: Vec<Explanation>,
}

/// Why two opinions differ.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Explanation {
    /// What we say; nothing where we say nothing on that side.
    pub ours: Option<String>,
    /// What they say, one of these; nothing where they say nothing on that side.
    #[serde(default)]
    pub theirs: Vec<String>,
    /// The changes that it holds for, by their names; all where there is none.
    #[serde(default)]
    pub changes: Vec<String>,
    /// Why both may stay as they are.
    pub why: String,
}

impl Explanations {
    /// Those that are listed beside this file.
    ///
    /// # Errors
    /// Where the list is not written as it must be, or names a rule that we do not have.
    pub fn listed() -> Result<Self> {
        Self::read(include_str!("explanations.toml"))
    }

    fn read(text: &str) -> Result<Self> {
        let all: Self = toml::from_str(text).context("explanations.toml")?;
        for it in &all.explanation {
            ensure!(it.ours.is_some() || !it.theirs.is_empty(), "nobody says anything: {}", it.why);
            ensure!(!it.why.is_empty(), "no reason is given: {:?}", it.ours);
            if let Some(rule) = &it.ours {
                ensure!(RULES.iter().any(|known| known.name == rule), "there is no rule {rule}");
            }
        }
        Ok(all)
    }

    /// The numbers of those that explain all of a disagreement; nothing where part of it has no explanation.
    pub fn explain(&self, it: &Disagreement, changes: &[&str]) -> Option<BTreeSet<usize>> {
        let worse_ours = it.ours.iter().filter(|said| is_worse(said, &it.theirs));
        let worse_theirs = it.theirs.iter().filter(|said| is_worse(said, &it.ours));
        let ours = worse_ours.map(|said| self.find(it, changes, |one| is_ours(one, said)));
        let theirs = worse_theirs.map(|said| self.find(it, changes, |one| is_theirs(one, said)));
        ours.chain(theirs).collect()
    }

    fn find(
        &self,
        it: &Disagreement,
        changes: &[&str],
        is_about: impl Fn(&Explanation) -> bool,
    ) -> Option<usize> {
        self.explanation.iter().position(|one| {
            let names = |name: &str| one.changes.iter().any(|known| known == name);
            is_about(one)
                && (one.changes.is_empty() || changes.iter().any(|name| names(name)))
                && match &one.ours {
                    Some(_) => it.ours.iter().any(|said| is_ours(one, said)),
                    None => it.ours.is_empty(),
                }
                && match one.theirs.as_slice() {
                    [] => it.theirs.is_empty(),
                    _ => it.theirs.iter().any(|said| is_theirs(one, said)),
                }
        })
    }
}

fn is_ours(one: &Explanation, said: &Said) -> bool {
    one.ours.as_ref() == Some(&said.rule)
}

fn is_theirs(one: &Explanation, said: &Said) -> bool {
    one.theirs.contains(&said.rule)
}
