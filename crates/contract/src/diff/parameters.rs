//! The parameters of a request.

use serde_json::Value;

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
use crate::{document::Operation, json::elements, rule::Rule};

/// A parameter of an operation or of its path, after its reference is followed.
struct Parameter<'a> {
    name: &'a str,
    /// The value of `in`.
    location: &'a str,
    /// The position in the path template.
    position: Option<usize>,
    value: Location<'a>,
}

/// Compares the parameters of an operation.
pub fn compare<'a>(comparison: &mut Comparison<'a>, pair: &OperationPair<'a>) {
    let old = read(&comparison.old, &pair.old);
    let new = read(&comparison.new, &pair.new);
    let mut matched = Vec::new();
    for one in &old {
        let same = new.iter().position(|other| one.key() == other.key());
        let is_free = |n: &usize| {
            old.iter().all(|known| known.key() != new[*n].key()) && !matched.contains(n)
        };
        let renamed = || (0..new.len()).filter(is_free).find(|n| one.became(&new[*n]));
        if let Some(n) = same.or_else(renamed) {
            matched.push(n);
            parameter_pair(comparison, pair, one, &new[n]);
        } else {
            let header = if one.is_required() {
                RESPONSE_HEADER_REMOVED
            } else {
                RESPONSE_OPTIONAL_HEADER_REMOVED
            };
            let rule = pair.direction.rule(PARAMETER_REMOVED, header);
            let (message, pointer) = (format!("{} was removed", one.subject()), &one.value.pointer);
            comparison.trace.change(pair.node, rule, message, one.report_location(), pointer);
        }
    }
    for (_, one) in new.iter().enumerate().filter(|(n, _)| !matched.contains(n)) {
        let (rule, optionality) = match one.is_required() {
            true => (PARAMETER_ADDED_REQUIRED, "required"),
            false => (PARAMETER_ADDED_OPTIONAL, "optional"),
        };
        // Recipients of a callback may ignore an additional parameter.
        let rule = pair.direction.rule(rule, RESPONSE_HEADER_ADDED);
        let message =
            format!("the {optionality} {} parameter `{}` was added", one.location, one.name);
        comparison.trace.change(
            pair.node,
            rule,
            message,
            one.report_location(),
            &one.value.pointer,
        );
    }
}

/// The parameters of an operation, and those of its path that it does not replace.
fn read<'a>(side: &Side<'a>, operation: &Operation<'a>) -> Vec<Parameter<'a>> {
    let (item, item_pointer) = &operation.item;
    let template: Vec<_> = operation
        .path
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
        .collect();
    let mut found: Vec<Parameter<'a>> = Vec::new();
    for (holder, pointer) in [(operation.value, &operation.pointer), (*item, item_pointer)] {
        let Some(list) = holder.get("parameters") else { continue };
        for (n, value) in elements(list).iter().enumerate() {
            let value = side.follow(Location::new(value, format!("{pointer}/parameters/{n}")));
            let (Some(name), Some(location)) =
                (value.value["name"].as_str(), value.value["in"].as_str())
            else {
                continue;
            };
            let in_template = |known: &&str| location == "path" && *known == name;
            let position = template.iter().position(in_template);
            if found.iter().all(|known| (known.name, known.location) != (name, location)) {
                found.push(Parameter { name, location, position, value });
            }
        }
    }
    found
}

fn parameter_pair<'a>(
    comparison: &mut Comparison<'a>,
    pair: &OperationPair<'a>,
    old: &Parameter<'a>,
    new: &Parameter<'a>,
) {
    let mut add = |rule: &'static Rule, message: String| {
        comparison.trace.change(
            pair.node,
            rule,
            message,
            new.report_location(),
            &new.value.pointer,
        );
    };
    let subject = new.subject();
    if old.location != new.location {
        let (name, from, to) = (new.name, old.location, new.location);
        add(PARAMETER_MOVED, format!("the parameter `{name}` was moved from {from} to {to}"));
    } else if old.position.is_some() && old.name != new.name {
        let message = format!("{} was renamed to `{}`", old.subject(), new.name);
        add(PATH_PARAMETER_RENAMED, message);
    } else if old.key() != new.key() {
        add(PARAMETER_RENAMED, format!("{} was renamed to `{}`", old.subject(), new.name));
    }
    match (old.is_required(), new.is_required()) {
        (false, true) => add(PARAMETER_BECAME_REQUIRED, format!("{subject} is now required")),
        (true, false) => add(PARAMETER_BECAME_OPTIONAL, format!("{subject} is now optional")),
        _ => {}
    }
    if old.location == new.location && old.style_beside(new) != new.style_beside(old) {
        let (from, to) = (old.style_in_words(), new.style_in_words());
        let message = format!("the style of {subject} changed from {from} to {to}");
        add(PARAMETER_STYLE_CHANGED, message);
    }
    match (old.value.is_set("deprecated"), new.value.is_set("deprecated")) {
        (false, true) => add(PARAMETER_DEPRECATED, format!("{subject} is now deprecated")),
        (true, false) => add(PARAMETER_UNDEPRECATED, format!("{subject} is no longer deprecated")),
        _ => {}
    }
    match (old.value.member("schema"), new.value.member("schema")) {
        (Some(before), Some(after)) => {
            let step = Step::part(&new.report_location(), &format!("the parameter `{}`", new.name));
            comparison.schemas(pair.node, step, (vec![before], vec![after]), pair.direction);
        }
        (None, None) => {
            let owner = Owner {
                node: pair.node,
                location: &new.report_location(),
                subject: &format!("the parameter `{}`", new.name),
                direction: pair.direction,
            };
            content::compare(comparison, &owner, (&old.value, &new.value));
        }
        _ => {
            let message = format!("{subject} changed between `schema` and `content`");
            add(PARAMETER_STYLE_CHANGED, message);
        }
    }
}

impl<'a> Parameter<'a> {
    /// Equal for parameters that are the same in a request.
    fn key(&self) -> (&'a str, String) {
        match self.position {
            Some(position) => (self.location, position.to_string()),
            None if self.location == "header" => (self.location, self.name.to_lowercase()),
            None => (self.location, self.name.to_owned()),
        }
    }

    /// Whether another parameter is probably this one under another name, or in another location.
    fn became(&self, other: &Self) -> bool {
        equal(self.field("schema"), other.field("schema"))
            && self.is_required() == other.is_required()
            && (self.name == other.name
                || self.location == other.location
                    && self.field("description") == other.field("description"))
    }

    fn field(&self, key: &str) -> &'a Value {
        &self.value.value[key]
    }

    fn is_required(&self) -> bool {
        self.location == "path" || self.value.is_set("required")
    }

    fn subject(&self) -> String {
        format!("the {} parameter `{}`", self.location, self.name)
    }

    fn report_location(&self) -> String {
        format!("parameter {} ({})", self.name, self.location)
    }

    /// Whether the value is a single one, which has the same form with and without `explode`.
    fn is_single(&self) -> bool {
        let types = ["string", "integer", "number", "boolean"];
        types.contains(&self.field("schema")["type"].as_str().unwrap_or_default())
    }

    /// `style`, `explode` and `allowReserved`, with their defaults.
    fn style(&self) -> (&'a str, bool, bool) {
        let default = if matches!(self.location, "query" | "cookie") { "form" } else { "simple" };
        let style = self.field("style").as_str().unwrap_or(default);
        let explode = self.field("explode").as_bool().unwrap_or(style == "form");
        (style, explode, self.value.is_set("allowReserved"))
    }

    /// The style, without `explode` if it makes no difference for this or the other parameter.
    fn style_beside(&self, other: &Self) -> (&'a str, bool, bool) {
        let (style, explode, reserved) = self.style();
        (style, explode && !self.is_single() && !other.is_single(), reserved)
    }

    fn style_in_words(&self) -> String {
        let (style, explode, _) = self.style();
        format!("`{style}`{}", if explode { ", exploded" } else { "" })
    }
}
