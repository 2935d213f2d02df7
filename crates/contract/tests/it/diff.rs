//! The findings of `diff`: the corpus of changes, and the formats of reports.

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
    /// The expected verdict if the schema is in a request.
    request: Option<String>,
    /// The expected verdict if the schema is in a response.
    response: Option<String>,
}

/// A pair of documents of the corpus.
#[derive(Deserialize)]
struct Documents {
    title: String,
    old: Value,
    new: Value,
    expected: Option<String>,
}

fn schemas() -> Vec<Schemas> {
    serde_saphyr::from_str(include_str!("corpus/schemas.yaml")).unwrap()
}

fn documents() -> Vec<Documents> {
    serde_saphyr::from_str(include_str!("corpus/documents.yaml")).unwrap()
}

/// The document that the documents of the corpus are patches of.
fn base() -> Value {
    serde_saphyr::from_str(include_str!("corpus/base.yaml")).unwrap()
}

/// A document with a schema in a request or in a response.
fn around(schema: &Value, is_request: bool) -> Document {
    let content =
        json!({"application/json": {"schema": {"type": "object", "properties": {"it": schema}}}});
    let mut operation = json!({"responses": {"200": {"description": "d"}}});
    if is_request {
        operation["requestBody"] = json!({"content": content});
    } else {
        operation["responses"]["200"]["content"] = content;
    }
    let mut document = base();
    document["paths"]["/it"] = json!({"post": operation});
    Document::new(document).unwrap()
}

/// Applies a JSON merge patch (RFC 7396).
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

/// The worst level and all rules, as the corpus states them.
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
fn each_pair_of_schemas_has_the_expected_findings() {
    for Schemas { title, old, new, request, response } in schemas() {
        for (expected, is_request) in [(request, true), (response, false)] {
            let (old, new) = (around(&old, is_request), around(&new, is_request));
            let findings = diff(&old, &new);
            let direction = if is_request { "request" } else { "response" };
            assert_eq!(verdict(&findings), expected, "{title}, {direction}: {findings:#?}");
            for finding in findings {
                assert_eq!(finding.operations, ["POST /it"], "{title}");
                let location = if is_request {
                    "request body application/json $"
                } else {
                    "response 200 application/json $"
                };
                assert!(finding.location.starts_with(location), "{title}: {}", finding.location);
                assert_points_into(&finding, &[&old, &new], &title);
            }
            assert_eq!(diff(&new, &new), [], "{title}");
        }
    }
}

#[test]
fn each_pair_of_documents_has_the_expected_findings() {
    for Documents { title, old, new, expected } in documents() {
        let old = Document::new(patched(base(), &old)).unwrap();
        let new = Document::new(patched(base(), &new)).unwrap();
        let findings = diff(&old, &new);
        assert_eq!(verdict(&findings), expected, "{title}: {findings:#?}");
        for finding in findings {
            assert_points_into(&finding, &[&old, &new], &title);
        }
        assert_eq!(diff(&new, &new), [], "{title}");
    }
}

fn assert_points_into(finding: &Finding, documents: &[&Document], title: &str) {
    let exists = |document: &&Document| document.root().pointer(&finding.pointer).is_some();
    assert!(documents.iter().any(exists), "{title}: {}", finding.pointer);
}

#[test]
fn every_rule_has_a_pair_in_the_corpus() {
    let schemas = schemas().into_iter().flat_map(|pair| [pair.request, pair.response]);
    let expected: Vec<_> =
        schemas.chain(documents().into_iter().map(|pair| pair.expected)).flatten().collect();
    let known: BTreeSet<_> =
        expected.iter().flat_map(|expected| expected.split(' ').skip(1)).collect();
    let rules: BTreeSet<_> = DIFF_RULES.iter().map(|rule| rule.name).collect();
    assert_eq!(known, rules);
    assert_eq!(rules.len(), DIFF_RULES.len(), "rule names are unique");
}

#[test]
fn a_document_and_its_3_0_copy_mean_the_same() {
    for Schemas { title, old, new, .. } in schemas() {
        for schema in [old, new] {
            let document = around(&schema, true);
            // The copy of a schema in `not` has another text, and `not` is compared by its text.
            if schema.get("not").is_some() {
                continue;
            }
            // Some schemas of the corpus cannot be expressed in 3.0.
            let Ok(copy) = downlevel(document.root()) else { continue };
            let findings = diff(&document, &Document::new(copy).unwrap());
            assert_eq!(findings, [], "{title}: {schema}");
        }
    }
}

#[test]
fn a_change_in_a_shared_schema_is_reported_once_for_each_direction() {
    let mut new = base();
    new["components"]["schemas"]["Thing"]["properties"]["id"]["type"] = json!("integer");
    let findings = diff(&Document::new(base()).unwrap(), &Document::new(new).unwrap());
    let reported: Vec<_> =
        findings.iter().map(|f| (f.rule, f.location_in_words(), f.pointer.as_str())).collect();
    let pointer = "/components/schemas/Thing/properties/id/type";
    assert_eq!(
        reported,
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
fn circular_and_dangling_references_terminate() {
    let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let (a, b) = (reference("A"), reference("B"));
    let schemas = [
        json!({ "A": b, "B": a }),
        json!({ "A": { "allOf": [a, { "oneOf": [a] }] } }),
        json!({ "A": { "properties": { "a": a }, "items": { "$ref": "#/nowhere" } } }),
        json!({ "A": { "$ref": "#" } }),
        json!({ "A": { "$ref": 3, "oneOf": 3, "properties": [], "enum": {}, "type": {} } }),
    ];
    let document = |components: &Value| {
        let mut document = around(&a, true).root().clone();
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
fn a_long_chain_of_references_is_followed_to_its_end() {
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
fn findings_are_written_in_four_formats() {
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
fn a_report_without_findings_is_one_line() {
    let report =
        Report { subject: "a against b".into(), nothing: "no change", ..Report::default() };
    let mut out = Vec::new();
    report.write(Format::Text, &mut out).unwrap();
    insta::assert_snapshot!(String::from_utf8(out).unwrap(), @"a against b: no change");
}
