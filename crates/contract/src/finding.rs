//! What the commands report about a document, or about the difference between two.

use std::fmt;

use serde::Serialize;

/// A fault or a change: what it is, where it is, and what it means for whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The name of the rule, in words joined by hyphens. A published name does not change.
    pub rule: &'static str,
    /// How severe the finding is.
    pub level: Level,
    /// The fault or the change, as a sentence without its full stop.
    pub message: String,
    /// The affected operations, each as `GET /v1/executions`, in the document's order; empty if it
    /// belongs to none.
    pub operations: Vec<String>,
    /// The location in the first operation, such as `response 200 application/json
    /// $.items[*].status`.
    pub location: String,
    /// The JSON pointer into the document; into the older document if the newer one no longer has
    /// the value.
    pub pointer: String,
    /// The affected parties.
    pub affects: Vec<Party>,
    /// Why the finding matters to these parties, as a sentence without its full stop.
    pub reason: String,
    /// What to do about it, as a sentence without its full stop.
    pub advice: String,
}

/// How severe a finding is; the worst level comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The document is invalid, or a program must misread it.
    Error,
    /// An existing program stops working, or stops compiling.
    Breaking,
    /// An existing program may stop working; a person has to decide.
    Warning,
    /// Existing programs keep working.
    Compatible,
}

/// A party that a finding affects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Party {
    /// Programs that send requests.
    Callers,
    /// Programs that read responses.
    Readers,
    /// Code that is generated from the document, and programs that use it.
    GeneratedCode,
    /// Implementations of the document.
    Servers,
}

impl Level {
    /// All levels, the worst first.
    pub const ALL: [Self; 4] = [Self::Error, Self::Breaking, Self::Warning, Self::Compatible];

    /// Its name in lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Breaking => "breaking",
            Self::Warning => "warning",
            Self::Compatible => "compatible",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Callers => "callers",
            Self::Readers => "readers of responses",
            Self::GeneratedCode => "generated code",
            Self::Servers => "servers",
        })
    }
}

impl Finding {
    /// The operations and the location on one line: `GET /v1/executions and 2 more, response 200
    /// $.items`.
    pub fn location_in_words(&self) -> String {
        let operations = match self.operations.as_slice() {
            [] => String::new(),
            [one] => one.clone(),
            [first, rest @ ..] => format!("{first} and {} more", rest.len()),
        };
        match (operations.as_str(), self.location.as_str()) {
            ("", location) => location.to_owned(),
            (operations, "") => operations.to_owned(),
            (operations, location) => format!("{operations}, {location}"),
        }
    }

    /// The affected parties on one line.
    pub fn affects_in_words(&self) -> String {
        self.affects.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }
}
