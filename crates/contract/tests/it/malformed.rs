//! Invalid documents lead to findings or to a clear error, never to a panic.

use proptest::prelude::*;
use runledger_contract::{Document, diff, downlevel, lint};
use serde_json::{Value, json};

const OURS: &str = include_str!("../../../../openapi.json");

/// A change of the document at a random pointer.
#[derive(Clone, Debug)]
enum Change {
    Replace(usize, Value),
    Delete(usize),
    Copy(usize, usize),
    Refer(usize, usize),
}

fn pointers(value: &Value) -> Vec<String> {
    let mut pointers = Vec::new();
    let mut pending = vec![(String::new(), value)];
    while let Some((pointer, value)) = pending.pop() {
        let child = |key: &str| format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
        match value {
            Value::Object(all) => {
                pending.extend(all.iter().map(|(key, value)| (child(key), value)))
            }
            Value::Array(all) => {
                pending.extend(all.iter().enumerate().map(|(n, v)| (child(&n.to_string()), v)))
            }
            _ => {}
        }
        pointers.push(pointer);
    }
    pointers
}

fn apply(document: &mut Value, change: &Change) {
    let pointers = pointers(document);
    let pointer = |n: &usize| pointers[n % pointers.len()].clone();
    let (target, value) = match change {
        Change::Replace(n, value) => (pointer(n), value.clone()),
        Change::Delete(n) => (pointer(n), Value::Null),
        Change::Copy(from, to) => {
            (pointer(to), document.pointer(&pointer(from)).cloned().unwrap_or_default())
        }
        Change::Refer(from, to) => (pointer(from), json!({ "$ref": format!("#{}", pointer(to)) })),
    };
    let (parent, key) = target.rsplit_once('/').unwrap_or_default();
    match (change, document.pointer_mut(parent)) {
        (Change::Delete(_), Some(Value::Object(parent))) => {
            parent.shift_remove(&key.replace("~1", "/").replace("~0", "~"));
        }
        _ => {
            if let Some(there) = document.pointer_mut(&target) {
                *there = value;
            }
        }
    }
    // The result must still be recognized as a document.
    if !document.is_object() {
        *document = json!({});
    }
    document["openapi"] = json!("3.1.0");
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!(null)),
        Just(json!(true)),
        Just(json!(3)),
        Just(json!(-1e300)),
        Just(json!("")),
        Just(json!([])),
        Just(json!({})),
        Just(json!([[], {}, 1])),
        Just(json!({ "$ref": 3 })),
        Just(json!({ "$ref": "#" })),
        Just(json!({ "$ref": "#/%ff" })),
        Just(json!({ "$ref": "x" })),
        Just(json!({ "$id": "http://[", "pattern": "(((", "type": "x" })),
    ]
}

fn any_change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (any::<usize>(), any_value()).prop_map(|(n, value)| Change::Replace(n, value)),
        any::<usize>().prop_map(Change::Delete),
        any::<(usize, usize)>().prop_map(|(from, to)| Change::Copy(from, to)),
        any::<(usize, usize)>().prop_map(|(from, to)| Change::Refer(from, to)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_change_of_our_document_causes_a_panic(
        changes in prop::collection::vec(any_change(), 1..12),
    ) {
        let mut document: Value = serde_json::from_str(OURS).unwrap();
        changes.iter().for_each(|change| apply(&mut document, change));
        let changed = Document::new(document.clone()).unwrap();
        lint(&changed);
        let ours = Document::read(OURS).unwrap();
        diff(&ours, &changed);
        diff(&changed, &ours);
        prop_assert_eq!(diff(&changed, &changed), []);
        if let Ok(copy) = downlevel(&document) {
            prop_assert_eq!(downlevel(&copy).unwrap(), copy);
        }
    }
}

#[test]
fn sections_of_the_wrong_type_are_reported() {
    for section in ["info", "paths", "components"] {
        let mut document: Value = serde_json::from_str(OURS).unwrap();
        document[section] = json!(3);
        let findings = lint(&Document::new(document).unwrap());
        assert!(!findings.is_empty(), "{section}");
        if section != "info" {
            let pointer = format!("/{section}");
            assert!(
                findings.iter().any(|f| f.rule == "wrong-type" && f.pointer == pointer),
                "{section}"
            );
        }
    }
}

#[test]
fn deep_nesting_is_refused() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        assert!(Document::read(&format!("{{\"openapi\":\"3.1.0\",\"x\":{deep}}}")).is_err());
        assert!(Document::read(&format!("openapi: 3.1.0\nx: {deep}\n")).is_err());
    }
}

#[test]
fn the_deepest_readable_document_is_processed() {
    let deep = format!("{}{{}}{}", "{\"not\":".repeat(120), "}".repeat(120));
    let text = format!("{{\"openapi\":\"3.1.0\",\"components\":{{\"schemas\":{{\"A\":{deep}}}}}}}");
    let document = Document::read(&text).unwrap();
    assert!(lint(&document).iter().any(|finding| finding.rule == "component-unused"));
    assert!(downlevel(document.root()).is_ok());
}

#[test]
fn exponentially_nested_aliases_are_refused() {
    let mut text = "openapi: 3.1.0\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..12 {
        let alias = format!("*a{}", n - 1);
        text += &format!("a{n}: &a{n} [{}]\n", vec![alias; 10].join(", "));
    }
    assert!(Document::read(&text).is_err());
}
