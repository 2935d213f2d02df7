//! The meaning of random schemas, with a JSON Schema validator as the reference: the 3.0 copy of a
//! schema allows the same values, and `diff` knows whether null is valid.
//!
//! The copy is translated back for the validator independently of the code under test: `nullable`
//! adds null to the type beside it or, without a type, to the whole schema; an exclusive bound is a
//! flag.

use jsonschema::{Draft, Validator};
use proptest::{collection::vec, prelude::*, sample::select};
use runledger_contract::{Document, diff, downlevel};
use serde_json::{Map, Value, json};

/// The schemas that random schemas refer to.
fn components() -> Value {
    json!({ "schemas": {
        "Object": {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]},
        "Word": {"type": "string", "enum": ["a", "b"]},
    } })
}

fn any_instance() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3i64..8).prop_map(Value::from),
        select(vec![0.5, 1.5, 5.0]).prop_map(Value::from),
        select(vec!["", "a", "b", "ab", "abcdef"]).prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            vec((select(vec!["a", "b", "c"]), inner), 0..3).prop_map(|members| {
                Value::Object(members.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
            }),
        ]
    })
}

const TYPES: [&str; 7] = ["null", "boolean", "integer", "number", "string", "array", "object"];

fn any_schema() -> impl Strategy<Value = Value> {
    let keyword = prop_oneof![
        5 => prop_oneof![
            select(TYPES.to_vec()).prop_map(Value::from),
            proptest::sample::subsequence(TYPES.to_vec(), 1..3).prop_map(Value::from),
        ].prop_map(|value| ("type", value)),
        2 => vec(any_instance(), 1..3).prop_map(|values| ("enum", Value::from(values))),
        1 => any_instance().prop_map(|value| ("const", value)),
        1 => (0i64..6).prop_map(|n| ("minimum", json!(n))),
        1 => (0i64..6).prop_map(|n| ("exclusiveMinimum", json!(n))),
        1 => (0i64..6).prop_map(|n| ("maximum", json!(n))),
        1 => (0i64..6).prop_map(|n| ("exclusiveMaximum", json!(n))),
        1 => (0u8..3).prop_map(|n| ("minLength", json!(n))),
        1 => (0u8..3).prop_map(|n| ("maxItems", json!(n))),
        1 => Just(("uniqueItems", json!(true))),
        1 => Just(("nullable", json!(true))),
        1 => vec(select(vec!["a", "b"]), 0..2).prop_map(|mut names| {
            names.dedup();
            ("required", json!(names))
        }),
        1 => select(vec!["Object", "Word"])
            .prop_map(|name| ("$ref", json!(format!("#/components/schemas/{name}")))),
        1 => any::<bool>().prop_map(|closed| ("additionalProperties", json!(closed))),
    ];
    let object = |keywords: Vec<(&'static str, Value)>| {
        Value::Object(keywords.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
    };
    let leaf = prop_oneof![
        1 => any::<bool>().prop_map(Value::from),
        9 => vec(keyword.clone(), 0..4).prop_map(object),
    ];
    leaf.prop_recursive(3, 24, 3, move |inner| {
        let within = prop_oneof![
            vec(inner.clone(), 1..3).prop_map(|all| ("allOf", Value::from(all))),
            vec(inner.clone(), 1..3).prop_map(|all| ("anyOf", Value::from(all))),
            vec(inner.clone(), 1..3).prop_map(|all| ("oneOf", Value::from(all))),
            (vec(inner.clone(), 1..2)).prop_map(|mut all| {
                all.push(json!({"type": "null"}));
                ("oneOf", Value::from(all))
            }),
            inner.clone().prop_map(|one| ("not", one)),
            inner.clone().prop_map(|one| ("items", one)),
            inner.clone().prop_map(|one| ("additionalProperties", one)),
            (inner.clone(), inner).prop_map(|(a, b)| ("properties", json!({"a": a, "b": b}))),
        ];
        (vec(within, 1..3), vec(keyword.clone(), 0..3)).prop_map(move |(mut all, more)| {
            all.extend(more);
            object(all)
        })
    })
}

fn document(schema: &Value) -> Value {
    let mut components = components();
    components["schemas"]["T"] = schema.clone();
    let info = json!({ "title": "t", "version": "1" });
    json!({ "openapi": "3.1.0", "info": info, "paths": {}, "components": components })
}

fn validator(components: &Value) -> Validator {
    let whole = json!({ "$ref": "#/components/schemas/T", "components": components });
    jsonschema::options().with_draft(Draft::Draft202012).build(&whole).unwrap()
}

/// A schema of 3.0 in the dialect of JSON Schema 2020-12.
fn translated(schema: &Value) -> Value {
    let Some(schema) = schema.as_object() else { return schema.clone() };
    if let Some(reference) = schema.get("$ref") {
        return json!({ "$ref": reference });
    }
    let mut translation = Map::new();
    for (key, value) in schema {
        let value = match key.as_str() {
            "items" | "not" | "additionalProperties" => translated(value),
            "allOf" | "anyOf" | "oneOf" => {
                value.as_array().unwrap().iter().map(translated).collect()
            }
            "properties" => {
                let each = value.as_object().unwrap().iter();
                Value::Object(each.map(|(name, value)| (name.clone(), translated(value))).collect())
            }
            "minimum" | "maximum" => {
                let exclusive = format!("exclusive{}{}", key[..1].to_uppercase(), &key[1..]);
                if schema.get(&exclusive) == Some(&json!(true)) {
                    translation.insert(exclusive, value.clone());
                    continue;
                }
                value.clone()
            }
            "exclusiveMinimum" | "exclusiveMaximum" | "nullable" => continue,
            _ => value.clone(),
        };
        translation.insert(key.clone(), value);
    }
    if schema.get("nullable") != Some(&json!(true)) {
        return Value::Object(translation);
    }
    if let Some(one) = translation.get("type").cloned() {
        translation.insert("type".into(), json!([one, "null"]));
        return Value::Object(translation);
    }
    json!({ "anyOf": [{ "type": "null" }, translation] })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1024,
        max_global_rejects: 100_000,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_3_0_copy_allows_the_same_values(
        schema in any_schema(),
        instances in vec(any_instance(), 12),
    ) {
        let newer = document(&schema);
        // Schemas that 3.0 cannot express are tested elsewhere.
        let copy = downlevel(&newer);
        prop_assume!(copy.is_ok());
        let copy = copy.unwrap();
        prop_assert_eq!(&downlevel(&copy).unwrap(), &copy, "a second conversion changes nothing");
        let each = copy["components"]["schemas"].as_object().unwrap().iter();
        let schemas: Map<_, _> =
            each.map(|(name, value)| (name.clone(), translated(value))).collect();
        let older = validator(&json!({ "schemas": schemas }));
        let newer = validator(&newer["components"]);
        for instance in instances.iter().chain([&Value::Null]) {
            let copy = &copy["components"]["schemas"]["T"];
            let (in_newer, in_older) = (newer.is_valid(instance), older.is_valid(instance));
            prop_assert_eq!(in_newer, in_older, "{} in {} as {}", instance, schema, copy);
        }
    }

    #[test]
    fn diff_knows_whether_null_is_valid(schema in any_schema()) {
        let document = document(&schema);
        let is_valid = validator(&document["components"]).is_valid(&Value::Null);
        let with_body = |schema: Value| {
            let mut document = document.clone();
            let content = json!({"application/json": {"schema": schema}});
            document["paths"] = json!({"/": {"post": {"requestBody": {"content": content}}}});
            Document::new(document).unwrap()
        };
        let reference = json!({"$ref": "#/components/schemas/T"});
        let findings = diff(&with_body(json!(true)), &with_body(reference));
        let is_refused = findings.iter().any(|finding| {
            finding.rule == "request-null-refused"
                && finding.location == "request body application/json"
        });
        prop_assert_eq!(is_refused, !is_valid, "{}", schema);
    }
}
