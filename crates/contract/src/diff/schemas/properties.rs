//! The properties of an object.

use super::pair::ShapePair;
use crate::diff::{
    comparison::Comparison,
    equality::equal,
    location::Location,
    rules::*,
    shape::Additional,
    side::Direction,
    trace::{Step, member},
};

/// The schemas of a property, by its name.
type Property<'a> = (&'a str, Vec<Location<'a>>);

/// Compares the properties of a pair.
pub fn compare<'a>(comparison: &mut Comparison<'a>, pair: &ShapePair<'_, 'a>) {
    let (old, new) = (pair.old, pair.new);
    let mut renamed = Vec::new();
    for (position, property) in old.properties.iter().enumerate() {
        let (name, schemas) = property;
        if let Some((_, others)) = find(&new.properties, name, position) {
            presence(comparison, pair, property, others);
            deprecation(comparison, pair, property, others);
            let schemas = (schemas.clone(), others.clone());
            comparison.schemas(pair.node, Step::Property(name), schemas, pair.direction);
        } else if let Some((other, others)) = successor(pair, position, property) {
            renamed.push(*other);
            let rule = pair.rule(REQUEST_PROPERTY_RENAMED, RESPONSE_PROPERTY_RENAMED);
            let message =
                format!("the property `{name}` of {} was renamed to `{other}`", pair.subject);
            let pointer = &others[0].pointer;
            comparison.trace.change(pair.node, rule, message, member(other), pointer);
        } else {
            let rule = pair.rule(REQUEST_PROPERTY_REMOVED, RESPONSE_PROPERTY_REMOVED);
            let message = format!("the property `{name}` of {} was removed", pair.subject);
            let pointer = &schemas[0].pointer;
            comparison.trace.change(pair.node, rule, message, member(name), pointer);
        }
    }
    for (position, (name, schemas)) in new.properties.iter().enumerate() {
        if find(&old.properties, name, position).is_none() && !renamed.contains(name) {
            added(comparison, pair, name, &schemas[0].pointer);
            // The schema of additional properties applied to the property before.
            if let Additional::Schemas(values) = &old.additional {
                let schemas = (values.clone(), schemas.clone());
                comparison.schemas(pair.node, Step::Property(name), schemas, pair.direction);
            }
        }
    }
}

/// Finds a property by its name; it is probably at the expected position.
fn find<'l, 'a>(list: &'l [Property<'a>], name: &str, expected: usize) -> Option<&'l Property<'a>> {
    let is_wanted = |property: &&Property<'a>| property.0 == name;
    list.get(expected).filter(is_wanted).or_else(|| list.iter().find(is_wanted))
}

/// The new property at the same position with the same schema, which is probably the same property
/// under another name.
fn successor<'s, 'a>(
    pair: &ShapePair<'s, 'a>,
    position: usize,
    (name, schemas): &Property<'a>,
) -> Option<&'s Property<'a>> {
    let (old, new) = (pair.old, pair.new);
    new.properties.get(position).filter(|(other, others)| {
        old.properties.iter().all(|(known, _)| known != other)
            && old.required.contains(name) == new.required.contains(other)
            && schemas.len() == others.len()
            && schemas.iter().zip(others).all(|(a, b)| equal(a.value, b.value))
    })
}

fn added<'a>(comparison: &mut Comparison<'a>, pair: &ShapePair<'_, 'a>, name: &str, pointer: &str) {
    let is_required = pair.new.required.contains(name);
    let is_closed = matches!(pair.old.additional, Additional::Forbidden);
    let rule = match pair.direction {
        Direction::Request if is_required => REQUEST_PROPERTY_ADDED_REQUIRED,
        Direction::Request => REQUEST_PROPERTY_ADDED_OPTIONAL,
        Direction::Response if is_closed => RESPONSE_PROPERTY_ADDED_TO_CLOSED,
        Direction::Response => RESPONSE_PROPERTY_ADDED,
    };
    let presence = if is_required { "required" } else { "optional" };
    let message = format!("the {presence} property `{name}` of {} was added", pair.subject);
    comparison.trace.change(pair.node, rule, message, member(name), pointer);
}

fn presence<'a>(
    comparison: &mut Comparison<'a>,
    pair: &ShapePair<'_, 'a>,
    (name, _): &Property<'a>,
    new: &[Location<'a>],
) {
    let (rule, presence) =
        match (pair.old.required.contains(name), pair.new.required.contains(name)) {
            (true, false) => (
                pair.rule(REQUEST_PROPERTY_BECAME_OPTIONAL, RESPONSE_PROPERTY_BECAME_OPTIONAL),
                "optional",
            ),
            (false, true) => (
                pair.rule(REQUEST_PROPERTY_BECAME_REQUIRED, RESPONSE_PROPERTY_BECAME_REQUIRED),
                "required",
            ),
            _ => return,
        };
    let message = format!("the property `{name}` of {} is now {presence}", pair.subject);
    comparison.trace.change(pair.node, rule, message, member(name), &new[0].pointer);
}

fn deprecation<'a>(
    comparison: &mut Comparison<'a>,
    pair: &ShapePair<'_, 'a>,
    (name, old): &Property<'a>,
    new: &[Location<'a>],
) {
    let is_deprecated =
        |schemas: &[Location<'_>]| schemas.iter().any(|schema| schema.is_set("deprecated"));
    let (rule, state) = match (is_deprecated(old), is_deprecated(new)) {
        (false, true) => {
            (pair.rule(REQUEST_PROPERTY_DEPRECATED, RESPONSE_PROPERTY_DEPRECATED), "now deprecated")
        }
        (true, false) => (
            pair.rule(REQUEST_PROPERTY_UNDEPRECATED, RESPONSE_PROPERTY_UNDEPRECATED),
            "no longer deprecated",
        ),
        _ => return,
    };
    let message = format!("the property `{name}` of {} is {state}", pair.subject);
    comparison.trace.change(pair.node, rule, message, member(name), &new[0].pointer);
}
