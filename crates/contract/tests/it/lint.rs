//! The rules of `lint`: for each, the smallest change of a valid document that breaks only it.

use std::collections::BTreeSet;

use insta::assert_snapshot;
use runledger_contract::{Document, Format, LINT_RULES, Report, lint};
use serde::Deserialize;
use serde_json::{Value, json};

/// A change of the valid document, and the expected finding.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Violation {
    rule: String,
    /// The pointer to set.
    set: String,
    /// The value to set; null removes the target.
    value: Value,
    /// The pointer of the finding; by default, the pointer to set.
    pointer: Option<String>,
}

fn violations() -> Vec<Violation> {
    serde_saphyr::from_str(include_str!("corpus/rules.yaml")).unwrap()
}

/// A document without findings.
fn valid() -> Value {
    serde_saphyr::from_str(include_str!("corpus/valid.yaml")).unwrap()
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
    assert_eq!(found(valid()), []);
}

#[test]
fn each_violation_has_one_finding_at_the_expected_pointer() {
    let mut wrong = Vec::new();
    for Violation { rule, set: target, value, pointer } in violations() {
        let mut document = valid();
        set(&mut document, &target, value);
        let found = found(document);
        let expected = (rule.as_str(), pointer.unwrap_or(target));
        if found != [expected.clone()] {
            wrong.push(format!("{expected:?}: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_warning_is_ignored_where_the_object_names_its_rule() {
    let mut document = valid();
    set(&mut document, "/info/contact", Value::Null);
    let [(rule, _)] = found(document.clone())[..] else { panic!("one finding") };
    for (ignored, count) in [(json!(rule), 0), (json!(["other", rule]), 0), (json!("other"), 1)] {
        set(&mut document, "/info/x-lint-ignore", ignored);
        assert_eq!(found(document.clone()).len(), count, "{document:#}");
    }
    let mut invalid = valid();
    set(&mut invalid, "/info/title", Value::Null);
    let found_in = found(invalid.clone());
    set(&mut invalid, "/info/x-lint-ignore", json!(found_in[0].0));
    assert_eq!(found(invalid), found_in, "an error is not ignored");
}

#[test]
fn put_requests_are_compared_with_responses_at_any_depth() {
    let object = |properties: Value| json!({ "type": "object", "properties": properties });
    let list = |name: &str| {
        let items = json!({ "$ref": format!("#/components/schemas/{name}") });
        json!({ "type": "array", "items": items })
    };
    let mut document = valid();
    let put = violations().into_iter().find(|case| case.rule == "put-request-lacks-property");
    let Violation { set: target, value, .. } = put.expect("a PUT operation");
    set(&mut document, &target, value);
    let body = "requestBody/content/application~1json/schema/properties/steps";
    set(&mut document, &format!("{target}/{body}"), list("StepInput"));
    let schemas = &mut document["components"]["schemas"];
    schemas["Thing"]["properties"]["kind"]["readOnly"] = json!(true);
    schemas["Thing"]["properties"]["steps"] = json!({"oneOf": [list("Step"), {"type": "null"}]});
    schemas["Thing"]["required"] = json!(["count", "steps"]);
    let string = json!({ "type": "string" });
    schemas["Step"] = object(json!({ "id": string, "note": string }));
    schemas["StepInput"] =
        json!({ "allOf": [object(json!({ "id": string })), object(json!({ "other": string }))] });
    let findings = lint(&Document::new(document.clone()).unwrap());
    let messages: Vec<_> = findings.iter().map(|finding| finding.message.as_str()).collect();
    let expected = "the property `note` of the response is missing in the PUT request `StepInput`";
    assert_eq!(messages, [expected]);
    assert_eq!(findings[0].pointer, "/components/schemas/Step/properties/note");

    document["components"]["schemas"]["StepInput"]["allOf"][1] = object(json!({ "note": string }));
    assert_eq!(found(document), []);
}

#[test]
fn no_rule_is_untested() {
    let violations = violations();
    let tested: BTreeSet<_> = violations.iter().map(|violation| violation.rule.as_str()).collect();
    let rules: BTreeSet<_> = LINT_RULES.iter().map(|rule| rule.name).collect();
    assert_eq!(tested, rules);
}

#[test]
fn our_own_document_has_no_findings() {
    let document = Document::read(include_str!("../../../../openapi.json")).unwrap();
    let findings = lint(&document);
    assert!(findings.is_empty(), "{findings:#?}");
}

#[test]
fn findings_are_written_in_four_formats() {
    let thing = "/components/schemas/Thing";
    let mut document = valid();
    set(&mut document, &format!("{thing}/properties/count/default"), json!(-1));
    set(&mut document, &format!("{thing}/additionalProperties"), json!(false));
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
