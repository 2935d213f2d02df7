//! Responses and their statuses.

use super::{
    comparison::Comparison,
    content::{self, Owner},
    headers,
    location::Location,
    operation_pair::OperationPair,
    rules::*,
    side::{Direction, Side},
};
use crate::{
    document::Operation,
    json::{join, members},
};

/// The responses of an operation by status.
type Responses<'a> = Vec<(&'a str, Location<'a>)>;

/// Compares the responses of an operation.
pub fn compare<'a>(comparison: &mut Comparison<'a>, pair: &OperationPair<'a>) {
    let old = read(&comparison.old, &pair.old);
    let new = read(&comparison.new, &pair.new);
    for (status, response) in &old {
        if let Some(other) = covering(&new, status) {
            response_pair(comparison, pair, status, response, other);
        } else {
            let rule = if pair.direction == Direction::Response {
                CALLBACK_STATUS_REMOVED
            } else if is_error(status) {
                RESPONSE_ERROR_STATUS_REMOVED
            } else {
                RESPONSE_STATUS_REMOVED
            };
            let message = format!("the response {status} was removed");
            let (location, pointer) = (format!("response {status}"), pointer(&pair.old, status));
            comparison.trace.change(pair.node, rule, message, location, pointer);
        }
    }
    let is_known = |status: &str| old.iter().any(|(known, _)| known.eq_ignore_ascii_case(status));
    for (status, response) in new.iter().filter(|(status, _)| !is_known(status)) {
        // A status within a documented range is compared with the range.
        if let Some(other) = covering(&old, status) {
            response_pair(comparison, pair, status, other, response);
        } else {
            let rule = if pair.direction == Direction::Response {
                CALLBACK_STATUS_ADDED
            } else if is_error(status) {
                RESPONSE_ERROR_STATUS_ADDED
            } else {
                RESPONSE_STATUS_ADDED
            };
            let message = format!("the response {status} was added");
            let (location, pointer) = (format!("response {status}"), pointer(&pair.new, status));
            comparison.trace.change(pair.node, rule, message, location, pointer);
        }
    }
}

fn read<'a>(side: &Side<'a>, operation: &Operation<'a>) -> Responses<'a> {
    let Some(responses) = operation.value.get("responses") else { return Vec::new() };
    let each = members(responses).filter(|(status, _)| !status.starts_with("x-"));
    each.map(|(status, response)| {
        (status.as_str(), side.follow(Location::new(response, pointer(operation, status))))
    })
    .collect()
}

/// The pointer of a response in the operation, where a reference may be.
fn pointer(operation: &Operation<'_>, status: &str) -> String {
    join(&format!("{}/responses", operation.pointer), status)
}

/// The response that describes a status: its own, that of its range, or `default`.
fn covering<'r, 'a>(responses: &'r Responses<'a>, status: &str) -> Option<&'r Location<'a>> {
    let find = |wanted: &str| {
        let found = responses.iter().find(|(known, _)| known.eq_ignore_ascii_case(wanted));
        found.map(|(_, response)| response)
    };
    let range = status.get(..1).map(|first| format!("{first}XX")).unwrap_or_default();
    // `default` describes errors; it does not describe a successful response.
    let default = || find("default").filter(|_| is_error(status));
    find(status).or_else(|| find(&range)).or_else(default)
}

fn is_error(status: &str) -> bool {
    !status.starts_with(['1', '2', '3'])
}

fn response_pair<'a>(
    comparison: &mut Comparison<'a>,
    pair: &OperationPair<'a>,
    status: &str,
    old: &Location<'a>,
    new: &Location<'a>,
) {
    let location = format!("response {status}");
    headers::compare(comparison, pair, &location, (old, new));
    let owner = Owner {
        node: pair.node,
        location: &location,
        subject: "the response",
        direction: pair.direction.flipped(),
    };
    content::compare(comparison, &owner, (old, new));
}
