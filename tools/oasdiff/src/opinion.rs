//! Opinions about a change, and the disagreements between two lists of them.

use std::{collections::BTreeSet, fmt};

use runledger_contract::Level;

/// The level of a change, and the rule that assigned it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Opinion {
    pub level: Level,
    pub rule: String,
}

/// The part of an API that a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Requests,
    Responses,
    /// Operations, names and security.
    Document,
}

/// Opinions about one side whose worst levels differ; the worst opinion of each list is first.
#[derive(Debug, PartialEq, Eq)]
pub struct Disagreement {
    pub side: Side,
    pub ours: BTreeSet<Opinion>,
    pub theirs: BTreeSet<Opinion>,
}

impl Opinion {
    pub fn new(rule: &str, level: Level) -> Self {
        Self { level, rule: rule.to_owned() }
    }

    /// The side, which is part of the names of the rules of both programs.
    pub fn side(&self) -> Side {
        if self.rule.contains("response") {
            Side::Responses
        } else if self.rule.contains("request") || self.rule.contains("parameter") {
            Side::Requests
        } else {
            Side::Document
        }
    }
}

/// The sides on which the worst levels differ.
pub fn disagreements(ours: &[Opinion], theirs: &[Opinion]) -> Vec<Disagreement> {
    let about = |side: Side, opinions: &[Opinion]| -> BTreeSet<Opinion> {
        opinions.iter().filter(|opinion| opinion.side() == side).cloned().collect()
    };
    let sides = [Side::Requests, Side::Responses, Side::Document].into_iter();
    let all = sides.map(|side| Disagreement {
        side,
        ours: about(side, ours),
        theirs: about(side, theirs),
    });
    all.filter(|it| worst(&it.ours) != worst(&it.theirs)).collect()
}

/// Whether an opinion is worse than the worst of the others.
pub fn is_worse(one: &Opinion, others: &BTreeSet<Opinion>) -> bool {
    worst(others).is_none_or(|level| one.level < level)
}

fn worst(opinions: &BTreeSet<Opinion>) -> Option<Level> {
    opinions.first().map(|opinion| opinion.level)
}

impl fmt::Display for Opinion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.level, self.rule)
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Requests => "requests",
            Self::Responses => "responses",
            Self::Document => "the document",
        })
    }
}

#[cfg(test)]
mod tests {
    use Level::{Breaking, Compatible, Warning};

    use super::*;

    #[test]
    fn the_worst_levels_of_each_side_are_compared() {
        let ours = [
            Opinion::new("response-null-allowed", Breaking),
            Opinion::new("request-null-allowed", Warning),
            Opinion::new("operation-added", Compatible),
        ];
        let theirs = [
            Opinion::new("response-property-became-nullable", Breaking),
            Opinion::new("request-property-became-nullable", Compatible),
        ];
        let sides: Vec<_> = disagreements(&ours, &theirs).iter().map(|it| it.side).collect();
        assert_eq!(sides, [Side::Requests, Side::Document]);
        assert_eq!(disagreements(&ours, &ours), []);
    }
}
