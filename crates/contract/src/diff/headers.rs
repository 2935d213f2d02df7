//! The headers of a response.

use super::{
    comparison::Comparison,
    content::{self, Owner},
    equality::equal,
    location::Location,
    operation_pair::OperationPair,
    rules::*,
    side::Side,
    trace::Step,
};
use crate::json::{join, members};

/// The headers of a response by name.
type Headers<'a> = Vec<(&'a str, Location<'a>)>;

/// Compares the headers of a response. The names of headers are case-insensitive.
pub fn compare<'a>(
    comparison: &mut Comparison<'a>,
    pair: &OperationPair<'a>,
    response: &str,
    (old, new): (&Location<'a>, &Location<'a>),
) {
    let before = read(&comparison.old, old);
    let after = read(&comparison.new, new);
    let mut renamed = Vec::new();
    for (name, old) in &before {
        let location = format!("{response} header {name}");
        if let Some(new) = find(&after, name) {
            header_pair(comparison, pair, name, &location, (old, new));
            continue;
        }
        let rule = if old.is_set("required") {
            RESPONSE_HEADER_REMOVED
        } else {
            RESPONSE_OPTIONAL_HEADER_REMOVED
        };
        let successor = after
            .iter()
            .filter(|(other, _)| find(&before, other).is_none())
            .find(|(other, new)| equal(old.value, new.value) && !renamed.contains(other));
        let message = match successor {
            Some((other, _)) => format!("the header `{name}` was renamed to `{other}`"),
            None => format!("the header `{name}` was removed"),
        };
        renamed.extend(successor.map(|(other, _)| *other));
        comparison.trace.change(pair.node, rule, message, location, &old.pointer);
    }
    let is_new = |name: &str| find(&before, name).is_none() && !renamed.contains(&name);
    for (name, new) in after.iter().filter(|(name, _)| is_new(name)) {
        let message = format!("the header `{name}` was added");
        let location = format!("{response} header {name}");
        comparison.trace.change(pair.node, RESPONSE_HEADER_ADDED, message, location, &new.pointer);
    }
}

fn read<'a>(side: &Side<'a>, response: &Location<'a>) -> Headers<'a> {
    let Some(headers) = response.member("headers") else { return Vec::new() };
    let each = members(headers.value).map(|(name, header)| {
        let pointer = join(&headers.pointer, name);
        (name.as_str(), side.follow(Location::new(header, pointer)))
    });
    each.collect()
}

fn find<'h, 'a>(headers: &'h Headers<'a>, name: &str) -> Option<&'h Location<'a>> {
    let found = headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, header)| header)
}

fn header_pair<'a>(
    comparison: &mut Comparison<'a>,
    pair: &OperationPair<'a>,
    name: &str,
    location: &str,
    (old, new): (&Location<'a>, &Location<'a>),
) {
    let (node, direction) = (pair.node, pair.direction.flipped());
    let subject = format!("the header `{name}`");
    let mut add = |rule, message: String| {
        comparison.trace.change(node, rule, message, location, &new.pointer);
    };
    match (old.is_set("required"), new.is_set("required")) {
        (true, false) => {
            add(RESPONSE_HEADER_BECAME_OPTIONAL, format!("{subject} is now optional"));
        }
        (false, true) => {
            add(RESPONSE_HEADER_BECAME_REQUIRED, format!("{subject} is now required"));
        }
        _ => {}
    }
    match (old.member("content"), new.member("content")) {
        (Some(_), Some(_)) => {
            let owner = Owner { node, location, subject: &subject, direction };
            content::compare(comparison, &owner, (old, new));
        }
        (None, None) => {}
        _ => {
            let message = format!("{subject} changed between `schema` and `content`");
            add(RESPONSE_FORMAT_CHANGED, message);
        }
    }
    if let (Some(old), Some(new)) = (old.member("schema"), new.member("schema")) {
        let step = Step::part(location, &subject);
        comparison.schemas(node, step, (vec![old], vec![new]), direction);
    }
}
