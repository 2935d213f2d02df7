//! One pair of schemas.

use serde_json::{Value, json};

use super::{
    Comparison, Direction, Pair, Rule,
    alternatives::{self, Taken},
    properties,
    rules::*,
    same::same_behind,
    shape::{ANYTHING, Additional, Place, Shape},
    trace::Step,
};
use crate::document::members;

/// A pair as its parts see it.
pub(super) struct Both<'s, 'a> {
    pub(super) node: usize,
    pub(super) old: &'s Shape<'a>,
    pub(super) new: &'s Shape<'a>,
    pub(super) direction: Direction,
    pub(super) subject: &'s str,
}

/// Keywords that only a person can compare.
const OTHERS: [&str; 19] = [
    "contains",
    "minContains",
    "maxContains",
    "not",
    "if",
    "then",
    "else",
    "dependentSchemas",
    "dependentRequired",
    "dependencies",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "$dynamicRef",
    "$recursiveRef",
    "xml",
];

/// Compares a pair, and puts the pairs within it on the list.
pub(super) fn compare<'a>(comparison: &mut Comparison<'a>, pair: Pair<'a>) {
    let mut old = Shape::of(&pair.old, &comparison.old, pair.direction);
    let mut new = Shape::of(&pair.new, &comparison.new, pair.direction);
    old.read_like(&new);
    new.read_like(&old);
    if !pair.branch {
        null(comparison, &pair.both(&old, &new));
    }
    match alternatives::compare(comparison, &pair.both(&old, &new), &pair.old, &pair.new) {
        Some(Taken::Old(branch, all)) => {
            let taken = (branch, all.as_str());
            old = Shape::with_alternative(&pair.old, taken, &comparison.old, pair.direction);
        }
        Some(Taken::New(branch, all)) => {
            let taken = (branch, all.as_str());
            new = Shape::with_alternative(&pair.new, taken, &comparison.new, pair.direction);
        }
        None => {}
    }
    let both = pair.both(&old, &new);
    if types(comparison, &both) {
        // Of a value of another kind, all else is another, too.
        return;
    }
    format(comparison, &both);
    values(comparison, &both);
    limits(comparison, &both);
    pattern(comparison, &both);
    default(comparison, &both);
    properties::compare(comparison, &both);
    additional(comparison, &both);
    items(comparison, &both);
    others(comparison, &both);
}

impl<'a> Pair<'a> {
    fn both<'s>(&'s self, old: &'s Shape<'a>, new: &'s Shape<'a>) -> Both<'s, 'a> {
        let Self { node, direction, subject, .. } = self;
        Both { node: *node, old, new, direction: *direction, subject }
    }
}

impl<'a> Both<'_, 'a> {
    /// Tells of a change of a keyword: where the newer one says it, or else the older one.
    pub(super) fn change(
        &self,
        comparison: &mut Comparison<'a>,
        rule: &'static Rule,
        keyword: &str,
        what: String,
    ) {
        let there = self.new.keyword(keyword).or_else(|| self.old.keyword(keyword));
        let pointer = there.map_or_else(|| self.new.pointer().to_owned(), |(_, pointer)| pointer);
        comparison.trace.change(self.node, rule, what, "", pointer);
    }
}

fn null<'a>(comparison: &mut Comparison<'a>, both: &Both<'_, 'a>) {
    let subject = both.subject;
    match (both.old.null, both.new.null) {
        (false, true) => {
            let rule = both.direction.rule(REQUEST_NULL_ALLOWED, RESPONSE_NULL_ALLOWED);
            both.change(comparison, rule, "type", format!("{subject} may be null now"));
        }
        (true, false) => {
            let rule = both.direction.rule(REQUEST_NULL_REFUSED, RESPONSE_NULL_REFUSED);
            both.change(comparison, rule, "type", format!("{subject} may not be null any more"));
        }
        _ => {}
    }
}

/// Says whether the new type has nothing in common with the old one.
fn types<'a>(comparison: &mut Comparison<'a>, both: &Both<'_, 'a>) -> bool {
    let (old, new) = (both.old.types, both.new.types);
    if old == new {
        return false;
    }
    let rule = if old.within(new) {
        both.direction.rule(REQUEST_TYPE_WIDENED, RESPONSE_TYPE_WIDENED)
    } else if new.within(old) {
        both.direction.rule(REQUEST_TYPE_NARROWED, RESPONSE_TYPE_NARROWED)
    } else {
        both.direction.rule(REQUEST_TYPE_CHANGED, RESPONSE_TYPE_CHANGED)
    };
    let (was, is) = (old.in_words(), new.in_words());
    both.change(
        comparison,
        rule,
        "type",
        format!("the type of {} was {was} and is {is}", both.subject),
    );
    !old.within(new) && !new.within(old)
}

fn format<'a>(comparison: &mut Comparison<'a>, both: &Both<'_, 'a>) {
    let of = |shape: &Shape<'a>| shape.keyword("format").and_then(|(value, _)| value.as_str());
    let (old, new) = (of(both.old), of(both.new));
    if old == new {
        return;
    }
    let rule = if is_within(old, new) {
        both.direction.rule(REQUEST_FORMAT_WIDENED, RESPONSE_FORMAT_WIDENED)
    } else if is_within(new, old) {
        both.direction.rule(REQUEST_FORMAT_NARROWED, RESPONSE_FORMAT_NARROWED)
    } else {
        both.direction.rule(REQUEST_FORMAT_CHANGED, RESPONSE_FORMAT_CHANGED)
    };
    let words = |format: Option<&str>| format.map_or("none".to_owned(), |name| format!("`{name}`"));
    let what = format!("the format of {} was {} and is {}", both.subject, words(old), words(new));
    both.change(comparison, rule, "format", what);
}

/// Whether all values of the first format are of the second one, too.
fn is_within(one: Option<&str>, other: Option<&str>) -> bool {
    match (one, other) {
        (_, None) => true,
        (Some(one), Some(other)) => [
            ("int8", "int16"),
            ("int8", "int32"),
            ("int16", "int32"),
            ("int8", "int64"),
            ("int16", "int64"),
            ("int32", "int64"),
            ("uint32", "int64"),
            ("float", "double"),
            ("uri", "uri-reference"),
        ]
        .contains(&(one, other)),
        (None, Some(_)) => false,
    }
}

fn values<'a>(comparison: &mut Comparison<'a>, both: &Both<'_, 'a>) {
    let keyword =
        |shape: &Shape<'a>| if shape.keyword("const").is_some() { "const" } else { "enum" };
    let subject = both.subject;
    match (&both.old.values, &both.new.values) {
        (None, None) => {}
        (None, Some(new)) => {
            let rule = both.direction.rule(REQUEST_ENUM_INTRODUCED, RESPONSE_ENUM_INTRODUCED);
            let words: Vec<_> = new.iter().take(8).map(|value| format!("`{value}`")).collect();
            let more = if new.len() > words.len() { ", …" } else { "" };
            let what = format!("{subject} is one of a list now: {}{more}", words.join(", "));
            both.change(comparison, rule, keyword(both.new), what);
        }
        (Some(_), None) => {
            let rule = both.direction.rule(REQUEST_ENUM_DROPPED, RESPONSE_ENUM_DROPPED);
            let what = format!("{subject} is no longer one of a list of values");
            both.change(comparison, rule, "enum", what);
        }
        (Some(old), Some(new)) => {
            let added = direction_of(both, REQUEST_ENUM_VALUE_ADDED, RESPONSE_ENUM_VALUE_ADDED);
            for value in new.iter().filter(|value| !old.contains(value)) {
                let what = format!("{subject} has a new value: {value}");
                both.change(comparison, added, keyword(both.new), what);
            }
            let removed =
                direction_of(both, REQUEST_ENUM_VALUE_REMOVED, RESPONSE_ENUM_VALUE_REMOVED);
            for value in old.iter().filter(|value| !new.contains(value)) {
                let what = format!("{subject} no longer has the value {value}");
                both.change(comparison, removed, keyword(both.new), what);
            }
            enum_names(comparison, both);
        }
    }
}

fn direction_of(
    both: &Both<'_, '_>,
    sent: &'static Rule,
    answered: &'static Rule,
) -> &'static Rule {
    both.direction.rule(sent, answered)
}

/// The constants' names: compared value by value, since values may have come or gone.
fn enum_names<'a>(comparison: &mut Comparison<'a>, both: &Both<'_, 'a>) {
    const KEYWORD: &str = "x-enum-varnames";
    let names = |shape: &Shape<'a>| -> Vec<(&'a Value, &'a Value)> {
        let of = |keyword: &str| {
            shape.keyword(keyword).and_then(|(list, _)| list.as_array()).map(Vec::as_slice)
        };
        let values = of("enum").unwrap_or_default();
        values.iter().zip(of(KEYWORD).unwrap_or(values)).collect()
    };
    let (old, new) = (names(both.old), names(both.new));
    for (value, name) in &old {
        if let Some((_, now)) = new.iter().find(|(known, now)| known == value && now != name) {
            let what =
                format!("the constant for {value} of {} was {name} and is {now}", both.subject);
            both.change(comparison, ENUM_NAMES_CHANGED, KEYWORD, what);
        }
    }
}

fn limits<'a>(comparison: &mut Comparison<'a>, both: &Both<'_, 'a>) {
    for moved in both.old.limits.moved_to(&both.new.limits) {
        let breaks = match both.direction {
            Direction::Sent => moved.tighter,
            Direction::Answered => moved.looser,
        };
        let rule = match (both.direction, breaks) {
            (Direction::Sent, true) => REQUEST_BOUND_TIGHTENED,
            (Direction::Sent, false) => REQUEST_BOUND_LOOSENED,
            (Direction::Answered, true) => RESPONSE_BOUND_LOOSENED,
            (Direction::Answered, false) => RESPONSE_BOUND_TIGHTENED,
        };
        let what = format!("{}: {}", both.subject, moved.words);
        both.change(comparison, rule, moved.keyword, what);
    }
}

fn pattern<'a>(comparison: &mut Comparison<'a>, both: &Both<'_, 'a>) {
    let subject = both.subject;
    let (old, new) = (both.old.keywords("pattern"), both.new.keywords("pattern"));
    let in_words = |patterns: &[&Value], others: &[&Value]| {
        let own = patterns.iter().filter(|pattern| !others.contains(pattern));
        own.map(ToString::to_string).collect::<Vec<_>>().join(" and ")
    };
    let (gone, came) = (in_words(&old, &new), in_words(&new, &old));
    let (rule, what) = match (gone.as_str(), came.as_str()) {
        ("", "") => return,
        ("", new) => (
            both.direction.rule(REQUEST_PATTERN_ADDED, RESPONSE_PATTERN_ADDED),
            format!("{subject} has to match {new} now"),
        ),
        (old, "") => (
            both.direction.rule(REQUEST_PATTERN_REMOVED, RESPONSE_PATTERN_REMOVED),
            format!("{subject} does not have to match {old} any more"),
        ),
        (old, new) => (
            both.direction.rule(REQUEST_PATTERN_CHANGED, RESPONSE_PATTERN_CHANGED),
            format!("{subject} had to match {old} and has to match {new}"),
        ),
    };
    both.change(comparison, rule, "pattern", what);
}

fn default<'a>(comparison: &mut Comparison<'a>, both: &Both<'_, 'a>) {
    let of = |shape: &Shape<'a>| shape.keyword("default").map(|(value, _)| value);
    let subject = both.subject;
    let (sent, what) = match (of(both.old), of(both.new)) {
        (None, Some(new)) => (REQUEST_DEFAULT_ADDED, format!("{subject} has a default now: {new}")),
        (Some(old), None) => {
            (REQUEST_DEFAULT_REMOVED, format!("{subject} no longer has the default {old}"))
        }
        (Some(old), Some(new)) if old != new => {
            (REQUEST_DEFAULT_CHANGED, format!("the default of {subject} was {old} and is {new}"))
        }
        _ => return,
    };
    both.change(comparison, both.direction.rule(sent, RESPONSE_DEFAULT_CHANGED), "default", what);
}

fn additional<'a>(comparison: &mut Comparison<'a>, both: &Both<'_, 'a>) {
    use Additional::{Any, Nothing, Schemas};
    let narrower = match (&both.old.additional, &both.new.additional) {
        (Any, Any) | (Nothing, Nothing) => return,
        (Schemas(old), Any) => {
            // The values of a map, or what is left of them: their type changes for everybody who takes them out.
            let pointer = both.new.at("additionalProperties");
            let pair = (old.clone(), vec![Place { value: &ANYTHING, pointer }]);
            return comparison.schemas(both.node, Step::Values, pair, both.direction);
        }
        (Schemas(old), Schemas(new)) => {
            let pair = (old.clone(), new.clone());
            return comparison.schemas(both.node, Step::Values, pair, both.direction);
        }
        (Any, _) | (Schemas(_), Nothing) => true,
        (Nothing, _) => false,
    };
    let words = |additional: &Additional<'_>| match additional {
        Any => "anything",
        Schemas(_) => "of a schema",
        Nothing => "refused",
    };
    let rule = if narrower {
        both.direction
            .rule(REQUEST_ADDITIONAL_PROPERTIES_NARROWED, RESPONSE_ADDITIONAL_PROPERTIES_NARROWED)
    } else {
        both.direction
            .rule(REQUEST_ADDITIONAL_PROPERTIES_WIDENED, RESPONSE_ADDITIONAL_PROPERTIES_WIDENED)
    };
    let (was, is) = (words(&both.old.additional), words(&both.new.additional));
    let what = format!("further properties of {} were {was} and are {is}", both.subject);
    both.change(comparison, rule, "additionalProperties", what);
}

fn items<'a>(comparison: &mut Comparison<'a>, both: &Both<'_, 'a>) {
    let or_anything = |shape: &Shape<'a>| match shape.items.as_slice() {
        [] => vec![Place { value: &ANYTHING, pointer: shape.pointer().to_owned() }],
        items => items.to_vec(),
    };
    if both.old.items.is_empty() && both.new.items.is_empty() {
        return;
    }
    let pair = (or_anything(both.old), or_anything(both.new));
    comparison.schemas(both.node, Step::Items, pair, both.direction);
}

fn others<'a>(comparison: &mut Comparison<'a>, both: &Both<'_, 'a>) {
    let rule = both.direction.rule(REQUEST_KEYWORD_CHANGED, RESPONSE_KEYWORD_CHANGED);
    for keyword in OTHERS {
        let of = |shape: &Shape<'a>| {
            let value = shape.keyword(keyword).map(|(value, _)| value);
            // The names of properties are strings in any case.
            value.filter(|value| match keyword {
                "propertyNames" => **value != json!({"type": "string"}),
                // It is read as `additionalProperties` is.
                "unevaluatedProperties" => !value.is_boolean(),
                _ => true,
            })
        };
        let (old, new) = (of(both.old), of(both.new));
        let alike = match (old, new) {
            (Some(old), Some(new)) => {
                same_behind((comparison.old.document, old), (comparison.new.document, new))
            }
            (old, new) => old.is_none() && new.is_none(),
        };
        if alike {
            continue;
        }
        // All but these take values away and add none.
        let only_restricts = !["contentEncoding", "contentMediaType", "contentSchema", "xml"]
            .contains(&keyword)
            && !["minContains", "then", "else"].contains(&keyword);
        let subject = both.subject;
        let (rule, what) = match (old, new) {
            (None, Some(_)) if only_restricts => (
                both.direction.rule(REQUEST_KEYWORD_ADDED, RESPONSE_KEYWORD_ADDED),
                format!("{subject} has to follow `{keyword}` now"),
            ),
            (Some(_), None) if only_restricts => (
                both.direction.rule(REQUEST_KEYWORD_REMOVED, RESPONSE_KEYWORD_REMOVED),
                format!("{subject} does not have to follow `{keyword}` any more"),
            ),
            _ => (rule, format!("`{keyword}` of {subject} is another one")),
        };
        both.change(comparison, rule, keyword, what);
    }
    lists(comparison, both, rule);
    unresolved(comparison, both, rule);
}

/// The keywords that hold several schemas: by name, or by number.
fn lists<'a>(comparison: &mut Comparison<'a>, both: &Both<'_, 'a>, rule: &'static Rule) {
    for keyword in ["patternProperties", "prefixItems"] {
        let of = |shape: &Shape<'a>| -> Vec<(String, Place<'a>)> {
            let Some((value, pointer)) = shape.keyword(keyword) else { return Vec::new() };
            let place = |name: String, value: &'a Value| {
                let pointer = format!("{pointer}/{}", crate::document::escape(&name));
                (name, Place { value, pointer })
            };
            let listed = crate::document::elements(value).iter().enumerate();
            let named = members(value).map(|(name, value)| place(name.clone(), value));
            named.chain(listed.map(|(n, value)| place(n.to_string(), value))).collect()
        };
        let (old, new) = (of(both.old), of(both.new));
        if old.len() != new.len() || old.iter().any(|(a, _)| new.iter().all(|(b, _)| a != b)) {
            let what = format!("`{keyword}` of {} is another one", both.subject);
            both.change(comparison, rule, keyword, what);
        }
        let step = if keyword == "prefixItems" { Step::Items } else { Step::Values };
        for (name, place) in old {
            if let Some((_, other)) = new.iter().find(|(known, _)| *known == name) {
                let pair = (vec![place], vec![other.clone()]);
                comparison.schemas(both.node, step.clone(), pair, both.direction);
            }
        }
    }
}

/// References that lead nowhere, or out of the document.
fn unresolved<'a>(comparison: &mut Comparison<'a>, both: &Both<'_, 'a>, rule: &'static Rule) {
    let of = |shape: &Shape<'a>, document: &crate::Document| {
        let references = shape.parts.iter().filter_map(|part| part.value.get("$ref")?.as_str());
        references.filter(|r| document.target(r).is_none()).map(str::to_owned).collect::<Vec<_>>()
    };
    let old = of(both.old, comparison.old.document);
    let new = of(both.new, comparison.new.document);
    if old != new {
        let words =
            |names: &[String]| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        let (was, is) = (words(&old), words(&new));
        let what = format!(
            "the references of {} that lead out of the document were {was} and are {is}",
            both.subject
        );
        both.change(comparison, rule, "$ref", what);
    }
}
