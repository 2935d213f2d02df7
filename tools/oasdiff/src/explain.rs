//! The explained disagreements: pairs of rules of both programs, and the reason for each.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use runledger_contract::DIFF_RULES;
use serde::Deserialize;

use super::opinion::{Disagreement, Opinion, is_worse};

/// All explanations, in the order of the file.
pub struct Explanations(pub Vec<Explanation>);

/// The reason for a disagreement.
pub struct Explanation {
    /// The rule of `openapi diff`; `None` if it reports nothing.
    pub ours: Option<String>,
    /// The rule of oasdiff; `None` if it reports nothing.
    pub theirs: Option<String>,
    /// The names of the mutations that it applies to; empty if it applies to all.
    mutations: Vec<String>,
    /// Why both programs are right.
    pub why: String,
}

#[derive(Deserialize)]
struct File {
    reason: Vec<Reason>,
}

/// A reason for several pairs of rules.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reason {
    why: String,
    #[serde(default)]
    mutations: Vec<String>,
    pairs: Vec<String>,
}

impl Explanations {
    /// Reads `explanations.toml`.
    ///
    /// # Errors
    /// If the file is invalid or names an unknown rule of `openapi diff`.
    pub fn listed() -> Result<Self> {
        Self::read(include_str!("explanations.toml"))
    }

    fn read(text: &str) -> Result<Self> {
        let file: File = toml::from_str(text).context("explanations.toml")?;
        let mut all = Vec::new();
        for Reason { why, mutations, pairs } in file.reason {
            for pair in pairs {
                let words = pair.split_once(" / ");
                let (ours, theirs) =
                    words.with_context(|| format!("{pair:?} is not a pair of rules"))?;
                let name = |rule: &str| (rule != "nothing").then(|| rule.to_owned());
                let known = DIFF_RULES.iter().any(|rule| rule.name == ours) || ours == "nothing";
                ensure!(known, "{ours:?} is not a rule");
                let (ours, theirs) = (name(ours), name(theirs));
                ensure!(ours != theirs || ours.is_some(), "{pair:?} explains nothing");
                let (mutations, why) = (mutations.clone(), why.clone());
                all.push(Explanation { ours, theirs, mutations, why });
            }
        }
        Ok(Self(all))
    }

    /// The positions of the explanations of a disagreement; `None` if a part of it is unexplained.
    pub fn explain(&self, it: &Disagreement, mutations: &[&str]) -> Option<BTreeSet<usize>> {
        let worse_ours = it.ours.iter().filter(|opinion| is_worse(opinion, &it.theirs));
        let worse_theirs = it.theirs.iter().filter(|opinion| is_worse(opinion, &it.ours));
        let ours = worse_ours.map(|worse| self.find(it, mutations, |one| is_ours(one, worse)));
        let theirs =
            worse_theirs.map(|worse| self.find(it, mutations, |one| is_theirs(one, worse)));
        ours.chain(theirs).collect()
    }

    fn find(
        &self,
        it: &Disagreement,
        mutations: &[&str],
        is_about: impl Fn(&Explanation) -> bool,
    ) -> Option<usize> {
        // The other program may have reported the other one of two changes.
        let has_other = mutations.len() > 1;
        self.0.iter().position(|one| {
            let names = |name: &str| one.mutations.iter().any(|known| known == name);
            is_about(one)
                && (one.mutations.is_empty() || mutations.iter().any(|name| names(name)))
                && match &one.ours {
                    Some(_) => it.ours.iter().any(|opinion| is_ours(one, opinion)),
                    None => it.ours.is_empty() || has_other,
                }
                && match &one.theirs {
                    Some(_) => it.theirs.iter().any(|opinion| is_theirs(one, opinion)),
                    None => it.theirs.is_empty() || has_other,
                }
        })
    }
}

fn is_ours(one: &Explanation, opinion: &Opinion) -> bool {
    one.ours.as_ref() == Some(&opinion.rule)
}

fn is_theirs(one: &Explanation, opinion: &Opinion) -> bool {
    one.theirs.as_ref() == Some(&opinion.rule)
}

#[cfg(test)]
mod tests {
    use runledger_contract::Level::{Breaking, Compatible};

    use super::{super::opinion::disagreements, *};

    const LIST: &str = r#"
        [[reason]]
        why = "names"
        pairs = ["operation-id-changed / api-operation-id-removed", "enum-names-changed / nothing"]
        [[reason]]
        why = "words"
        mutations = ["wrapped"]
        pairs = ["nothing / api-schema-removed"]
    "#;

    /// The positions of the explanations of the first disagreement.
    fn explained(ours: &[Opinion], theirs: &[Opinion], mutations: &[&str]) -> Option<Vec<usize>> {
        let all = disagreements(ours, theirs);
        let positions = Explanations::read(LIST).unwrap().explain(&all[0], mutations);
        positions.map(|positions| positions.into_iter().collect())
    }

    #[test]
    fn only_its_pair_of_rules_explains_a_disagreement() {
        let ours = [Opinion::new("operation-id-changed", Breaking)];
        let theirs = [Opinion::new("api-operation-id-removed", Compatible)];
        assert_eq!(explained(&ours, &theirs, &["any"]), Some(vec![0]));
        assert_eq!(explained(&ours, &[], &["any"]), None, "they report nothing");
        assert_eq!(explained(&ours, &[Opinion::new("other", Compatible)], &["any"]), None);
        let more = [ours[0].clone(), Opinion::new("operation-tags-changed", Breaking)];
        assert_eq!(explained(&more, &theirs, &["any"]), None, "one of the two is unexplained");
    }

    #[test]
    fn nothing_matches_another_rule_only_beside_a_second_change() {
        let ours = [Opinion::new("enum-names-changed", Breaking)];
        let theirs = [Opinion::new("api-tag-added", Compatible)];
        assert_eq!(explained(&ours, &[], &["any"]), Some(vec![1]));
        assert_eq!(explained(&ours, &theirs, &["any"]), None);
        assert_eq!(explained(&ours, &theirs, &["any", "other"]), Some(vec![1]));
    }

    #[test]
    fn an_explanation_applies_only_to_its_mutations() {
        let theirs = [Opinion::new("api-schema-removed", Breaking)];
        assert_eq!(explained(&[], &theirs, &["wrapped"]), Some(vec![2]));
        assert_eq!(explained(&[], &theirs, &["renamed"]), None);
    }

    #[test]
    fn the_list_has_known_rules_and_mutations_and_no_duplicates() {
        let all = Explanations::listed().unwrap().0;
        for (position, one) in all.iter().enumerate() {
            let pair = |it: &Explanation| (it.ours.clone(), it.theirs.clone());
            let shared = |it: &Explanation| {
                it.mutations.is_empty()
                    || one.mutations.is_empty()
                    || it.mutations.iter().any(|name| one.mutations.contains(name))
            };
            let duplicate = all[..position].iter().find(|it| pair(it) == pair(one) && shared(it));
            assert!(duplicate.is_none(), "{:?}", pair(one));
            for name in &one.mutations {
                assert!(crate::mutate::is_mutation(name), "{name:?} is not a mutation");
            }
        }
        for wrong in ["no-slash", "no-such-rule / nothing", "nothing / nothing"] {
            let text = format!("[[reason]]\nwhy = \"w\"\npairs = [\"{wrong}\"]");
            assert!(Explanations::read(&text).is_err(), "{wrong}");
        }
    }
}
