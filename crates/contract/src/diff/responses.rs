//! What is answered: statuses, headers and content.

use serde_json::Value;

use super::{
    Comparison, Direction,
    operations::Pair,
    requests::{At, contents},
    rules::*,
    same::same,
    shape::Place,
    trace::Step,
};
use crate::document::{escape, members};

/// Compares the answers of a pair of operations.
pub(super) fn compare<'a>(comparison: &mut Comparison<'a>, pair: &Pair<'a>) {
    let read = |document: &'a crate::Document,
                operation: &crate::Operation<'a>|
     -> Vec<(&'a str, At<'a>)> {
        let responses = operation.value.get("responses").unwrap_or(&Value::Null);
        let one = |(status, response): (&'a String, &'a Value)| {
            let pointer = format!("{}/responses/{}", operation.pointer, escape(status));
            (status.as_str(), document.follow(response, &pointer))
        };
        members(responses).filter(|(status, _)| !status.starts_with("x-")).map(one).collect()
    };
    let old = read(comparison.old.document, &pair.old);
    let new = read(comparison.new.document, &pair.new);
    for (status, response) in &old {
        match covering(&new, status) {
            Some((_, other)) => both(comparison, pair, status, response, other),
            None => {
                let rule = if pair.direction == Direction::Answered {
                    CALLBACK_STATUS_REMOVED
                } else if is_error(status) {
                    RESPONSE_ERROR_STATUS_REMOVED
                } else {
                    RESPONSE_STATUS_REMOVED
                };
                let what = format!("the status {status} is gone");
                comparison.trace.change(
                    pair.node,
                    rule,
                    what,
                    format!("response {status}"),
                    at(&pair.old, status),
                );
            }
        }
    }
    for (status, response) in new
        .iter()
        .filter(|(status, _)| old.iter().all(|(known, _)| !known.eq_ignore_ascii_case(status)))
    {
        // A status out of a range that was documented is held to what was said of the range.
        match covering(&old, status) {
            Some((_, other)) => both(comparison, pair, status, other, response),
            None => {
                let rule = if pair.direction == Direction::Answered {
                    CALLBACK_STATUS_ADDED
                } else if is_error(status) {
                    RESPONSE_ERROR_STATUS_ADDED
                } else {
                    RESPONSE_STATUS_ADDED
                };
                let what = format!("the status {status} is new");
                comparison.trace.change(
                    pair.node,
                    rule,
                    what,
                    format!("response {status}"),
                    at(&pair.new, status),
                );
            }
        }
    }
}

/// Where an operation says a status, itself or by a reference.
fn at(operation: &crate::Operation<'_>, status: &str) -> String {
    format!("{}/responses/{}", operation.pointer, escape(status))
}

/// What is said of a status: by itself, by its range, or by `default`.
fn covering<'r, 'a>(
    responses: &'r [(&'a str, At<'a>)],
    status: &str,
) -> Option<&'r (&'a str, At<'a>)> {
    let find =
        |wanted: &str| responses.iter().find(|(known, _)| known.eq_ignore_ascii_case(wanted));
    let range = status.get(..1).map(|first| format!("{first}XX")).unwrap_or_default();
    // `default` is what is said of errors; a success is none, whatever else is documented.
    let otherwise = || find("default").filter(|_| is_error(status));
    find(status).or_else(|| find(&range)).or_else(otherwise)
}

fn is_error(status: &str) -> bool {
    !status.starts_with(['1', '2', '3'])
}

fn both<'a>(
    comparison: &mut Comparison<'a>,
    pair: &Pair<'a>,
    status: &str,
    old: &At<'a>,
    new: &At<'a>,
) {
    let place = format!("response {status}");
    let direction = pair.direction.flipped();
    headers(comparison, pair, &place, old, new);
    let content =
        |(response, pointer): &At<'a>| (&response["content"], format!("{pointer}/content"));
    contents(comparison, pair, (content(old), content(new)), &place, "the answer", direction);
}

fn headers<'a>(
    comparison: &mut Comparison<'a>,
    pair: &Pair<'a>,
    place: &str,
    old: &At<'a>,
    new: &At<'a>,
) {
    let read =
        |document: &'a crate::Document, (response, pointer): &At<'a>| -> Vec<(&'a str, At<'a>)> {
            let headers = response.get("headers").unwrap_or(&Value::Null);
            let one = |(name, header): (&'a String, &'a Value)| {
                let pointer = format!("{pointer}/headers/{}", escape(name));
                (name.as_str(), document.follow(header, &pointer))
            };
            members(headers).map(one).collect()
        };
    let before = read(comparison.old.document, old);
    let after = read(comparison.new.document, new);
    let required = |(header, _): &At<'a>| header["required"] == Value::Bool(true);
    let node = pair.node;
    let mut renamed = Vec::new();
    for (name, one) in &before {
        let place = format!("{place} header {name}");
        let Some((_, other)) = after.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))
        else {
            let rule = if required(one) {
                RESPONSE_HEADER_REMOVED
            } else {
                RESPONSE_OPTIONAL_HEADER_REMOVED
            };
            let is_new = |(known, _): &&(&str, At<'a>)| {
                before.iter().all(|(old, _)| !old.eq_ignore_ascii_case(known))
            };
            let heir = after
                .iter()
                .filter(is_new)
                .find(|(known, other)| same(one.0, other.0) && !renamed.contains(known));
            let what = match heir {
                Some((other, _)) => format!("the header `{name}` is called `{other}` now"),
                None => format!("the header `{name}` is gone"),
            };
            renamed.extend(heir.map(|(other, _)| *other));
            comparison.trace.change(node, rule, what, place, &one.1);
            continue;
        };
        match (required(one), required(other)) {
            (true, false) => {
                let what = format!("the header `{name}` may be missing now");
                comparison.trace.change(
                    node,
                    RESPONSE_HEADER_BECAME_OPTIONAL,
                    what,
                    &place,
                    &other.1,
                );
            }
            (false, true) => {
                let what = format!("the header `{name}` is always there now");
                comparison.trace.change(
                    node,
                    RESPONSE_HEADER_BECAME_REQUIRED,
                    what,
                    &place,
                    &other.1,
                );
            }
            _ => {}
        }
        let words = format!("the header `{name}`");
        let by = |header: &At<'a>| (header.0.get("schema"), header.0.get("content"));
        match (by(one), by(other)) {
            ((_, Some(old)), (_, Some(new))) => {
                let at = |value, header: &At<'a>| (value, format!("{}/content", header.1));
                let both = (at(old, one), at(new, other));
                contents(comparison, pair, both, &place, &words, pair.direction.flipped());
            }
            ((_, Some(_)), _) | (_, (_, Some(_))) => {
                let what = format!("{words} is written in another way");
                comparison.trace.change(node, RESPONSE_FORMAT_CHANGED, what, &place, &other.1);
            }
            _ => {}
        }
        if let (Some(old), Some(new)) = (one.0.get("schema"), other.0.get("schema")) {
            let at =
                |value, pointer: &str| vec![Place { value, pointer: format!("{pointer}/schema") }];
            let step = Step::part(&place, &format!("the header `{name}`"));
            let schemas = (at(old, &one.1), at(new, &other.1));
            comparison.schemas(node, step, schemas, pair.direction.flipped());
        }
    }
    let is_new = |(name, _): &&(&str, At<'a>)| {
        before.iter().all(|(known, _)| !known.eq_ignore_ascii_case(name)) && !renamed.contains(name)
    };
    for (name, one) in after.iter().filter(is_new) {
        let what = format!("the header `{name}` is new");
        comparison.trace.change(
            node,
            RESPONSE_HEADER_ADDED,
            what,
            format!("{place} header {name}"),
            &one.1,
        );
    }
}
