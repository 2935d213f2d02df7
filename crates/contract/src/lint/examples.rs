//! Examples and defaults, validated against their schemas.

use jsonschema::{Draft, Registry, Validator};
use serde_json::{Value, json};

use super::{
    rules::*,
    survey::{Survey, Violation},
};
use crate::{
    document::Document,
    grammar::{Kind, Node},
    json::{elements, join, members},
    rule::Rule,
};

/// The URI of the document in the validator's registry.
const SELF: &str = "urn:document";

pub fn lint(survey: &Survey) -> Vec<Violation> {
    let mut found = Vec::new();
    let document = survey.document;
    // Examples are not validated against the schema dialect of 3.0.
    let registry = if document.is_3_0() { None } else { registry(document) };
    for node in &survey.nodes {
        let has_shape = match node.kind {
            Kind::Schema => Value::is_array,
            Kind::Parameter | Kind::Header | Kind::MediaType => Value::is_object,
            _ => continue,
        };
        let examples = node.value.get("examples");
        if !examples.is_none_or(has_shape) {
            let message = "`examples` has the wrong type for this kind of object".to_owned();
            found.push((EXAMPLES_OF_OTHER_SHAPE, join(&node.pointer, "examples"), message));
            continue;
        }
        let is_schema = node.kind == Kind::Schema;
        if !is_schema && node.value.get("example").is_some() && examples.is_some() {
            let message = "both `example` and `examples` are present".to_owned();
            found.push((EXAMPLE_TWICE, node.pointer.clone(), message));
        }
        let values = values(document, node);
        let schema =
            if is_schema { node.pointer.clone() } else { format!("{}/schema", node.pointer) };
        if values.is_empty() || document.root().pointer(&schema).is_none() {
            continue;
        }
        let validator = registry.as_ref().and_then(|registry| validator(registry, &schema));
        let Some(validator) = validator else { continue };
        for (rule, pointer, value) in values {
            if let Some(error) = validator.iter_errors(value).next() {
                let at = error.instance_path().to_string();
                let at = if at.is_empty() { at } else { format!(" at {at}") };
                let word = if std::ptr::eq(rule, DEFAULT_INVALID) { "default" } else { "example" };
                let message = format!("the {word} does not match its schema{at}: {error}");
                found.push((rule, pointer, message));
            }
        }
    }
    found
}

/// The examples and the default of a node, with their pointers and the rule that applies to each.
fn values<'a>(document: &'a Document, node: &Node<'a>) -> Vec<(&'static Rule, String, &'a Value)> {
    let mut values = Vec::new();
    let mut add = |rule, key: &str, value| {
        values.push((rule, format!("{}/{key}", node.pointer), value));
    };
    if let Some(example) = node.value.get("example") {
        add(EXAMPLE_INVALID, "example", example);
    }
    if let Some(default) = node.value.get("default").filter(|_| node.kind == Kind::Schema) {
        add(DEFAULT_INVALID, "default", default);
    }
    let examples = node.value.get("examples").unwrap_or(&Value::Null);
    for (position, example) in elements(examples).iter().enumerate() {
        add(EXAMPLE_INVALID, &format!("examples/{position}"), example);
    }
    for (name, example) in members(examples) {
        let (example, _) = document.follow(example, "");
        if let Some(value) = example.get("value") {
            add(EXAMPLE_INVALID, &join("examples", name), value);
        }
    }
    values
}

fn registry(document: &Document) -> Option<Registry<'_>> {
    Registry::new().add(SELF, document.root()).and_then(|registry| registry.prepare()).ok()
}

fn validator(registry: &Registry<'_>, schema: &str) -> Option<Validator> {
    let reference = percent_encoding::utf8_percent_encode(schema, percent_encoding::CONTROLS);
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .with_registry(registry)
        .build(&json!({ "$ref": format!("{SELF}#{reference}") }))
        .ok()
}
