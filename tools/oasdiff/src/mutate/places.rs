//! What stands where in a document.

use runledger_contract::grammar::METHODS;
use serde_json::Value;

/// What an object of a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The document.
    Root,
    /// Its operations by path.
    Paths,
    /// One of them.
    Operation,
    /// A parameter of one.
    Parameter,
    /// The body of a request.
    Body,
    /// Media types by name, of a request.
    RequestContent,
    /// Media types by name, of an answer.
    ResponseContent,
    /// The answers of an operation by status.
    Responses,
    /// One of them.
    Response,
    /// A header of an answer.
    Header,
    /// A schema.
    Schema,
}

type Found = Vec<(Place, String)>;

/// All objects that can be changed, each as a JSON pointer. References are not followed: what they lead to is in the
/// list by itself.
pub fn places(document: &Value) -> Found {
    let mut found = vec![(Place::Root, String::new()), (Place::Paths, "/paths".to_owned())];
    for (path, item) in each(&document["paths"], "/paths") {
        parameters(item, &path, &mut found);
        for (method, operation) in each(item, &path) {
            if METHODS.contains(&last(&method)) {
                found.push((Place::Operation, method.clone()));
                parameters(operation, &method, &mut found);
                body(&operation["requestBody"], &format!("{method}/requestBody"), &mut found);
                let responses = format!("{method}/responses");
                found.push((Place::Responses, responses.clone()));
                for (pointer, value) in each(&operation["responses"], &responses) {
                    response(value, &pointer, &mut found);
                }
            }
        }
    }
    let components = &document["components"];
    for (room, what) in [
        ("parameters", parameter as fn(&Value, &str, &mut Found)),
        ("requestBodies", body),
        ("responses", response),
        ("headers", header),
        ("schemas", schema),
    ] {
        for (pointer, value) in each(&components[room], &format!("/components/{room}")) {
            what(value, &pointer, &mut found);
        }
    }
    found.retain(|(_, pointer)| document.pointer(pointer).is_some_and(Value::is_object));
    found
}

/// A key as it stands in a JSON pointer.
pub fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

fn parameters(holder: &Value, pointer: &str, found: &mut Found) {
    for (pointer, value) in each(&holder["parameters"], &format!("{pointer}/parameters")) {
        parameter(value, &pointer, found);
    }
}

fn parameter(value: &Value, pointer: &str, found: &mut Found) {
    if value.get("$ref").is_none() {
        found.push((Place::Parameter, pointer.to_owned()));
        schema(&value["schema"], &format!("{pointer}/schema"), found);
    }
}

fn body(value: &Value, pointer: &str, found: &mut Found) {
    if value.get("$ref").is_none() {
        found.push((Place::Body, pointer.to_owned()));
        content(value, pointer, Place::RequestContent, found);
    }
}

fn response(value: &Value, pointer: &str, found: &mut Found) {
    if value.get("$ref").is_none() {
        found.push((Place::Response, pointer.to_owned()));
        content(value, pointer, Place::ResponseContent, found);
        for (pointer, value) in each(&value["headers"], &format!("{pointer}/headers")) {
            header(value, &pointer, found);
        }
    }
}

fn header(value: &Value, pointer: &str, found: &mut Found) {
    if value.get("$ref").is_none() {
        found.push((Place::Header, pointer.to_owned()));
        schema(&value["schema"], &format!("{pointer}/schema"), found);
    }
}

fn content(holder: &Value, pointer: &str, place: Place, found: &mut Found) {
    let pointer = format!("{pointer}/content");
    for (pointer, media) in each(&holder["content"], &pointer) {
        schema(&media["schema"], &format!("{pointer}/schema"), found);
    }
    found.push((place, pointer));
}

fn schema(value: &Value, pointer: &str, found: &mut Found) {
    if !value.is_object() {
        return;
    }
    found.push((Place::Schema, pointer.to_owned()));
    for keyword in ["items", "additionalProperties"] {
        schema(&value[keyword], &format!("{pointer}/{keyword}"), found);
    }
    for keyword in ["properties", "oneOf", "anyOf", "allOf"] {
        for (pointer, value) in each(&value[keyword], &format!("{pointer}/{keyword}")) {
            schema(value, &pointer, found);
        }
    }
}

/// The members or elements of a value, each with its pointer.
fn each<'a>(value: &'a Value, pointer: &str) -> Vec<(String, &'a Value)> {
    let at = |key: &str| format!("{pointer}/{}", escape(key));
    match value {
        Value::Object(members) => members.iter().map(|(key, value)| (at(key), value)).collect(),
        Value::Array(elements) => {
            let all = elements.iter().enumerate();
            all.map(|(n, value)| (at(&n.to_string()), value)).collect()
        }
        _ => Vec::new(),
    }
}

fn last(pointer: &str) -> &str {
    pointer.rsplit('/').next().unwrap_or(pointer)
}
