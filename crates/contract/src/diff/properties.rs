//! The properties of two objects: which came, went, or have another name.

use serde_json::Value;

use super::{
    Comparison, Direction,
    rules::*,
    same::same,
    schemas::Both,
    shape::{Additional, Place},
    trace::{Step, member},
};

/// Compares the properties of a pair.
pub(super) fn compare<'a>(comparison: &mut Comparison<'a>, both: &Both<'_, 'a>) {
    let (old, new) = (both.old, both.new);
    let position =
        |list: &[(&str, Vec<Place<'a>>)], name: &str| list.iter().position(|(n, _)| *n == name);
    let mut renamed = Vec::new();
    for (n, (name, places)) in old.properties.iter().enumerate() {
        if let Some(m) = find(&new.properties, name, n) {
            let (_, others) = &new.properties[m];
            demand(comparison, both, name, others);
            let pair = (places.clone(), others.clone());
            comparison.schemas(both.node, Step::Property(name), pair, both.direction);
            continue;
        }
        // Another name in the same place, with the same schema and the same demand, is the same property.
        let candidate = new.properties.get(n).filter(|(other, others)| {
            position(&old.properties, other).is_none()
                && old.required.contains(name) == new.required.contains(other)
                && places.len() == others.len()
                && places.iter().zip(others).all(|(a, b)| same(a.value, b.value))
        });
        if let Some((other, others)) = candidate {
            renamed.push(*other);
            let rule = both.direction.rule(REQUEST_PROPERTY_RENAMED, RESPONSE_PROPERTY_RENAMED);
            let what = format!("the property `{name}` of {} is called `{other}` now", both.subject);
            comparison.trace.change(both.node, rule, what, member(other), &others[0].pointer);
        } else {
            let rule = both.direction.rule(REQUEST_PROPERTY_REMOVED, RESPONSE_PROPERTY_REMOVED);
            let what = format!("the property `{name}` of {} is gone", both.subject);
            comparison.trace.change(both.node, rule, what, member(name), &places[0].pointer);
        }
    }
    for (n, (name, places)) in new.properties.iter().enumerate() {
        if find(&old.properties, name, n).is_none() && !renamed.contains(name) {
            added(comparison, both, name, &places[0].pointer);
            // Where it was one of a map's values, it was there before.
            if let Additional::Schemas(values) = &old.additional {
                let pair = (values.clone(), places.clone());
                comparison.schemas(both.node, Step::Property(name), pair, both.direction);
            }
        }
    }
}

/// Where a property stands in the other list: mostly at the same place.
fn find(list: &[(&str, Vec<Place<'_>>)], name: &str, guess: usize) -> Option<usize> {
    if list.get(guess).is_some_and(|(known, _)| *known == name) {
        return Some(guess);
    }
    list.iter().position(|(known, _)| *known == name)
}

fn added<'a>(comparison: &mut Comparison<'a>, both: &Both<'_, 'a>, name: &str, pointer: &str) {
    let required = both.new.required.contains(name);
    let closed = matches!(both.old.additional, Additional::Nothing);
    let rule = match (both.direction, required, closed) {
        (Direction::Sent, true, _) => REQUEST_PROPERTY_ADDED_REQUIRED,
        (Direction::Sent, false, _) => REQUEST_PROPERTY_ADDED_OPTIONAL,
        (Direction::Answered, _, true) => RESPONSE_PROPERTY_ADDED_TO_CLOSED,
        (Direction::Answered, _, false) => RESPONSE_PROPERTY_ADDED,
    };
    let demand = if required { "required" } else { "optional" };
    let what = format!("{} has a new {demand} property: `{name}`", both.subject);
    comparison.trace.change(both.node, rule, what, member(name), pointer);
}

/// Whether a property has to be there, and whether it is to stay.
fn demand<'a>(
    comparison: &mut Comparison<'a>,
    both: &Both<'_, 'a>,
    name: &str,
    places: &[Place<'a>],
) {
    let mut tell = |rule, what: String| {
        comparison.trace.change(both.node, rule, what, member(name), &places[0].pointer);
    };
    let subject = both.subject;
    match (both.old.required.contains(name), both.new.required.contains(name)) {
        (true, false) => tell(
            both.direction
                .rule(REQUEST_PROPERTY_BECAME_OPTIONAL, RESPONSE_PROPERTY_BECAME_OPTIONAL),
            format!("the property `{name}` of {subject} may be left out now"),
        ),
        (false, true) => tell(
            both.direction
                .rule(REQUEST_PROPERTY_BECAME_REQUIRED, RESPONSE_PROPERTY_BECAME_REQUIRED),
            format!("the property `{name}` of {subject} must be there now"),
        ),
        _ => {}
    }
    let before = both.old.properties.iter().find(|(known, _)| *known == name);
    let says = |places: &[Place<'_>]| {
        places.iter().any(|p| p.value.get("deprecated") == Some(&Value::Bool(true)))
    };
    match (before.is_some_and(|(_, places)| says(places)), says(places)) {
        (false, true) => tell(
            both.direction.rule(REQUEST_PROPERTY_DEPRECATED, RESPONSE_PROPERTY_DEPRECATED),
            format!("the property `{name}` of {subject} is deprecated now"),
        ),
        (true, false) => tell(
            both.direction.rule(REQUEST_PROPERTY_UNDEPRECATED, RESPONSE_PROPERTY_UNDEPRECATED),
            format!("the property `{name}` of {subject} is no longer deprecated"),
        ),
        _ => {}
    }
}
