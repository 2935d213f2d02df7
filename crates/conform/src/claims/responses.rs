//! Claims about every response. They send no requests: the responses of all other claims are
//! checked.

use crate::{
    claim::{Claim, Operation::Any, Outcome},
    contract::ResponseFaults,
};

/// The claims about every response.
pub const ALL: [Claim; 6] = [
    Claim {
        id: "statuses",
        statement: "every status is documented for its operation",
        operation: Any,
        location: "responses",
        reason: "a generated client has no case for an undocumented status and throws an untyped \
                 error",
        advice: "respond with a documented status, or document this one",
    },
    Claim {
        id: "json-bodies",
        statement: "every body is JSON and is declared as JSON, also those of errors",
        operation: Any,
        location: "responses",
        reason: "a client that parses JSON fails with a parser error on a page of HTML",
        advice: "respond to every request with JSON and Content-Type: application/json, also where \
                 a framework or a proxy responds on its own",
    },
    Claim {
        id: "schemas",
        statement: "every body matches its documented schema",
        operation: Any,
        location: "responses",
        reason: "a strict client rejects the whole response if one key is missing or has another \
                 type",
        advice: "write every documented key, with null where there is no value",
    },
    Claim {
        id: "whole-numbers",
        statement: "integers are written without a fraction",
        operation: Any,
        location: "responses",
        reason: "1.0 is an integer for JSON Schema, but not for the parsers of Go, Java and Rust",
        advice: "write integers as digits only",
    },
    Claim {
        id: "times",
        statement: "times are RFC 3339 in UTC with Z, with a fraction only where it is not zero",
        operation: Any,
        location: "responses",
        reason: "many clients read a time without Z as local time, and two spellings of one time \
                 compare as different",
        advice: "write times like 2025-01-04T12:00:00Z, with at most three digits of a fraction",
    },
    Claim {
        id: "request-ids",
        statement: "every response has an x-request-id",
        operation: Any,
        location: "responses",
        reason: "without the id of the request, the cause of a failure cannot be found in a log",
        advice: "send the header field x-request-id with every response",
    },
];

/// The outcome of one of these claims, after all other claims were tested.
pub fn outcome(claim: &Claim, faults: &ResponseFaults) -> Outcome {
    let is_about_bodies = ["schemas", "whole-numbers", "times"].contains(&claim.id);
    if is_about_bodies && faults.checked_bodies() == 0 {
        return Outcome::Skipped("no body of a documented response was read".into());
    }
    match faults.of(claim.id) {
        None => Outcome::Passed,
        Some((fault, 1)) => Outcome::Failed(fault.clone()),
        Some((fault, times)) => Outcome::Failed(format!("{fault} (and {} more times)", times - 1)),
    }
}
