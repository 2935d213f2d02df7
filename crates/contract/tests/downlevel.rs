//! What becomes of each construct of 3.1 on the way to 3.0.

use runledger_contract::{DownlevelError, downlevel};
use serde_json::{Value, json};

fn document(schema: Value) -> Value {
    json!({
        "openapi": "3.1.0",
        "info": { "title": "t", "version": "1", "summary": "s", "license": { "name": "MIT", "identifier": "MIT" } },
        "paths": {},
        "components": { "schemas": { "T": schema } },
    })
}

fn schema(schema: Value) -> Result<Value, DownlevelError> {
    downlevel(&document(schema)).map(|copy| copy["components"]["schemas"]["T"].clone())
}

#[test]
fn says_in_the_words_of_3_0_what_3_1_says_in_others() {
    for (newer, older) in [
        (
            json!({"type": ["string", "null"], "format": "x"}),
            json!({"type": "string", "nullable": true, "format": "x"}),
        ),
        (
            json!({"type": ["string", "null"], "enum": ["a"]}),
            json!({"type": "string", "nullable": true, "enum": ["a", null]}),
        ),
        (
            json!({"oneOf": [{"type": "null"}, {"$ref": "#/a"}], "description": "d"}),
            json!({"nullable": true, "allOf": [{"$ref": "#/a"}], "description": "d"}),
        ),
        (
            json!({"anyOf": [{"$ref": "#/a"}, {"$ref": "#/b"}, {"type": "null"}]}),
            json!({"nullable": true, "anyOf": [{"$ref": "#/a"}, {"$ref": "#/b"}]}),
        ),
        (json!({"$ref": "#/a"}), json!({"$ref": "#/a"})),
        (
            json!({"$ref": "#/a", "description": "d"}),
            json!({"description": "d", "allOf": [{"$ref": "#/a"}]}),
        ),
        (json!({"const": "a"}), json!({"enum": ["a"]})),
        (json!({"examples": [1, 2]}), json!({"example": 1})),
        (json!({"exclusiveMinimum": 0}), json!({"minimum": 0, "exclusiveMinimum": true})),
        (
            json!({"additionalProperties": {"type": ["string", "null"]}, "propertyNames": {"type": "string"}}),
            json!({"additionalProperties": {"type": "string", "nullable": true}}),
        ),
        (
            json!({"properties": {"type": {"type": ["integer", "null"]}}}),
            json!({"properties": {"type": {"type": "integer", "nullable": true}}}),
        ),
        (json!({"items": {"const": 1}}), json!({"items": {"enum": [1]}})),
        (
            json!({"example": {"type": ["a", "null"], "const": 1}}),
            json!({"example": {"type": ["a", "null"], "const": 1}}),
        ),
        (json!({"x-note": {"const": 1}}), json!({"x-note": {"const": 1}})),
    ] {
        assert_eq!(schema(newer.clone()).unwrap(), older, "{newer}");
    }
}

#[test]
fn refuses_what_3_0_cannot_say_and_names_the_place() {
    for (newer, path) in [
        (json!({"properties": {"a/b": {"prefixItems": []}}}), "/properties/a~1b/prefixItems"),
        (json!({"type": ["string", "integer"]}), "/type"),
        (json!({"type": "null"}), "/type"),
        (json!({"items": {"if": {}}}), "/items/if"),
        (json!({"allOf": [{"patternProperties": {}}]}), "/allOf/0/patternProperties"),
        (json!({"items": true}), "/items"),
    ] {
        let error = schema(newer.clone()).expect_err(&newer.to_string());
        assert_eq!(error.path, format!("/components/schemas/T{path}"));
    }
}

#[test]
fn leaves_a_3_0_document_as_it_is_and_names_its_own_version() {
    let copy = downlevel(&document(json!({"type": ["string", "null"]}))).unwrap();
    assert_eq!(copy["openapi"], "3.0.3");
    assert_eq!(copy["info"], json!({"title": "t", "version": "1", "license": {"name": "MIT"}}));
    assert_eq!(downlevel(&copy).unwrap(), copy);
}
