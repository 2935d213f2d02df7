//! Faults of the list of workflows.

use axum::http::{HeaderValue, header};
use runledger_tests::world::KEY;
use serde_json::{Value, json};

use super::fault::{Effect, Fault, RequestLine, ignore_parameter, rewrite_query};

/// The faults.
pub const FAULTS: &[Fault] = &[
    Fault {
        name: "the total of a workflow is off by one",
        fails: &["workflow-figures"],
        effect: Effect::ChangeBody(|request, body| {
            for workflow in workflows(request, body) {
                workflow["total"] = json!(workflow["total"].as_i64().unwrap() + 1);
            }
        }),
    },
    Fault {
        name: "the state of the newest run is an old one",
        fails: &["workflow-figures"],
        effect: Effect::ChangeBody(|request, body| {
            for workflow in workflows(request, body) {
                workflow["newest_run"]["status"] = json!("RUNNING");
            }
        }),
    },
    Fault {
        name: "the median is in milliseconds",
        fails: &["workflow-durations"],
        effect: Effect::ChangeBody(|request, body| {
            for workflow in workflows(request, body) {
                let seconds = workflow["median_duration"].as_f64();
                workflow["median_duration"] = json!(seconds.map(|seconds| seconds * 1000.0));
            }
        }),
    },
    Fault {
        name: "the page of workflows is ignored",
        fails: &["workflows-in-order"],
        effect: Effect::ChangeRequest(|request| {
            if request.uri().path() == "/v1/workflows" {
                ignore_parameter(request, "page=");
            }
        }),
    },
    Fault {
        name: "the workflow with the newest run comes last",
        fails: &["workflows-follow-recordings"],
        effect: Effect::ChangeBody(|request, body| workflows(request, body).reverse()),
    },
    Fault {
        name: "q has no case",
        fails: &["workflows-by-beginning"],
        effect: Effect::ChangeRequest(|request| {
            rewrite_query(request, "q=WORKFLOW", "q=workflow");
        }),
    },
    Fault {
        name: "every key sees the workflows of one tenant",
        fails: &["isolation-by-workflow"],
        effect: Effect::ChangeRequest(|request| {
            let value = request.headers().get(header::AUTHORIZATION);
            let has_key = value.is_some_and(|value| value.as_bytes().starts_with(b"Token "));
            if request.uri().path() == "/v1/workflows" && has_key {
                let key = HeaderValue::try_from(format!("Token {KEY}")).unwrap();
                request.headers_mut().insert(header::AUTHORIZATION, key);
            }
        }),
    },
];

/// The workflows in a response.
fn workflows<'a>(request: &RequestLine, body: &'a mut Value) -> &'a mut [Value] {
    let is_list = request.path == "/v1/workflows";
    body.get_mut("items").filter(|_| is_list).and_then(Value::as_array_mut).map_or(&mut [], |it| it)
}
