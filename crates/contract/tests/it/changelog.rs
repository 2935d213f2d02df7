//! The text of the changelog, and the version that a change requires.

use runledger_contract::{Document, Version, changelog, check_version, diff, next_version};
use serde_json::{Value, json};

fn document(version: &str, change: impl FnOnce(&mut Value)) -> Document {
    let thing = json!({ "$ref": "#/components/schemas/Thing" });
    let content = json!({ "application/json": { "schema": thing } });
    let state = json!({ "type": "string", "enum": ["ON", "OFF"] });
    let properties = json!({ "id": { "type": "string" }, "state": state });
    let mut document = json!({
        "openapi": "3.1.0",
        "info": { "title": "t", "version": version },
        "paths": { "/things/{id}": {
            "get": {
                "operationId": "getThing",
                "summary": "Show a *thing*",
                "responses": { "200": { "description": "d", "content": content } },
            },
            "put": {
                "operationId": "putThing",
                "summary": "Keep a thing",
                "requestBody": { "content": content },
                "responses": { "204": { "description": "d" } },
            },
        } },
        "components": { "schemas": {
            "Thing": { "type": "object", "properties": properties },
        } },
    });
    change(&mut document);
    Document::new(document).unwrap()
}

fn no_change(_: &mut Value) {}

fn breaking(document: &mut Value) {
    document["components"]["schemas"]["Thing"]["properties"]["state"]["enum"] =
        json!(["ON", "OFF", "IDLE"]);
}

fn compatible(document: &mut Value) {
    document["components"]["schemas"]["Thing"]["properties"]["note"] = json!({"type": "string"});
}

fn warning(document: &mut Value) {
    document["paths"]["/things/{id}"]["get"]["deprecated"] = json!(true);
}

#[test]
fn the_worst_change_determines_the_version() {
    for (old, change, expected) in [
        ("1.4.2", no_change as fn(&mut Value), "1.4.2"),
        ("1.4.2", compatible, "1.5.0"),
        ("1.4.2", warning, "1.5.0"),
        ("1.4.2", breaking, "2.0.0"),
        ("0.4.2", compatible, "0.4.3"),
        ("0.4.2", breaking, "0.5.0"),
    ] {
        let before = document(old, no_change);
        let findings = diff(&before, &document(old, change));
        let next = next_version(&old.parse().unwrap(), &findings);
        assert_eq!(next, expected.parse::<Version>().unwrap());
        assert_eq!(
            check_version(&before, &document(expected, change), &findings),
            None,
            "{old} to {expected}"
        );
        if expected != old {
            let finding =
                check_version(&before, &document(old, change), &findings).expect(expected);
            assert_eq!(finding.rule, "version-too-low");
            assert_eq!(finding.advice, format!("set `info.version` to {expected}"));
        }
    }
}

#[test]
fn a_version_may_be_higher_or_a_prerelease_but_never_lower() {
    let old = document("1.4.2", no_change);
    let rule = |version: &str, change: fn(&mut Value)| {
        let new = document(version, change);
        check_version(&old, &new, &diff(&old, &new)).map(|finding| finding.rule)
    };
    assert_eq!(rule("3.0.0", compatible), None);
    assert_eq!(rule("2.0.0-beta.1", breaking), None);
    assert_eq!(rule("1.4.3", no_change), None);
    assert_eq!(rule("1.4.3", compatible), Some("version-too-low"));
    assert_eq!(rule("1.4.1", no_change), Some("version-too-low"));
    assert_eq!(rule("1.5", compatible), Some("version-not-semantic"));
}

#[test]
fn a_changelog_begins_with_the_first_version() {
    let text = changelog("# Changes\n", None, &document("1.0.0", no_change));
    insta::assert_snapshot!(text);
}

#[test]
fn a_section_is_rewritten_and_its_written_part_is_kept() {
    let old = document("1.0.0", no_change);
    let first = changelog("# Changes\n\nWords.\n", None, &old);
    let new = document("2.0.0", |document| {
        breaking(document);
        compatible(document);
        warning(document);
    });
    let second = changelog(&first, Some(&old), &new);
    insta::assert_snapshot!(second);
    assert_eq!(changelog(&second, Some(&old), &new), second, "a second run changes nothing");

    let with_text = second.replace("## 2.0.0\n", "## 2.0.0\n\nAsk us *before* you move.\n");
    let third = changelog(&with_text, Some(&old), &document("2.0.0", breaking));
    assert!(third.contains("\n## 2.0.0\n\nAsk us *before* you move.\n\n<!-- "), "{third}");
    assert!(!third.contains("note"), "{third}");
    assert!(third.ends_with(&first[first.find("## 1.0.0").unwrap()..]), "{third}");
}
