//! The shared check refuses what it should: a check that cannot fail proves nothing.

use std::panic::{AssertUnwindSafe, catch_unwind};

use runledger_tests::{
    curl,
    documentation::{LIST, NOT_FOUND, RUN, UNAUTHORIZED},
    spec::{check_request, check_response},
};
use serde_json::{Value, json};

const JSON: &str = "application/json";
const LIST_PATH: &str = "/v1/executions";
const RUN_PATH: &str = "/v1/executions/run_def456";

/// Whether a check panics, as a failing test does.
fn fails(check: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(check)).is_err()
}

fn refuses(path: &str, status: u16, body: &Value) -> bool {
    fails(|| check_response("GET", path, status, JSON, body.to_string().as_bytes()))
}

fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The places of everything in a value but the value itself.
fn places(value: &Value, place: &str, found: &mut Vec<String>) {
    let below: Vec<(String, &Value)> = match value {
        Value::Object(object) => object.iter().map(|(k, v)| (k.clone(), v)).collect(),
        Value::Array(values) => {
            values.iter().enumerate().map(|(n, v)| (n.to_string(), v)).collect()
        }
        _ => return,
    };
    for (key, value) in below {
        let place = format!("{place}/{key}");
        places(value, &place, found);
        found.push(place);
    }
}

#[test]
fn responses_with_a_missing_key_or_another_type() {
    let mut checked = 0;
    for (path, status, text) in [
        (LIST_PATH, 200, LIST),
        (RUN_PATH, 200, RUN),
        (LIST_PATH, 401, UNAUTHORIZED),
        (RUN_PATH, 404, NOT_FOUND),
    ] {
        let good = parse(text);
        assert!(!refuses(path, status, &good), "{good}");
        let mut found = Vec::new();
        places(&good, "", &mut found);
        for place in &found {
            let mut bad = good.clone();
            *bad.pointer_mut(place).unwrap() = json!([false]);
            assert!(refuses(path, status, &bad), "{place} of another type passes");
            checked += 1;
            let (parent, key) = place.rsplit_once('/').unwrap();
            let mut bad = good.clone();
            if let Some(object) = bad.pointer_mut(parent).unwrap().as_object_mut() {
                object.remove(key);
                assert!(refuses(path, status, &bad), "without {place} passes");
            }
        }
    }
    assert!(checked > 40, "{checked}");
}

#[test]
fn formats_and_words_and_bounds_of_responses() {
    for (place, value) in [
        ("/created_at", json!("2025-01-04")),
        ("/created_at", json!("2025-13-04T12:00:00Z")),
        ("/finished_at", json!("soon")),
        ("/status", json!("succeeded")),
        ("/status", json!("all")),
        ("/duration", json!(-0.5)),
        ("/step_count", json!(1.5)),
        ("/steps/0/step_type", json!("ACTION")),
        ("/steps/0/status", json!("PAUSED")),
        ("/steps/0/attempt", json!(-1)),
        ("/steps/0/duration", json!(null)),
    ] {
        let mut bad = parse(RUN);
        *bad.pointer_mut(place).unwrap() = value.clone();
        assert!(refuses(RUN_PATH, 200, &bad), "{place} = {value} passes");
    }
    for place in ["/duration", "/started_at", "/finished_at", "/steps/0/error"] {
        let mut good = parse(RUN);
        *good.pointer_mut(place).unwrap() = json!(null);
        assert!(!refuses(RUN_PATH, 200, &good), "{place} may be null");
    }
}

#[test]
fn statuses_and_media_types_and_bodies_that_are_not_documented() {
    let error = UNAUTHORIZED.as_bytes();
    assert!(!fails(|| check_response("GET", LIST_PATH, 401, JSON, error)));
    assert!(fails(|| check_response("GET", LIST_PATH, 404, JSON, error)), "no 404 for lists");
    assert!(fails(|| check_response("GET", LIST_PATH, 418, JSON, error)));
    assert!(fails(|| check_response("GET", LIST_PATH, 401, "text/html", error)));
    assert!(fails(|| check_response("GET", LIST_PATH, 401, JSON, b"<html>")));
    assert!(fails(|| check_response("HEAD", LIST_PATH, 401, JSON, error)), "a body after HEAD");
    assert!(fails(|| check_response("GET", "/nothing", 404, "text/plain", error)));
    assert!(fails(|| check_response("GET", "/nothing", 404, JSON, b"{\"message\":\"\"}")));
    assert!(!fails(|| check_response("GET", "/nothing", 404, JSON, error)));
    assert!(!fails(|| check_response("get", LIST_PATH, 405, JSON, error)), "no method of HTTP");
}

#[test]
fn requests_that_do_not_fit_the_parameters_or_have_no_key() {
    let key = [("Authorization".to_owned(), "Token your-api-key-here".to_owned())];
    let refused = |path: &str| fails(|| check_request("GET", path, &key));
    for good in ["", "?page=1", "?limit=100&status=all", "?workflow_id=workflow_abc123"] {
        assert!(!refused(&format!("{LIST_PATH}{good}")), "{good}");
    }
    for bad in ["?page=0", "?limit=101", "?limit=x", "?status=DONE", "?workflow_id=", "?other=1"] {
        assert!(refused(&format!("{LIST_PATH}{bad}")), "{bad} passes");
    }
    assert!(refused("/v2/executions"));
    assert!(fails(|| check_request("GET", LIST_PATH, &[])), "no key");
    let bearer = [("Authorization".to_owned(), "Bearer your-api-key-here".to_owned())];
    assert!(fails(|| check_request("GET", LIST_PATH, &bearer)));
}

#[test]
fn curl_lines_that_are_not_the_documentations() {
    let line =
        "curl -X GET \"https://api.puq.ai/v1/executions\" \\\n  -H \"Authorization: Token k\"";
    let read = curl::parse(line);
    assert_eq!((read.method.as_str(), read.path.as_str()), ("GET", "/v1/executions"));
    assert_eq!(read.headers, [("Authorization".to_owned(), "Token k".to_owned())]);
    for (good, bad) in
        [("curl -X", "curl"), ("api.puq.ai", "example.org"), ("-H", "-d"), ("n: T", "n T")]
    {
        assert!(
            line.contains(good) && fails(|| _ = curl::parse(&line.replace(good, bad))),
            "{bad}"
        );
    }
}
