//! Faults of tags, of lost runs and of sizes.

use axum::http::{HeaderValue, Method, StatusCode, header::ETAG};
use serde_json::json;

use super::fault::{Effect, Fault};

/// The faults.
pub const FAULTS: &[Fault] = &[
    Fault {
        name: "a recorded run has no tag",
        fails: &["recorded-run-has-its-tag"],
        effect: Effect::ChangeResponse(|request, response| {
            if request.method == Method::PUT {
                response.headers_mut().remove(ETAG);
            }
        }),
    },
    Fault {
        name: "the tag of a PATCH is that of its own response",
        fails: &["recorded-run-has-its-tag"],
        effect: Effect::ChangeResponse(|request, response| {
            if request.method == Method::PATCH {
                response.headers_mut().insert(ETAG, HeaderValue::from_static("\"own\""));
            }
        }),
    },
    Fault {
        name: "a lost run has no outcome",
        fails: &["silent-run-is-lost"],
        effect: Effect::ChangeBody(|request, body| {
            if request.path.ends_with("-silent") && body["outcome"] == "LOST" {
                body.as_object_mut().unwrap().remove("outcome");
            }
        }),
    },
    Fault {
        name: "a run that was lost stays lost",
        fails: &["silent-run-is-lost"],
        effect: Effect::ChangeBody(|request, body| {
            if request.path.ends_with("-silent") && body["status"] == "SUCCEEDED" {
                body["outcome"] = json!("LOST");
            }
        }),
    },
    Fault {
        name: "an error of a lost run stays",
        fails: &["silent-run-is-lost"],
        effect: Effect::ChangeBody(|request, body| {
            if request.method == Method::PATCH && request.path.ends_with("-silent") {
                body["error"] = json!("Nothing was heard of it");
            }
        }),
    },
    Fault {
        name: "a long name loses its end",
        fails: &["long-texts-shortened"],
        effect: Effect::ChangeBody(|request, body| {
            if request.path.ends_with("-long-texts") {
                let name = body["steps"][0]["step_name"].as_str().unwrap();
                body["steps"][0]["step_name"] = json!(name.trim_end_matches("last"));
            }
        }),
    },
    Fault {
        name: "half of a surrogate pair is a question mark",
        fails: &["long-texts-shortened"],
        effect: Effect::ChangeBody(|request, body| {
            if request.path.ends_with("-long-texts") {
                body["steps"][1]["step_name"] = json!("?");
            }
        }),
    },
    Fault {
        name: "a body that is too large is a 400",
        fails: &["large-body-refused"],
        effect: Effect::ChangeResponse(|_, response| {
            if response.status() == 413 {
                *response.status_mut() = StatusCode::BAD_REQUEST;
            }
        }),
    },
];
