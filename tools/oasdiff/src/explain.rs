//! The list of explanations: which of our rules stands against which of theirs, and why both may stay as they are.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use runledger_contract::DIFF_RULES;
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
                let known = DIFF_RULES.iter().any(|rule| rule.name == ours) || ours == "nothing";
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
        // Where two changes were made, one of them may be what the other side speaks of.
        let may_speak = changes.len() > 1;
        self.0.iter().position(|one| {
            let names = |name: &str| one.changes.iter().any(|known| known == name);
            is_about(one)
                && (one.changes.is_empty() || changes.iter().any(|name| names(name)))
                && match &one.ours {
                    Some(_) => it.ours.iter().any(|said| is_ours(one, said)),
                    None => it.ours.is_empty() || may_speak,
                }
                && match &one.theirs {
                    Some(_) => it.theirs.iter().any(|said| is_theirs(one, said)),
                    None => it.theirs.is_empty() || may_speak,
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

#[cfg(test)]
mod tests {
    use runledger_contract::Level::{Breaking, Compatible};

    use super::{super::judge::disagreements, *};

    const LIST: &str = r#"
        [[reason]]
        why = "names"
        pairs = ["operation-id-changed / api-operation-id-removed", "enum-names-changed / nothing"]
        [[reason]]
        why = "words"
        changes = ["wrapped"]
        pairs = ["nothing / api-schema-removed"]
    "#;

    /// The numbers of the explanations of the first disagreement.
    fn explained(ours: &[Said], theirs: &[Said], changes: &[&str]) -> Option<Vec<usize>> {
        let all = disagreements(ours, theirs);
        let numbers = Explanations::read(LIST).unwrap().explain(&all[0], changes);
        numbers.map(|numbers| numbers.into_iter().collect())
    }

    #[test]
    fn a_disagreement_is_explained_by_its_pair_of_rules_only() {
        let ours = [Said::new("operation-id-changed", Breaking)];
        let theirs = [Said::new("api-operation-id-removed", Compatible)];
        assert_eq!(explained(&ours, &theirs, &["any"]), Some(vec![0]));
        assert_eq!(explained(&ours, &[], &["any"]), None, "they said nothing");
        assert_eq!(explained(&ours, &[Said::new("other", Compatible)], &["any"]), None);
        let more = [ours[0].clone(), Said::new("operation-tags-changed", Breaking)];
        assert_eq!(explained(&more, &theirs, &["any"]), None, "half of it has no explanation");
    }

    #[test]
    fn nothing_is_nothing_unless_a_second_change_speaks() {
        let ours = [Said::new("enum-names-changed", Breaking)];
        let theirs = [Said::new("api-tag-added", Compatible)];
        assert_eq!(explained(&ours, &[], &["any"]), Some(vec![1]));
        assert_eq!(explained(&ours, &theirs, &["any"]), None);
        assert_eq!(explained(&ours, &theirs, &["any", "other"]), Some(vec![1]));
    }

    #[test]
    fn an_explanation_holds_for_its_changes_only() {
        let theirs = [Said::new("api-schema-removed", Breaking)];
        assert_eq!(explained(&[], &theirs, &["wrapped"]), Some(vec![2]));
        assert_eq!(explained(&[], &theirs, &["renamed"]), None);
    }

    #[test]
    fn the_list_names_rules_that_are_there_and_no_pair_twice() {
        let all = Explanations::listed().unwrap().0;
        for (n, one) in all.iter().enumerate() {
            let pair = |it: &Explanation| (it.ours.clone(), it.theirs.clone());
            let shared = |it: &Explanation| {
                it.changes.is_empty()
                    || one.changes.is_empty()
                    || it.changes.iter().any(|name| one.changes.contains(name))
            };
            let twice = all[..n].iter().find(|it| pair(it) == pair(one) && shared(it));
            assert!(twice.is_none(), "{:?}", pair(one));
            for name in &one.changes {
                assert!(crate::mutate::is_kind(name), "there is no change {name:?}");
            }
        }
        for wrong in ["no pair", "no-such-rule / nothing", "nothing / nothing"] {
            let text = format!("[[reason]]\nwhy = \"w\"\npairs = [\"{wrong}\"]");
            assert!(Explanations::read(&text).is_err(), "{wrong}");
        }
    }
}
