//! Faults of lists: pages, totals, filters.

use serde_json::json;

use super::fault::{Effect, Fault, ignore_parameter, response_with, rewrite_query};

/// The faults.
pub const FAULTS: &[Fault] = &[
    Fault {
        name: "the total is off by one",
        fails: &["total-exact", "counts-add-up"],
        effect: Effect::ChangeBody(|request, body| {
            if request.is_unfiltered_list() {
                body["total"] = json!(body["total"].as_i64().unwrap() + 1);
            }
        }),
    },
    Fault {
        name: "totals count the page and not the list",
        fails: &["total-exact", "past-the-last", "counts-add-up", "counts-move-by-one"],
        effect: Effect::ChangeBody(|request, body| {
            if request.is_list() {
                body["total"] = json!(body["items"].as_array().unwrap().len());
            }
        }),
    },
    Fault {
        name: "failed is off by one",
        fails: &["outcomes-exact", "counts-add-up"],
        effect: Effect::ChangeBody(|request, body| {
            if request.is_unfiltered_list() {
                body["failed"] = json!(body["failed"].as_i64().unwrap() + 1);
            }
        }),
    },
    Fault {
        name: "the totals of the third page differ",
        fails: &["totals-agree"],
        effect: Effect::ChangeBody(|request, body| {
            if request.is_list() && request.query.starts_with("page=3&") {
                body["succeeded"] = json!(body["succeeded"].as_i64().unwrap() - 1);
            }
        }),
    },
    Fault {
        name: "the limit is ignored",
        fails: &["page-and-limit-echoed", "limit-respected", "bounds-refused", "pages-full"],
        effect: Effect::ChangeRequest(|request| ignore_parameter(request, "limit=")),
    },
    Fault {
        name: "a run is missing between two pages",
        fails: &["pages-full", "total-exact", "outcomes-exact"],
        effect: Effect::ChangeBody(|request, body| {
            if request.is_list() && request.query.starts_with("page=3&") {
                body["items"].as_array_mut().unwrap().remove(0);
            }
        }),
    },
    Fault {
        name: "a run is listed twice",
        fails: &["no-run-twice"],
        effect: Effect::ChangeBody(|request, body| {
            if request.is_list() && request.query.starts_with("page=10&") {
                body["items"][3] = body["items"][4].clone();
            }
        }),
    },
    Fault {
        name: "two runs are in the wrong order",
        fails: &["newest-first"],
        effect: Effect::ChangeBody(|request, body| {
            if request.is_list() && request.query.starts_with("page=2&") {
                body["items"].as_array_mut().unwrap().swap(3, 4);
            }
        }),
    },
    Fault {
        name: "the filter by status is ignored",
        fails: &["unknown-status-refused", "status-filter", "both-filters", "counts-add-up"],
        effect: Effect::ChangeRequest(|request| ignore_parameter(request, "status=")),
    },
    Fault {
        name: "the filter by workflow is ignored",
        fails: &["workflow-filter"],
        effect: Effect::ChangeRequest(|request| ignore_parameter(request, "workflow_id=")),
    },
    Fault {
        name: "all is treated as SUCCEEDED",
        fails: &["status-all"],
        effect: Effect::ChangeRequest(|request| {
            rewrite_query(request, "status=all", "status=SUCCEEDED")
        }),
    },
    Fault {
        name: "a limit that is too great is reduced silently",
        fails: &["bounds-refused"],
        effect: Effect::ChangeRequest(|request| rewrite_query(request, "limit=101", "limit=100")),
    },
    Fault {
        name: "a page past the last is a 404",
        fails: &["bounds-accepted", "pages-full", "past-the-last", "statuses"],
        effect: Effect::ChangeResponse(|request, response| {
            if request.is_list()
                && (request.query.contains("page=2147483647") || request.query.contains("page=11&"))
            {
                *response = response_with(404, r#"{"error":"No such page"}"#);
            }
        }),
    },
    Fault {
        name: "the page is not echoed",
        fails: &["page-and-limit-echoed"],
        effect: Effect::ChangeBody(|request, body| {
            if request.is_list() && body["page"].is_number() {
                body["page"] = json!(1);
            }
        }),
    },
    Fault {
        name: "an unknown parameter is ignored",
        fails: &["unknown-parameter-refused"],
        effect: Effect::ChangeRequest(|request| {
            for name in ["workflowId=", "Status=", "offset=", "conform="] {
                ignore_parameter(request, name);
            }
        }),
    },
    Fault {
        name: "a documented request is a 401",
        fails: &["documented-requests"],
        effect: Effect::ChangeResponse(|request, response| {
            if request.query == "workflow_id=workflow_abc123" {
                let body = r#"{"error":"Unauthorized: Invalid or expired API key"}"#;
                *response = response_with(401, body);
            }
        }),
    },
];
