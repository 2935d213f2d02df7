//! Keywords that cannot be compared by their meaning, and keywords with several schemas.

use serde_json::{Value, json};

use super::pair::ShapePair;
use crate::{
    diff::{
        comparison::Comparison, equality::equal_with_targets, location::Location, rules::*,
        shape::Shape, trace::Step,
    },
    document::Document,
    json::{elements, join, members},
    rule::Rule,
};

/// Keywords that only restrict: adding one cannot make a value valid.
const RESTRICTING: [&str; 12] = [
    "contains",
    "maxContains",
    "not",
    "if",
    "dependentSchemas",
    "dependentRequired",
    "dependencies",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
    "$dynamicRef",
    "$recursiveRef",
];

/// Other keywords that are compared by their text.
const OTHER: [&str; 7] =
    ["minContains", "then", "else", "contentEncoding", "contentMediaType", "contentSchema", "xml"];

/// Compares the keywords that are not compared by their meaning.
pub fn compare<'a>(comparison: &mut Comparison<'a>, pair: &ShapePair<'_, 'a>) {
    for keyword in RESTRICTING {
        text(comparison, pair, keyword, true);
    }
    for keyword in OTHER {
        text(comparison, pair, keyword, false);
    }
    let changed = pair.rule(REQUEST_KEYWORD_CHANGED, RESPONSE_KEYWORD_CHANGED);
    lists(comparison, pair, changed);
    unresolved(comparison, pair, changed);
}

fn text<'a>(
    comparison: &mut Comparison<'a>,
    pair: &ShapePair<'_, 'a>,
    keyword: &str,
    restricts: bool,
) {
    let (old, new) = (restricting(pair.old, keyword), restricting(pair.new, keyword));
    let is_equal = match (old, new) {
        (Some(old), Some(new)) => {
            let (old_document, new_document) = (comparison.old.document, comparison.new.document);
            equal_with_targets((old_document, old), (new_document, new))
        }
        (old, new) => old.is_none() && new.is_none(),
    };
    if is_equal {
        return;
    }
    let subject = pair.subject;
    let (rule, message) = match (old, new) {
        (None, Some(_)) if restricts => (
            pair.rule(REQUEST_KEYWORD_ADDED, RESPONSE_KEYWORD_ADDED),
            format!("the restriction `{keyword}` of {subject} was added"),
        ),
        (Some(_), None) if restricts => (
            pair.rule(REQUEST_KEYWORD_REMOVED, RESPONSE_KEYWORD_REMOVED),
            format!("the restriction `{keyword}` of {subject} was removed"),
        ),
        _ => (
            pair.rule(REQUEST_KEYWORD_CHANGED, RESPONSE_KEYWORD_CHANGED),
            format!("`{keyword}` of {subject} changed"),
        ),
    };
    pair.change(comparison, rule, keyword, message);
}

/// The value of a keyword, if it restricts anything that is not compared elsewhere.
fn restricting<'a>(shape: &Shape<'a>, keyword: &str) -> Option<&'a Value> {
    let value = shape.keyword(keyword)?.value;
    let restricts = match keyword {
        // The names of properties are strings.
        "propertyNames" => *value != json!({"type": "string"}),
        // A boolean is compared as `additionalProperties`.
        "unevaluatedProperties" => !value.is_boolean(),
        _ => true,
    };
    restricts.then_some(value)
}

/// Compares the keywords that contain several schemas, by name or by position.
fn lists<'a>(comparison: &mut Comparison<'a>, pair: &ShapePair<'_, 'a>, rule: &'static Rule) {
    for (keyword, step) in
        [("patternProperties", Step::AdditionalProperties), ("prefixItems", Step::Items)]
    {
        let (old, new) = (schemas(pair.old, keyword), schemas(pair.new, keyword));
        if old.len() != new.len() || old.iter().any(|(a, _)| new.iter().all(|(b, _)| a != b)) {
            let message = format!("`{keyword}` of {} changed", pair.subject);
            pair.change(comparison, rule, keyword, message);
        }
        for (key, schema) in old {
            if let Some((_, other)) = new.iter().find(|(known, _)| *known == key) {
                let schemas = (vec![schema], vec![other.clone()]);
                comparison.schemas(pair.node, step.clone(), schemas, pair.direction);
            }
        }
    }
}

fn schemas<'a>(shape: &Shape<'a>, keyword: &str) -> Vec<(String, Location<'a>)> {
    let Some(Location { value, pointer }) = shape.keyword(keyword) else { return Vec::new() };
    let location = |key: String, schema: &'a Value| {
        let pointer = join(&pointer, &key);
        (key, Location::new(schema, pointer))
    };
    let by_name = members(value).map(|(name, schema)| location(name.clone(), schema));
    let by_position = elements(value).iter().enumerate();
    by_name.chain(by_position.map(|(n, schema)| location(n.to_string(), schema))).collect()
}

/// Compares the references without a target in the document.
fn unresolved<'a>(comparison: &mut Comparison<'a>, pair: &ShapePair<'_, 'a>, rule: &'static Rule) {
    let of = |shape: &Shape<'a>, document: &Document| {
        let references = shape.parts.iter().filter_map(|part| part.value.get("$ref")?.as_str());
        let unresolved = references.filter(|reference| document.target(reference).is_none());
        unresolved.map(str::to_owned).collect::<Vec<_>>()
    };
    let old = of(pair.old, comparison.old.document);
    let new = of(pair.new, comparison.new.document);
    if old != new {
        let words =
            |names: &[String]| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        let message = format!(
            "the references of {} out of the document changed from {} to {}",
            pair.subject,
            words(&old),
            words(&new)
        );
        pair.change(comparison, rule, "$ref", message);
    }
}
