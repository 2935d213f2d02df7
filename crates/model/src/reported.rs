//! States as recorders send them: the documented ones, and further words of engines.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use crate::{StepStatus, WorkflowRunStatus};

/// A state as a recorder sends it: a documented one, or a word that implies one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reported<S> {
    /// The documented state.
    pub status: S,
    /// The outcome that the word implies; `None` for a documented state.
    pub outcome: Option<&'static str>,
}

impl<S> From<S> for Reported<S> {
    fn from(status: S) -> Self {
        Self { status, outcome: None }
    }
}

/// A closed set of states with further words of engines.
pub trait ReportedStatus: Copy + 'static {
    /// The further words, each with the state and the outcome that it implies. Each outcome is a
    /// word itself.
    const FURTHER_WORDS: &[(&'static str, Self, Option<&'static str>)];

    /// The state of a run or a step with this outcome; `None` if any state may have it.
    fn of_outcome(outcome: &str) -> Option<Self>;

    /// The documented state of this word, or what is wrong with it.
    ///
    /// # Errors
    /// A message that lists the documented states.
    fn parse_documented(word: &str) -> Result<Self, String>;

    /// The documented word.
    fn word(self) -> &'static str;
}

impl ReportedStatus for WorkflowRunStatus {
    const FURTHER_WORDS: &[(&'static str, Self, Option<&'static str>)] = &[
        ("SKIPPED", Self::Succeeded, Some("SKIPPED")),
        ("TIMED_OUT", Self::Failed, Some("TIMED_OUT")),
        ("UPSTREAM_FAILED", Self::Failed, Some("UPSTREAM_FAILED")),
        ("CRASHED", Self::Failed, Some("CRASHED")),
        ("LOST", Self::Failed, Some("LOST")),
        ("SUCCESS", Self::Succeeded, None),
        ("FAILURE", Self::Failed, None),
        ("ERROR", Self::Failed, None),
        ("CANCELED", Self::Cancelled, None),
        ("QUEUED", Self::Pending, None),
        ("SCHEDULED", Self::Pending, None),
    ];

    fn of_outcome(outcome: &str) -> Option<Self> {
        match outcome {
            "SUCCEEDED" | "SKIPPED" => Some(Self::Succeeded),
            "FAILED" | "TIMED_OUT" | "UPSTREAM_FAILED" | "CRASHED" | "LOST" => Some(Self::Failed),
            "CANCELLED" => Some(Self::Cancelled),
            _ => None,
        }
    }

    fn parse_documented(word: &str) -> Result<Self, String> {
        Self::parse(word)
    }

    fn word(self) -> &'static str {
        self.as_str()
    }
}

impl ReportedStatus for StepStatus {
    const FURTHER_WORDS: &[(&'static str, Self, Option<&'static str>)] = &[
        ("SKIPPED", Self::Succeeded, Some("SKIPPED")),
        ("CANCELLED", Self::Failed, Some("CANCELLED")),
        ("CANCELED", Self::Failed, Some("CANCELLED")),
        ("TIMED_OUT", Self::Failed, Some("TIMED_OUT")),
        ("UPSTREAM_FAILED", Self::Failed, Some("UPSTREAM_FAILED")),
        ("CRASHED", Self::Failed, Some("CRASHED")),
        ("LOST", Self::Failed, Some("LOST")),
        ("PAUSED", Self::Running, Some("PAUSED")),
        ("SUCCESS", Self::Succeeded, None),
        ("FAILURE", Self::Failed, None),
        ("ERROR", Self::Failed, None),
        ("QUEUED", Self::Pending, None),
        ("SCHEDULED", Self::Pending, None),
    ];

    fn of_outcome(outcome: &str) -> Option<Self> {
        match outcome {
            "SUCCEEDED" | "SKIPPED" => Some(Self::Succeeded),
            "FAILED" | "TIMED_OUT" | "UPSTREAM_FAILED" | "CRASHED" | "LOST" => Some(Self::Failed),
            "CANCELLED" => Some(Self::Failed),
            _ => None,
        }
    }

    fn parse_documented(word: &str) -> Result<Self, String> {
        Self::parse(word)
    }

    fn word(self) -> &'static str {
        self.as_str()
    }
}

impl<S: ReportedStatus> Reported<S> {
    /// The word by which a recorder reports this.
    pub fn word(self) -> &'static str {
        self.outcome.unwrap_or(self.status.word())
    }

    /// The outcome that the word implies, as a recorded one.
    pub(crate) fn implied(self) -> Option<String> {
        self.outcome.map(str::to_owned)
    }
}

impl<S: ReportedStatus> Serialize for Reported<S> {
    fn serialize<T: Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
        serializer.serialize_str(self.word())
    }
}

impl<'de, S: ReportedStatus> Deserialize<'de> for Reported<S> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        let word = Cow::<str>::deserialize(json)?;
        if let Some((_, status, outcome)) = S::FURTHER_WORDS.iter().find(|(it, ..)| *it == word) {
            return Ok(Self { status: *status, outcome: *outcome });
        }
        S::parse_documented(&word).map(Self::from).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    fn check<S: ReportedStatus + std::fmt::Debug + PartialEq>() {
        for (word, status, outcome) in S::FURTHER_WORDS {
            let reported: Reported<S> = from_value(json!(word)).unwrap();
            assert_eq!(reported, Reported { status: *status, outcome: *outcome }, "{word}");
            assert!(S::parse_documented(word).is_err(), "{word} is documented");
            for outcome in outcome.iter().filter_map(|outcome| S::of_outcome(outcome)) {
                assert_eq!(outcome, *status, "{word}");
            }
            let again: Reported<S> = from_value(json!(reported)).unwrap();
            assert_eq!(again, reported, "{word}");
        }
    }

    #[test]
    fn further_words_are_read_and_written() {
        check::<WorkflowRunStatus>();
        check::<StepStatus>();
    }

    #[test]
    fn an_unknown_word_is_an_error_that_lists_the_documented_ones() {
        let error = from_value::<Reported<StepStatus>>(json!("skipped")).unwrap_err().to_string();
        assert!(error.contains("PENDING, RUNNING, SUCCEEDED, FAILED, not \"skipped\""), "{error}");
    }
}
