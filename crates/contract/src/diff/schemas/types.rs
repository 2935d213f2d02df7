//! Null, `type` and `format`.

use super::pair::ShapePair;
use crate::diff::{comparison::Comparison, rules::*, shape::Shape};

/// Pairs of formats of which the second allows all values of the first.
const WIDER: [(&str, &str); 9] = [
    ("int8", "int16"),
    ("int8", "int32"),
    ("int16", "int32"),
    ("int8", "int64"),
    ("int16", "int64"),
    ("int32", "int64"),
    ("uint32", "int64"),
    ("float", "double"),
    ("uri", "uri-reference"),
];

/// Compares whether null is allowed.
pub fn null<'a>(comparison: &mut Comparison<'a>, pair: &ShapePair<'_, 'a>) {
    let subject = pair.subject;
    match (pair.old.null, pair.new.null) {
        (false, true) => {
            let rule = pair.rule(REQUEST_NULL_ALLOWED, RESPONSE_NULL_ALLOWED);
            pair.change(comparison, rule, "type", format!("{subject} now allows null"));
        }
        (true, false) => {
            let rule = pair.rule(REQUEST_NULL_REFUSED, RESPONSE_NULL_REFUSED);
            pair.change(comparison, rule, "type", format!("{subject} no longer allows null"));
        }
        _ => {}
    }
}

/// Compares the allowed types.
pub fn types<'a>(comparison: &mut Comparison<'a>, pair: &ShapePair<'_, 'a>) {
    let (old, new) = (pair.old.types, pair.new.types);
    if old == new {
        return;
    }
    let rule = if old.within(new) {
        pair.rule(REQUEST_TYPE_WIDENED, RESPONSE_TYPE_WIDENED)
    } else if new.within(old) {
        pair.rule(REQUEST_TYPE_NARROWED, RESPONSE_TYPE_NARROWED)
    } else {
        pair.rule(REQUEST_TYPE_CHANGED, RESPONSE_TYPE_CHANGED)
    };
    let (from, to) = (old.in_words(), new.in_words());
    let message = format!("the type of {} changed from {from} to {to}", pair.subject);
    pair.change(comparison, rule, "type", message);
}

/// Compares the formats.
pub fn format<'a>(comparison: &mut Comparison<'a>, pair: &ShapePair<'_, 'a>) {
    let of = |shape: &Shape<'a>| shape.keyword("format").and_then(|found| found.value.as_str());
    let (old, new) = (of(pair.old), of(pair.new));
    if old == new {
        return;
    }
    let rule = if is_within(old, new) {
        pair.rule(REQUEST_FORMAT_WIDENED, RESPONSE_FORMAT_WIDENED)
    } else if is_within(new, old) {
        pair.rule(REQUEST_FORMAT_NARROWED, RESPONSE_FORMAT_NARROWED)
    } else {
        pair.rule(REQUEST_FORMAT_CHANGED, RESPONSE_FORMAT_CHANGED)
    };
    let words = |format: Option<&str>| format.map_or("none".to_owned(), |name| format!("`{name}`"));
    let (from, to) = (words(old), words(new));
    let message = format!("the format of {} changed from {from} to {to}", pair.subject);
    pair.change(comparison, rule, "format", message);
}

/// Whether all values of the first format are valid in the second one.
fn is_within(one: Option<&str>, other: Option<&str>) -> bool {
    match (one, other) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(one), Some(other)) => WIDER.contains(&(one, other)),
    }
}
