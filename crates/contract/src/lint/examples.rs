//! Examples and defaults, held to the schemas that they stand beside.

use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

use super::{kind::Kind, rules::*, survey::Survey};
use crate::{
    Rule,
    document::{elements, escape, members},
};

/// The name under which the document refers to itself.
const SELF: &str = "urn:document";

pub(super) fn lint(survey: &mut Survey) {
    let mut found: Vec<(&'static Rule, String, String)> = Vec::new();
    let document = survey.document;
    // 3.0 has a dialect of its own; what its copies mean is looked at in 3.1.
    let checks = !document.is_3_0();
    let registry = checks
        .then(|| {
            jsonschema::Registry::new()
                .add(SELF, document.root())
                .and_then(|registry| registry.prepare())
                .ok()
        })
        .flatten();
    let validator = |pointer: &str| -> Option<Validator> {
        let reference =
            percent_encoding::utf8_percent_encode(pointer, percent_encoding::CONTROLS).to_string();
        let schema = json!({ "$ref": format!("{SELF}#{reference}") });
        jsonschema::options()
            .with_draft(Draft::Draft202012)
            .with_registry(registry.as_ref()?)
            .build(&schema)
            .ok()
    };
    for node in &survey.nodes {
        let (pointer, value) = (&node.pointer, node.value);
        let shaped = match node.kind {
            Kind::Schema => value.get("examples").is_none_or(Value::is_array),
            Kind::Parameter | Kind::Header | Kind::MediaType => {
                value.get("examples").is_none_or(Value::is_object)
            }
            _ => continue,
        };
        if !shaped {
            found.push((
                EXAMPLES_OF_OTHER_SHAPE,
                format!("{pointer}/examples"),
                "the examples have the shape of another place".into(),
            ));
            continue;
        }
        if node.kind != Kind::Schema
            && value.get("example").is_some()
            && value.get("examples").is_some()
        {
            found.push((EXAMPLE_TWICE, pointer.clone(), "there are example and examples".into()));
        }
        let mut values: Vec<(&Rule, String, &Value)> = Vec::new();
        let mut add =
            |rule, key: &str, value| values.push((rule, format!("{pointer}/{key}"), value));
        if let Some(example) = value.get("example") {
            add(EXAMPLE_INVALID, "example", example);
        }
        if let Some(default) = value.get("default").filter(|_| node.kind == Kind::Schema) {
            add(DEFAULT_INVALID, "default", default);
        }
        for (n, example) in elements(&value["examples"]).iter().enumerate() {
            add(EXAMPLE_INVALID, &format!("examples/{n}"), example);
        }
        for (name, example) in members(&value["examples"]) {
            let (example, _) = document.follow(example, "");
            if let Some(value) = example.get("value") {
                add(EXAMPLE_INVALID, &format!("examples/{}", escape(name)), value);
            }
        }
        if values.is_empty() {
            continue;
        }
        let place =
            if node.kind == Kind::Schema { pointer.clone() } else { format!("{pointer}/schema") };
        if document.root().pointer(&place).is_none() {
            continue;
        }
        let Some(validator) = validator(&place) else { continue };
        for (rule, pointer, value) in values {
            if let Some(error) = validator.iter_errors(value).next() {
                let at = error.instance_path().to_string();
                let at = if at.is_empty() { String::new() } else { format!(" at {at}") };
                let word = if std::ptr::eq(rule, DEFAULT_INVALID) { "default" } else { "example" };
                found.push((
                    rule,
                    pointer,
                    format!("the {word} does not fit its schema{at}: {error}"),
                ));
            }
        }
    }
    for (rule, pointer, what) in found {
        survey.found(rule, &pointer, what);
    }
}
