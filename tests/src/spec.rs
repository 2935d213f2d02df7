//! The shared check: requests and responses against the spec.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

/// The document as the types and routes generate it.
pub static DOCUMENT: LazyLock<Value> = LazyLock::new(runledger_server::openapi_document);

/// An operation of the spec.
#[derive(Clone, Copy)]
pub struct Operation {
    /// Its path, with the parameters in braces.
    pub path: &'static str,
    /// Its method, in lower case.
    pub method: &'static str,
    /// Its object in the document.
    pub value: &'static Value,
}

impl Operation {
    /// The `operationId`.
    pub fn id(&self) -> &'static str {
        self.value["operationId"].as_str().expect("an operationId")
    }

    /// The statuses that it documents, each with its response; references are followed.
    pub fn responses(&self) -> impl Iterator<Item = (&'static str, &'static Value)> + use<> {
        let responses = self.value["responses"].as_object().expect("responses");
        responses.iter().map(|(status, response)| (status.as_str(), resolve(response)))
    }
}

/// All operations.
pub fn operations() -> Vec<Operation> {
    let mut operations = Vec::new();
    for (path, item) in DOCUMENT["paths"].as_object().expect("paths") {
        for (method, value) in item.as_object().expect("operations") {
            operations.push(Operation { path, method, value });
        }
    }
    operations
}

/// The operation of a request. HEAD is documented as GET. Methods are case-sensitive. A path
/// without parameters takes precedence over a template.
pub fn operation(method: &str, path: &str) -> Option<Operation> {
    let method = if method == "HEAD" { "GET" } else { method };
    let path = path.split('?').next().unwrap_or_default();
    let mut candidates = operations();
    candidates.retain(|candidate| {
        candidate.method.to_uppercase() == method && fits(candidate.path, path)
    });
    candidates.sort_by_key(|candidate| candidate.path.contains('{'));
    candidates.first().copied()
}

/// Follows a reference into the document.
pub fn resolve(value: &'static Value) -> &'static Value {
    match value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
        Some(pointer) => DOCUMENT.pointer(pointer).unwrap_or_else(|| panic!("dangling {pointer}")),
        None => value,
    }
}

/// The violations of this schema in an instance, formats included; empty where it is valid.
pub fn violations(schema: &Value, instance: &Value) -> Vec<String> {
    validator(schema)
        .iter_errors(instance)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

/// The validator of a schema whose references point into the document. Validators are cached:
/// compiling one takes far longer than using it.
fn validator(schema: &Value) -> Arc<Validator> {
    static KNOWN: Mutex<BTreeMap<String, Arc<Validator>>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let compile = || {
        let whole = json!({ "allOf": [schema], "components": DOCUMENT["components"] });
        let validator = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .should_validate_formats(true)
            .build(&whole);
        Arc::new(validator.expect("a schema that compiles"))
    };
    Arc::clone(known.entry(schema.to_string()).or_insert_with(compile))
}

/// Checks a response against the document. A request without an operation must get an error of the
/// documented shape, or a page.
pub fn check_response(method: &str, path: &str, status: u16, content_type: &str, body: &[u8]) {
    let place = format!("{method} {path} -> {status}");
    if status >= 400 {
        assert_eq!(content_type, "application/json", "{place}");
    }
    if status == 304 {
        // The description of the whole API states it, once for all operations.
        assert!(matches!(method, "GET" | "HEAD") && body.is_empty(), "{place}");
        return;
    }
    let Some(operation) = operation(method, path) else {
        if status >= 400 && method != "HEAD" {
            let error = serde_json::from_slice(body).expect(&place);
            let schema = json!({ "$ref": "#/components/schemas/ErrorResponse" });
            assert_eq!(violations(&schema, &error), [""; 0], "{place}");
        }
        return;
    };
    let status = status.to_string();
    let (_, response) = operation
        .responses()
        .find(|(documented, _)| *documented == status)
        .unwrap_or_else(|| panic!("{place}: {} does not document this status", operation.id()));
    if response.get("content").is_none() {
        assert!(content_type.is_empty() && body.is_empty(), "{place}: has no content");
        return;
    }
    let content = &response["content"][content_type];
    assert!(content.is_object(), "{place}: {content_type} is not documented");
    if method == "HEAD" {
        assert!(body.is_empty(), "{place}");
        return;
    }
    let body: Value = match content_type {
        "application/json" => serde_json::from_slice(body).expect(&place),
        _ => json!(std::str::from_utf8(body).expect(&place)),
    };
    assert_eq!(violations(&content["schema"], &body), [""; 0], "{place}: {body}");
}

/// The check of a request's parameters and security. Values are read as the parameter's type says.
pub fn check_request(method: &str, path: &str, headers: &[(String, String)]) {
    let operation =
        operation(method, path).unwrap_or_else(|| panic!("{method} {path} is no operation"));
    let scheme = &DOCUMENT["components"]["securitySchemes"]["ApiKey"];
    assert_eq!((&scheme["type"], &scheme["in"]), (&json!("apiKey"), &json!("header")));
    let name = scheme["name"].as_str().expect("the header's name");
    assert!(headers.iter().any(|(n, v)| n == name && v.starts_with("Token ")), "{path}: no key");

    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let parameters =
        operation.value["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, text) = pair.split_once('=').expect("name=value");
        let parameter = parameters
            .iter()
            .find(|parameter| parameter["in"] == "query" && parameter["name"] == name)
            .unwrap_or_else(|| panic!("{name} is not a parameter of {}", operation.id()));
        check_parameter(parameter, text);
    }
    for (template, text) in operation.path.split('/').zip(path.split('/')) {
        if let Some(name) = template.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            let find = |parameter: &&Value| parameter["in"] == "path" && parameter["name"] == name;
            check_parameter(parameters.iter().find(find).expect(name), text);
        }
    }
}

fn check_parameter(parameter: &'static Value, text: &str) {
    let schema = &parameter["schema"];
    let value = match resolve(schema)["type"].as_str() {
        Some("integer") => json!(text.parse::<i64>().expect("a whole number")),
        _ => json!(text),
    };
    assert_eq!(violations(schema, &value), [""; 0], "{parameter}");
}

fn fits(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) =
        (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template.iter().zip(&path).all(|(t, p)| t == p || (t.starts_with('{') && !p.is_empty()))
}
