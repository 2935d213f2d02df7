//! Where two judges disagree: on the worst that a change does to requests, to answers, or to the whole.

use std::{collections::BTreeSet, fmt};

use runledger_contract::Level;

/// Something that one of them said.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Said {
    /// How bad it is.
    pub level: Level,
    /// The rule's name.
    pub rule: String,
}

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What is sent.
    Requests,
    /// What is answered.
    Answers,
    /// Operations, names, credentials.
    Whole,
}

/// Two opinions that differ, each without repetitions, the worst first.
#[derive(Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// What it is about.
    pub side: Side,
    /// What we said of it.
    pub ours: BTreeSet<Said>,
    /// What they said of it.
    pub theirs: BTreeSet<Said>,
}

impl Said {
    /// By this rule, at this level.
    pub fn new(rule: &str, level: Level) -> Self {
        Self { level, rule: rule.to_owned() }
    }

    /// What the rule is about; both call their rules by it.
    pub fn side(&self) -> Side {
        if self.rule.contains("response") {
            Side::Answers
        } else if self.rule.contains("request") || self.rule.contains("parameter") {
            Side::Requests
        } else {
            Side::Whole
        }
    }
}

/// The sides on which the worst is not equally bad for both.
pub fn disagreements(ours: &[Said], theirs: &[Said]) -> Vec<Disagreement> {
    let on = |side: Side, said: &[Said]| -> BTreeSet<Said> {
        said.iter().filter(|it| it.side() == side).cloned().collect()
    };
    let sides = [Side::Requests, Side::Answers, Side::Whole].into_iter();
    let both =
        sides.map(|side| Disagreement { side, ours: on(side, ours), theirs: on(side, theirs) });
    both.filter(|it| worst(&it.ours) != worst(&it.theirs)).collect()
}

/// The worst level; nothing where nothing was said.
pub fn worst(said: &BTreeSet<Said>) -> Option<Level> {
    said.first().map(|it| it.level)
}

/// Whether the one is worse than the worst of the others.
pub fn is_worse(one: &Said, others: &BTreeSet<Said>) -> bool {
    worst(others).is_none_or(|level| one.level < level)
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.level, self.rule)
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Requests => "requests",
            Self::Answers => "answers",
            Self::Whole => "the whole",
        })
    }
}

#[cfg(test)]
mod tests {
    use Level::{Breaking, Compatible, Warning};

    use super::*;

    #[test]
    fn each_side_is_judged_by_its_worst() {
        let ours = [
            Said::new("response-null-allowed", Breaking),
            Said::new("request-null-allowed", Warning),
            Said::new("operation-added", Compatible),
        ];
        let theirs = [
            Said::new("response-property-became-nullable", Breaking),
            Said::new("request-property-became-nullable", Compatible),
        ];
        let sides: Vec<_> = disagreements(&ours, &theirs).iter().map(|it| it.side).collect();
        assert_eq!(sides, [Side::Requests, Side::Whole]);
        assert_eq!(disagreements(&ours, &ours), []);
    }
}
