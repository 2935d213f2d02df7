//! Servers that are right but for one point: the real router, with something before it that changes requests or
//! answers. (The lies in `xtask/src/clients` are told to clients; these are told to the suite.)

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header},
    middleware::{Next, from_fn},
    response::Response,
};
use runledger_tests::world::{KEY, OTHER};
use serde_json::{Value, json};

/// A server that is wrong in one point.
pub struct Lie {
    /// What is wrong.
    pub name: &'static str,
    /// The claims that fail, in the order of the suite.
    pub fails: &'static [&'static str],
    how: How,
}

/// How it is told.
enum How {
    /// The request is another one.
    Asks(fn(&mut Request)),
    /// The answer has another body.
    Says(fn(&Asked, &mut Value)),
    /// The answer is another one.
    Answers(fn(&Asked, &mut Response)),
    /// The router is not asked at all.
    Instead(fn(&Asked) -> Option<Response>),
}

/// What was asked for.
struct Asked {
    method: Method,
    path: String,
    query: String,
}

/// All lies.
pub const LIES: &[Lie] = &[
    Lie {
        name: "total off by one",
        fails: &["total-exact", "counts-add-up"],
        how: How::Says(|asked, body| {
            if asked.is_unfiltered_list() {
                body["total"] = json!(body["total"].as_i64().unwrap() + 1);
            }
        }),
    },
    Lie {
        name: "totals of the page, not of the list",
        fails: &["total-exact", "past-the-last", "counts-add-up", "counts-move-by-one"],
        how: How::Says(|asked, body| {
            if asked.is_list() {
                body["total"] = json!(body["items"].as_array().unwrap().len());
            }
        }),
    },
    Lie {
        name: "failed off by one",
        fails: &["outcomes-exact", "counts-add-up"],
        how: How::Says(|asked, body| {
            if asked.is_unfiltered_list() {
                body["failed"] = json!(body["failed"].as_i64().unwrap() + 1);
            }
        }),
    },
    Lie {
        name: "totals differ on the third page",
        fails: &["totals-agree"],
        how: How::Says(|asked, body| {
            if asked.is_list() && asked.query.starts_with("page=3&") {
                body["succeeded"] = json!(body["succeeded"].as_i64().unwrap() - 1);
            }
        }),
    },
    Lie {
        name: "the limit is ignored",
        fails: &["page-and-limit-echoed", "limit-kept", "bounds-refused", "pages-full"],
        how: How::Asks(|request| ignore(request, "limit=")),
    },
    Lie {
        name: "a run is dropped between pages",
        fails: &["pages-full", "total-exact", "outcomes-exact"],
        how: How::Says(|asked, body| {
            if asked.is_list() && asked.query.starts_with("page=3&") {
                body["items"].as_array_mut().unwrap().remove(0);
            }
        }),
    },
    Lie {
        name: "a run is listed twice",
        fails: &["no-run-twice"],
        how: How::Says(|asked, body| {
            if asked.is_list() && asked.query.starts_with("page=10&") {
                body["items"][3] = body["items"][4].clone();
            }
        }),
    },
    Lie {
        name: "two runs in the wrong order",
        fails: &["newest-first"],
        how: How::Says(|asked, body| {
            if asked.is_list() && asked.query.starts_with("page=2&") {
                body["items"].as_array_mut().unwrap().swap(3, 4);
            }
        }),
    },
    Lie {
        name: "the filter by status is ignored",
        fails: &["unknown-status-refused", "status-filter", "both-filters", "counts-add-up"],
        how: How::Asks(|request| ignore(request, "status=")),
    },
    Lie {
        name: "the filter by workflow is ignored",
        fails: &["workflow-filter"],
        how: How::Asks(|request| ignore(request, "workflow_id=")),
    },
    Lie {
        name: "all is taken for SUCCEEDED",
        fails: &["status-all"],
        how: How::Asks(|request| rewrite(request, "status=all", "status=SUCCEEDED")),
    },
    Lie {
        name: "a limit that is too great is mended in silence",
        fails: &["bounds-refused"],
        how: How::Asks(|request| rewrite(request, "limit=101", "limit=100")),
    },
    Lie {
        name: "a page past the last is a 404",
        fails: &["bounds-taken", "pages-full", "past-the-last", "statuses"],
        how: How::Answers(|asked, answer| {
            if asked.is_list()
                && (asked.query.contains("page=2147483647") || asked.query.contains("page=11&"))
            {
                *answer = error(404, r#"{"error":"No such page"}"#);
            }
        }),
    },
    Lie {
        name: "another tenant's run is shown by its id",
        fails: &["isolation-by-id"],
        how: How::Asks(|request| {
            if request.uri().path().ends_with("/theirs") {
                let key = HeaderValue::from_str(&format!("Token {OTHER}")).unwrap();
                request.headers_mut().insert(header::AUTHORIZATION, key);
            }
        }),
    },
    Lie {
        name: "the other tenant's list is ours",
        fails: &["isolation-by-list", "isolation-of-recorded"],
        how: How::Asks(|request| {
            let is_list = request.uri().path() == "/v1/executions";
            if is_list
                && request
                    .headers()
                    .get(header::AUTHORIZATION)
                    .is_some_and(|key| key.to_str().unwrap().contains(OTHER))
            {
                request.headers_mut().insert(header::AUTHORIZATION, own_key());
            }
        }),
    },
    Lie {
        name: "a missing run is a page of HTML",
        fails: &["json-bodies"],
        how: How::Answers(|asked, answer| {
            if answer.status() == 404 && asked.path.contains("never-ran") {
                *answer = error(404, "<h1>Not found</h1>");
                answer
                    .headers_mut()
                    .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
            }
        }),
    },
    Lie {
        name: "a missing run is a 200",
        fails: &["unknown-run", "schemas"],
        how: How::Answers(|asked, answer| {
            if answer.status() == 404 && asked.path.contains("never-ran") {
                *answer = error(200, "{}");
            }
        }),
    },
    Lie {
        name: "no key is wanted",
        fails: &["key-wanted", "key-wanted-to-record"],
        how: How::Asks(|request| {
            if !request.headers().contains_key(header::AUTHORIZATION) {
                request.headers_mut().insert(header::AUTHORIZATION, own_key());
            }
        }),
    },
    Lie {
        name: "a 401 says which key it was",
        fails: &["key-wanted", "key-wanted-to-record"],
        how: How::Says(|_, body| {
            if body["error"] == "Unauthorized: Invalid or expired API key" {
                body["error"] = json!("Unauthorized: this key has expired");
            }
        }),
    },
    Lie {
        name: "null is left out",
        fails: &["schemas"],
        how: How::Says(|asked, body| {
            if asked.is_run() && body["finished_at"].is_null() && body["status"] == "PAUSED" {
                body.as_object_mut().unwrap().remove("finished_at");
            } else if asked.is_list() {
                for item in body["items"].as_array_mut().unwrap() {
                    if item["status"] == "PAUSED" {
                        item.as_object_mut().unwrap().remove("finished_at");
                    }
                }
            }
        }),
    },
    Lie {
        name: "a whole number with a fraction",
        fails: &["whole-numbers"],
        how: How::Says(|asked, body| {
            if asked.is_list() {
                body["total"] = json!(body["total"].as_f64());
            }
        }),
    },
    Lie {
        name: "times without Z",
        fails: &["times"],
        how: How::Says(|asked, body| {
            let stripped = |time: &Value| json!(time.as_str().unwrap().trim_end_matches('Z'));
            if asked.is_list() {
                for item in body["items"].as_array_mut().unwrap() {
                    item["created_at"] = stripped(&item["created_at"]);
                }
            } else if asked.is_run()
                && asked.method == Method::GET
                && asked.path.contains("/run_def")
                && body["id"].is_string()
            {
                body["created_at"] = stripped(&body["created_at"]);
            }
        }),
    },
    Lie {
        name: "a status that nobody documented",
        fails: &["bounds-refused", "unknown-status-refused", "statuses"],
        how: How::Answers(|asked, answer| {
            if asked.is_list() && answer.status() == 400 {
                *answer.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            }
        }),
    },
    Lie {
        name: "no request id",
        fails: &["request-ids"],
        how: How::Answers(|_, answer| drop(answer.headers_mut().remove("x-request-id"))),
    },
    Lie {
        name: "step_count is wrong",
        fails: &["step-count"],
        how: How::Says(|asked, body| {
            if asked.is_run() && asked.path.contains("/run_def") && body["step_count"] == 2 {
                body["step_count"] = json!(3);
            }
        }),
    },
    Lie {
        name: "a run differs from its line",
        fails: &["listed-runs-found"],
        how: How::Says(|asked, body| {
            if asked.is_run() && asked.path.contains("/run_def") && body["type"].is_string() {
                body["type"] = json!("TEST");
            }
        }),
    },
    Lie {
        name: "a run is not stored",
        fails: &["run-recorded"],
        how: How::Instead(|asked| {
            let is_new = asked.method == Method::PUT && asked.path.ends_with("-new");
            is_new.then(|| {
                let mut run = json!(runledger_model::examples::execution());
                let id = asked.path.rsplit('/').next().unwrap();
                run["id"] = json!(id);
                run["workflow_id"] = json!(id.trim_end_matches("-new"));
                error(201, &run.to_string())
            })
        }),
    },
    Lie {
        name: "a finished run becomes live again, it says",
        fails: &["finished-stays-finished"],
        how: How::Answers(|_, answer| {
            if answer.status() == 409 {
                let body = json!(runledger_model::examples::execution());
                *answer = error(200, &body.to_string());
            }
        }),
    },
    Lie {
        name: "steps are sorted by id",
        fails: &["step-order"],
        how: How::Says(|asked, body| {
            if asked.is_run() && asked.path.ends_with("-steps") {
                let steps = body["steps"].as_array_mut().unwrap();
                steps.sort_by_key(|step| step["id"].to_string());
            }
        }),
    },
    Lie {
        name: "a batch is answered from its end",
        fails: &["batch-outcomes"],
        how: How::Says(|asked, body| {
            if asked.path.ends_with("/batch") && body["items"].is_array() {
                body["items"].as_array_mut().unwrap().reverse();
            }
        }),
    },
    Lie {
        name: "a contradiction is a 400",
        fails: &["contradictions-refused"],
        how: How::Answers(|_, answer| {
            if answer.status() == 422 {
                *answer.status_mut() = StatusCode::BAD_REQUEST;
            }
        }),
    },
    Lie {
        name: "new is a 200",
        fails: &["run-recorded"],
        how: How::Answers(|_, answer| {
            if answer.status() == 201 {
                *answer.status_mut() = StatusCode::OK;
            }
        }),
    },
    Lie {
        name: "the page is not echoed",
        fails: &["page-and-limit-echoed"],
        how: How::Says(|asked, body| {
            if asked.is_list() && body["page"].is_number() {
                body["page"] = json!(1);
            }
        }),
    },
    Lie {
        name: "an unknown endpoint is a 400",
        fails: &["no-endpoint"],
        how: How::Answers(|asked, answer| {
            if asked.path.ends_with("/conform-no-such-endpoint") {
                *answer.status_mut() = StatusCode::BAD_REQUEST;
            }
        }),
    },
    Lie {
        name: "the key is refused",
        fails: &["key-accepted"],
        how: How::Asks(|request| drop(request.headers_mut().remove(header::AUTHORIZATION))),
    },
];

/// The router, lying.
pub fn lying(router: Router, lie: &'static Lie) -> Router {
    router.layer(from_fn(move |request: Request, next: Next| tell(lie, request, next)))
}

impl Asked {
    fn is_list(&self) -> bool {
        self.path == "/v1/executions"
    }

    fn is_unfiltered_list(&self) -> bool {
        let query = self.query.replace("status=all", "");
        self.is_list() && !query.contains("status=") && !query.contains("workflow_id=")
    }

    fn is_run(&self) -> bool {
        self.path.starts_with("/v1/executions/") && !self.path.ends_with("/batch")
    }
}

async fn tell(lie: &Lie, mut request: Request, next: Next) -> Response {
    let asked = Asked {
        method: request.method().clone(),
        path: request.uri().path().to_owned(),
        query: request.uri().query().unwrap_or_default().to_owned(),
    };
    match lie.how {
        How::Asks(change) => {
            change(&mut request);
            next.run(request).await
        }
        How::Says(change) => {
            let (mut head, body) = next.run(request).await.into_parts();
            let bytes = to_bytes(body, usize::MAX).await.unwrap();
            let Ok(mut body) = serde_json::from_slice::<Value>(&bytes) else {
                return Response::from_parts(head, Body::from(bytes));
            };
            if !(asked.is_list() && head.status != 200) {
                change(&asked, &mut body);
            }
            head.headers.remove(header::CONTENT_LENGTH);
            Response::from_parts(head, Body::from(body.to_string()))
        }
        How::Answers(change) => {
            let mut answer = next.run(request).await;
            change(&asked, &mut answer);
            answer
        }
        How::Instead(answer) => match answer(&asked) {
            Some(answer) => answer,
            None => next.run(request).await,
        },
    }
}

fn rewrite(request: &mut Request, from: &str, to: &str) {
    let uri = request.uri().to_string().replace(from, to);
    *request.uri_mut() = uri.parse().unwrap();
}

/// Takes a parameter away from the query.
fn ignore(request: &mut Request, parameter: &str) {
    let (path, query) = (request.uri().path(), request.uri().query().unwrap_or_default());
    let others: Vec<_> = query.split('&').filter(|pair| !pair.starts_with(parameter)).collect();
    *request.uri_mut() = format!("{path}?{}", others.join("&")).parse().unwrap();
}

fn own_key() -> HeaderValue {
    HeaderValue::from_str(&format!("Token {KEY}")).unwrap()
}

/// An answer that is complete but for what it says.
fn error(status: u16, body: &str) -> Response {
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "application/json")
        .header("x-request-id", "lie")
        .body(Body::from(body.to_owned()))
        .unwrap()
}
