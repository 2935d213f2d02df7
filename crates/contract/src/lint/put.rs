//! `PUT` requests that cannot carry a property of the resource.
//!
//! A resource often has two schemas, one for the response and one for the request. A property that
//! is added to the first and forgotten in the second can be read but never written.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use super::{
    rules::PUT_REQUEST_LACKS_PROPERTY,
    survey::{Survey, Violation},
};
use crate::{
    document::Document,
    grammar::Kind,
    json::{elements, join, members},
};

/// A value and its JSON pointer.
type Located<'a> = (&'a Value, String);

pub fn lint(survey: &Survey) -> Vec<Violation> {
    let mut comparison =
        Comparison { document: survey.document, compared: HashSet::new(), found: Vec::new() };
    for node in survey.of(Kind::PathItem) {
        let at = |method: &str| node.value.get(method).map(|it| (it, join(&node.pointer, method)));
        let Some(put) = at("put") else { continue };
        let operations = at("get").into_iter().chain([put.clone()]);
        let responses: Vec<_> = operations.flat_map(|it| comparison.responses(it)).collect();
        for (media_type, request) in comparison.request(put) {
            let responses = responses.iter().filter(|(name, _)| *name == media_type);
            let pairs = responses.map(|(_, response)| (response.clone(), request.clone()));
            comparison.compare(pairs.collect());
        }
    }
    comparison.found
}

struct Comparison<'a> {
    document: &'a Document,
    /// The pairs of schemas that were compared, by their pointers.
    compared: HashSet<(String, String)>,
    found: Vec<Violation>,
}

/// The schemas within a schema, with its branches and references merged.
#[derive(Default)]
struct Parts<'a> {
    properties: BTreeMap<&'a str, Located<'a>>,
    items: Vec<Located<'a>>,
    /// The schemas of additional properties.
    values: Vec<Located<'a>>,
}

impl<'a> Comparison<'a> {
    /// The schemas of a request body by media type.
    fn request(&self, (operation, pointer): Located<'a>) -> Vec<(&'a str, Located<'a>)> {
        let Some(body) = operation.get("requestBody") else { return Vec::new() };
        contents(self.document.follow(body, &join(&pointer, "requestBody")))
    }

    /// The component schemas of all successful responses by media type.
    fn responses(&self, (operation, pointer): Located<'a>) -> Vec<(&'a str, Located<'a>)> {
        let Some(responses) = operation.get("responses") else { return Vec::new() };
        let successes = members(responses).filter(|(status, _)| status.starts_with('2'));
        let each = successes.flat_map(|(status, response)| {
            let pointer = join(&join(&pointer, "responses"), status);
            contents(self.document.follow(response, &pointer))
        });
        each.filter(|(_, (schema, _))| schema.get("$ref").is_some()).collect()
    }

    /// Compares pairs of a response and a request schema, and all pairs within them.
    fn compare(&mut self, mut pending: Vec<(Located<'a>, Located<'a>)>) {
        while let Some((response, request)) = pending.pop() {
            let response = self.document.follow(response.0, &response.1);
            let request = self.document.follow(request.0, &request.1);
            if self.compared.insert((response.1.clone(), request.1.clone())) {
                pending.extend(self.pair(&response, &request));
            }
        }
    }

    /// Compares the properties of one pair, and returns the pairs within it.
    fn pair(
        &mut self,
        response: &Located<'a>,
        request: &Located<'a>,
    ) -> Vec<(Located<'a>, Located<'a>)> {
        let mut pairs = Vec::new();
        let (of_response, of_request) = (self.parts(response), self.parts(request));
        // A request schema without properties does not describe an object.
        let is_object = !of_request.properties.is_empty();
        for (name, property) in of_response.properties {
            match of_request.properties.get(name) {
                Some(other) => pairs.push((property, other.clone())),
                None if is_object && !self.is_read_only(&property) => {
                    let message = format!(
                        "the property `{name}` of the response is missing in the PUT request {}",
                        self::name(&request.1)
                    );
                    self.found.push((PUT_REQUEST_LACKS_PROPERTY, property.1, message));
                }
                None => {}
            }
        }
        let lists =
            [(of_response.items, of_request.items), (of_response.values, of_request.values)];
        for (responses, requests) in lists {
            for response in responses {
                pairs.extend(requests.iter().map(|request| (response.clone(), request.clone())));
            }
        }
        pairs
    }

    fn parts(&self, schema: &Located<'a>) -> Parts<'a> {
        let mut parts = Parts::default();
        let mut seen = HashSet::new();
        let mut pending = vec![schema.clone()];
        while let Some((schema, pointer)) = pending.pop() {
            let (schema, pointer) = self.document.follow(schema, &pointer);
            if !seen.insert(std::ptr::from_ref(schema)) {
                continue;
            }
            let part = |keyword: &str| schema.get(keyword).map(|it| (it, join(&pointer, keyword)));
            for (branches, pointer) in ["allOf", "oneOf", "anyOf"].into_iter().filter_map(part) {
                let branches = elements(branches).iter().enumerate();
                pending.extend(branches.map(|(n, branch)| (branch, format!("{pointer}/{n}"))));
            }
            if let Some((properties, pointer)) = part("properties") {
                for (name, property) in members(properties) {
                    parts.properties.insert(name, (property, join(&pointer, name)));
                }
            }
            parts.items.extend(part("items"));
            parts.values.extend(part("additionalProperties"));
        }
        parts
    }

    fn is_read_only(&self, (property, pointer): &Located<'a>) -> bool {
        let is_set = |schema: &Value| schema.get("readOnly") == Some(&Value::Bool(true));
        let follow = |schema| self.document.follow(schema, pointer).0;
        let branches = property.get("allOf").map(elements).unwrap_or_default();
        is_set(property)
            || is_set(follow(property))
            || branches.iter().any(|branch| is_set(follow(branch)))
    }
}

/// The schemas of the media types of a request body or a response.
fn contents<'a>((holder, pointer): Located<'a>) -> Vec<(&'a str, Located<'a>)> {
    let Some(content) = holder.get("content") else { return Vec::new() };
    let each = members(content).filter_map(|(media_type, value)| {
        let pointer = join(&join(&pointer, "content"), media_type);
        Some((media_type.as_str(), (value.get("schema")?, join(&pointer, "schema"))))
    });
    each.collect()
}

/// The name of a component schema; the pointer of any other schema.
fn name(pointer: &str) -> String {
    let component = pointer.strip_prefix("/components/schemas/");
    match component.filter(|name| !name.contains('/')) {
        Some(name) => format!("`{name}`"),
        None => format!("at #{pointer}"),
    }
}
