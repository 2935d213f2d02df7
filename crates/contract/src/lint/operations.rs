//! The names, tags and descriptions of operations.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{
    rules::*,
    survey::{Survey, Violation},
};
use crate::{grammar::Kind, json::elements};

pub fn lint(survey: &Survey) -> Vec<Violation> {
    let mut found = Vec::new();
    let schemas = survey.document.components("schemas");
    let schemas = schemas.keys().map(|name| (name.to_lowercase(), name.as_str())).collect();
    let tags = declared_tags(survey.document.root());
    let mut ids = HashSet::new();
    for node in survey.of(Kind::Operation).filter(|node| node.value.is_object()) {
        let at = &node.pointer;
        match node.value["operationId"].as_str() {
            None => {
                let message = "the operation has no operationId".to_owned();
                found.push((OPERATION_ID_MISSING, at.clone(), message));
            }
            Some(id) => self::id(id, at, &schemas, !ids.insert(id), &mut found),
        }
        self::tags(node.value, at, &tags, &mut found);
        for key in ["summary", "description"] {
            if node.value[key].as_str().is_none_or(str::is_empty) {
                let message = format!("the operation has no {key}");
                found.push((OPERATION_UNDESCRIBED, at.clone(), message));
            }
        }
    }
    found
}

/// The tags that are declared with a description.
fn declared_tags(root: &Value) -> HashSet<&str> {
    let described = elements(&root["tags"]).iter().filter(|tag| tag["description"].is_string());
    described.filter_map(|tag| tag["name"].as_str()).collect()
}

fn id(
    id: &str,
    at: &str,
    schemas: &HashMap<String, &str>,
    is_duplicate: bool,
    found: &mut Vec<Violation>,
) {
    let mut add = |rule, message| found.push((rule, format!("{at}/operationId"), message));
    if is_duplicate {
        add(OPERATION_ID_DUPLICATE, format!("the operationId `{id}` is used more than once"));
    }
    let is_camel_case = id.starts_with(|c: char| c.is_ascii_lowercase())
        && id.contains(|c: char| c.is_ascii_uppercase())
        && id.chars().all(|c| c.is_ascii_alphanumeric());
    if !is_camel_case {
        let message = format!("the operationId `{id}` is not a verb and a noun in camelCase");
        add(OPERATION_ID_STYLE, message);
    }
    for suffix in ["Request", "Response"] {
        if let Some(name) = schemas.get(&format!("{id}{suffix}").to_lowercase()) {
            let message =
                format!("the operationId `{id}` with the suffix {suffix} is the schema `{name}`");
            add(OPERATION_ID_COLLISION, message);
        }
    }
}

fn tags(operation: &Value, at: &str, declared: &HashSet<&str>, found: &mut Vec<Violation>) {
    let tags = elements(&operation["tags"]);
    if tags.len() != 1 {
        let message = format!("the operation has {} tags instead of one", tags.len());
        found.push((TAGS_NOT_ONE, at.to_owned(), message));
    }
    for tag in tags.iter().filter_map(Value::as_str).filter(|tag| !declared.contains(tag)) {
        let message = format!("the tag `{tag}` is not declared with a description");
        found.push((TAG_UNDECLARED, format!("{at}/tags"), message));
    }
}
