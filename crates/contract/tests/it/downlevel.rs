//! The conversion of each construct of 3.1 to 3.0.

use runledger_contract::{DownlevelError, downlevel};
use serde_json::{Value, json};

fn document(schema: Value) -> Value {
    json!({
        "openapi": "3.1.0",
        "info": { "title": "t", "version": "1", "summary": "s", "license": { "name": "MIT", "identifier": "MIT" } },
        "paths": {},
        "components": { "schemas": { "T": schema, "N": { "type": ["string", "null"] } } },
    })
}

fn schema(schema: Value) -> Result<Value, DownlevelError> {
    downlevel(&document(schema)).map(|copy| copy["components"]["schemas"]["T"].clone())
}

#[test]
fn each_schema_of_3_1_has_its_form_of_3_0() {
    for (newer, older) in [
        (
            json!({"type": ["string", "null"], "format": "x"}),
            json!({"type": "string", "nullable": true, "format": "x"}),
        ),
        (
            json!({"type": ["string", "null"], "enum": ["a"]}),
            json!({"type": "string", "enum": ["a"]}),
        ),
        (
            json!({"type": ["string", "null"], "enum": ["a", null]}),
            json!({"type": "string", "nullable": true, "enum": ["a", null]}),
        ),
        (
            json!({"type": ["string", "null"], "const": "a"}),
            json!({"type": "string", "enum": ["a"]}),
        ),
        (
            json!({"oneOf": [{"type": "null"}, {"$ref": "#/a"}], "description": "d"}),
            json!({"nullable": true, "allOf": [{"$ref": "#/a"}], "description": "d"}),
        ),
        (
            json!({"anyOf": [{"$ref": "#/a"}, {"$ref": "#/b"}, {"type": "null"}]}),
            json!({"nullable": true, "anyOf": [{"$ref": "#/a"}, {"$ref": "#/b"}]}),
        ),
        (
            json!({"oneOf": [{"type": "string", "enum": ["a"], "description": "inner"}, {"type": "null"}], "description": "outer"}),
            json!({"nullable": true, "type": "string", "enum": ["a", null], "description": "outer"}),
        ),
        (
            json!({"minLength": 2, "oneOf": [{"type": "string", "minLength": 1}, {"type": "null"}]}),
            json!({"minLength": 2, "nullable": true, "allOf": [{"type": "string", "minLength": 1}]}),
        ),
        (
            json!({"oneOf": [{"$ref": "#/a"}, {"type": "null"}], "allOf": [{"$ref": "#/b"}]}),
            json!({"allOf": [{"nullable": true, "allOf": [{"$ref": "#/a"}]}, {"$ref": "#/b"}]}),
        ),
        (json!({"$ref": "#/a"}), json!({"$ref": "#/a"})),
        (
            json!({"$ref": "#/a", "description": "d"}),
            json!({"description": "d", "allOf": [{"$ref": "#/a"}]}),
        ),
        (json!({"const": "a"}), json!({"enum": ["a"]})),
        (json!({"examples": [1, 2]}), json!({"example": 1})),
        (json!({"exclusiveMinimum": 0}), json!({"minimum": 0, "exclusiveMinimum": true})),
        (json!({"exclusiveMinimum": 3, "minimum": 5}), json!({"minimum": 5})),
        (
            json!({"minimum": 3, "exclusiveMinimum": 3, "exclusiveMaximum": 8, "maximum": 9}),
            json!({"minimum": 3, "exclusiveMinimum": true, "maximum": 8, "exclusiveMaximum": true}),
        ),
        (json!({"type": "array"}), json!({"type": "array", "items": {}})),
        (
            json!({"additionalProperties": {"type": ["string", "null"]}, "propertyNames": {"type": "string"}}),
            json!({"additionalProperties": {"type": "string", "nullable": true}}),
        ),
        (
            json!({"properties": {"type": {"type": ["integer", "null"]}}}),
            json!({"properties": {"type": {"type": "integer", "nullable": true}}}),
        ),
        (json!({"items": {"const": 1}}), json!({"items": {"enum": [1]}})),
        (json!({"items": true, "not": false}), json!({"items": {}, "not": {"not": {}}})),
        (
            json!({"type": ["string", "integer"]}),
            json!({"anyOf": [{"type": "string"}, {"type": "integer"}]}),
        ),
        (
            json!({"type": ["array", "integer", "null"], "anyOf": [{"maximum": 1}, {"minimum": 5}]}),
            json!({
                "allOf": [{"anyOf": [{"type": "array", "items": {}, "nullable": true}, {"type": "integer"}]}],
                "anyOf": [{"maximum": 1}, {"minimum": 5}],
            }),
        ),
        (json!({"type": "null"}), json!({"type": "string", "nullable": true, "enum": [null]})),
        (json!({"const": null}), json!({"type": "string", "nullable": true, "enum": [null]})),
        (
            json!({"oneOf": [{"type": "null"}]}),
            json!({"allOf": [{"type": "string", "nullable": true, "enum": [null]}]}),
        ),
        (
            json!({"type": "object", "oneOf": [{"$ref": "#/a"}, {"type": "null"}]}),
            json!({"type": "object", "allOf": [{"nullable": true, "allOf": [{"$ref": "#/a"}]}]}),
        ),
        (json!({"enum": [1, 2], "const": 2}), json!({"enum": [2]})),
        (
            json!({"oneOf": [{"$ref": "#/a"}, {"const": null}]}),
            json!({"nullable": true, "allOf": [{"$ref": "#/a"}]}),
        ),
        (
            json!({"anyOf": [{"type": ["string", "null"], "enum": ["a", null]}, {"type": ["null"]}]}),
            json!({"nullable": true, "allOf": [{"type": "string", "nullable": true, "enum": ["a", null]}]}),
        ),
        (json!({"type": "string", "nullable": true}), json!({"type": "string"})),
        (json!({"type": "object", "required": []}), json!({"type": "object"})),
        (
            json!({"type": "string", "contentEncoding": "base64"}),
            json!({"type": "string", "format": "byte"}),
        ),
        (
            json!({"type": "string", "contentMediaType": "application/octet-stream"}),
            json!({"type": "string", "format": "binary"}),
        ),
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
fn a_schema_that_3_0_cannot_express_is_refused_with_its_pointer() {
    for (newer, path) in [
        (json!({"properties": {"a/b": {"prefixItems": []}}}), "/properties/a~1b/prefixItems"),
        (json!({"type": "null", "enum": [null, 1]}), "/type"),
        (json!({"enum": []}), "/enum"),
        (json!({"$id": "urn:x"}), "/$id"),
        (json!({"items": {"dependencies": {}}}), "/items/dependencies"),
        (json!({"enum": [1], "const": 2}), "/enum"),
        (json!({"exclusiveMinimum": true}), "/exclusiveMinimum"),
        (json!({"contentEncoding": "base32"}), "/contentEncoding"),
        (json!({"propertyNames": {"pattern": "^a"}}), "/propertyNames"),
        (json!({"items": {"if": {}}}), "/items/if"),
        (json!({"allOf": [{"patternProperties": {}}]}), "/allOf/0/patternProperties"),
        (json!({"oneOf": [{"type": ["string", "null"]}, {"type": "null"}]}), "/oneOf"),
        (json!({"oneOf": [{"type": "null"}, {"type": "null"}]}), "/oneOf"),
        (json!({"oneOf": [{"$ref": "#/components/schemas/N"}, {"type": "null"}]}), "/oneOf"),
        (json!({"oneOf": [{"type": "null"}, {"contains": {}}]}), "/oneOf/1/contains"),
    ] {
        let error = schema(newer.clone()).expect_err(&newer.to_string());
        assert_eq!(error.pointer, format!("/components/schemas/T{path}"));
    }
}

#[test]
fn schemas_are_converted_everywhere_and_data_is_not() {
    let (newer, older) = (json!({"const": 1}), json!({"enum": [1]}));
    let with_schemas = |schema: &Value| {
        let data = json!({ "schema": { "const": 1 } });
        json!({
            "openapi": "3.0.3",
            "info": { "title": "t", "version": "1" },
            "x-note": data,
            "paths": { "/example": {
                "parameters": [{ "name": "a", "in": "query", "schema": schema, "example": data }],
                "get": {
                    "parameters": [{ "name": "b", "in": "query", "content": { "application/json": { "schema": schema } } }],
                    "requestBody": { "content": { "application/json": { "schema": schema, "examples": { "a": { "value": data } } } } },
                    "responses": { "default": {
                        "description": "d",
                        "headers": { "example": { "schema": schema } },
                        "content": { "application/json": { "schema": schema, "example": data } },
                    } },
                },
            } },
            "components": {
                "schemas": { "default": schema, "List": { "properties": { "example": schema }, "default": data } },
                "parameters": { "schema": { "name": "c", "in": "query", "schema": schema } },
                "responses": { "examples": { "description": "d", "content": { "a/b": { "schema": schema } } } },
            },
        })
    };
    let mut document = with_schemas(&newer);
    document["openapi"] = json!("3.1.0");
    assert_eq!(downlevel(&document).unwrap(), with_schemas(&older));
}

#[test]
fn a_section_that_3_0_does_not_have_is_refused_with_its_pointer() {
    for (pointer, document) in [
        ("/webhooks", json!({"openapi": "3.1.0", "webhooks": {"a": {}}})),
        (
            "/components/pathItems",
            json!({"openapi": "3.1.0", "components": {"pathItems": {"a": {}}}}),
        ),
        ("/openapi", json!({"openapi": "3.2.0"})),
        ("/openapi", json!({"info": {}})),
        ("/jsonSchemaDialect", json!({"openapi": "3.1.0", "jsonSchemaDialect": "urn:x"})),
        (
            "/components/securitySchemes/a/type",
            json!({"openapi": "3.1.0", "components": {"securitySchemes": {"a": {"type": "mutualTLS"}}}}),
        ),
    ] {
        assert_eq!(downlevel(&document).expect_err(pointer).pointer, pointer);
    }
}

#[test]
fn a_3_0_document_is_returned_unchanged() {
    let copy = downlevel(&document(json!({"type": ["string", "null"]}))).unwrap();
    assert_eq!(copy["openapi"], "3.0.3");
    assert_eq!(copy["info"], json!({"title": "t", "version": "1", "license": {"name": "MIT"}}));
    assert_eq!(downlevel(&copy).unwrap(), copy);
}
