//! The steps of the scenario that change a run while it runs, and run it again.

use reqwest::header::ETAG;

use crate::{
    WORKFLOW,
    api::{
        Client,
        types::{
            StepExecutionPatch, StepStatus, WorkflowRunDetail, WorkflowRunInput,
            WorkflowRunMetadata, WorkflowRunPatch, WorkflowRunStatus,
        },
    },
    as_input, check, done, expect_response, new_run, new_step, refusal,
};

/// Does these steps with ids that begin with the prefix.
pub async fn runs(client: &Client, prefix: &str) {
    update(client, &format!("{prefix}-live")).await;
    let id = format!("{prefix}-again");
    attempts(client, &id, prefix).await;
    conditions(client, &id).await;
}

async fn get(client: &Client, id: &str) -> WorkflowRunDetail {
    expect_response(client.get_execution().id(id).send().await)
}

async fn record(client: &Client, id: &str, run: &WorkflowRunInput) -> WorkflowRunDetail {
    expect_response(client.record_execution().id(id).body(run.clone()).send().await)
}

async fn patch(client: &Client, id: &str, facts: WorkflowRunPatch) -> WorkflowRunMetadata {
    expect_response(client.update_execution().id(id).body(facts).send().await)
}

fn facts(status: WorkflowRunStatus, step: StepStatus) -> WorkflowRunPatch {
    let step = StepExecutionPatch::builder().id("step_1").status(Some(step));
    WorkflowRunPatch {
        status: Some(status),
        steps: Some(vec![step.try_into().expect("a step")]),
        ..WorkflowRunPatch::default()
    }
}

async fn update(client: &Client, id: &str) {
    let begin = WorkflowRunPatch {
        workflow_id: Some(WORKFLOW.try_into().expect("an id")),
        heartbeat_timeout: Some(3600.try_into().expect("seconds")),
        ..facts(WorkflowRunStatus::Running, StepStatus::Running)
    };
    let updated = patch(client, id, begin).await;
    check(updated.status == WorkflowRunStatus::Running, "a run that has begun");
    let end = WorkflowRunPatch {
        outcome: Some("TIMED_OUT".try_into().expect("a word")),
        ..facts(WorkflowRunStatus::Failed, StepStatus::Failed)
    };
    let updated = patch(client, id, end).await;
    check(updated.status == WorkflowRunStatus::Failed, "its end");
    check(updated.outcome.as_deref() == Some("TIMED_OUT"), "its outcome");
    check(updated.workflow_id == WORKFLOW, "its workflow");
    check(updated.heartbeat_timeout.is_some_and(|timeout| timeout.get() == 3600), "its timeout");
    let ended = get(client, id).await;
    check(ended.status == WorkflowRunStatus::Failed, "its end in getExecution");
    check(ended.steps.len() == 1 && ended.steps[0].status == StepStatus::Failed, "its step");
    done("update");
}

async fn attempts(client: &Client, id: &str, prefix: &str) {
    let mut step = new_step("step_1");
    step.status = StepStatus::Failed;
    step.outcome = Some("TIMED_OUT".try_into().expect("a word"));
    step.url = Some("https://engine.example/1/step_1".try_into().expect("a URL"));
    step.metadata = Some([("batch".to_owned(), prefix.try_into().expect("a value"))].into());
    step.parent_id = Some("loop".try_into().expect("an id"));
    step.iteration = Some(2);
    let mut run = new_run(id, vec![step]);
    run.outcome = Some("CRASHED".try_into().expect("a word"));
    run.url = Some("https://engine.example/1".try_into().expect("a URL"));
    run.metadata = Some([("batch".to_owned(), prefix.try_into().expect("a value"))].into());
    run.parent_id = Some(prefix.try_into().expect("an id"));
    run.triggered_by = Some("schedule".try_into().expect("a text"));
    run.error = Some("The worker is gone".to_owned());
    let recorded = record(client, id, &run).await;
    check(as_input(&recorded) == run, "the response equals the request");
    check(get(client, id).await == recorded, "getExecution returns the same");
    done("optional fields");

    run.status = WorkflowRunStatus::Running;
    run.attempt = Some(2.try_into().expect("an attempt"));
    run.outcome = None;
    record(client, id, &run).await;
    let second = get(client, id).await;
    check(second.status == WorkflowRunStatus::Running, "the second attempt");
    check(second.attempt.is_some_and(|attempt| attempt.get() == 2), "its number");
    let both: Vec<_> = second
        .attempts
        .iter()
        .map(|one| (one.attempt.get(), one.status, one.outcome.as_deref()))
        .collect();
    let due =
        [(1, WorkflowRunStatus::Failed, Some("CRASHED")), (2, WorkflowRunStatus::Running, None)];
    check(both == due, "both attempts");
    let first = expect_response(client.get_execution().id(id).attempt(1_u32).send().await);
    check(first.status == WorkflowRunStatus::Failed, "the first attempt");
    done("attempts");

    let pair = format!("batch:{prefix}");
    let list = client.list_executions().metadata(vec![pair]);
    let page = expect_response(list.send().await);
    check(page.total == 1 && page.items[0].id == id, "the run of the pair");
    check(page.items[0].attempt.is_some_and(|attempt| attempt.get() == 2), "its newest attempt");
    done("metadata");
}

async fn conditions(client: &Client, id: &str) {
    let stale = client.delete_execution().id(id).if_match("\"another\"").send().await;
    check(refusal(stale, 412).error.contains("If-Match"), "the message of the 412");
    let read = client.get_execution().id(id).send().await.expect("the run");
    let tag = read.headers().get(ETAG).and_then(|tag| tag.to_str().ok()).expect("an ETag");
    expect_response(client.delete_execution().id(id).if_match(tag).send().await);
    refusal(client.get_execution().id(id).send().await, 404);
    done("conditions");
}
