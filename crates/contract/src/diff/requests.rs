//! The bodies of requests, and content in several media types.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    Comparison, Direction,
    operations::Pair,
    rules::*,
    shape::{ANYTHING, Place},
    trace::Step,
};
use crate::document::{escape, members};

/// A value and where it stands.
pub(super) type At<'a> = (&'a Value, String);

/// Compares the bodies of the requests of a pair of operations.
pub(super) fn compare<'a>(comparison: &mut Comparison<'a>, pair: &Pair<'a>) {
    const PLACE: &str = "request body";
    let old = body(comparison.old.document, &pair.old);
    let new = body(comparison.new.document, &pair.new);
    let required = |(body, _): &At<'a>| body["required"] == Value::Bool(true);
    let mut tell = |rule, what: &str, pointer: &str| {
        comparison.trace.change(pair.node, rule, what, PLACE, pointer);
    };
    match (old, new) {
        (None, None) => {}
        (None, Some(new)) if pair.direction == Direction::Answered => {
            tell(RESPONSE_BODY_ADDED, "the request has a body now", &new.1);
        }
        (None, Some(new)) if required(&new) => {
            tell(REQUEST_BODY_ADDED_REQUIRED, "the request wants a body now", &new.1);
        }
        (None, Some(new)) => {
            tell(REQUEST_BODY_ADDED_OPTIONAL, "the request may have a body now", &new.1);
        }
        (Some(old), None) => {
            let rule = pair.direction.rule(REQUEST_BODY_REMOVED, CALLBACK_BODY_REMOVED);
            tell(rule, "the request has no body any more", &old.1);
        }
        (Some(old), Some(new)) => {
            match (required(&old), required(&new)) {
                (false, true) => {
                    tell(
                        pair.direction
                            .rule(REQUEST_BODY_BECAME_REQUIRED, CALLBACK_BODY_BECAME_REQUIRED),
                        "the request's body is required now",
                        &new.1,
                    );
                }
                (true, false) => {
                    tell(
                        pair.direction
                            .rule(REQUEST_BODY_BECAME_OPTIONAL, CALLBACK_BODY_BECAME_OPTIONAL),
                        "the request's body may be left out now",
                        &new.1,
                    );
                }
                _ => {}
            }
            let content =
                |(body, pointer): At<'a>| (&body["content"], format!("{pointer}/content"));
            let both = (content(old), content(new));
            contents(comparison, pair, both, PLACE, "the request's body", pair.direction);
        }
    }
}

/// Compares content in several media types.
pub(super) fn contents<'a>(
    comparison: &mut Comparison<'a>,
    pair: &Pair<'a>,
    (old, new): (At<'a>, At<'a>),
    place: &str,
    subject: &str,
    direction: Direction,
) {
    let by_type = |(content, pointer): &At<'a>| -> BTreeMap<String, At<'a>> {
        let each = members(content);
        each.map(|(name, value)| (canonical(name), (value, format!("{pointer}/{}", escape(name)))))
            .collect()
    };
    let (before, after) = (by_type(&old), by_type(&new));
    let node = pair.node;
    for (name, one) in &before {
        let Some(other) = after.get(name) else {
            let rule = direction.rule(REQUEST_MEDIA_TYPE_REMOVED, RESPONSE_MEDIA_TYPE_REMOVED);
            let what = format!("{subject} is no longer there as {name}");
            comparison.trace.change(node, rule, what, format!("{place} {name}"), &one.1);
            continue;
        };
        if one.0.get("encoding") != other.0.get("encoding") {
            let what = format!("the `encoding` of {subject} is another one");
            comparison.trace.change(
                node,
                ENCODING_CHANGED,
                what,
                format!("{place} {name}"),
                &other.1,
            );
        }
        let schema = |(media, pointer): &At<'a>| {
            let value = media.get("schema").unwrap_or(&ANYTHING);
            vec![Place { value, pointer: format!("{pointer}/schema") }]
        };
        let step = Step::part(&format!("{place} {name}"), subject);
        comparison.schemas(node, step, (schema(one), schema(other)), direction);
    }
    for (name, one) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
        let rule = match direction {
            Direction::Answered if before.is_empty() => RESPONSE_BODY_ADDED,
            _ => direction.rule(REQUEST_MEDIA_TYPE_ADDED, RESPONSE_MEDIA_TYPE_ADDED),
        };
        let what = format!("{subject} is there as {name}, too");
        comparison.trace.change(node, rule, what, format!("{place} {name}"), &one.1);
    }
}

fn body<'a>(document: &'a crate::Document, operation: &crate::Operation<'a>) -> Option<At<'a>> {
    let body = operation.value.get("requestBody")?;
    Some(document.follow(body, &format!("{}/requestBody", operation.pointer)))
}

/// A media type without the differences that mean nothing: case, blanks before its parameters, and UTF-8, in which all
/// JSON is written.
fn canonical(name: &str) -> String {
    let name = name.to_lowercase();
    let parts = name.split(';').map(str::trim).filter(|part| *part != "charset=utf-8");
    parts.collect::<Vec<_>>().join("; ")
}
