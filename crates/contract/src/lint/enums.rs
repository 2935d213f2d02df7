//! The names of enums and of their values.

use std::collections::HashMap;

use serde_json::Value;

use super::{
    rules::*,
    survey::{Survey, Violation},
};
use crate::{
    grammar::{Kind, Node},
    json::elements,
};

const NAMES: &str = "x-enum-varnames";

pub fn lint(survey: &Survey) -> Vec<Violation> {
    let mut found = Vec::new();
    // The constants of generated code, with the schemas that define them.
    let mut constants: HashMap<&str, &str> = HashMap::new();
    for node in survey.of(Kind::Schema) {
        let Some(values) = node.value["enum"].as_array() else { continue };
        let pointer = format!("{}/enum", node.pointer);
        if values.is_empty() {
            found.push((ENUM_EMPTY, pointer, "the enum has no values".to_owned()));
            continue;
        }
        let names = node.value[NAMES].as_array();
        if let Some(names) = names.filter(|names| names.len() != values.len()) {
            let message = format!("the enum has {} values and {} names", values.len(), names.len());
            found.push((ENUM_VARNAMES_LENGTH, format!("{}/{NAMES}", node.pointer), message));
        }
        if !is_component(survey, node) {
            if values.iter().any(|value| !value.is_null()) {
                found.push((ENUM_INLINE, pointer, "the enum is not a named component".to_owned()));
            }
            continue;
        }
        let names = names.map_or(elements(&node.value["enum"]), Vec::as_slice);
        let names = || names.iter().filter_map(Value::as_str);
        if let Some((name, other)) = names().find_map(|name| Some((name, constants.get(name)?))) {
            let message = format!("`{}` and `{other}` both have the value `{name}`", node.key);
            found.push((ENUM_VARNAMES_SHARED, pointer, message));
        }
        for name in names() {
            constants.entry(name).or_insert(&node.key);
        }
    }
    found
}

fn is_component(survey: &Survey, node: &Node) -> bool {
    survey.parent(node).is_some_and(|parent| parent.kind == Kind::Section("schemas"))
}
