//! Path templates and their parameters.

use std::collections::{HashMap, HashSet};

use super::{
    rules::*,
    survey::{Survey, Violation},
};
use crate::{
    document::{Document, Operation},
    json::{elements, join, members},
};

pub fn lint(survey: &Survey) -> Vec<Violation> {
    let document = survey.document;
    let mut found = duplicates(document);
    for operation in document.operations() {
        parameters(document, &operation, &mut found);
    }
    found
}

/// Templates that differ only in the names of their parameters.
fn duplicates(document: &Document) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut shapes = HashMap::new();
    for (path, _) in members(&document.root()["paths"]).filter(|(path, _)| path.starts_with('/')) {
        let shape = path.split('/').map(without_names).collect::<Vec<_>>().join("/");
        if let Some(other) = shapes.insert(shape, path) {
            let message = format!("`{path}` matches the same URLs as `{other}`");
            found.push((PATH_DUPLICATE, join("/paths", path), message));
        }
    }
    found
}

fn parameters(document: &Document, operation: &Operation, found: &mut Vec<Violation>) {
    let in_template = names(operation.path);
    let mut declared = HashSet::new();
    let (item, item_pointer) = &operation.item;
    for (holder, pointer) in [(operation.value, &operation.pointer), (*item, item_pointer)] {
        for (position, parameter) in elements(&holder["parameters"]).iter().enumerate() {
            let at = format!("{pointer}/parameters/{position}");
            let (parameter, _) = document.follow(parameter, &at);
            let name = parameter["name"].as_str().unwrap_or_default();
            if parameter["in"] != "path" || !declared.insert(name.to_owned()) {
                continue;
            }
            if !in_template.contains(name) {
                let message = format!("the parameter `{name}` is not in `{}`", operation.path);
                found.push((PATH_PARAMETER_STRAY, at.clone(), message));
            }
            if parameter["required"] != true {
                let message = format!("the path parameter `{name}` is not required");
                found.push((PATH_PARAMETER_OPTIONAL, at, message));
            }
        }
    }
    for name in in_template.difference(&declared) {
        let message = format!("the path parameter `{name}` is not declared");
        found.push((PATH_PARAMETER_UNDECLARED, operation.pointer.clone(), message));
    }
}

/// The names in braces.
fn names(path: &str) -> HashSet<String> {
    path.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0.to_owned())).collect()
}

fn without_names(segment: &str) -> String {
    let mut parts = segment.split('{');
    let mut shape = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        shape.push_str("{}");
        shape.push_str(part.split_once('}').map_or(part, |(_, rest)| rest));
    }
    shape
}
