//! The media types of a body, a parameter or a header.

use std::collections::BTreeMap;

use super::{
    comparison::Comparison,
    location::{ANYTHING, Location},
    rules::*,
    side::Direction,
    trace::{NodeId, Step},
};
use crate::json::{join, members};

/// The owner of content, as reports describe it.
pub struct Owner<'s> {
    pub node: NodeId,
    /// The location in the operation, such as `response 200`.
    pub location: &'s str,
    /// The subject of messages, such as "the response".
    pub subject: &'s str,
    pub direction: Direction,
}

/// Compares the `content` of two objects; an object without it has no media type.
pub fn compare<'a>(
    comparison: &mut Comparison<'a>,
    owner: &Owner<'_>,
    (old, new): (&Location<'a>, &Location<'a>),
) {
    let Owner { node, location, subject, direction } = *owner;
    let (before, after) = (by_media_type(old), by_media_type(new));
    for (name, old) in &before {
        let location = format!("{location} {name}");
        let Some(new) = after.get(name) else {
            let rule = direction.rule(REQUEST_MEDIA_TYPE_REMOVED, RESPONSE_MEDIA_TYPE_REMOVED);
            let message = format!("the media type {name} of {subject} was removed");
            comparison.trace.change(node, rule, message, location, &old.pointer);
            continue;
        };
        if old.value.get("encoding") != new.value.get("encoding") {
            let message = format!("the `encoding` of {subject} changed");
            comparison.trace.change(node, ENCODING_CHANGED, message, &location, &new.pointer);
        }
        let step = Step::part(&location, subject);
        comparison.schemas(node, step, (schema(old), schema(new)), direction);
    }
    for (name, new) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
        let rule = match direction {
            Direction::Response if before.is_empty() => RESPONSE_BODY_ADDED,
            _ => direction.rule(REQUEST_MEDIA_TYPE_ADDED, RESPONSE_MEDIA_TYPE_ADDED),
        };
        let message = format!("the media type {name} of {subject} was added");
        comparison.trace.change(node, rule, message, format!("{location} {name}"), &new.pointer);
    }
}

fn by_media_type<'a>(holder: &Location<'a>) -> BTreeMap<String, Location<'a>> {
    let Some(content) = holder.member("content") else { return BTreeMap::new() };
    let each = members(content.value);
    each.map(|(name, value)| (canonical(name), Location::new(value, join(&content.pointer, name))))
        .collect()
}

fn schema<'a>(media_type: &Location<'a>) -> Vec<Location<'a>> {
    let value = media_type.value.get("schema").unwrap_or(&ANYTHING);
    vec![Location::new(value, format!("{}/schema", media_type.pointer))]
}

/// A media type without differences that have no meaning: case, spaces before parameters, and the
/// charset UTF-8, which JSON always has.
fn canonical(name: &str) -> String {
    let name = name.to_lowercase();
    let parts = name.split(';').map(str::trim).filter(|part| *part != "charset=utf-8");
    parts.collect::<Vec<_>>().join("; ")
}
