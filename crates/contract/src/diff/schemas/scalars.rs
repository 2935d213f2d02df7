//! Numeric bounds, `pattern` and `default`.

use serde_json::Value;

use super::pair::ShapePair;
use crate::diff::{comparison::Comparison, rules::*, shape::Shape, side::Direction};

/// Compares the bounds, the patterns and the defaults.
pub fn compare<'a>(comparison: &mut Comparison<'a>, pair: &ShapePair<'_, 'a>) {
    bounds(comparison, pair);
    pattern(comparison, pair);
    default(comparison, pair);
}

fn bounds<'a>(comparison: &mut Comparison<'a>, pair: &ShapePair<'_, 'a>) {
    for change in pair.old.bounds.changes_to(&pair.new.bounds) {
        let rule = match pair.direction {
            Direction::Request if change.tighter => REQUEST_BOUND_TIGHTENED,
            Direction::Request => REQUEST_BOUND_LOOSENED,
            Direction::Response if change.looser => RESPONSE_BOUND_LOOSENED,
            Direction::Response => RESPONSE_BOUND_TIGHTENED,
        };
        let subject = pair.subject;
        let message = match (&change.old, &change.new) {
            (Some(old), Some(new)) => {
                format!("the bound of {subject} changed from {old} to {new}")
            }
            (Some(bound), None) => format!("the bound {bound} of {subject} was removed"),
            (None, bound) => {
                format!("the bound {} of {subject} was added", bound.as_deref().unwrap_or("none"))
            }
        };
        pair.change(comparison, rule, change.keyword, message);
    }
}

fn pattern<'a>(comparison: &mut Comparison<'a>, pair: &ShapePair<'_, 'a>) {
    let subject = pair.subject;
    let (old, new) = (pair.old.keywords("pattern"), pair.new.keywords("pattern"));
    let in_words = |patterns: &[&Value], others: &[&Value]| {
        let own = patterns.iter().filter(|pattern| !others.contains(pattern));
        own.map(ToString::to_string).collect::<Vec<_>>().join(" and ")
    };
    let (removed, added) = (in_words(&old, &new), in_words(&new, &old));
    let (rule, message) = match (removed.as_str(), added.as_str()) {
        ("", "") => return,
        ("", new) => (
            pair.rule(REQUEST_PATTERN_ADDED, RESPONSE_PATTERN_ADDED),
            format!("{subject} must now match {new}"),
        ),
        (old, "") => (
            pair.rule(REQUEST_PATTERN_REMOVED, RESPONSE_PATTERN_REMOVED),
            format!("{subject} no longer has to match {old}"),
        ),
        (old, new) => (
            pair.rule(REQUEST_PATTERN_CHANGED, RESPONSE_PATTERN_CHANGED),
            format!("the pattern of {subject} changed from {old} to {new}"),
        ),
    };
    pair.change(comparison, rule, "pattern", message);
}

fn default<'a>(comparison: &mut Comparison<'a>, pair: &ShapePair<'_, 'a>) {
    let of = |shape: &Shape<'a>| shape.keyword("default").map(|found| found.value);
    let subject = pair.subject;
    let (request_rule, message) = match (of(pair.old), of(pair.new)) {
        (None, Some(new)) => {
            (REQUEST_DEFAULT_ADDED, format!("the default {new} of {subject} was added"))
        }
        (Some(old), None) => {
            (REQUEST_DEFAULT_REMOVED, format!("the default {old} of {subject} was removed"))
        }
        (Some(old), Some(new)) if old != new => (
            REQUEST_DEFAULT_CHANGED,
            format!("the default of {subject} changed from {old} to {new}"),
        ),
        _ => return,
    };
    pair.change(comparison, pair.rule(request_rule, RESPONSE_DEFAULT_CHANGED), "default", message);
}
