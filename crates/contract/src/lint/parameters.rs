//! Parameters that clients cannot send as they are described.

use std::collections::HashSet;

use super::{
    rules::*,
    survey::{Survey, Violation},
};
use crate::{grammar::Kind, json::elements, nullability::Nullability};

pub fn lint(survey: &Survey) -> Vec<Violation> {
    let mut found = schemas(survey);
    found.extend(duplicates(survey));
    found
}

fn schemas(survey: &Survey) -> Vec<Violation> {
    let mut found = Vec::new();
    for node in survey.of(Kind::Parameter) {
        let Some(schema) = node.value.get("schema") else { continue };
        let pointer = format!("{}/schema", node.pointer);
        let name = node.value["name"].as_str().unwrap_or_default();
        if node.value["in"] == "query" && survey.nulls.of(schema) == Nullability::Allowed {
            let message = format!("the query parameter `{name}` allows null");
            found.push((QUERY_NULL, pointer.clone(), message));
        }
        if schema.get("$ref").is_some() && schema.get("default").is_some() {
            let message = format!("the parameter `{name}` has a default beside a `$ref`");
            found.push((PARAMETER_DEFAULT_BESIDE_REF, pointer, message));
        }
    }
    found
}

fn duplicates(survey: &Survey) -> Vec<Violation> {
    let mut found = Vec::new();
    for node in survey.of(Kind::Parameters) {
        let mut seen = HashSet::new();
        for (position, parameter) in elements(node.value).iter().enumerate() {
            let (parameter, _) = survey.document.follow(parameter, "");
            let key = (parameter["in"].as_str(), parameter["name"].as_str());
            if key.0.is_some() && !seen.insert(key) {
                let name = key.1.unwrap_or_default();
                let message = format!("the parameter `{name}` is declared twice");
                found.push((PARAMETER_DUPLICATE, format!("{}/{position}", node.pointer), message));
            }
        }
    }
    found
}
