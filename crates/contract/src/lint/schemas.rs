//! Schemas that contradict themselves, or that generators misread.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{
    kind::Kind,
    rules::*,
    survey::{Node, Survey},
};
use crate::{
    Document, Rule,
    document::{elements, members},
};

type Found = Vec<(&'static Rule, String, String)>;

/// The formats of JSON Schema and of OpenAPI's registry.
const FORMATS: &[&str] = &[
    "base64url",
    "binary",
    "byte",
    "char",
    "commonmark",
    "date",
    "date-time",
    "date-time-local",
    "decimal",
    "decimal128",
    "double",
    "double-int",
    "duration",
    "email",
    "float",
    "hostname",
    "html",
    "http-date",
    "idn-email",
    "idn-hostname",
    "int16",
    "int32",
    "int64",
    "int8",
    "ipv4",
    "ipv6",
    "iri",
    "iri-reference",
    "json-pointer",
    "media-range",
    "password",
    "regex",
    "relative-json-pointer",
    "sf-binary",
    "sf-boolean",
    "sf-decimal",
    "sf-integer",
    "sf-string",
    "sf-token",
    "time",
    "time-local",
    "uri",
    "uri-reference",
    "uri-template",
    "uuid",
];

const BOUNDS: [(&str, &str); 4] = [
    ("minimum", "maximum"),
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
];

pub(super) fn lint(survey: &mut Survey) {
    let mut found = Vec::new();
    for node in survey.of(Kind::Schema) {
        bounds(node, &mut found);
        all_of(survey.document, node, &mut found);
        required(survey, node, &mut found);
        numbers(node, &mut found);
        format(node, &mut found);
        branches(node, &mut found);
        let names = node.value.get("propertyNames");
        // A map's keys are strings: saying so says nothing.
        if names.is_some_and(|names| *names != json!({"type": "string"})) {
            found.push((
                PROPERTY_NAMES,
                format!("{}/propertyNames", node.pointer),
                "the names of a map are restricted".into(),
            ));
        }
    }
    for (rule, pointer, what) in found {
        survey.found(rule, &pointer, what);
    }
}

/// The types that a schema names; none where it names none.
fn types(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(one) => vec![one],
        list => elements(list).iter().filter_map(Value::as_str).collect(),
    }
}

fn bounds(node: &Node, found: &mut Found) {
    for (low, high) in BOUNDS {
        let number = |key: &str| node.value[key].as_f64();
        if let Some((least, most)) =
            number(low).zip(number(high)).filter(|(least, most)| least > most)
        {
            found.push((
                BOUNDS_IMPOSSIBLE,
                format!("{}/{low}", node.pointer),
                format!("{low} {least} is above {high} {most}"),
            ));
        }
    }
}

/// Types and enums of the branches and of what stands beside them have nothing in common.
fn all_of(document: &Document, node: &Node, found: &mut Found) {
    let branches = elements(&node.value["allOf"]);
    if branches.is_empty() {
        return;
    }
    let all: Vec<&Value> =
        branches.iter().map(|branch| document.follow(branch, "").0).chain([node.value]).collect();
    let integers = |types: &[&str], name: &str| {
        types.contains(&name) || name == "integer" && types.contains(&"number")
    };
    let typed: Vec<_> =
        all.iter().map(|schema| types(schema)).filter(|types| !types.is_empty()).collect();
    let names = ["string", "integer", "number", "boolean", "object", "array", "null"];
    if !typed.is_empty()
        && !names.iter().any(|name| typed.iter().all(|types| integers(types, name)))
    {
        found.push((
            ALL_OF_IMPOSSIBLE,
            format!("{}/allOf", node.pointer),
            "the types of allOf exclude each other".into(),
        ));
        return;
    }
    let listed: Vec<_> = all.iter().filter_map(|schema| schema["enum"].as_array()).collect();
    if let Some((first, rest)) = listed.split_first()
        && !first.iter().any(|value| rest.iter().all(|values| values.contains(value)))
    {
        found.push((
            ALL_OF_IMPOSSIBLE,
            format!("{}/allOf", node.pointer),
            "the enums of allOf have no value in common".into(),
        ));
    }
}

fn required(survey: &Survey, node: &Node, found: &mut Found) {
    // A branch may demand what stands in another one, and what its parent describes.
    let composed = ["allOf", "oneOf", "anyOf", "$ref", "patternProperties"]
        .iter()
        .any(|key| node.value.get(key).is_some());
    let branch = survey.parent(node).is_some_and(|parent| parent.kind == Kind::SchemaList);
    if composed || branch || !node.value["properties"].is_object() {
        return;
    }
    let known: HashSet<&String> =
        members(&node.value["properties"]).map(|(name, _)| name).collect();
    for name in elements(&node.value["required"]).iter().filter_map(Value::as_str) {
        if !known.contains(&name.to_owned()) {
            found.push((
                REQUIRED_UNKNOWN,
                format!("{}/required", node.pointer),
                format!("{name} is required and is no property"),
            ));
        }
    }
}

fn numbers(node: &Node, found: &mut Found) {
    let types = types(node.value);
    if node.value.get("enum").is_some()
        || !types.iter().any(|name| ["integer", "number"].contains(name))
    {
        return;
    }
    if node.value.get("format").is_none() {
        found.push((NUMBER_WITHOUT_FORMAT, node.pointer.clone(), "a number has no format".into()));
    }
    if node.value.get("minimum").is_none() && node.value.get("exclusiveMinimum").is_none() {
        found.push((
            NUMBER_WITHOUT_MINIMUM,
            node.pointer.clone(),
            "a number has no minimum".into(),
        ));
    }
}

fn format(node: &Node, found: &mut Found) {
    let Some(format) = node.value["format"].as_str() else { return };
    let pointer = format!("{}/format", node.pointer);
    if format.strip_prefix("uint").is_some_and(|bits| bits.bytes().all(|c| c.is_ascii_digit())) {
        found.push((FORMAT_UNSIGNED, pointer, format!("{format} is unsigned")));
    } else if !FORMATS.contains(&format) {
        found.push((FORMAT_UNKNOWN, pointer, format!("{format:?} is no known format")));
    }
}

fn branches(node: &Node, found: &mut Found) {
    for key in ["oneOf", "anyOf"] {
        let branches = elements(&node.value[key]);
        if branches.len() < 2 || !branches.iter().any(|branch| branch["type"] == "null") {
            continue;
        }
        for (n, branch) in branches.iter().enumerate() {
            if branch.get("description").is_some() {
                found.push((
                    DESCRIPTION_IN_BRANCH,
                    format!("{}/{key}/{n}/description", node.pointer),
                    "a description stands in a branch beside null".into(),
                ));
            }
        }
    }
}
