//! The steps of the scenario that change a run while it runs, and run it again.

use std::collections::HashMap;

use runledger_api::{
    apis::{
        configuration::Configuration,
        executions_api::{get_execution, list_executions},
        recording_api::{delete_execution, record_execution, update_execution},
    },
    models::{
        StepExecutionPatch, StepStatus, WorkflowRunDetail, WorkflowRunInput, WorkflowRunPatch,
        WorkflowRunStatus,
    },
};

use crate::{WORKFLOW, as_input, check, done, expect_response, new_run, new_step, refusal};

/// Does these steps with ids that begin with the prefix.
pub async fn runs(client: &Configuration, prefix: &str) {
    update(client, &format!("{prefix}-live")).await;
    let id = format!("{prefix}-again");
    attempts(client, &id, prefix).await;
    conditions(client, &id).await;
}

async fn get(client: &Configuration, id: &str) -> WorkflowRunDetail {
    expect_response(get_execution(client, id, None).await)
}

async fn record(client: &Configuration, id: &str, run: &WorkflowRunInput) -> WorkflowRunDetail {
    expect_response(record_execution(client, id, run.clone(), None, None, None).await)
}

fn facts(status: WorkflowRunStatus, step: StepStatus) -> WorkflowRunPatch {
    let step =
        StepExecutionPatch { status: Some(step), ..StepExecutionPatch::new("step_1".into()) };
    WorkflowRunPatch {
        status: Some(status),
        steps: Some(Some(vec![step])),
        ..WorkflowRunPatch::new()
    }
}

async fn update(client: &Configuration, id: &str) {
    let begin = WorkflowRunPatch {
        workflow_id: Some(WORKFLOW.into()),
        heartbeat_timeout: Some(Some(3600)),
        ..facts(WorkflowRunStatus::Running, StepStatus::STEP_RUNNING)
    };
    let updated = expect_response(update_execution(client, id, begin, None, None, None).await);
    check(updated.status == WorkflowRunStatus::Running, "a run that has begun");
    let end = WorkflowRunPatch {
        outcome: Some(Some("TIMED_OUT".into())),
        ..facts(WorkflowRunStatus::Failed, StepStatus::STEP_FAILED)
    };
    let updated = expect_response(update_execution(client, id, end, None, None, None).await);
    check(updated.status == WorkflowRunStatus::Failed, "its end");
    check(updated.outcome.as_deref() == Some("TIMED_OUT"), "its outcome");
    check(updated.workflow_id == WORKFLOW, "its workflow");
    check(updated.heartbeat_timeout == Some(3600), "its timeout");
    let ended = get(client, id).await;
    check(ended.status == WorkflowRunStatus::Failed, "its end in getExecution");
    check(ended.steps.len() == 1, "one step");
    check(ended.steps[0].status == StepStatus::STEP_FAILED, "the end of its step");
    done("update");
}

async fn attempts(client: &Configuration, id: &str, prefix: &str) {
    let labels = HashMap::from([("batch".to_owned(), prefix.to_owned())]);
    let mut step = new_step("step_1");
    step.status = StepStatus::STEP_FAILED;
    step.outcome = Some(Some("TIMED_OUT".into()));
    step.url = Some(Some("https://engine.example/1/step_1".into()));
    step.metadata = Some(Some(labels.clone()));
    step.parent_id = Some(Some("loop".into()));
    step.iteration = Some(Some(2));
    let mut run = new_run(id, vec![step]);
    run.outcome = Some(Some("CRASHED".into()));
    run.url = Some(Some("https://engine.example/1".into()));
    run.metadata = Some(Some(labels));
    run.parent_id = Some(Some(prefix.into()));
    run.triggered_by = Some(Some("schedule".into()));
    run.error = Some(Some("The worker is gone".into()));
    let recorded = record(client, id, &run).await;
    check(as_input(&recorded) == run, "the response equals the request");
    check(get(client, id).await == recorded, "getExecution returns the same");
    done("optional fields");

    run.status = WorkflowRunStatus::Running;
    run.attempt = Some(Some(2));
    run.outcome = None;
    record(client, id, &run).await;
    let second = get(client, id).await;
    check(second.status == WorkflowRunStatus::Running, "the second attempt");
    check(second.attempt == Some(2), "its number");
    let both = second.attempts.unwrap_or_default();
    let both: Vec<_> =
        both.iter().map(|one| (one.attempt, one.status, one.outcome.as_deref())).collect();
    let due =
        [(1, WorkflowRunStatus::Failed, Some("CRASHED")), (2, WorkflowRunStatus::Running, None)];
    check(both == due, "both attempts");
    let first = expect_response(get_execution(client, id, Some(1)).await);
    check(first.status == WorkflowRunStatus::Failed, "the first attempt");
    done("attempts");

    let pair = Some(vec![format!("batch:{prefix}")]);
    let page = list_executions(client, None, None, None, None, None, None, None, pair, None);
    let page = expect_response(page.await);
    check(page.total == 1 && page.items[0].id == id, "the run of the pair");
    check(page.items[0].attempt == Some(2), "its newest attempt");
    done("metadata");
}

async fn conditions(client: &Configuration, id: &str) {
    let stale = delete_execution(client, id, Some("\"another\"")).await;
    check(refusal(stale, 412).error.contains("If-Match"), "the message of the 412");
    // The client returns no header fields, so there is no ETag here.
    expect_response(delete_execution(client, id, Some("*")).await);
    refusal(get_execution(client, id, None).await, 404);
    done("conditions");
}
