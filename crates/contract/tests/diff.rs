//! What `diff` says of pairs of documents: the corpus, and the words.

use std::collections::BTreeSet;

use runledger_contract::{
    DIFF_RULES, Document, Finding, Format, Level, Report, diff, downlevel, to_pretty,
};
use serde::Deserialize;
use serde_json::{Value, json};

/// A pair of schemas of the corpus.
#[derive(Deserialize)]
struct Schemas {
    title: String,
    old: Value,
    new: Value,
    sent: Option<String>,
    answered: Option<String>,
}

/// A pair of documents of the corpus.
#[derive(Deserialize)]
struct Documents {
    title: String,
    old: Value,
    new: Value,
    due: Option<String>,
}

fn schemas() -> Vec<Schemas> {
    serde_saphyr::from_str(include_str!("corpus/schemas.yaml")).unwrap()
}

fn documents() -> Vec<Documents> {
    serde_saphyr::from_str(include_str!("corpus/documents.yaml")).unwrap()
}

/// The small document that the corpus's documents differ from.
fn base() -> Value {
    let thing = json!({"$ref": "#/components/schemas/Thing"});
    json!({
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1.0.0"},
        "security": [{"Key": []}],
        "paths": {
            "/things": {"get": {
                "operationId": "listThings",
                "tags": ["Things"],
                "parameters": [{"name": "limit", "in": "query", "description": "l", "schema": {"type": "integer"}}],
                "responses": {
                    "200": {
                        "description": "d",
                        "headers": {"x-id": {"required": true, "schema": {"type": "string"}}},
                        "content": {"application/json": {"schema": {"type": "array", "items": thing}}},
                    },
                    "404": {"description": "d"},
                },
            }},
            "/things/{id}": {"put": {
                "operationId": "putThing",
                "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
                "requestBody": {"content": {"application/json": {"schema": thing}}},
                "responses": {"204": {"description": "d"}},
            }},
        },
        "components": {
            "schemas": {
                "Thing": {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]},
                "Other": {
                    "type": "object",
                    "properties": {"id": {"type": "string"}, "of": {"type": "string"}},
                    "required": ["id", "of"],
                },
            },
            "securitySchemes": {
                "Key": {"type": "apiKey", "in": "header", "name": "X-Key"},
                "Login": {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "u", "scopes": {"read": "r", "write": "w"}}}},
            },
        },
    })
}

/// A document that sends a schema in a request, or answers with it.
fn around(schema: &Value, sent: bool) -> Document {
    let content =
        json!({"application/json": {"schema": {"type": "object", "properties": {"it": schema}}}});
    let mut operation = json!({"responses": {"200": {"description": "d"}}});
    if sent {
        operation["requestBody"] = json!({"content": content});
    } else {
        operation["responses"]["200"]["content"] = content;
    }
    let mut document = base();
    document["paths"]["/it"] = json!({"post": operation});
    Document::new(document).unwrap()
}

/// RFC 7396.
fn patched(mut target: Value, patch: &Value) -> Value {
    let Value::Object(patch) = patch else { return patch.clone() };
    if !target.is_object() {
        target = json!({});
    }
    let object = target.as_object_mut().unwrap();
    for (key, value) in patch {
        if value.is_null() {
            object.shift_remove(key);
        } else {
            let before = object.shift_remove(key).unwrap_or_default();
            object.insert(key.clone(), patched(before, value));
        }
    }
    target
}

/// The worst level and all rules, the way the corpus writes them.
fn verdict(findings: &[Finding]) -> Option<String> {
    let worst = findings.first()?.level;
    let mut rules = Vec::new();
    for finding in findings {
        if !rules.contains(&finding.rule) {
            rules.push(finding.rule);
        }
    }
    Some(format!("{worst} {}", rules.join(" ")))
}

#[test]
fn the_corpus_of_schemas_is_judged_as_is_due() {
    for Schemas { title, old, new, sent, answered } in schemas() {
        for (due, direction) in [(sent, true), (answered, false)] {
            let (old, new) = (around(&old, direction), around(&new, direction));
            let findings = diff(&old, &new);
            let side = if direction { "sent" } else { "answered" };
            assert_eq!(verdict(&findings), due, "{title}, {side}: {findings:#?}");
            for finding in findings {
                assert_eq!(finding.operations, ["POST /it"], "{title}");
                let place = if direction {
                    "request body application/json $"
                } else {
                    "response 200 application/json $"
                };
                assert!(finding.place.starts_with(place), "{title}: {}", finding.place);
                let there =
                    |document: &Document| document.root().pointer(&finding.pointer).is_some();
                assert!(there(&old) || there(&new), "{title}: {}", finding.pointer);
            }
            assert_eq!(diff(&new, &new), [], "{title}");
        }
    }
}

#[test]
fn the_corpus_of_documents_is_judged_as_is_due() {
    for Documents { title, old, new, due } in documents() {
        let old = Document::new(patched(base(), &old)).unwrap();
        let new = Document::new(patched(base(), &new)).unwrap();
        let findings = diff(&old, &new);
        assert_eq!(verdict(&findings), due, "{title}: {findings:#?}");
        for finding in findings {
            let there = |document: &Document| document.root().pointer(&finding.pointer).is_some();
            assert!(there(&old) || there(&new), "{title}: {}", finding.pointer);
        }
        assert_eq!(diff(&new, &new), [], "{title}");
    }
}

#[test]
fn every_rule_has_a_pair_in_the_corpus() {
    let schemas = schemas().into_iter().flat_map(|pair| [pair.sent, pair.answered]);
    let due: Vec<_> =
        schemas.chain(documents().into_iter().map(|pair| pair.due)).flatten().collect();
    let known: BTreeSet<_> = due.iter().flat_map(|due| due.split(' ').skip(1)).collect();
    let rules: BTreeSet<_> = DIFF_RULES.iter().map(|rule| rule.name).collect();
    assert_eq!(known, rules);
    assert_eq!(rules.len(), DIFF_RULES.len(), "no two rules have one name");
}

#[test]
fn a_document_and_its_3_0_copy_mean_the_same() {
    for Schemas { title, old, new, .. } in schemas() {
        for schema in [old, new] {
            let document = around(&schema, true);
            // Where 3.0 cannot say it, there is nothing to compare; and within `not`, words are compared, not meaning.
            if schema.get("not").is_some() {
                continue;
            }
            let Ok(copy) = downlevel(document.root()) else { continue };
            let findings = diff(&document, &Document::new(copy).unwrap());
            assert_eq!(findings, [], "{title}: {schema}");
        }
    }
}

#[test]
fn a_change_in_a_shared_schema_is_told_once_with_all_that_it_reaches() {
    let mut new = base();
    new["components"]["schemas"]["Thing"]["properties"]["id"]["type"] = json!("integer");
    let findings = diff(&Document::new(base()).unwrap(), &Document::new(new).unwrap());
    let told: Vec<_> =
        findings.iter().map(|f| (f.rule, f.place_in_words(), f.pointer.as_str())).collect();
    let pointer = "/components/schemas/Thing/properties/id/type";
    assert_eq!(
        told,
        [
            (
                "response-type-changed",
                "GET /things, response 200 application/json $[*].id".to_owned(),
                pointer
            ),
            (
                "request-type-changed",
                "PUT /things/{id}, request body application/json $.id".to_owned(),
                pointer
            ),
        ]
    );
}

#[test]
fn references_that_go_in_circles_or_nowhere_end() {
    let schemas = [
        json!({"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}}),
        json!({"A": {"allOf": [{"$ref": "#/components/schemas/A"}, {"oneOf": [{"$ref": "#/components/schemas/A"}]}]}}),
        json!({"A": {"properties": {"a": {"$ref": "#/components/schemas/A"}}, "items": {"$ref": "#/nowhere"}}}),
        json!({"A": {"$ref": "#"}}),
        json!({"A": {"$ref": 3, "oneOf": 3, "properties": [], "enum": {}, "required": "a", "type": {}}}),
    ];
    let document = |components: &Value| {
        let mut document = around(&json!({"$ref": "#/components/schemas/A"}), true).root().clone();
        document["components"]["schemas"] = components.clone();
        Document::new(document).unwrap()
    };
    for old in &schemas {
        for new in &schemas {
            diff(&document(old), &document(new));
        }
    }
}

#[test]
fn a_chain_of_references_of_any_length_ends() {
    let chain = |last: Value| {
        let mut document = around(&json!({"$ref": "#/components/schemas/C0"}), true).root().clone();
        let schemas = document["components"]["schemas"].as_object_mut().unwrap();
        for n in 0..1_000 {
            let next = json!({"$ref": format!("#/components/schemas/C{}", n + 1)});
            schemas.insert(format!("C{n}"), json!({"allOf": [next], "properties": {"a": next}}));
        }
        schemas.insert("C1000".into(), last);
        Document::new(document).unwrap()
    };
    let findings = diff(&chain(json!({"maxLength": 2})), &chain(json!({"maxLength": 1})));
    assert_eq!(verdict(&findings).as_deref(), Some("breaking request-bound-tightened"));
}

fn a_report() -> Report {
    let mut new = base();
    new["components"]["schemas"]["Thing"]["properties"] =
        json!({"uid": {"type": "string"}, "a`|\u{1b}b": {"type": "null"}});
    new["components"]["schemas"]["Thing"]["required"] = json!(["uid"]);
    new["paths"]["/things"]["get"]["responses"] =
        json!({"200": base()["paths"]["/things"]["get"]["responses"]["200"]});
    let text = to_pretty(&new);
    let findings = diff(&Document::new(base()).unwrap(), &Document::new(new).unwrap());
    Report {
        subject: "openapi.json against openapi.json of 1a2b3c4 (main)".into(),
        file: "openapi.json".into(),
        text,
        findings,
        nothing: "no change",
    }
}

#[test]
fn findings_are_told_in_four_shapes() {
    let report = a_report();
    assert_eq!(report.worst(), Some(Level::Breaking));
    for (name, format) in [
        ("text", Format::Text),
        ("markdown", Format::Markdown),
        ("json", Format::Json),
        ("github", Format::Github),
    ] {
        let mut out = Vec::new();
        report.write(format, &mut out).unwrap();
        insta::assert_snapshot!(name, String::from_utf8(out).unwrap());
    }
}

#[test]
fn nothing_is_told_in_a_word() {
    let report =
        Report { subject: "a against b".into(), nothing: "no change", ..Report::default() };
    let mut out = Vec::new();
    report.write(Format::Text, &mut out).unwrap();
    insta::assert_snapshot!(String::from_utf8(out).unwrap(), @"a against b: no change");
}
