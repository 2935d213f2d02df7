//! Names of enums and of their values.

use std::collections::HashMap;

use serde_json::Value;

use super::{kind::Kind, rules::*, survey::Survey};
use crate::document::elements;

pub(super) fn lint(survey: &mut Survey) {
    let mut found: Vec<(&'static crate::Rule, String, String)> = Vec::new();
    let mut names: HashMap<&str, String> = HashMap::new();
    for node in survey.of(Kind::Schema) {
        let Some(values) = node.value["enum"].as_array() else { continue };
        let pointer = format!("{}/enum", node.pointer);
        if values.is_empty() {
            found.push((ENUM_EMPTY, pointer, "the enum has no value".into()));
            continue;
        }
        let own = &node.value["x-enum-varnames"];
        if own.as_array().is_some_and(|own| own.len() != values.len()) {
            let what = format!("{} values have {} names", values.len(), elements(own).len());
            found.push((ENUM_VARNAMES_LENGTH, format!("{}/x-enum-varnames", node.pointer), what));
        }
        let component =
            survey.parent(node).is_some_and(|parent| parent.kind == Kind::ComponentMap("schemas"));
        if !component {
            if values.iter().any(|value| !value.is_null()) {
                found.push((ENUM_INLINE, pointer, "an enum has no name of its own".into()));
            }
            continue;
        }
        let list = own.as_array().unwrap_or(values);
        let shared = list
            .iter()
            .filter_map(Value::as_str)
            .find_map(|name| Some((name, names.get(name)?.clone())));
        if let Some((name, other)) = shared {
            found.push((
                ENUM_VARNAMES_SHARED,
                pointer,
                format!("{} and {other} share {name}", node.key),
            ));
        }
        for name in list.iter().filter_map(Value::as_str) {
            names.entry(name).or_insert_with(|| node.key.clone());
        }
    }
    for (rule, pointer, what) in found {
        survey.found(rule, &pointer, what);
    }
}
