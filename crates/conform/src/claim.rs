//! A claim of the contract, and the outcome of testing it.

use runledger_contract::{Finding, Level, Party};

/// A statement that the contract makes about every server.
#[derive(Debug)]
pub struct Claim {
    /// The id, in words joined by hyphens. A published id does not change.
    pub id: &'static str,
    /// The statement, as a sentence without its full stop.
    pub statement: &'static str,
    /// The operation that it is about.
    pub operation: Operation,
    /// The location within the operation.
    pub location: &'static str,
    /// Why it matters, as a sentence without its full stop.
    pub reason: &'static str,
    /// How to fix a server that fails it, as a sentence without its full stop.
    pub advice: &'static str,
}

/// The outcome of testing a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The claim is true of the server.
    Passed,
    /// The claim is false; the observation, as a sentence without its full stop.
    Failed(String),
    /// The claim was not tested; the reason.
    Skipped(String),
}

/// The operation that a claim is about.
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
    /// `PATCH /v1/executions/{id}`.
    Patch,
    /// `POST /v1/executions/batch`.
    Batch,
    /// `GET /v1/histogram`.
    Histogram,
    /// `GET /v1/workflows`.
    Workflows,
    /// `GET /v1/changes`.
    Changes,
    /// `GET /v1/events`.
    Events,
}

impl Claim {
    /// The finding that a server fails this claim.
    pub(crate) fn finding(&self, observation: &str) -> Finding {
        Finding {
            rule: self.id,
            level: Level::Error,
            message: observation.to_owned(),
            operations: self.operation.names(),
            location: self.location.to_owned(),
            pointer: self.operation.pointer().to_owned(),
            affects: vec![Party::Callers, Party::Readers],
            reason: self.reason.to_owned(),
            advice: self.advice.to_owned(),
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
            Self::Patch => "PATCH /v1/executions/{id}",
            Self::Batch => "POST /v1/executions/batch",
            Self::Histogram => "GET /v1/histogram",
            Self::Workflows => "GET /v1/workflows",
            Self::Changes => "GET /v1/changes",
            Self::Events => "GET /v1/events",
        };
        vec![name.to_owned()]
    }

    fn pointer(self) -> &'static str {
        match self {
            Self::Any => "/paths",
            Self::List => "/paths/~1v1~1executions/get",
            Self::Get => "/paths/~1v1~1executions~1{id}/get",
            Self::Put => "/paths/~1v1~1executions~1{id}/put",
            Self::Patch => "/paths/~1v1~1executions~1{id}/patch",
            Self::Batch => "/paths/~1v1~1executions~1batch/post",
            Self::Histogram => "/paths/~1v1~1histogram/get",
            Self::Workflows => "/paths/~1v1~1workflows/get",
            Self::Changes => "/paths/~1v1~1changes/get",
            Self::Events => "/paths/~1v1~1events/get",
        }
    }
}
