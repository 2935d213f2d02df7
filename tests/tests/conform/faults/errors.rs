//! Faults of errors, keys and the separation of tenants.

use axum::{
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header},
};
use runledger_tests::world::{KEY, OTHER};
use serde_json::json;

use super::fault::{Effect, Fault, response_with};

/// The faults.
pub const FAULTS: &[Fault] = &[
    Fault {
        name: "a run of another tenant is returned by its id",
        fails: &["isolation-by-id"],
        effect: Effect::ChangeRequest(|request| {
            if request.uri().path().ends_with("/theirs") {
                request.headers_mut().insert(header::AUTHORIZATION, authorization(OTHER));
            }
        }),
    },
    Fault {
        name: "the other tenant gets our list",
        fails: &["isolation-by-list", "isolation-of-recorded"],
        effect: Effect::ChangeRequest(|request| {
            let is_list = request.uri().path() == "/v1/executions";
            if is_list && has_key(request, OTHER) {
                request.headers_mut().insert(header::AUTHORIZATION, authorization(KEY));
            }
        }),
    },
    Fault {
        name: "a missing run is a page of HTML",
        fails: &["json-bodies"],
        effect: Effect::ChangeResponse(|request, response| {
            if response.status() == 404 && request.path.contains("never-ran") {
                *response = response_with(404, "<h1>Not found</h1>");
                response
                    .headers_mut()
                    .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
            }
        }),
    },
    Fault {
        name: "a missing run is a 200",
        fails: &["unknown-run", "schemas"],
        effect: Effect::ChangeResponse(|request, response| {
            if response.status() == 404 && request.path.contains("never-ran") {
                *response = response_with(200, "{}");
            }
        }),
    },
    Fault {
        name: "no key is required",
        fails: &["key-required", "key-required-to-record"],
        effect: Effect::ChangeRequest(|request| {
            if !request.headers().contains_key(header::AUTHORIZATION) {
                request.headers_mut().insert(header::AUTHORIZATION, authorization(KEY));
            }
        }),
    },
    Fault {
        name: "PATCH requires no key",
        fails: &["key-required-to-record"],
        effect: Effect::ChangeRequest(|request| {
            add_missing_key(request, &Method::PATCH);
        }),
    },
    Fault {
        name: "DELETE requires no key",
        fails: &["key-required-to-record"],
        effect: Effect::ChangeRequest(|request| {
            add_missing_key(request, &Method::DELETE);
        }),
    },
    Fault {
        name: "a batch requires no key",
        fails: &["key-required-to-record"],
        effect: Effect::ChangeRequest(|request| {
            add_missing_key(request, &Method::POST);
        }),
    },
    Fault {
        name: "a 401 tells why the key is invalid",
        fails: &["key-required", "key-required-to-record"],
        effect: Effect::ChangeBody(|_, body| {
            if body["error"] == "Unauthorized: Invalid or expired API key" {
                body["error"] = json!("Unauthorized: this key has expired");
            }
        }),
    },
    Fault {
        name: "a status is undocumented",
        fails: &[
            "bounds-refused",
            "unknown-status-refused",
            "unknown-parameter-refused",
            "bad-filters-refused",
            "combinations-refused",
            "statuses",
        ],
        effect: Effect::ChangeResponse(|request, response| {
            if request.is_list() && response.status() == 400 {
                *response.status_mut() = StatusCode::CONFLICT;
            }
        }),
    },
    Fault {
        name: "the request id is missing",
        fails: &["request-ids"],
        effect: Effect::ChangeResponse(|_, response| {
            drop(response.headers_mut().remove("x-request-id"))
        }),
    },
    Fault {
        name: "an unknown endpoint is a 400",
        fails: &["no-endpoint"],
        effect: Effect::ChangeResponse(|request, response| {
            if request.path.ends_with("/conform-no-such-endpoint") {
                *response.status_mut() = StatusCode::BAD_REQUEST;
            }
        }),
    },
    Fault {
        name: "the key is refused",
        fails: &["key-accepted"],
        effect: Effect::ChangeRequest(|request| {
            drop(request.headers_mut().remove(header::AUTHORIZATION))
        }),
    },
    Fault {
        name: "the other key is refused",
        fails: &["other-key-accepted"],
        effect: Effect::ChangeRequest(|request| {
            if has_key(request, OTHER) {
                request.headers_mut().insert(header::AUTHORIZATION, authorization("unknown"));
            }
        }),
    },
];

/// Whether the request has this key.
pub fn has_key(request: &Request, key: &str) -> bool {
    request.headers().get(header::AUTHORIZATION) == Some(&authorization(key))
}

/// Adds our key to a request with this method that has none.
fn add_missing_key(request: &mut Request, method: &Method) {
    if request.method() == method && !request.headers().contains_key(header::AUTHORIZATION) {
        request.headers_mut().insert(header::AUTHORIZATION, authorization(KEY));
    }
}

pub fn authorization(key: &str) -> HeaderValue {
    HeaderValue::from_str(&format!("Token {key}")).unwrap()
}
