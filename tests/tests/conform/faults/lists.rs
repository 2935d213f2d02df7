//! Faults of lists: pages, totals, filters.

use serde_json::json;

use super::fault::{Effect, Fault, ignore_parameter, response_with, rewrite_query};

/// The faults.
pub const FAULTS: &[Fault] = &[
    Fault {
        name: "the total is off by one",
        fails: &["total-exact", "counts-add-up", "histogram-adds-up"],
        effect: Effect::ChangeBody(|request, body| {
            if request.is_unfiltered_list() {
                body["total"] = json!(body["total"].as_i64().unwrap() + 1);
            }
        }),
    },
    Fault {
        name: "totals count the page and not the list",
        fails: &[
            "total-exact",
            "past-the-last",
            "counts-add-up",
            "statuses-add-up",
            "histogram-adds-up",
            "workflow-figures",
            "counts-move-by-one",
        ],
        effect: Effect::ChangeBody(|request, body| {
            if request.is_list() {
                body["total"] = json!(body["items"].as_array().unwrap().len());
            }
        }),
    },
    Fault {
        name: "failed is off by one",
        fails: &["outcomes-exact", "counts-add-up", "histogram-adds-up"],
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
        fails: &[
            "page-and-limit-echoed",
            "limit-respected",
            "bounds-refused",
            "pages-full",
            "time-range",
        ],
        effect: Effect::ChangeRequest(|request| ignore_parameter(request, "limit=")),
    },
    Fault {
        name: "a run is missing between two pages",
        fails: &["pages-full", "total-exact", "outcomes-exact", "cursor-walk"],
        effect: Effect::ChangeBody(|request, body| {
            if request.is_list() && request.query.starts_with("page=3&") {
                body["items"].as_array_mut().unwrap().remove(0);
            }
        }),
    },
    Fault {
        name: "a run is listed twice",
        fails: &["no-run-twice", "cursor-walk"],
        effect: Effect::ChangeBody(|request, body| {
            if request.is_list() && request.query.starts_with("page=10&") {
                body["items"][3] = body["items"][4].clone();
            }
        }),
    },
    Fault {
        name: "two runs are in the wrong order",
        fails: &["newest-first", "cursor-walk"],
        effect: Effect::ChangeBody(|request, body| {
            if request.is_list() && request.query.starts_with("page=2&") {
                body["items"].as_array_mut().unwrap().swap(3, 4);
            }
        }),
    },
    Fault {
        name: "the filter by status is ignored",
        fails: &[
            "unknown-status-refused",
            "combinations-refused",
            "status-filter",
            "both-filters",
            "counts-add-up",
            "statuses-add-up",
        ],
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
    Fault {
        name: "created_before is ignored",
        fails: &["bad-filters-refused", "combinations-refused", "histogram-buckets", "time-range"],
        effect: Effect::ChangeRequest(|request| ignore_parameter(request, "created_before=")),
    },
    Fault {
        name: "created_after is ignored",
        fails: &["bad-filters-refused", "combinations-refused", "histogram-buckets", "time-range"],
        effect: Effect::ChangeRequest(|request| ignore_parameter(request, "created_after=")),
    },
    Fault {
        name: "a range counts all runs",
        fails: &["time-range"],
        effect: Effect::ChangeBody(|request, body| {
            if request.is_list() && request.query.contains("created_") {
                body["total"] = json!(250);
            }
        }),
    },
    Fault {
        name: "of several statuses only the first one counts",
        fails: &["statuses-add-up"],
        effect: Effect::ChangeRequest(|request| {
            rewrite_query(request, "statuses=FAILED,CANCELLED", "statuses=FAILED")
        }),
    },
    Fault {
        name: "a walk by cursor ends too early",
        fails: &["cursor-walk"],
        effect: Effect::ChangeBody(|request, body| {
            if request.is_list() && request.query.contains("cursor=A") {
                body["next_cursor"] = json!(null);
            }
        }),
    },
    Fault {
        name: "a walk by cursor never ends",
        fails: &["cursor-walk"],
        effect: Effect::ChangeBody(|request, body| {
            if request.is_list() && body["next_cursor"].is_null() && request.has_cursor() {
                body["next_cursor"] = json!("AAABlDAR0IBydW5fZGVmNDU2");
            }
        }),
    },
    Fault {
        name: "a walk by cursor repeats the run at the cursor",
        fails: &["cursor-walk"],
        effect: Effect::ChangeBody(|request, body| {
            if request.is_list() && request.query.contains("cursor=A") {
                let items = body["items"].as_array_mut().unwrap();
                items.insert(0, items[0].clone());
            }
        }),
    },
    Fault {
        name: "an unknown cursor begins anew",
        fails: &["bad-filters-refused"],
        effect: Effect::ChangeRequest(|request| {
            rewrite_query(request, "cursor=conform", "cursor=")
        }),
    },
    Fault {
        name: "page is ignored beside cursor",
        fails: &["combinations-refused"],
        effect: Effect::ChangeRequest(|request| {
            rewrite_query(request, "cursor=&page=2", "cursor=")
        }),
    },
    Fault {
        name: "status is ignored beside statuses",
        fails: &["combinations-refused"],
        effect: Effect::ChangeRequest(|request| {
            rewrite_query(request, "status=FAILED&statuses", "statuses")
        }),
    },
];
