//! A claim of the contract, and what became of it.

use runledger_contract::{Finding, Level, Party};

/// Something that the contract says of every server.
#[derive(Debug)]
pub struct Claim {
    /// Its name, in words joined by hyphens; it does not change once it is published.
    pub name: &'static str,
    /// What it says, as a sentence without its full stop.
    pub says: &'static str,
    /// Which operation it is about.
    pub operation: Operation,
    /// Where in that operation.
    pub place: &'static str,
    /// Why it matters, as a sentence without its full stop.
    pub why: &'static str,
    /// What to do about a server that does not hold it, as a sentence without its full stop.
    pub todo: &'static str,
}

/// What became of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The server holds it.
    Held,
    /// The server does not hold it; what happened, as a sentence without its full stop.
    Failed(String),
    /// It was not tried, or could not be judged; why.
    Skipped(String),
}

/// What a claim is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Every operation.
    Any,
    /// `GET /v1/executions`.
    List,
    /// `GET /v1/executions/{id}`.
    Get,
    /// `PUT /v1/executions/{id}`.
    Put,
    /// `POST /v1/executions/batch`.
    Batch,
}

impl Claim {
    /// The finding that a server does not hold it.
    pub(crate) fn finding(&self, what: &str) -> Finding {
        Finding {
            rule: self.name,
            level: Level::Error,
            message: what.to_owned(),
            operations: self.operation.names(),
            location: self.place.to_owned(),
            pointer: self.operation.pointer().to_owned(),
            affects: vec![Party::Callers, Party::Readers],
            reason: self.why.to_owned(),
            advice: self.todo.to_owned(),
        }
    }
}

impl Operation {
    fn names(self) -> Vec<String> {
        let name = match self {
            Self::Any => return Vec::new(),
            Self::List => "GET /v1/executions",
            Self::Get => "GET /v1/executions/{id}",
            Self::Put => "PUT /v1/executions/{id}",
            Self::Batch => "POST /v1/executions/batch",
        };
        vec![name.to_owned()]
    }

    fn pointer(self) -> &'static str {
        match self {
            Self::Any => "/paths",
            Self::List => "/paths/~1v1~1executions/get",
            Self::Get => "/paths/~1v1~1executions~1{id}/get",
            Self::Put => "/paths/~1v1~1executions~1{id}/put",
            Self::Batch => "/paths/~1v1~1executions~1batch/post",
        }
    }
}
