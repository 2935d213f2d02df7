//! `enum` and `const`, and the names of constants.

use serde_json::Value;

use super::pair::ShapePair;
use crate::diff::{comparison::Comparison, rules::*, shape::Shape};

const NAMES: &str = "x-enum-varnames";
/// The number of values that a message lists.
const MAX_LISTED: usize = 8;

/// Compares the listed values.
pub fn compare<'a>(comparison: &mut Comparison<'a>, pair: &ShapePair<'_, 'a>) {
    let subject = pair.subject;
    let keyword = if pair.new.keyword("const").is_some() { "const" } else { "enum" };
    match (&pair.old.values, &pair.new.values) {
        (None, None) => {}
        (None, Some(new)) => {
            let rule = pair.rule(REQUEST_ENUM_INTRODUCED, RESPONSE_ENUM_INTRODUCED);
            let message = format!("{subject} is now restricted to {}", listed(new));
            pair.change(comparison, rule, keyword, message);
        }
        (Some(_), None) => {
            let rule = pair.rule(REQUEST_ENUM_DROPPED, RESPONSE_ENUM_DROPPED);
            let message = format!("{subject} is no longer restricted to a list of values");
            pair.change(comparison, rule, "enum", message);
        }
        (Some(old), Some(new)) => {
            let added = pair.rule(REQUEST_ENUM_VALUE_ADDED, RESPONSE_ENUM_VALUE_ADDED);
            for value in new.iter().filter(|value| !old.contains(value)) {
                let message = format!("the value {value} of {subject} was added");
                pair.change(comparison, added, keyword, message);
            }
            let removed = pair.rule(REQUEST_ENUM_VALUE_REMOVED, RESPONSE_ENUM_VALUE_REMOVED);
            for value in old.iter().filter(|value| !new.contains(value)) {
                let message = format!("the value {value} of {subject} was removed");
                pair.change(comparison, removed, keyword, message);
            }
            names(comparison, pair);
        }
    }
}

fn listed(values: &[&Value]) -> String {
    let words: Vec<_> = values.iter().take(MAX_LISTED).map(|value| format!("`{value}`")).collect();
    let rest = if values.len() > words.len() { ", …" } else { "" };
    format!("{}{rest}", words.join(", "))
}

/// Compares the names of constants value by value, since values may have been added or removed.
fn names<'a>(comparison: &mut Comparison<'a>, pair: &ShapePair<'_, 'a>) {
    let new = named_values(pair.new);
    for (value, name) in named_values(pair.old) {
        // A value that is listed twice may have two names.
        let names: Vec<_> = new.iter().filter(|(known, _)| *known == value).collect();
        if let Some((_, other)) = names.first()
            && names.iter().all(|(_, other)| *other != name)
        {
            let message = format!(
                "the name of the constant {value} of {} changed from {name} to {other}",
                pair.subject
            );
            pair.change(comparison, ENUM_NAMES_CHANGED, NAMES, message);
        }
    }
}

fn named_values<'a>(shape: &Shape<'a>) -> Vec<(&'a Value, &'a Value)> {
    let list = |keyword: &str| {
        let list = shape.keyword(keyword).and_then(|found| found.value.as_array());
        list.map(Vec::as_slice)
    };
    let values = list("enum").unwrap_or_default();
    values.iter().zip(list(NAMES).unwrap_or(values)).collect()
}
