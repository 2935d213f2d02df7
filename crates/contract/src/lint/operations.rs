//! Names, tags and words of operations, and the templates of their paths.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{kind::Kind, rules::*, survey::Survey};
use crate::{
    Document, Rule,
    document::{elements, escape, members},
};

type Found = Vec<(&'static Rule, String, String)>;

pub(super) fn lint(survey: &mut Survey) {
    let mut found = Vec::new();
    let document = survey.document;
    let schemas: HashMap<String, &String> =
        document.components("schemas").keys().map(|name| (name.to_lowercase(), name)).collect();
    let tags: HashSet<&str> = elements(&document.root()["tags"])
        .iter()
        .filter(|tag| tag["description"].is_string())
        .filter_map(|tag| tag["name"].as_str())
        .collect();
    let mut ids = HashSet::new();
    for node in survey.of(Kind::Operation).filter(|node| node.value.is_object()) {
        let at = &node.pointer;
        match node.value["operationId"].as_str() {
            None => found.push((
                OPERATION_ID_MISSING,
                at.clone(),
                "the operation has no operationId".into(),
            )),
            Some(id) => self::id(id, at, &schemas, !ids.insert(id), &mut found),
        }
        self::tags(node.value, at, &tags, &mut found);
        for key in ["summary", "description"] {
            if node.value[key].as_str().is_none_or(str::is_empty) {
                found.push((
                    OPERATION_UNDESCRIBED,
                    at.clone(),
                    format!("the operation has no {key}"),
                ));
            }
        }
    }
    paths(document, &mut found);
    for (rule, pointer, what) in found {
        survey.found(rule, &pointer, what);
    }
}

fn id(id: &str, at: &str, schemas: &HashMap<String, &String>, twice: bool, found: &mut Found) {
    let pointer = format!("{at}/operationId");
    if twice {
        found.push((
            OPERATION_ID_DUPLICATE,
            pointer.clone(),
            format!("another operation is called {id}, too"),
        ));
    }
    let camel = id.starts_with(|c: char| c.is_ascii_lowercase())
        && id.contains(|c: char| c.is_ascii_uppercase())
        && id.chars().all(|c| c.is_ascii_alphanumeric());
    if !camel {
        found.push((
            OPERATION_ID_STYLE,
            pointer.clone(),
            format!("{id} is not a verb and a noun in camelCase"),
        ));
    }
    for suffix in ["Request", "Response"] {
        if let Some(name) = schemas.get(&format!("{id}{suffix}").to_lowercase()) {
            found.push((
                OPERATION_ID_COLLISION,
                pointer.clone(),
                format!("{id} with {suffix} is the schema {name}"),
            ));
        }
    }
}

fn tags(operation: &Value, at: &str, declared: &HashSet<&str>, found: &mut Found) {
    let tags = elements(&operation["tags"]);
    if tags.len() != 1 {
        found.push((TAGS_NOT_ONE, at.to_owned(), format!("the operation has {} tags", tags.len())));
    }
    for tag in tags.iter().filter_map(Value::as_str).filter(|tag| !declared.contains(tag)) {
        found.push((
            TAG_UNDECLARED,
            format!("{at}/tags"),
            format!("the tag {tag} is not declared with a description"),
        ));
    }
}

fn paths(document: &Document, found: &mut Found) {
    let mut shapes = HashMap::new();
    for (path, _) in members(&document.root()["paths"]).filter(|(path, _)| path.starts_with('/')) {
        let shape = path.split('/').map(without_names).collect::<Vec<_>>().join("/");
        if let Some(other) = shapes.insert(shape, path) {
            found.push((
                PATH_DUPLICATE,
                format!("/paths/{}", escape(path)),
                format!("{path} is the same as {other}"),
            ));
        }
    }
    for operation in document.operations() {
        let named: HashSet<String> = names(operation.path);
        let mut declared = HashSet::new();
        for (own, list) in [(true, operation.value), (false, operation.item.0)] {
            for (n, parameter) in elements(&list["parameters"]).iter().enumerate() {
                let from = if own { &operation.pointer } else { &operation.item.1 };
                let at = format!("{from}/parameters/{n}");
                let (parameter, _) = document.follow(parameter, &at);
                let name = parameter["name"].as_str().unwrap_or_default();
                if parameter["in"] != "path" || !declared.insert(name.to_owned()) {
                    continue;
                }
                if !named.contains(name) {
                    found.push((
                        PATH_PARAMETER_STRAY,
                        at.clone(),
                        format!("{name} is not in {}", operation.path),
                    ));
                }
                if parameter["required"] != true {
                    found.push((
                        PATH_PARAMETER_OPTIONAL,
                        at,
                        format!("{name} of the path is not required"),
                    ));
                }
            }
        }
        for name in named.difference(&declared) {
            found.push((
                PATH_PARAMETER_UNDECLARED,
                operation.pointer.clone(),
                format!("{{{name}}} is not declared"),
            ));
        }
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
