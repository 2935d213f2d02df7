//! The conversion of each construct of 3.1 to 3.0.

use runledger_contract::{DownlevelError, downlevel};
use serde::Deserialize;
use serde_json::{Value, json};

/// A schema of 3.1 and its form of 3.0.
#[derive(Deserialize)]
struct Converted {
    newer: Value,
    older: Value,
}

/// A schema that 3.0 cannot express, and the pointer in it that the error names.
#[derive(Deserialize)]
struct Refused {
    schema: Value,
    pointer: String,
}

fn document(schema: Value) -> Value {
    let license = json!({ "name": "MIT", "identifier": "MIT" });
    json!({
        "openapi": "3.1.0",
        "info": { "title": "t", "version": "1", "summary": "s", "license": license },
        "paths": {},
        "components": { "schemas": { "T": schema, "N": { "type": ["string", "null"] } } },
    })
}

fn schema(schema: Value) -> Result<Value, DownlevelError> {
    downlevel(&document(schema)).map(|copy| copy["components"]["schemas"]["T"].clone())
}

#[test]
fn each_schema_of_3_1_has_its_form_of_3_0() {
    let corpus: Vec<Converted> =
        serde_saphyr::from_str(include_str!("corpus/downlevel.yaml")).unwrap();
    for Converted { newer, older } in corpus {
        assert_eq!(schema(newer.clone()).unwrap(), older, "{newer}");
    }
}

#[test]
fn a_schema_that_3_0_cannot_express_is_refused_with_its_pointer() {
    let corpus: Vec<Refused> = serde_saphyr::from_str(include_str!("corpus/refused.yaml")).unwrap();
    for Refused { schema, pointer } in corpus {
        let error = self::schema(schema.clone()).expect_err(&schema.to_string());
        assert_eq!(error.pointer, format!("/components/schemas/T{pointer}"));
    }
}

#[test]
fn schemas_are_converted_everywhere_and_data_is_not() {
    let (newer, older) = (json!({"const": 1}), json!({"enum": [1]}));
    let with_schemas = |schema: &Value| {
        let data = json!({ "schema": { "const": 1 } });
        let media_type = json!({ "schema": schema, "example": data });
        let body = json!({ "schema": schema, "examples": { "a": { "value": data } } });
        let encoding = json!({ "a": { "headers": { "X-A": { "schema": schema } } } });
        let form = json!({ "schema": schema, "encoding": encoding });
        let by_content = json!({ "application/json": { "schema": schema } });
        let of_path = json!({ "name": "a", "in": "query", "schema": schema, "example": data });
        let of_operation = json!({ "name": "b", "in": "query", "content": by_content });
        let list = json!({ "properties": { "example": schema }, "default": data });
        json!({
            "openapi": "3.0.3",
            "info": { "title": "t", "version": "1" },
            "x-note": data,
            "paths": { "/example": {
                "parameters": [of_path],
                "get": {
                    "parameters": [of_operation],
                    "requestBody": { "content": { "application/json": body, "a/b": form } },
                    "responses": { "default": {
                        "description": "d",
                        "headers": { "example": { "schema": schema } },
                        "content": { "application/json": media_type },
                    } },
                },
            } },
            "components": {
                "schemas": { "default": schema, "List": list },
                "parameters": { "schema": { "name": "c", "in": "query", "schema": schema } },
                "responses": { "examples": { "description": "d", "content": by_content } },
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
            json!({
                "openapi": "3.1.0",
                "components": { "securitySchemes": { "a": { "type": "mutualTLS" } } },
            }),
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
