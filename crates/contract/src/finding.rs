//! What the commands find in a document, or between two.

use std::fmt;

use serde::Serialize;

/// Something that a reader of a document wants to know: what happened, where, why it matters to whom, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule's name, in words joined by hyphens; it does not change once it is published.
    pub rule: &'static str,
    /// How bad it is.
    pub level: Level,
    /// What happened, as a sentence without its full stop.
    pub what: String,
    /// The operations that it reaches, each as `GET /v1/executions`, in the document's order; empty where it is none's.
    pub operations: Vec<String>,
    /// Where in the first of the operations, such as `response 200 application/json $.items[*].status`.
    pub place: String,
    /// Where in the document, as a JSON pointer; in the older one where the newer one no longer has it.
    pub pointer: String,
    /// Whom it matters to.
    pub whom: Vec<Party>,
    /// Why it matters to them, as a sentence without its full stop.
    pub why: String,
    /// What to do, as a sentence without its full stop.
    pub todo: String,
}

/// How bad a finding is; the worst comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The document is wrong.
    Error,
    /// Somebody's program stops to work, or to compile.
    Breaking,
    /// Somebody's program may stop to work: look at it.
    Warning,
    /// Nobody's program notices.
    Compatible,
}

/// Whom a finding matters to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Party {
    /// Those who send requests.
    Callers,
    /// Those who read answers.
    Readers,
    /// Those whose code is generated from the document.
    GeneratedCode,
    /// Those who implement what the document says.
    Servers,
}

impl Level {
    /// All levels, the worst first.
    pub const ALL: [Self; 4] = [Self::Error, Self::Breaking, Self::Warning, Self::Compatible];

    /// The word for it.
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
    /// The operations and the place in them, in a line: `GET /v1/executions and 2 more, response 200 $.items`.
    pub fn place_in_words(&self) -> String {
        let operations = match self.operations.as_slice() {
            [] => String::new(),
            [one] => one.clone(),
            [first, rest @ ..] => format!("{first} and {} more", rest.len()),
        };
        match (operations.as_str(), self.place.as_str()) {
            ("", place) => place.to_owned(),
            (operations, "") => operations.to_owned(),
            (operations, place) => format!("{operations}, {place}"),
        }
    }

    /// Whom it matters to, in a line.
    pub fn whom_in_words(&self) -> String {
        self.whom.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }
}
