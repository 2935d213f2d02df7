//! Schemas that are not valid JSON Schema.

use jsonschema::Draft;
use serde_json::json;

use super::{
    rules::SCHEMA_INVALID,
    survey::{Survey, Violation},
};
use crate::grammar::Kind;

pub fn lint(survey: &Survey) -> Vec<Violation> {
    if survey.document.is_3_0() {
        // No meta-schema of the dialect of 3.0 is available.
        return Vec::new();
    }
    let meta = jsonschema::draft202012::meta::validator();
    let mut found = Vec::new();
    for node in survey.of(Kind::Schema) {
        // Validating a schema includes the schemas within it.
        if !is_within_schema(survey, &node.pointer) {
            let errors = meta.iter_errors(node.value);
            found.extend(errors.map(|error| {
                (format!("{}{}", node.pointer, error.instance_path()), error.to_string())
            }));
        }
        if let Some(pattern) = node.value.get("pattern").filter(|pattern| pattern.is_string()) {
            let alone = json!({ "pattern": pattern });
            if jsonschema::options().with_draft(Draft::Draft202012).build(&alone).is_err() {
                let message = format!("{pattern} is not a regular expression");
                found.push((format!("{}/pattern", node.pointer), message));
            }
        }
    }
    found.retain(|(pointer, _)| !survey.is_found(pointer));
    let violation = |(pointer, message)| (SCHEMA_INVALID, pointer, message);
    found.into_iter().map(violation).collect()
}

fn is_within_schema(survey: &Survey, pointer: &str) -> bool {
    let mut outer = pointer;
    while let Some((above, _)) = outer.rsplit_once('/') {
        outer = above;
        if survey.at(outer).is_some_and(|node| node.kind == Kind::Schema) {
            return true;
        }
    }
    false
}
