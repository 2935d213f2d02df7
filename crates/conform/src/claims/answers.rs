//! What is true of every answer. Nothing is asked for these: all other claims' answers are looked at.

use crate::{
    claim::{Claim, Operation::Any, Verdict},
    contract::Faults,
};

/// The claims about answers as such.
pub const ALL: [Claim; 6] = [
    Claim {
        name: "statuses",
        says: "every status is one that the document lists for its operation",
        operation: Any,
        place: "responses",
        why: "a generated client has no case for a status that is not documented, and throws something untyped",
        todo: "answer with a documented status, or document this one",
    },
    Claim {
        name: "json-bodies",
        says: "every body is JSON and says so, those of errors too",
        operation: Any,
        place: "responses",
        why: "a client that reads JSON ends with a parser's error where a page of HTML stands",
        todo: "answer every request with JSON and Content-Type: application/json, also what a framework or a proxy answers by itself",
    },
    Claim {
        name: "schemas",
        says: "every body is of the documented shape",
        operation: Any,
        place: "responses",
        why: "a strict client refuses the whole answer for one key that is missing or of another type",
        todo: "write every documented key, with null where there is no value",
    },
    Claim {
        name: "whole-numbers",
        says: "whole numbers are written without a fraction",
        operation: Any,
        place: "responses",
        why: "1.0 is an integer to JSON Schema and none to the parsers of Go, Java and Rust",
        todo: "write integers as digits only",
    },
    Claim {
        name: "times",
        says: "times are RFC 3339 in UTC with Z, with a fraction only where there is one",
        operation: Any,
        place: "responses",
        why: "a time without Z is read as local time by half of all clients, and two spellings of one time compare as different",
        todo: "write times like 2025-01-04T12:00:00Z, with at most three digits of a fraction",
    },
    Claim {
        name: "request-ids",
        says: "every answer carries an x-request-id",
        operation: Any,
        place: "responses",
        why: "nobody finds the cause of a failure in a log without the id of the request",
        todo: "send the header x-request-id with every response",
    },
];

/// What became of one of them, after everything else was tried.
pub fn judge(claim: &Claim, faults: &Faults) -> Verdict {
    let of_bodies = ["schemas", "whole-numbers", "times"].contains(&claim.name);
    if of_bodies && faults.looked_at() == 0 {
        return Verdict::Skipped("no body of a documented answer was read".into());
    }
    match faults.of(claim.name) {
        None => Verdict::Held,
        Some((what, 1)) => Verdict::Failed(what.clone()),
        Some((what, times)) => Verdict::Failed(format!("{what} (and {} times more)", times - 1)),
    }
}
