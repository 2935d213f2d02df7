//! Lists, inspects and records runs through the client of progenitor.

use std::{
    collections::{HashMap, HashSet},
    env,
    fmt::Debug,
    process,
    time::{SystemTime, UNIX_EPOCH},
};

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::{AUTHORIZATION, HeaderMap};

use api::{
    Client, Error, ResponseValue,
    types::{
        BucketWidth, ErrorResponse, ListWorkflowRunsResponse, RecordOutcome, StepExecutionInput,
        StepStatus, StepType, WorkflowRunBatch, WorkflowRunDetail, WorkflowRunInput,
        WorkflowRunStatus, WorkflowRunStatusFilter,
    },
};

mod live;

mod api {
    progenitor::generate_api!(
        spec = "openapi-3.0.json",
        interface = Builder,
        derives = [PartialEq],
    );
}

const WORKFLOW: &str = "workflow_rust-progenitor";
const DOCUMENTED: Option<&str> = Some("workflow_abc123");

fn connect(key: &str) -> Client {
    let key = format!("Token {key}").parse().expect("a key");
    let headers = HeaderMap::from_iter([(AUTHORIZATION, key)]);
    let client = reqwest::Client::builder().default_headers(headers).build();
    Client::new_with_client(
        &env::var("RUNLEDGER_URL").expect("RUNLEDGER_URL"),
        client.expect("a client"),
    )
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

type Outcome<T> = Result<ResponseValue<T>, Error<ErrorResponse>>;

/// What came, where the call succeeded.
fn expect_response<T>(expect_response: Outcome<T>) -> T {
    let expect_response = expect_response.unwrap_or_else(|error| {
        eprintln!("the call failed: {error:?}");
        process::exit(1)
    });
    expect_response.into_inner()
}

/// The error of a call that must fail with this status.
fn refusal<T: Debug>(expect_response: Outcome<T>, status: u16) -> ErrorResponse {
    match expect_response {
        Err(Error::ErrorResponse(response)) => {
            check(response.status() == status, &format!("{} for {status}", response.status()));
            response.into_inner()
        }
        expect_response => panic!("{expect_response:?} for {status}"),
    }
}

/// A response as a request.
fn as_input(run: &WorkflowRunDetail) -> WorkflowRunInput {
    let run = serde_json::to_value(run).expect("a run is JSON");
    serde_json::from_value(run).expect("an input takes what a run has")
}

fn time(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

fn after(milliseconds: i64) -> DateTime<Utc> {
    time("2025-03-01T08:00:00.125Z") + TimeDelta::milliseconds(milliseconds)
}

fn new_step(id: &str) -> StepExecutionInput {
    StepExecutionInput::builder()
        .id(id)
        .step_name("send_email")
        .step_type(StepType::Piece)
        .status(StepStatus::Succeeded)
        .attempt(Some(1_i32))
        .duration(0.5)
        .created_at(after(0))
        .started_at(after(0))
        .finished_at(after(500))
        .try_into()
        .expect("a step")
}

fn new_run(id: &str, steps: Vec<StepExecutionInput>) -> WorkflowRunInput {
    let step_count = i32::try_from(steps.len()).expect("a few steps");
    WorkflowRunInput::builder()
        .id(Some(id.try_into().expect("an id")))
        .workflow_id(WORKFLOW)
        .version_id(Some("version_1".try_into().expect("an id")))
        .version_display_name(Some("First".try_into().expect("a name")))
        .type_(Some("TEST".try_into().expect("a type")))
        .status(WorkflowRunStatus::Failed)
        .duration(1.25)
        .created_at(after(0))
        .started_at(after(1))
        .finished_at(after(1251))
        .step_count(Some(step_count))
        .steps(Some(steps))
        .try_into()
        .expect("a run")
}

fn totals(page: &ListWorkflowRunsResponse) -> (i64, i64, i64) {
    (page.total, page.succeeded, page.failed)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let client = &connect(&env::var("RUNLEDGER_KEY").expect("RUNLEDGER_KEY"));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970");
    let prefix = format!("rust-{}", now.as_nanos());
    let get = async |id: &str| expect_response(client.get_execution().id(id).send().await);
    let record = async |id: &str, run: WorkflowRunInput| {
        expect_response(client.record_execution().id(id).body(run).send().await)
    };
    let list = async |page: Option<u32>, limit: Option<u32>, workflow: Option<&str>, status| {
        let mut list = client.list_executions();
        if let Some(page) = page {
            list = list.page(page);
        }
        if let Some(limit) = limit {
            list = list.limit(limit);
        }
        if let Some(workflow) = workflow {
            list = list.workflow_id(workflow);
        }
        if let Some(status) = status {
            list = list.status::<WorkflowRunStatusFilter>(status);
        }
        expect_response(list.send().await)
    };

    let page = list(None, None, None, None).await;
    check((page.page.get(), page.limit.get(), page.items.len()) == (1, 20, 20), "the first page");
    check(page.total >= 250, "its total");
    done("list");

    let failed = Some(WorkflowRunStatusFilter::Failed);
    let page = list(Some(1), Some(100), DOCUMENTED, failed).await;
    check(page.items.len() == 30 && totals(&page) == (30, 0, 30), "the failed runs");
    check(page.items.iter().all(|run| run.status == WorkflowRunStatus::Failed), "their status");
    check(page.items.iter().all(|run| Some(&*run.workflow_id) == DOCUMENTED), "their workflow");
    let page = list(None, None, DOCUMENTED, Some(WorkflowRunStatusFilter::All)).await;
    check(totals(&page) == (250, 200, 30), "the totals of all");
    let page = list(None, None, Some(&prefix), None).await;
    check(page.items.is_empty() && totals(&page) == (0, 0, 0), "an unknown workflow");
    done("filters");

    let mut runs = Vec::new();
    for (number, size) in [(1, 100), (2, 100), (3, 50), (4, 0)] {
        let page = list(Some(number), Some(100), DOCUMENTED, None).await;
        check(
            (page.page.get(), page.limit.get(), page.items.len()) == (number, 100, size),
            "a page",
        );
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
    let page = list(None, None, None, Some(WorkflowRunStatusFilter::Pending)).await;
    let pending = &page.items[0];
    check(pending.status == WorkflowRunStatus::Pending, "the pending run's status");
    check(pending.duration.is_none(), "the pending run's duration");
    check(pending.started_at.is_none() && pending.finished_at.is_none(), "its times");
    done("nulls");

    let run = get("run_def456").await;
    check(run.steps.len() == 2 && run.step_count == 2, "two steps");
    for step in &run.steps {
        check(step.status == StepStatus::Succeeded, "a step's status");
        check(step.attempt == 1 && step.error.is_none(), "a step's attempt and error");
    }
    let (trigger, piece) = (&run.steps[0], &run.steps[1]);
    check(trigger.step_type == StepType::Trigger && trigger.duration == 0.5, "the first step");
    check(piece.step_type == StepType::Piece && piece.duration == 1.2, "the second step");
    done("steps");

    let error = refusal(client.list_executions().workflow_id("a\tb").send().await, 400);
    check(error.code.as_deref() == Some("VALIDATION_ERROR"), "the code of the 400");
    check(error.error.contains("workflow_id"), "its message");
    done("invalid");

    let stranger = connect("not-a-key");
    let error = refusal(stranger.list_executions().send().await, 401);
    check(error.error == "Unauthorized: Invalid or expired API key", "the message of the 401");
    check(error.code.is_none(), "no code in the 401");
    done("unauthorized");

    let error = refusal(client.get_execution().id(format!("{prefix}-missing")).send().await, 404);
    check(error.error == "Execution not found or access denied", "the message of the 404");
    check(error.code.is_none(), "no code in the 404");
    done("missing");

    let id = format!("{prefix}-1");
    let broken = StepExecutionInput {
        status: StepStatus::Failed,
        attempt: Some(2),
        error: Some("SMTP 451\ntry again later".try_into().expect("an error")),
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
    let error = refusal(client.record_execution().id(&*id).body(running).send().await, 409);
    check(error.error.contains("RUNNING"), "the message of the 409");
    check(get(&id).await == recorded, "the 409 changed nothing");
    done("conflict");

    let (good, bad) = (format!("{prefix}-2"), format!("{prefix}-3"));
    let contradictory = WorkflowRunInput {
        step_count: Some(3),
        ..new_run(&bad, vec![new_step("step_1"), new_step("step_2")])
    };
    let batch = WorkflowRunBatch { items: vec![new_run(&good, vec![]), contradictory] };
    let results = expect_response(client.record_executions().body(batch).send().await).items;
    check(results.len() == 2, "two results");
    let (first, second) = (&results[0], &results[1]);
    check(first.id == Some(good) && second.id.as_ref() == Some(&bad), "the ids of the batch");
    check(first.outcome == RecordOutcome::Recorded && first.error.is_none(), "the good run");
    check(second.outcome == RecordOutcome::Rejected, "the bad run");
    let error = second.error.as_ref();
    check(error.is_some_and(|error| error.error.contains("step_count")), "what is wrong with it");
    refusal(client.get_execution().id(&*bad).send().await, 404);
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

    let list = client.list_executions().workflow_id("workflow_abc123");
    let list = list.created_after(time("2025-01-03T00:00:00Z"));
    let day = expect_response(list.created_before(time("2025-01-04T00:00:00Z")).send().await);
    check(totals(&day) == (48, 31, 5), "the totals of a day");
    done("range");

    // Several would become a repeated parameter.
    let list = client.list_executions().workflow_id("workflow_abc123");
    let ended = expect_response(list.statuses(vec![WorkflowRunStatus::Failed]).send().await);
    check(totals(&ended) == (30, 0, 30), "the totals of a state");
    done("statuses");

    let (mut walked, mut cursor) = (Vec::new(), Some(String::new()));
    while let Some(from) = cursor {
        let list = client.list_executions().workflow_id("workflow_abc123").limit(100u32);
        let page = expect_response(list.cursor(from).send().await);
        walked.extend(page.items);
        cursor = page.next_cursor;
    }
    check(walked == runs, "the walk lists the runs of the pages");
    done("walk");

    let histogram = client.get_histogram().workflow_id("workflow_abc123").bucket(BucketWidth::Day);
    let buckets = expect_response(histogram.send().await).buckets;
    check(buckets.len() == 6 && buckets[4].start == time("2025-01-03T00:00:00Z"), "six days");
    check((buckets[4].total, buckets[4].failed) == (48, 5), "the counts of a day");
    done("histogram");

    let found = expect_response(client.list_workflows().q("workflow_abc1").send().await);
    check(found.total == 1 && found.items.len() == 1, "one workflow");
    let summary = &found.items[0];
    check(summary.workflow_id == "workflow_abc123", "its UID");
    let totals = (summary.total, summary.succeeded, summary.failed);
    check(totals == (250, 200, 30), "its totals");
    check(summary.newest_run == *newest, "its newest run");
    let durations = (summary.median_duration, summary.p95_duration);
    check(durations == (Some(15.5), Some(15.5)), "its durations");
    done("workflows");

    for _ in 0..2 {
        expect_response(client.delete_execution().id(&*id).send().await);
        refusal(client.get_execution().id(&*id).send().await, 404);
    }
    done("delete");

    let (mut changed, mut after) = (HashMap::new(), 0);
    loop {
        let list = client.list_changes().after(after).limit(1000u32);
        let changes = expect_response(list.send().await);
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
