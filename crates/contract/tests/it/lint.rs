//! The rules of `lint`: for each, the smallest change of a valid document that breaks only this
//! rule.

use insta::assert_snapshot;
use runledger_contract::{Document, Format, LINT_RULES, Report, lint};
use serde_json::{Value, json};

/// A small document without findings.
fn good() -> Value {
    json!({
        "openapi": "3.1.0",
        "info": { "title": "t", "version": "1", "description": "d", "contact": { "name": "c" }, "license": { "name": "MIT", "identifier": "MIT" } },
        "servers": [{ "url": "http://127.0.0.1:80" }],
        "tags": [{ "name": "Things", "description": "d" }],
        "security": [{ "Key": [] }],
        "paths": { "/things/{id}": { "get": {
            "operationId": "getThing", "summary": "s", "description": "d", "tags": ["Things"],
            "parameters": [
                { "name": "id", "in": "path", "required": true, "schema": { "type": "string" } },
                { "name": "size", "in": "query", "schema": { "$ref": "#/components/schemas/Size" } },
            ],
            "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/New" } } } },
            "responses": {
                "200": { "description": "d", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Thing" } } } },
                "400": { "$ref": "#/components/responses/Bad" },
                "404": { "description": "d", "content": { "application/json": {
                    "schema": { "$ref": "#/components/schemas/Problem" }, "example": { "error": "no" } } } },
            },
        } } },
        "components": {
            "schemas": {
                "Size": { "type": "string", "enum": ["BIG", "SMALL"] },
                "New": { "type": "object", "required": ["name"], "properties": {
                    "name": { "type": "string", "minLength": 1, "maxLength": 9 },
                    "note": { "oneOf": [{ "type": "string" }, { "type": "null" }] },
                    "both": { "allOf": [{ "type": "number", "format": "double", "minimum": 0 }, { "type": "integer", "format": "int32", "minimum": 0 }] },
                    "map": { "type": "object", "propertyNames": { "type": "string" } },
                } },
                "Thing": { "type": "object", "required": ["count"], "properties": {
                    "count": { "type": "integer", "format": "int64", "minimum": 0, "example": 1, "default": 2 },
                    "kind": { "$ref": "#/components/schemas/Kind" },
                } },
                "Kind": { "type": "string", "enum": ["BIG", "NEW"], "x-enum-varnames": ["KIND_BIG", "KIND_NEW"] },
                "Problem": { "type": "object", "properties": { "error": { "type": "string" } } },
            },
            "responses": { "Bad": { "description": "d", "content": { "application/json": {
                "schema": { "$ref": "#/components/schemas/Problem" }, "examples": { "Bad": { "value": { "error": "bad" } } } } } } },
            "securitySchemes": { "Key": { "type": "apiKey", "in": "header", "name": "Authorization" } },
        },
    })
}

const GET: &str = "/paths/~1things~1{id}/get";
const THING: &str = "/components/schemas/Thing";
const NEW: &str = "/components/schemas/New/properties";

const PUT: &str = "/paths/~1things~1{id}/put";

/// An operation whose request has one of the two properties of the response of `GET`.
fn put() -> Value {
    let count = json!({ "type": "integer", "format": "int64", "minimum": 0 });
    json!({
        "operationId": "putThing", "summary": "s", "description": "d", "tags": ["Things"],
        "parameters": [
            { "name": "id", "in": "path", "required": true, "schema": { "type": "string" } },
        ],
        "requestBody": { "content": { "application/json": {
            "schema": { "type": "object", "properties": { "count": count } } } } },
        "responses": {
            "204": { "description": "d" },
            "400": { "$ref": "#/components/responses/Bad" },
        },
    })
}

/// A rule, the pointer and the value to set (null removes it), and the pointer of the finding.
type Case = (&'static str, String, Value, String);

fn cases() -> Vec<Case> {
    let at = |rule, set: String, value, pointer: String| (rule, set, value, pointer);
    let here = |rule, set: String, value| (rule, set.clone(), value, set);
    let get = |key: &str| format!("{GET}{key}");
    let thing = |key: &str| format!("{THING}{key}");
    let new = |key: &str| format!("{NEW}{key}");
    vec![
        here("wrong-type", new(""), json!(3)),
        here("schema-invalid", new("/name/minLength"), json!("one")),
        here("schema-invalid", new("/name/pattern"), json!("(((")),
        here("version-too-new", "/openapi".into(), json!("3.2.0")),
        at("info-incomplete", "/info/title".into(), Value::Null, "/info".into()),
        here("info-empty", "/info/contact/name".into(), json!("")),
        at("info-bare", "/info/contact".into(), Value::Null, "/info".into()),
        at(
            "license-unidentified",
            "/info/license/identifier".into(),
            Value::Null,
            "/info/license".into(),
        ),
        here("license-unknown", "/info/license/identifier".into(), json!("The MIT")),
        at("server-missing", "/servers".into(), Value::Null, "".into()),
        at("server-relative", "/servers/0/url".into(), json!("/"), "/servers/0".into()),
        at(
            "server-placeholder",
            "/servers/0/url".into(),
            json!("https://api.example.com/v1"),
            "/servers/0".into(),
        ),
        here(
            "http-scheme-unknown-to-clients",
            "/components/securitySchemes/Key".into(),
            json!({ "type": "http", "scheme": "Token" }),
        ),
        at(
            "security-undefined",
            get("/security"),
            json!([{ "Key": [], "Other": [] }]),
            get("/security/0"),
        ),
        here(
            "ref-dangling",
            thing("/properties/kind2"),
            json!({ "$ref": "#/components/schemas/Gone" }),
        ),
        here("ref-outside", thing("/properties/kind2"), json!({ "$ref": "other.json" })),
        here(
            "ref-circular",
            thing("/properties/self"),
            json!({ "$ref": format!("#{THING}/properties/self") }),
        ),
        here("component-unused", "/components/schemas/Spare".into(), json!({ "type": "string" })),
        at("operation-id-missing", get("/operationId"), Value::Null, get("")),
        at(
            "operation-id-duplicate",
            "/webhooks".into(),
            json!({ "x": { "post": {
            "operationId": "getThing", "summary": "s", "description": "d", "tags": ["Things"],
            "responses": { "204": { "description": "d" }, "400": { "$ref": "#/components/responses/Bad" } } } } }),
            "/webhooks/x/post/operationId".into(),
        ),
        here("operation-id-style", get("/operationId"), json!("get_thing")),
        here("operation-id-style", get("/operationId"), json!("list")),
        at(
            "operation-id-collides-with-schema",
            get("/operationId"),
            json!("makeThing"),
            String::new(),
        ),
        at("operation-undescribed", get("/summary"), Value::Null, get("")),
        at("tags-not-one", get("/tags"), Value::Null, get("")),
        here("tag-undeclared", get("/tags"), json!(["Other"])),
        at(
            "path-duplicate",
            "/paths/~1things~1{name}".into(),
            json!({}),
            "/paths/~1things~1{name}".into(),
        ),
        at(
            "path-parameter-undeclared",
            get("/parameters/0"),
            json!({ "name": "q", "in": "query", "schema": { "type": "string" } }),
            get(""),
        ),
        at(
            "path-parameter-stray",
            get("/parameters/1"),
            json!({ "name": "q", "in": "path", "required": true, "schema": { "$ref": "#/components/schemas/Size" } }),
            get("/parameters/1"),
        ),
        at(
            "path-parameter-optional",
            get("/parameters/0/required"),
            Value::Null,
            get("/parameters/0"),
        ),
        here(
            "parameter-duplicate",
            get("/parameters/2"),
            json!({ "name": "size", "in": "query", "schema": { "type": "string" } }),
        ),
        at(
            "query-null",
            get("/parameters/2"),
            json!({ "name": "q", "in": "query", "schema": { "type": ["string", "null"] } }),
            get("/parameters/2/schema"),
        ),
        at(
            "parameter-default-beside-ref",
            get("/parameters/1/schema/default"),
            json!("BIG"),
            get("/parameters/1/schema"),
        ),
        at("put-request-lacks-property", PUT.into(), put(), thing("/properties/kind")),
        at(
            "responses-missing",
            "/webhooks".into(),
            json!({ "x": { "post": { "operationId": "sendThing", "summary": "s", "description": "d", "tags": ["Things"] } } }),
            "/webhooks/x/post".into(),
        ),
        at(
            "response-undescribed",
            get("/responses/200/description"),
            Value::Null,
            get("/responses/200"),
        ),
        here("status-invalid", get("/responses/600"), json!({ "description": "d" })),
        here("status-range", get("/responses/3XX"), json!({ "description": "d" })),
        here(
            "status-default",
            get("/responses/default"),
            json!({ "$ref": "#/components/responses/Bad" }),
        ),
        at(
            "error-missing",
            "/webhooks".into(),
            json!({ "x": { "post": { "operationId": "sendThing", "summary": "s", "description": "d", "tags": ["Things"], "responses": { "204": { "description": "d" } } } } }),
            "/webhooks/x/post/responses".into(),
        ),
        at(
            "error-schemas-differ",
            get("/responses/500"),
            json!({ "description": "d", "content": { "application/json": { "schema": { "type": "string" }, "example": "x" } } }),
            get("/responses/500/content/application~1json"),
        ),
        at(
            "error-without-example",
            get("/responses/404/content/application~1json/example"),
            Value::Null,
            get("/responses/404/content/application~1json"),
        ),
        here("response-constrained", thing("/properties/count/maximum"), json!(9)),
        here("response-closed", thing("/additionalProperties"), json!(false)),
        here(
            "response-optional-or-null",
            thing("/properties/later"),
            json!({ "type": ["string", "null"] }),
        ),
        at(
            "all-of-impossible",
            new("/both/allOf/0"),
            json!({ "type": "string" }),
            new("/both/allOf"),
        ),
        at("bounds-impossible", new("/name/minLength"), json!(10), new("/name/minLength")),
        here("default-invalid", thing("/properties/count/default"), json!(-1)),
        at("required-unknown", thing("/required"), json!(["count", "cuont"]), thing("/required")),
        at(
            "description-in-null-branch",
            new("/note/oneOf/0/description"),
            json!("d"),
            new("/note/oneOf/0/description"),
        ),
        here("property-names", new("/map/propertyNames"), json!({ "pattern": "^a" })),
        at(
            "number-without-format",
            thing("/properties/count/format"),
            Value::Null,
            thing("/properties/count"),
        ),
        at(
            "number-without-minimum",
            thing("/properties/count/minimum"),
            Value::Null,
            thing("/properties/count"),
        ),
        here("format-unsigned", thing("/properties/count/format"), json!("uint32")),
        here("format-unknown", new("/name/format"), json!("nonsense")),
        at(
            "enum-inline",
            new("/name"),
            json!({ "type": "string", "enum": ["a"] }),
            new("/name/enum"),
        ),
        at(
            "enum-values-shared",
            "/components/schemas/Kind/x-enum-varnames".into(),
            Value::Null,
            "/components/schemas/Kind/enum".into(),
        ),
        here(
            "enum-varnames-length",
            "/components/schemas/Kind/x-enum-varnames".into(),
            json!(["KIND_BIG"]),
        ),
        at(
            "enum-empty",
            "/components/schemas/Kind".into(),
            json!({ "type": "string", "enum": [] }),
            "/components/schemas/Kind/enum".into(),
        ),
        here("example-invalid", thing("/properties/count/example"), json!("one")),
        at(
            "example-invalid",
            "/components/responses/Bad/content/application~1json/examples/Bad/value".into(),
            json!({ "error": 1 }),
            "/components/responses/Bad/content/application~1json/examples/Bad".into(),
        ),
        at(
            "example-twice",
            "/components/responses/Bad/content/application~1json/example".into(),
            json!({ "error": "x" }),
            "/components/responses/Bad/content/application~1json".into(),
        ),
        here("examples-shape", new("/name/examples"), json!({ "a": { "value": "b" } })),
    ]
}

/// Sets the target of a pointer, or removes it if the value is null.
fn set(document: &mut Value, pointer: &str, value: Value) {
    let (container, key) = pointer.rsplit_once('/').expect("a pointer");
    let key = key.replace("~1", "/").replace("~0", "~");
    match document.pointer_mut(container).unwrap_or_else(|| panic!("{container}")) {
        Value::Array(list) => {
            let n: usize = key.parse().unwrap();
            if n == list.len() { list.push(value) } else { list[n] = value }
        }
        object if value.is_null() => {
            drop(object.as_object_mut().unwrap().shift_remove(&key).expect("an existing key"))
        }
        object => object[key] = value,
    }
}

fn found(document: Value) -> Vec<(&'static str, String)> {
    let findings = lint(&Document::new(document).unwrap());
    findings.into_iter().map(|finding| (finding.rule, finding.pointer)).collect()
}

#[test]
fn a_valid_document_has_no_findings() {
    assert_eq!(found(good()), []);
}

#[test]
fn each_violation_has_one_finding_at_the_expected_pointer() {
    let mut wrong = Vec::new();
    for (rule, target, value, pointer) in cases() {
        let mut document = good();
        set(&mut document, &target, value);
        let mut pointer = pointer;
        if rule == "operation-id-collides-with-schema" {
            set(
                &mut document,
                "/components/schemas/MakeThingResponse",
                json!({ "type": "string" }),
            );
            set(
                &mut document,
                &format!("{GET}/responses/201"),
                json!({ "description": "d", "content": { "a/b": { "schema": { "$ref": "#/components/schemas/MakeThingResponse" } } } }),
            );
            pointer = format!("{GET}/operationId");
        }
        let found = found(document);
        if found != [(rule, pointer.clone())] {
            wrong.push(format!("{rule} at {pointer}: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn put_requests_are_compared_with_responses_at_any_depth() {
    let string = json!({ "type": "string" });
    let item = |names: &[&str]| {
        let properties: serde_json::Map<_, _> =
            names.iter().map(|name| ((*name).to_owned(), string.clone())).collect();
        json!({ "type": "object", "properties": properties })
    };
    let mut document = good();
    set(&mut document, PUT, put());
    let schemas = &mut document["components"]["schemas"];
    schemas["Thing"]["properties"]["kind"]["readOnly"] = json!(true);
    schemas["Step"] = item(&["id", "note"]);
    let list = json!({ "type": "array", "items": { "$ref": "#/components/schemas/Step" } });
    schemas["Thing"]["properties"]["steps"] = json!({ "oneOf": [list, { "type": "null" }] });
    schemas["Thing"]["required"] = json!(["count", "steps"]);
    schemas["StepInput"] = json!({ "allOf": [item(&["id"]), item(&["other"])] });
    let list = json!({ "type": "array", "items": { "$ref": "#/components/schemas/StepInput" } });
    let body = "/requestBody/content/application~1json/schema/properties/steps";
    set(&mut document, &format!("{PUT}{body}"), list);
    let findings = lint(&Document::new(document.clone()).unwrap());
    let messages: Vec<_> = findings.iter().map(|finding| finding.message.as_str()).collect();
    let expected = "the property `note` of the response is missing in the PUT request `StepInput`";
    assert_eq!(messages, [expected]);
    assert_eq!(findings[0].pointer, "/components/schemas/Step/properties/note");

    document["components"]["schemas"]["StepInput"]["allOf"][1] = item(&["note"]);
    assert_eq!(found(document), []);
}

#[test]
fn no_rule_is_untested() {
    let cases = cases();
    for rule in LINT_RULES {
        assert!(cases.iter().any(|case| case.0 == rule.name), "{}", rule.name);
    }
    assert!(cases.iter().all(|case| LINT_RULES.iter().any(|rule| rule.name == case.0)));
}

#[test]
fn our_own_document_has_no_findings() {
    let document = Document::read(include_str!("../../../../openapi.json")).unwrap();
    let findings = lint(&document);
    assert!(findings.is_empty(), "{findings:#?}");
}

#[test]
fn findings_are_written_in_four_formats() {
    let mut document = good();
    set(&mut document, &format!("{THING}/properties/count/default"), json!(-1));
    set(&mut document, &format!("{THING}/additionalProperties"), json!(false));
    let text = format!("{document:#}\n");
    let findings = lint(&Document::new(document).unwrap());
    let report = Report {
        subject: "small.json".into(),
        file: "small.json".into(),
        text,
        findings,
        nothing: "clean",
    };
    for (name, format) in [
        ("text", Format::Text),
        ("markdown", Format::Markdown),
        ("json", Format::Json),
        ("github", Format::Github),
    ] {
        let mut out = Vec::new();
        report.write(format, &mut out).unwrap();
        assert_snapshot!(name, String::from_utf8(out).unwrap());
    }
}
