//! Lists, inspects and records runs through the client of openapi-generator's `rust`.

use std::{
    collections::{HashMap, HashSet},
    env,
    fmt::Debug,
    process,
    time::{SystemTime, UNIX_EPOCH},
};

use chrono::{DateTime, FixedOffset, TimeDelta};
use reqwest_middleware::{
    ClientBuilder, Middleware, Next,
    reqwest::{Client, Request, Response},
};
use runledger_api::{
    apis::{
        Error,
        analysis_api::get_histogram,
        changes_api::list_changes,
        configuration::{ApiKey, Configuration},
        executions_api::{get_execution, list_executions},
        recording_api::{delete_execution, record_execution, record_executions},
        workflows_api::list_workflows,
    },
    models::{
        BucketWidth, ErrorResponse, ListWorkflowRunsResponse, RecordOutcome, StepExecutionInput,
        StepStatus, StepType, WorkflowRunBatch, WorkflowRunDetail, WorkflowRunInput,
        WorkflowRunStatus, WorkflowRunStatusFilter,
    },
};

mod live;

const WORKFLOW: &str = "workflow_rust-openapi-generator";
const DOCUMENTED: Option<&str> = Some("workflow_abc123");

/// The client writes a blank in a path as `+`, which is right in queries only, and a time in a
/// query with blanks.
struct Blanks;

#[async_trait::async_trait]
impl Middleware for Blanks {
    async fn handle(
        &self,
        mut request: Request,
        extensions: &mut http::Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        let path = request.url().path().replace('+', "%20");
        request.url_mut().set_path(&path);
        if let Some(query) = request.url().query() {
            // `2025-01-03 00:00:00 +00:00`, encoded.
            let query = query.replace("+%2B00%3A00", "Z").replace("+00%3A", "T00%3A");
            request.url_mut().set_query(Some(&query));
        }
        next.run(request, extensions).await
    }
}

fn connect(key: &str) -> Configuration {
    Configuration {
        base_path: env::var("RUNLEDGER_URL").expect("RUNLEDGER_URL"),
        api_key: Some(ApiKey { prefix: Some("Token".into()), key: key.into() }),
        client: ClientBuilder::new(Client::new()).with(Blanks).build(),
        ..Configuration::default()
    }
}

fn check(ok: bool, what: &str) {
    if !ok {
        eprintln!("not as expected: {what}");
        process::exit(1);
    }
}

fn done(step: &str) {
    println!("ok {step}");
}

/// What came, where the call succeeded.
fn expect_response<T, E: Debug>(result: Result<T, Error<E>>) -> T {
    result.unwrap_or_else(|error| {
        eprintln!("the call failed: {error:?}");
        process::exit(1)
    })
}

/// The error of a call that must fail with this status.
fn refusal<T, E: Debug>(result: Result<T, Error<E>>, status: u16) -> ErrorResponse {
    match result {
        Err(Error::ResponseError(response)) => {
            check(response.status == status, &format!("{} for {status}", response.status));
            serde_json::from_str(&response.content).expect("an ErrorResponse")
        }
        Err(error) => panic!("no response: {error:?}"),
        Ok(_) => panic!("the call was not refused with {status}"),
    }
}

/// A response as a request.
fn as_input(run: &WorkflowRunDetail) -> WorkflowRunInput {
    let run = serde_json::to_value(run).expect("a run is JSON");
    serde_json::from_value(run).expect("an input takes what a run has")
}

fn time(text: &str) -> DateTime<FixedOffset> {
    text.parse().expect("a time")
}

fn after(milliseconds: i64) -> DateTime<FixedOffset> {
    time("2025-03-01T08:00:00.125Z") + TimeDelta::milliseconds(milliseconds)
}

fn new_step(id: &str) -> StepExecutionInput {
    StepExecutionInput {
        step_type: Some(StepType::Piece),
        attempt: Some(Some(1)),
        error: Some(None),
        duration: Some(Some(0.5)),
        created_at: Some(Some(after(0))),
        started_at: Some(Some(after(0))),
        finished_at: Some(Some(after(500))),
        ..StepExecutionInput::new(id.into(), "send_email".into(), StepStatus::STEP_SUCCEEDED)
    }
}

fn new_run(id: &str, steps: Vec<StepExecutionInput>) -> WorkflowRunInput {
    WorkflowRunInput {
        id: Some(Some(id.into())),
        version_id: Some(Some("version_1".into())),
        version_display_name: Some(Some("First".into())),
        r#type: Some(Some("TEST".into())),
        duration: Some(Some(1.25)),
        created_at: Some(Some(after(0))),
        started_at: Some(Some(after(1))),
        finished_at: Some(Some(after(1251))),
        step_count: Some(Some(steps.len().try_into().expect("a few steps"))),
        steps: Some(Some(steps)),
        ..WorkflowRunInput::new(WORKFLOW.into(), WorkflowRunStatus::Failed)
    }
}

fn totals(page: &ListWorkflowRunsResponse) -> (i64, i64, i64) {
    (page.total, page.succeeded, page.failed)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let client = &connect(&env::var("RUNLEDGER_KEY").expect("RUNLEDGER_KEY"));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970");
    let prefix = format!("rust-{}", now.as_nanos());
    let get = async |id: &str| expect_response(get_execution(client, id, None).await);
    let record = async |id: &str, run| {
        expect_response(record_execution(client, id, run, None, None, None).await)
    };
    let list = async |page, limit, workflow, status| {
        let list =
            list_executions(client, page, limit, workflow, status, None, None, None, None, None);
        expect_response(list.await)
    };

    let page = list(None, None, None, None).await;
    check((page.page, page.limit, page.items.len()) == (1, 20, 20), "the first page");
    check(page.total >= 250, "its total");
    done("list");

    let failed = Some(WorkflowRunStatusFilter::FILTER_FAILED);
    let page = list(Some(1), Some(100), DOCUMENTED, failed).await;
    check(page.items.len() == 30 && totals(&page) == (30, 0, 30), "the failed runs");
    check(page.items.iter().all(|run| run.status == WorkflowRunStatus::Failed), "their status");
    check(page.items.iter().all(|run| Some(&*run.workflow_id) == DOCUMENTED), "their workflow");
    let page = list(None, None, DOCUMENTED, Some(WorkflowRunStatusFilter::FILTER_ALL)).await;
    check(totals(&page) == (250, 200, 30), "the totals of all");
    let page = list(None, None, Some(&prefix), None).await;
    check(page.items.is_empty() && totals(&page) == (0, 0, 0), "an unknown workflow");
    done("filters");

    let mut runs = Vec::new();
    for (number, size) in [(1, 100), (2, 100), (3, 50), (4, 0)] {
        let page = list(Some(number), Some(100), DOCUMENTED, None).await;
        check((page.page, page.limit, page.items.len()) == (number, 100, size), "a page");
        check(totals(&page) == (250, 200, 30), "its totals");
        runs.extend(page.items);
    }
    let ids: HashSet<_> = runs.iter().map(|run| &run.id).collect();
    check(ids.len() == 250, "different ids");
    check(runs.is_sorted_by(|a, b| a.created_at >= b.created_at), "the newest first");
    done("pages");

    let newest = &runs[0];
    check(newest.id == "run_def456", "the newest run");
    check(newest.status == WorkflowRunStatus::Succeeded, "its status");
    check(newest.duration == Some(15.5), "its duration");
    check(newest.created_at == time("2025-01-04T12:00:00Z"), "its creation");
    check(newest.started_at == Some(time("2025-01-04T12:00:05Z")), "its start");
    check(newest.finished_at == Some(time("2025-01-04T12:00:20Z")), "its end");
    let page = list(None, None, None, Some(WorkflowRunStatusFilter::FILTER_PENDING)).await;
    let pending = &page.items[0];
    check(pending.status == WorkflowRunStatus::Pending, "the pending run's status");
    check(pending.duration.is_none(), "the pending run's duration");
    check(pending.started_at.is_none() && pending.finished_at.is_none(), "its times");
    done("nulls");

    let run = get("run_def456").await;
    check(run.steps.len() == 2 && run.step_count == 2, "two steps");
    for step in &run.steps {
        check(step.status == StepStatus::STEP_SUCCEEDED, "a step's status");
        check(step.attempt == 1 && step.error.is_none(), "a step's attempt and error");
    }
    let (trigger, piece) = (&run.steps[0], &run.steps[1]);
    check(trigger.step_type == StepType::Trigger && trigger.duration == 0.5, "the first step");
    check(piece.step_type == StepType::Piece && piece.duration == 1.2, "the second step");
    done("steps");

    let tab = Some("a\tb");
    let list = list_executions(client, None, None, tab, None, None, None, None, None, None);
    let error = refusal(list.await, 400);
    check(error.code.as_deref() == Some("VALIDATION_ERROR"), "the code of the 400");
    check(error.error.contains("workflow_id"), "its message");
    done("invalid");

    let stranger = connect("not-a-key");
    let list = list_executions(&stranger, None, None, None, None, None, None, None, None, None);
    let error = refusal(list.await, 401);
    check(error.error == "Unauthorized: Invalid or expired API key", "the message of the 401");
    check(error.code.is_none(), "no code in the 401");
    done("unauthorized");

    let error = refusal(get_execution(client, &format!("{prefix}-missing"), None).await, 404);
    check(error.error == "Execution not found or access denied", "the message of the 404");
    check(error.code.is_none(), "no code in the 404");
    done("missing");

    let id = format!("{prefix}-1");
    let broken = StepExecutionInput {
        status: StepStatus::STEP_FAILED,
        attempt: Some(Some(2)),
        error: Some(Some("SMTP 451\ntry again later".into())),
        ..new_step("step_2")
    };
    let run = new_run(&id, vec![new_step("step_1"), broken]);
    let recorded = record(&id, run.clone()).await;
    check(as_input(&recorded) == run, "the response equals the request");
    check(get(&id).await == recorded, "getExecution returns the same");
    done("record");

    let again = record(&id, as_input(&get(&id).await)).await;
    check(again == recorded && get(&id).await == recorded, "what was put back");
    done("put back");

    let running = WorkflowRunInput { status: WorkflowRunStatus::Running, ..run };
    let error = refusal(record_execution(client, &id, running, None, None, None).await, 409);
    check(error.error.contains("RUNNING"), "the message of the 409");
    check(get(&id).await == recorded, "the 409 changed nothing");
    done("conflict");

    let (good, bad) = (format!("{prefix}-2"), format!("{prefix}-3"));
    let contradictory = WorkflowRunInput {
        step_count: Some(Some(3)),
        ..new_run(&bad, vec![new_step("step_1"), new_step("step_2")])
    };
    let batch = WorkflowRunBatch::new(vec![new_run(&good, vec![]), contradictory]);
    let results = expect_response(record_executions(client, batch, None).await).items;
    check(results.len() == 2, "two results");
    let (first, second) = (&results[0], &results[1]);
    check(first.id == Some(good) && second.id.as_ref() == Some(&bad), "the ids of the batch");
    check(first.outcome == RecordOutcome::Recorded && first.error.is_none(), "the good run");
    check(second.outcome == RecordOutcome::Rejected, "the bad run");
    let error = second.error.as_ref();
    check(error.is_some_and(|error| error.error.contains("step_count")), "what is wrong with it");
    refusal(get_execution(client, &bad, None).await, 404);
    done("batch");

    let escaped = format!("{prefix}/50% of Zoë's 日本");
    check(record(&escaped, new_run(&escaped, vec![])).await.id == escaped, "the escaped id");
    check(get(&escaped).await.id == escaped, "the escaped id again");
    done("escaped id");

    let long = format!("{prefix}-500");
    let ids: Vec<_> = (0..500).map(|number| format!("step_{number}")).collect();
    record(&long, new_run(&long, ids.iter().map(|id| new_step(id)).collect())).await;
    let long = get(&long).await;
    check(long.steps.iter().map(|step| &step.id).eq(&ids) && long.step_count == 500, "500 steps");
    done("500 steps");

    let (from, to) = (time("2025-01-03T00:00:00Z"), time("2025-01-04T00:00:00Z"));
    let day = list_executions(
        client,
        None,
        None,
        DOCUMENTED,
        None,
        None,
        Some(from),
        Some(to),
        None,
        None,
    );
    check(totals(&expect_response(day.await)) == (48, 31, 5), "the totals of a day");
    done("range");

    let statuses = Some(vec![WorkflowRunStatus::Failed, WorkflowRunStatus::Cancelled]);
    let ended =
        list_executions(client, None, None, DOCUMENTED, None, statuses, None, None, None, None);
    check(totals(&expect_response(ended.await)) == (35, 0, 30), "the totals of two states");
    done("statuses");

    let (mut walked, mut cursor) = (Vec::new(), Some(String::new()));
    while let Some(from) = cursor {
        let (limit, from) = (Some(100), Some(&*from));
        let page =
            list_executions(client, None, limit, DOCUMENTED, None, None, None, None, None, from);
        let page = expect_response(page.await);
        walked.extend(page.items);
        cursor = page.next_cursor.flatten();
    }
    check(walked == runs, "the walk lists the runs of the pages");
    done("walk");

    let by_day = Some(BucketWidth::Day);
    let histogram = get_histogram(client, by_day, DOCUMENTED, None, None, None, None, None).await;
    let buckets = expect_response(histogram).buckets;
    check(buckets.len() == 6 && buckets[4].start == from, "six days");
    check((buckets[4].total, buckets[4].failed) == (48, 5), "the counts of a day");
    done("histogram");

    let found = expect_response(list_workflows(client, None, None, Some("workflow_abc1")).await);
    check(found.total == 1 && found.items.len() == 1, "one workflow");
    let summary = &found.items[0];
    check(Some(&*summary.workflow_id) == DOCUMENTED, "its UID");
    let totals = (summary.total, summary.succeeded, summary.failed);
    check(totals == (250, 200, 30), "its totals");
    check(*summary.newest_run == *newest, "its newest run");
    let durations = (summary.median_duration, summary.p95_duration);
    check(durations == (Some(15.5), Some(15.5)), "its durations");
    done("workflows");

    for _ in 0..2 {
        expect_response(delete_execution(client, &id, None).await);
        refusal(get_execution(client, &id, None).await, 404);
    }
    done("delete");

    let (mut changed, mut after) = (HashMap::new(), 0);
    loop {
        let changes = expect_response(list_changes(client, Some(after), Some(1000)).await);
        if changes.items.is_empty() {
            break;
        }
        changed.extend(changes.items.into_iter().map(|change| (change.id.clone(), change)));
        after = changes.next_after;
    }
    check(changed[&id].deleted && changed[&id].run.is_none(), "the deletion");
    let new = &changed[&format!("{prefix}-2")];
    check(new.run.as_ref().is_some_and(|run| run.workflow_id == WORKFLOW), "a new run");
    done("changes");

    live::runs(client, &prefix).await;
}
