//! Schemas that are none.

use jsonschema::Draft;
use serde_json::json;

use super::{kind::Kind, rules::SCHEMA_INVALID, survey::Survey};

/// Comes last: what another rule says of a place more exactly is not said once more.
pub(super) fn lint(survey: &mut Survey) {
    if survey.document.is_3_0() {
        // 3.0 has a dialect of its own, of which no meta-schema is at hand.
        return;
    }
    let meta = jsonschema::draft202012::meta::validator();
    let mut found = Vec::new();
    for node in survey.nodes.iter().filter(|node| node.kind == Kind::Schema) {
        // A schema within another one is judged with it.
        if !is_within_schema(survey, &node.pointer) {
            let errors = meta.iter_errors(node.value);
            found.extend(errors.map(|error| {
                (format!("{}{}", node.pointer, error.instance_path()), error.to_string())
            }));
        }
        if let Some(pattern) = node.value.get("pattern").filter(|pattern| pattern.is_string()) {
            let alone = json!({ "pattern": pattern });
            if jsonschema::options().with_draft(Draft::Draft202012).build(&alone).is_err() {
                let what = format!("{pattern} is no regular expression");
                found.push((format!("{}/pattern", node.pointer), what));
            }
        }
    }
    for (pointer, what) in found {
        if !survey.is_known(&pointer) {
            survey.found(SCHEMA_INVALID, &pointer, what);
        }
    }
}

fn is_within_schema(survey: &Survey, pointer: &str) -> bool {
    let mut here = pointer;
    while let Some((above, _)) = here.rsplit_once('/') {
        here = above;
        let node = survey.by_pointer.get(here).map(|n| &survey.nodes[*n]);
        if node.is_some_and(|node| node.kind == Kind::Schema) {
            return true;
        }
    }
    false
}
