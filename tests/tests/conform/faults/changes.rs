//! Faults of changes, of the stream of changes, and of entity tags.

use axum::http::{HeaderValue, header};
use runledger_tests::world::{KEY, OTHER};
use serde_json::{Value, json};

use super::{
    errors::{authorization, has_key},
    fault::{Effect, Fault, ignore_parameter, response_with, rewrite_query},
};

/// The faults.
pub const FAULTS: &[Fault] = &[
    Fault {
        name: "changes always begin at the first one",
        fails: &["changes-in-order", "changes-recorded"],
        effect: Effect::ChangeRequest(|request| {
            if request.uri().path() == "/v1/changes" {
                ignore_parameter(request, "after");
            }
        }),
    },
    Fault {
        name: "the last change before the number is listed again",
        fails: &["changes-in-order"],
        effect: Effect::ChangeRequest(|request| {
            for n in 1..200 {
                let (from, to) = (format!("&after={n}"), format!("&after={}", n - 1));
                if request.uri().to_string().ends_with(&from) {
                    return rewrite_query(request, &from, &to);
                }
            }
        }),
    },
    Fault {
        name: "next_after is one too small",
        fails: &["changes-in-order"],
        effect: Effect::ChangeBody(|_, body| {
            if let Some(next) = body["next_after"].as_i64() {
                body["next_after"] = json!(next - 1);
            }
        }),
    },
    Fault {
        name: "deletions are not listed",
        fails: &["changes-recorded"],
        effect: Effect::ChangeBody(|_, body| {
            if let Some(items) = changes(body) {
                items.retain(|item| item["deleted"] == false);
            }
        }),
    },
    Fault {
        name: "a change has the state of the first recording",
        fails: &["changes-recorded"],
        effect: Effect::ChangeBody(|_, body| {
            for item in changes(body).into_iter().flatten() {
                if item["deleted"] == false {
                    item["run"]["status"] = json!("RUNNING");
                }
            }
        }),
    },
    Fault {
        name: "the other tenant gets our changes",
        fails: &["isolation-of-changes"],
        effect: Effect::ChangeRequest(|request| {
            if request.uri().path() == "/v1/changes" && has_key(request, OTHER) {
                request.headers_mut().insert(header::AUTHORIZATION, authorization(KEY));
            }
        }),
    },
    Fault {
        name: "the last event is sent again",
        fails: &["events-resume"],
        effect: Effect::ChangeRequest(|request| {
            if let Some(id) = request.headers().get("last-event-id").cloned() {
                let id: u64 = id.to_str().unwrap().parse().unwrap();
                request.headers_mut().insert("last-event-id", (id - 1).into());
            }
        }),
    },
    Fault {
        name: "there is no stream of changes",
        fails: &["events-resume"],
        effect: Effect::Replace(|request| {
            let error = r#"{"error":"There is no endpoint at this path"}"#;
            (request.path == "/v1/events").then(|| response_with(404, error))
        }),
    },
    Fault {
        name: "If-None-Match is ignored",
        fails: &["not-modified", "known-run-not-created"],
        effect: Effect::ChangeRequest(|request| {
            request.headers_mut().remove(header::IF_NONE_MATCH);
        }),
    },
    Fault {
        name: "every tag matches",
        fails: &["not-modified"],
        effect: Effect::ChangeRequest(|request| {
            if request.headers().contains_key(header::IF_NONE_MATCH) {
                let any = HeaderValue::from_static("*");
                request.headers_mut().insert(header::IF_NONE_MATCH, any);
            }
        }),
    },
];

fn changes(body: &mut Value) -> Option<&mut Vec<Value>> {
    body.get("next_after")?;
    body.get_mut("items")?.as_array_mut()
}
