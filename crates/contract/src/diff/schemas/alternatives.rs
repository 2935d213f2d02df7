//! `oneOf`, `anyOf` and `discriminator`.

use serde_json::Value;

use super::{
    branches::{correspond, in_words, matching},
    pair::ShapePair,
};
use crate::diff::{
    comparison::Comparison,
    location::Location,
    rules::*,
    shape::{Shape, groups::Group},
    trace::Step,
};

/// A branch that corresponds to the whole schema on the other side, and the pointer of the list of
/// branches.
pub enum Match<'a> {
    /// A branch of the older schema.
    Old(Location<'a>, String),
    /// A branch of the newer schema.
    New(Location<'a>, String),
}

/// Compares the alternatives of a pair. If only one side has alternatives and the other side
/// corresponds to one of them, returns that branch; the other keywords are compared with it.
pub fn compare<'a>(
    comparison: &mut Comparison<'a>,
    pair: &ShapePair<'_, 'a>,
    old: &[Location<'a>],
    new: &[Location<'a>],
) -> Option<Match<'a>> {
    discriminators(comparison, pair);
    match (pair.old.groups.as_slice(), pair.new.groups.as_slice()) {
        ([], []) => None,
        ([], [group]) => {
            let is_same = |branch: &Location<'a>| {
                correspond(comparison, pair, old, std::slice::from_ref(branch))
            };
            let position = group.branches.iter().position(is_same);
            let branch = chosen(comparison, pair, group, position, "is now one of several");
            branch.map(|branch| Match::New(branch, group.pointer.clone()))
        }
        ([group], []) => {
            let is_same = |branch: &Location<'a>| {
                correspond(comparison, pair, std::slice::from_ref(branch), new)
            };
            let position = group.branches.iter().position(is_same);
            let branch = chosen(comparison, pair, group, position, "is no longer one of several");
            branch.map(|branch| Match::Old(branch, group.pointer.clone()))
        }
        (old_groups, new_groups) if old_groups.len() == new_groups.len() => {
            for (old, new) in old_groups.iter().zip(new_groups) {
                groups(comparison, pair, old, new);
            }
            None
        }
        (_, groups) => {
            let pointer = groups.first().map_or(pair.new.pointer(), |group| group.pointer.as_str());
            let message = format!("the lists of alternatives of {} changed", pair.subject);
            changed(comparison, pair, pointer, message);
            None
        }
    }
}

/// The branch at a position. The other branches were added or removed with the list.
fn chosen<'a>(
    comparison: &mut Comparison<'a>,
    pair: &ShapePair<'_, 'a>,
    group: &Group<'a>,
    position: Option<usize>,
    words: &str,
) -> Option<Location<'a>> {
    let Some(position) = position else {
        let message = format!("{} {words} alternatives", pair.subject);
        changed(comparison, pair, &group.pointer, message);
        return None;
    };
    let is_added = pair.old.groups.is_empty();
    for (_, branch) in group.branches.iter().enumerate().filter(|(n, _)| *n != position) {
        if is_added {
            added(comparison, pair, branch);
        } else {
            removed(comparison, pair, branch);
        }
    }
    Some(group.branches[position].clone())
}

fn groups<'a>(
    comparison: &mut Comparison<'a>,
    pair: &ShapePair<'_, 'a>,
    old: &Group<'a>,
    new: &Group<'a>,
) {
    if old.keyword != new.keyword {
        let (from, to) = (old.keyword, new.keyword);
        let message =
            format!("the alternatives of {} changed from `{from}` to `{to}`", pair.subject);
        changed(comparison, pair, &new.pointer, message);
    }
    let matching = matching(comparison, pair, &old.branches, &new.branches);
    for (old, new) in matching.pairs {
        let schemas = (vec![old.clone()], vec![new.clone()]);
        comparison.schemas(pair.node, Step::Alternative, schemas, pair.direction);
    }
    for branch in matching.removed {
        removed(comparison, pair, branch);
    }
    for branch in matching.added {
        added(comparison, pair, branch);
    }
}

/// Compares the discriminators: beside the alternatives, or in a schema that `allOf` refers to.
fn discriminators<'a>(comparison: &mut Comparison<'a>, pair: &ShapePair<'_, 'a>) {
    const KEYWORD: &str = "discriminator";
    let of = |shape: &Shape<'a>| shape.keyword(KEYWORD).map(|found| found.value);
    let (old, new) = (of(pair.old), of(pair.new));
    let subject = pair.subject;
    let property = |value: Option<&'a Value>| value.and_then(|it| it.get("propertyName")?.as_str());
    let mut messages = Vec::new();
    if property(old) == property(new) {
        let mapping =
            |value: Option<&'a Value>| value.and_then(|it| it.get("mapping")?.as_object());
        for (value, target) in mapping(old).into_iter().flatten() {
            let other = mapping(new).and_then(|mapping| mapping.get(value));
            if comparison.renames.are_same(target.as_str(), other.and_then(Value::as_str)) {
                continue;
            }
            messages.push(match other {
                Some(other) => format!(
                    "the discriminator value {value:?} of {subject} changed from {target} to \
                     {other}"
                ),
                None => format!("the discriminator value {value:?} of {subject} was removed"),
            });
        }
    } else {
        let words = |name: Option<&str>| name.map_or("none".to_owned(), |name| format!("`{name}`"));
        let (from, to) = (words(property(old)), words(property(new)));
        messages.push(format!("the discriminator of {subject} changed from {from} to {to}"));
    }
    let rule = pair.rule(REQUEST_DISCRIMINATOR_CHANGED, RESPONSE_DISCRIMINATOR_CHANGED);
    for message in messages {
        pair.change(comparison, rule, KEYWORD, message);
    }
}

fn added<'a>(comparison: &mut Comparison<'a>, pair: &ShapePair<'_, 'a>, branch: &Location<'a>) {
    let rule = pair.rule(REQUEST_ALTERNATIVE_ADDED, RESPONSE_ALTERNATIVE_ADDED);
    let message = format!("the alternative {} of {} was added", in_words(branch), pair.subject);
    comparison.trace.change(pair.node, rule, message, "", &branch.pointer);
}

fn removed<'a>(comparison: &mut Comparison<'a>, pair: &ShapePair<'_, 'a>, branch: &Location<'a>) {
    let rule = pair.rule(REQUEST_ALTERNATIVE_REMOVED, RESPONSE_ALTERNATIVE_REMOVED);
    let message = format!("the alternative {} of {} was removed", in_words(branch), pair.subject);
    comparison.trace.change(pair.node, rule, message, "", &branch.pointer);
}

fn changed<'a>(
    comparison: &mut Comparison<'a>,
    pair: &ShapePair<'_, 'a>,
    pointer: &str,
    message: String,
) {
    let rule = pair.rule(REQUEST_ALTERNATIVES_CHANGED, RESPONSE_ALTERNATIVES_CHANGED);
    comparison.trace.change(pair.node, rule, message, "", pointer);
}
