//! What parameters cannot say.

use std::collections::HashSet;

use super::{kind::Kind, responses::allows_null, rules::*, survey::Survey};

pub(super) fn lint(survey: &mut Survey) {
    let mut found = Vec::new();
    let document = survey.document;
    for node in survey.of(Kind::Parameter) {
        let schema = &node.value["schema"];
        let pointer = format!("{}/schema", node.pointer);
        let (target, _) = document.follow(schema, &pointer);
        let name = node.value["name"].as_str().unwrap_or_default();
        if node.value["in"] == "query" && allows_null(target) {
            found.push((
                QUERY_NULL,
                pointer.clone(),
                format!("the query parameter {name} may be null"),
            ));
        }
        if schema.get("$ref").is_some() && schema.get("default").is_some() {
            found.push((
                PARAMETER_DEFAULT_BESIDE_REF,
                pointer,
                format!("{name} has a default beside a $ref"),
            ));
        }
    }
    for node in survey.of(Kind::Parameters) {
        let mut seen = HashSet::new();
        for (n, parameter) in crate::document::elements(node.value).iter().enumerate() {
            let (parameter, _) = document.follow(parameter, "");
            let key = (parameter["in"].as_str(), parameter["name"].as_str());
            if key.0.is_some() && !seen.insert(key) {
                let what = format!("{} is declared twice", key.1.unwrap_or_default());
                found.push((PARAMETER_DUPLICATE, format!("{}/{n}", node.pointer), what));
            }
        }
    }
    for (rule, pointer, what) in found {
        survey.found(rule, &pointer, what);
    }
}
