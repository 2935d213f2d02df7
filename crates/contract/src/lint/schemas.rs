//! Schemas that contradict themselves, or that generators misread.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{
    rules::*,
    survey::{Survey, Violation},
};
use crate::{
    document::Document,
    grammar::{Kind, Node},
    json::{elements, members},
};

/// The formats of JSON Schema and of the OpenAPI format registry.
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

pub fn lint(survey: &Survey) -> Vec<Violation> {
    let mut found = Vec::new();
    for node in survey.of(Kind::Schema) {
        bounds(node, &mut found);
        all_of(survey.document, node, &mut found);
        required(survey, node, &mut found);
        numbers(node, &mut found);
        format(node, &mut found);
        branches(survey, node, &mut found);
        property_names(node, &mut found);
    }
    found
}

fn bounds(node: &Node, found: &mut Vec<Violation>) {
    for (lower, upper) in BOUNDS {
        let number = |key: &str| node.value[key].as_f64();
        let Some((min, max)) = number(lower).zip(number(upper)) else { continue };
        if min > max {
            let message = format!("`{lower}: {min}` is above `{upper}: {max}`");
            found.push((BOUNDS_IMPOSSIBLE, format!("{}/{lower}", node.pointer), message));
        }
    }
}

/// The types and enums of a schema and of its `allOf` branches have something in common.
fn all_of(document: &Document, node: &Node, found: &mut Vec<Violation>) {
    let branches = elements(&node.value["allOf"]);
    if branches.is_empty() {
        return;
    }
    let branches = branches.iter().map(|branch| document.follow(branch, "").0);
    let all: Vec<&Value> = branches.chain([node.value]).collect();
    let mut add = |message: &str| {
        found.push((ALL_OF_IMPOSSIBLE, format!("{}/allOf", node.pointer), message.to_owned()));
    };
    if !has_common_type(&all) {
        add("the types of `allOf` exclude each other");
    } else if !has_common_value(&all) {
        add("the enums of `allOf` have no value in common");
    }
}

fn has_common_type(schemas: &[&Value]) -> bool {
    let typed: Vec<_> =
        schemas.iter().map(|schema| types(schema)).filter(|types| !types.is_empty()).collect();
    let allows = |types: &[&str], name: &str| {
        types.contains(&name) || name == "integer" && types.contains(&"number")
    };
    let names = ["string", "integer", "number", "boolean", "object", "array", "null"];
    typed.is_empty() || names.iter().any(|name| typed.iter().all(|types| allows(types, name)))
}

fn has_common_value(schemas: &[&Value]) -> bool {
    let enums: Vec<_> = schemas.iter().filter_map(|schema| schema["enum"].as_array()).collect();
    enums.split_first().is_none_or(|(first, rest)| {
        first.iter().any(|value| rest.iter().all(|values| values.contains(value)))
    })
}

/// The names in `type`; none if there is no `type`.
fn types(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(name) => vec![name],
        names => elements(names).iter().filter_map(Value::as_str).collect(),
    }
}

fn required(survey: &Survey, node: &Node, found: &mut Vec<Violation>) {
    // A branch may require a property that its siblings or the containing schema describe.
    let is_composed = ["allOf", "oneOf", "anyOf", "$ref", "patternProperties"]
        .iter()
        .any(|keyword| node.value.get(keyword).is_some());
    let is_branch = survey.parent(node).is_some_and(|parent| parent.kind == Kind::SchemaList);
    if is_composed || is_branch || !node.value["properties"].is_object() {
        return;
    }
    let properties = members(&node.value["properties"]).map(|(name, _)| name.as_str());
    let properties: HashSet<&str> = properties.collect();
    for name in elements(&node.value["required"]).iter().filter_map(Value::as_str) {
        if !properties.contains(name) {
            let message = format!("`{name}` is required, but it is not a property");
            found.push((REQUIRED_UNKNOWN, format!("{}/required", node.pointer), message));
        }
    }
}

fn numbers(node: &Node, found: &mut Vec<Violation>) {
    let is_number = types(node.value).iter().any(|name| ["integer", "number"].contains(name));
    if !is_number || node.value.get("enum").is_some() {
        return;
    }
    let has = |keyword: &str| node.value.get(keyword).is_some();
    let mut add = |rule, message: &str| {
        found.push((rule, node.pointer.clone(), message.to_owned()));
    };
    if !has("format") {
        add(NUMBER_WITHOUT_FORMAT, "the number has no format");
    }
    if !has("minimum") && !has("exclusiveMinimum") {
        add(NUMBER_WITHOUT_MINIMUM, "the number has no minimum");
    }
}

fn format(node: &Node, found: &mut Vec<Violation>) {
    let Some(format) = node.value["format"].as_str() else { return };
    let bits = format.strip_prefix("uint");
    let rule_and_message = if bits.is_some_and(|bits| bits.bytes().all(|c| c.is_ascii_digit())) {
        (FORMAT_UNSIGNED, format!("the format `{format}` is unsigned"))
    } else if !FORMATS.contains(&format) {
        (FORMAT_UNKNOWN, format!("the format {format:?} is not registered"))
    } else {
        return;
    };
    let (rule, message) = rule_and_message;
    found.push((rule, format!("{}/format", node.pointer), message));
}

fn branches(survey: &Survey, node: &Node, found: &mut Vec<Violation>) {
    for keyword in ["oneOf", "anyOf"] {
        let Some(branches) = node.value.get(keyword).map(elements) else { continue };
        if branches.len() < 2 || !branches.iter().any(|branch| survey.nulls.only(branch)) {
            continue;
        }
        for (position, branch) in branches.iter().enumerate() {
            if branch.get("description").is_some() {
                let pointer = format!("{}/{keyword}/{position}/description", node.pointer);
                let message = format!("a description is in a branch of a nullable `{keyword}`");
                found.push((DESCRIPTION_IN_BRANCH, pointer, message));
            }
        }
    }
}

fn property_names(node: &Node, found: &mut Vec<Violation>) {
    let Some(names) = node.value.get("propertyNames") else { return };
    // All property names are strings.
    if *names != json!({"type": "string"}) {
        let message = "`propertyNames` restricts the names of the properties".to_owned();
        found.push((PROPERTY_NAMES, format!("{}/propertyNames", node.pointer), message));
    }
}
