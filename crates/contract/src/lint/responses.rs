//! What answers look like, errors above all.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{
    kind::Kind,
    rules::*,
    survey::{Node, Survey},
};
use crate::{
    Document, Rule,
    document::{elements, escape, members},
};

type Found = Vec<(&'static Rule, String, String)>;

/// Keywords that make a checking client refuse an answer.
const CONSTRAINTS: [&str; 7] =
    ["minLength", "maxLength", "pattern", "minItems", "maxItems", "maximum", "exclusiveMaximum"];

pub(super) fn lint(survey: &mut Survey) {
    let mut found = Vec::new();
    for node in survey.of(Kind::Operation).filter(|node| node.value.is_object()) {
        statuses(node, &mut found);
    }
    for node in survey.of(Kind::Response).filter(|node| node.value.get("$ref").is_none()) {
        if node.value["description"].as_str().is_none_or(str::is_empty) {
            found.push((
                RESPONSE_UNDESCRIBED,
                node.pointer.clone(),
                format!("the response {} has no description", node.key),
            ));
        }
    }
    shared_errors(survey, &mut found);
    // What is sent as well is constrained for the sake of the request.
    for node in survey.of(Kind::Schema).filter(|node| node.read && !node.sent) {
        answered(survey.document, node, &mut found);
    }
    for (rule, pointer, what) in found {
        survey.found(rule, &pointer, what);
    }
}

/// Whether a schema says that null is a value of it.
pub(super) fn allows_null(schema: &Value) -> bool {
    let branches = ["oneOf", "anyOf"].into_iter().flat_map(|key| elements(&schema[key]));
    schema["type"] == "null"
        || elements(&schema["type"]).contains(&json!("null"))
        || schema["nullable"] == true
        || branches.into_iter().any(|branch| branch["type"] == "null")
}

fn statuses(node: &Node, found: &mut Found) {
    let at = format!("{}/responses", node.pointer);
    let mut refusals = 0;
    let mut count = 0;
    for (status, _) in members(&node.value["responses"]).filter(|(key, _)| !key.starts_with("x-")) {
        count += 1;
        let pointer = format!("{at}/{}", escape(status));
        let range = ["1XX", "2XX", "3XX", "4XX", "5XX"].contains(&status.as_str());
        refusals += usize::from(status.starts_with('4') || status == "default");
        if status == "default" {
            found.push((
                STATUS_DEFAULT,
                pointer,
                "the response `default` stands for any status".into(),
            ));
        } else if range {
            found.push((
                STATUS_RANGE,
                pointer,
                format!("the response {status} is a range of statuses"),
            ));
        } else if !(status.len() == 3 && status.parse().is_ok_and(|n: u16| (100..600).contains(&n)))
        {
            found.push((STATUS_INVALID, pointer, format!("{status} is no status")));
        }
    }
    if count == 0 {
        found.push((
            RESPONSES_MISSING,
            node.pointer.clone(),
            "the operation has no response".into(),
        ));
    } else if refusals == 0 {
        found.push((ERROR_MISSING, at, "the operation has no response 4xx".into()));
    }
}

/// The bodies of all errors, each place once.
fn shared_errors(survey: &Survey, found: &mut Found) {
    let mut bodies = Vec::new();
    for node in survey.of(Kind::Operation) {
        for (status, response) in members(&node.value["responses"]) {
            if !(status.starts_with(['4', '5']) || status == "default") {
                continue;
            }
            let place = format!("{}/responses/{}", node.pointer, escape(status));
            let (response, place) = survey.document.follow(response, &place);
            for (media, content) in members(&response["content"]) {
                bodies.push((format!("{place}/content/{}", escape(media)), content));
            }
        }
    }
    let mut seen = std::collections::HashSet::new();
    bodies.retain(|(pointer, _)| seen.insert(pointer.clone()));
    let mut counts: HashMap<String, usize> = HashMap::new();
    for (_, content) in &bodies {
        *counts.entry(content["schema"].to_string()).or_default() += 1;
    }
    // The commonest is what the others differ from; of equals, the first in the document.
    let common = bodies
        .iter()
        .rev()
        .map(|(_, content)| content["schema"].to_string())
        .max_by_key(|text| counts[text]);
    for (pointer, content) in bodies {
        let schema = content["schema"].to_string();
        if common.as_ref().is_some_and(|common| *common != schema) {
            found.push((
                ERROR_SCHEMAS_DIFFER,
                pointer.clone(),
                "the error has another schema than the others".into(),
            ));
        }
        if content.get("example").is_none() && content.get("examples").is_none() {
            found.push((ERROR_WITHOUT_EXAMPLE, pointer, "the error has no example".into()));
        }
    }
}

fn answered(document: &Document, node: &Node, found: &mut Found) {
    for keyword in CONSTRAINTS {
        if node.value.get(keyword).is_some() {
            found.push((
                RESPONSE_CONSTRAINED,
                format!("{}/{keyword}", node.pointer),
                format!("an answer has {keyword}"),
            ));
        }
    }
    if node.value["additionalProperties"] == false {
        found.push((
            RESPONSE_CLOSED,
            format!("{}/additionalProperties", node.pointer),
            "an answer may have no further keys".into(),
        ));
    }
    let required = elements(&node.value["required"]);
    for (name, property) in members(&node.value["properties"]) {
        let (target, _) = document.follow(property, "");
        if !required.iter().any(|key| key == name) && allows_null(target) {
            let pointer = format!("{}/properties/{}", node.pointer, escape(name));
            found.push((
                RESPONSE_OPTIONAL_OR_NULL,
                pointer,
                format!("{name} of an answer may be left out and may be null"),
            ));
        }
    }
}
