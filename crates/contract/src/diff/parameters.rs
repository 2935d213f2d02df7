//! The parameters of a request.

use serde_json::Value;

use super::{
    Comparison, Rule, Side,
    operations::{Pair, is_deprecated},
    requests,
    rules::*,
    same::same,
    shape::Place,
    trace::Step,
};
use crate::{Operation, document::elements};

/// A parameter with the reference to it followed.
struct Parameter<'a> {
    name: &'a str,
    location: &'a str,
    /// Its number among the braces of the path, where it stands there.
    position: Option<usize>,
    value: &'a Value,
    pointer: String,
}

/// Compares the parameters of a pair of operations.
pub(super) fn compare<'a>(comparison: &mut Comparison<'a>, pair: &Pair<'a>) {
    let old = parameters(&comparison.old, &pair.old);
    let new = parameters(&comparison.new, &pair.new);
    let mut taken = Vec::new();
    for one in &old {
        let partner = new.iter().position(|other| one.key() == other.key());
        let free = |n: &usize| old.iter().all(|known| known.key() != new[*n].key());
        let partner = partner.or_else(|| {
            let renamed = (0..new.len()).filter(free).find(|n| one.became(&new[*n]));
            renamed.filter(|n| !taken.contains(n))
        });
        match partner {
            Some(n) => {
                taken.push(n);
                both(comparison, pair, one, &new[n]);
            }
            None => {
                let what = format!("{} is gone", one.in_words());
                let place = format!("parameter {} ({})", one.name, one.location);
                let header = if one.is_required() {
                    RESPONSE_HEADER_REMOVED
                } else {
                    RESPONSE_OPTIONAL_HEADER_REMOVED
                };
                let rule = pair.direction.rule(PARAMETER_REMOVED, header);
                comparison.trace.change(pair.node, rule, what, place, &one.pointer);
            }
        }
    }
    for (_, one) in new.iter().enumerate().filter(|(n, _)| !taken.contains(n)) {
        let (rule, demand) = match one.is_required() {
            true => (PARAMETER_ADDED_REQUIRED, "required"),
            false => (PARAMETER_ADDED_OPTIONAL, "optional"),
        };
        // What the server sends more, in a callback, nobody has to know.
        let rule = pair.direction.rule(rule, RESPONSE_HEADER_ADDED);
        let what = format!("{} is new and {demand}", one.in_words());
        comparison.trace.change(pair.node, rule, what, one.place(), &one.pointer);
    }
}

impl<'a> Parameter<'a> {
    /// What it is looked up by.
    fn key(&self) -> (&'a str, String) {
        match self.position {
            Some(position) => (self.location, position.to_string()),
            None if self.location == "header" => (self.location, self.name.to_lowercase()),
            None => (self.location, self.name.to_owned()),
        }
    }

    /// Whether the other one is likely to be this one under another name, or in another place.
    fn became(&self, other: &Self) -> bool {
        let schema = |parameter: &Self| &parameter.value["schema"];
        same(schema(self), schema(other))
            && self.is_required() == other.is_required()
            && (self.name == other.name
                || self.location == other.location
                    && self.value["description"] == other.value["description"])
    }

    fn is_required(&self) -> bool {
        self.location == "path" || self.value["required"] == Value::Bool(true)
    }

    fn in_words(&self) -> String {
        format!("the {} parameter `{}`", self.location, self.name)
    }

    fn place(&self) -> String {
        format!("parameter {} ({})", self.name, self.location)
    }

    /// Whether it is a single value, which is written in the same way exploded or not.
    fn is_single(&self) -> bool {
        let types = ["string", "integer", "number", "boolean"];
        types.contains(&self.value["schema"]["type"].as_str().unwrap_or_default())
    }

    /// How its value is written into the request, with the defaults filled in.
    fn style(&self) -> (&'a str, bool, bool) {
        let by_default =
            if matches!(self.location, "query" | "cookie") { "form" } else { "simple" };
        let style = self.value["style"].as_str().unwrap_or(by_default);
        let explode = self.value["explode"].as_bool().unwrap_or(style == "form");
        (style, explode, self.value["allowReserved"] == Value::Bool(true))
    }
}

fn both<'a>(
    comparison: &mut Comparison<'a>,
    pair: &Pair<'a>,
    old: &Parameter<'a>,
    new: &Parameter<'a>,
) {
    let mut tell = |rule: &'static Rule, what: String| {
        comparison.trace.change(pair.node, rule, what, new.place(), &new.pointer);
    };
    let words = new.in_words();
    if old.location != new.location {
        tell(PARAMETER_MOVED, format!("{} is {words} now", old.in_words()));
    } else if old.position.is_some() && old.name != new.name {
        tell(PATH_PARAMETER_RENAMED, format!("{} is called `{}` now", old.in_words(), new.name));
    } else if old.key() != new.key() {
        tell(PARAMETER_RENAMED, format!("{} is called `{}` now", old.in_words(), new.name));
    }
    match (old.is_required(), new.is_required()) {
        (false, true) => tell(PARAMETER_BECAME_REQUIRED, format!("{words} is required now")),
        (true, false) => tell(PARAMETER_BECAME_OPTIONAL, format!("{words} may be left out now")),
        _ => {}
    }
    let single = old.is_single() || new.is_single();
    let style = |parameter: &Parameter<'a>| {
        let (style, explode, reserved) = parameter.style();
        (style, explode && !single, reserved)
    };
    if old.location == new.location && style(old) != style(new) {
        let how = |(style, explode, _): (&str, bool, bool)| {
            format!("`{style}`{}", if explode { ", exploded" } else { "" })
        };
        let (was, is) = (how(old.style()), how(new.style()));
        tell(
            PARAMETER_STYLE_CHANGED,
            format!("{words} was written as {was} and is written as {is}"),
        );
    }
    match (is_deprecated(old.value), is_deprecated(new.value)) {
        (false, true) => tell(PARAMETER_DEPRECATED, format!("{words} is deprecated now")),
        (true, false) => tell(PARAMETER_UNDEPRECATED, format!("{words} is no longer deprecated")),
        _ => {}
    }
    let subject = format!("the parameter `{}`", new.name);
    let place = |parameter: &Parameter<'a>| -> Option<Vec<Place<'a>>> {
        let pointer = format!("{}/schema", parameter.pointer);
        parameter.value.get("schema").map(|value| vec![Place { value, pointer }])
    };
    match (place(old), place(new)) {
        (Some(before), Some(after)) => {
            let step = Step::part(&new.place(), &subject);
            comparison.schemas(pair.node, step, (before, after), pair.direction);
        }
        (None, None) => {
            let of = |parameter: &Parameter<'a>| (&parameter.value["content"], format!("{}/content", parameter.pointer));
            requests::contents(comparison, pair, (of(old), of(new)), &new.place(), &subject, pair.direction);
        }
        _ => comparison.trace.change(
            pair.node,
            PARAMETER_STYLE_CHANGED,
            format!("{words} is written by `content` in one of the documents and by `schema` in the other"),
            new.place(),
            &new.pointer,
        ),
    }
}

/// The parameters of an operation, and those of its path that it does not replace.
fn parameters<'a>(side: &Side<'a>, operation: &Operation<'a>) -> Vec<Parameter<'a>> {
    let (item, item_pointer) = &operation.item;
    let lists = [(operation.value, &operation.pointer), (*item, item_pointer)];
    let braces: Vec<_> = operation
        .path
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
        .collect();
    let mut found: Vec<Parameter<'a>> = Vec::new();
    for (holder, pointer) in lists {
        let Some(list) = holder.get("parameters") else { continue };
        for (n, value) in elements(list).iter().enumerate() {
            let (value, pointer) =
                side.document.follow(value, &format!("{pointer}/parameters/{n}"));
            let (Some(name), Some(location)) = (value["name"].as_str(), value["in"].as_str())
            else {
                continue;
            };
            let position = braces.iter().position(|brace| location == "path" && *brace == name);
            if found.iter().all(|known| (known.name, known.location) != (name, location)) {
                found.push(Parameter { name, location, position, value, pointer });
            }
        }
    }
    found
}
