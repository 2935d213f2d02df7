//! The list of explanations: which of our rules stands against which of theirs, and why both may stay as they are.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use runledger_contract::RULES;
use serde::Deserialize;

use super::judge::{Disagreement, Said, is_worse};

/// All explanations, in the order of the file.
pub struct Explanations(pub Vec<Explanation>);

/// Why two opinions differ.
pub struct Explanation {
    /// What we say; nothing where we say nothing on that side.
    pub ours: Option<String>,
    /// What they say; nothing where they say nothing on that side.
    pub theirs: Option<String>,
    /// The changes that it holds for, by their names; all where there is none.
    changes: Vec<String>,
    /// Why both may stay as they are.
    pub why: String,
}

#[derive(Deserialize)]
struct File {
    reason: Vec<Reason>,
}

/// One reason for several pairs of rules.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reason {
    why: String,
    #[serde(default)]
    changes: Vec<String>,
    pairs: Vec<String>,
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
        let file: File = toml::from_str(text).context("explanations.toml")?;
        let mut all = Vec::new();
        for Reason { why, changes, pairs } in file.reason {
            for pair in pairs {
                let words = pair.split_once(" / ");
                let (ours, theirs) = words.with_context(|| format!("{pair:?} is no pair"))?;
                let said = |rule: &str| (rule != "nothing").then(|| rule.to_owned());
                let known = RULES.iter().any(|rule| rule.name == ours) || ours == "nothing";
                ensure!(known, "there is no rule {ours:?}");
                let (ours, theirs) = (said(ours), said(theirs));
                ensure!(ours != theirs || ours.is_some(), "{pair:?} explains nothing");
                let (changes, why) = (changes.clone(), why.clone());
                all.push(Explanation { ours, theirs, changes, why });
            }
        }
        Ok(Self(all))
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
        self.0.iter().position(|one| {
            let names = |name: &str| one.changes.iter().any(|known| known == name);
            is_about(one)
                && (one.changes.is_empty() || changes.iter().any(|name| names(name)))
                && match &one.ours {
                    Some(_) => it.ours.iter().any(|said| is_ours(one, said)),
                    None => it.ours.is_empty(),
                }
                && match &one.theirs {
                    Some(_) => it.theirs.iter().any(|said| is_theirs(one, said)),
                    None => it.theirs.is_empty(),
                }
        })
    }
}

fn is_ours(one: &Explanation, said: &Said) -> bool {
    one.ours.as_ref() == Some(&said.rule)
}

fn is_theirs(one: &Explanation, said: &Said) -> bool {
    one.theirs.as_ref() == Some(&said.rule)
}
