//! The sample runs are as documented.

use std::collections::{HashMap, HashSet};

use runledger_model::{
    StepStatus, Timestamp, WorkflowRunDetail, WorkflowRunInput, WorkflowRunStatus, examples,
};
use runledger_sample::{documented_runs, history};

fn end() -> Timestamp {
    "2025-06-01T09:30:00.5Z".parse().unwrap()
}

fn count(runs: &[WorkflowRunDetail]) -> HashMap<WorkflowRunStatus, usize> {
    let mut counts = HashMap::new();
    for run in runs {
        *counts.entry(run.status).or_default() += 1;
    }
    counts
}

fn expect_valid(run: &WorkflowRunDetail) {
    let input = WorkflowRunInput::from(run.clone());
    assert_eq!(input.into_run(None).as_ref(), Ok(run));
    assert_eq!(run.finished_at.is_some(), run.status.is_final(), "{run:?}");
    assert_eq!(run.duration.is_some(), run.status.is_final(), "{run:?}");
    assert_eq!(run.started_at.is_none(), run.status == WorkflowRunStatus::Pending, "{run:?}");
    assert!(run.started_at.is_none_or(|started| run.created_at <= started), "{run:?}");
    for step in &run.steps {
        assert_eq!(step.started_at.is_none(), step.status == StepStatus::Pending, "{run:?}");
        let done = matches!(step.status, StepStatus::Succeeded | StepStatus::Failed);
        assert_eq!(step.finished_at.is_some(), done, "{run:?}");
        assert_eq!(step.error.is_some(), step.status == StepStatus::Failed, "{run:?}");
        assert!(run.finished_at.is_none() || step.finished_at <= run.finished_at, "{run:?}");
        assert!(done || !run.status.is_final(), "{run:?}");
    }
}

#[test]
fn the_documented_runs_match_the_documentation() {
    let runs = documented_runs();
    let documented = examples::executions();
    let counts = count(&runs);
    assert_eq!(runs.len() as i64, documented.total);
    assert_eq!(counts[&WorkflowRunStatus::Succeeded] as i64, documented.succeeded);
    assert_eq!(counts[&WorkflowRunStatus::Failed] as i64, documented.failed);
    assert_eq!(counts.len(), 6, "all statuses");
    assert_eq!(runs.last(), Some(&examples::execution()));
    assert!(runs.is_sorted_by(|a, b| a.created_at < b.created_at));
    assert!(runs.iter().all(|run| run.workflow_id == "workflow_abc123"));
    assert_eq!(runs.iter().map(|run| &run.id).collect::<HashSet<_>>().len(), 250);
    runs.iter().for_each(expect_valid);
    assert_eq!(documented_runs(), runs);
}

#[test]
fn every_run_of_a_history_is_valid() {
    let runs: Vec<_> = history(7, 8_000, end()).collect();
    assert_eq!(runs.len(), 8_000);
    runs.iter().for_each(expect_valid);
    assert!(runs.is_sorted_by_key(|run| run.created_at));
    assert_eq!(runs.last().unwrap().created_at, end());
    let first = runs[0].created_at.millis();
    assert!(end().millis() - first > 89 * 86_400_000);
    assert!(runs.iter().all(|run| run.finished_at.is_none_or(|at| at <= end())));
    assert_eq!(runs.iter().map(|run| &run.id).collect::<HashSet<_>>().len(), 8_000);
    let steps: Vec<_> = runs.iter().flat_map(|run| &run.steps).collect();
    assert_eq!(steps.iter().map(|step| &step.id).collect::<HashSet<_>>().len(), steps.len());
}

#[test]
fn a_history_is_varied() {
    let runs: Vec<_> = history(7, 20_000, end()).collect();
    let counts = count(&runs);
    assert_eq!(counts.len(), 6, "{counts:?}");
    assert!((400..4_000).contains(&counts[&WorkflowRunStatus::Failed]), "{counts:?}");
    assert_eq!(runs.iter().map(|run| &run.workflow_id).collect::<HashSet<_>>().len(), 40);
    assert_eq!(runs.iter().map(|run| &run.run_type).collect::<HashSet<_>>().len(), 4);
    assert!(runs.iter().map(|run| &run.version_id).collect::<HashSet<_>>().len() > 80);
    assert_eq!(runs.iter().filter(|run| run.step_count > 200).count(), 20);
    assert!(runs.iter().any(|run| run.steps.iter().any(|step| step.attempt == 3)));
    assert!(runs[..19_000].iter().all(|run| run.status.is_final()));
}

#[test]
fn failures_come_in_bursts() {
    let mut by_hour = HashMap::<i64, (u32, u32)>::new();
    for run in history(7, 50_000, end()) {
        let (failed, all) = by_hour.entry(run.created_at.millis() / 3_600_000).or_default();
        *all += 1;
        *failed += u32::from(run.status == WorkflowRunStatus::Failed);
    }
    let bad = by_hour.values().filter(|(failed, all)| *all >= 10 && failed * 6 > *all).count();
    assert!((5..400).contains(&bad), "{bad} bad hours of {}", by_hour.len());
}

#[test]
fn a_small_history_has_every_status() {
    let runs: Vec<_> = history(1, 100, end()).collect();
    assert!(runs.iter().any(|run| run.step_count > 200));
    for status in [
        WorkflowRunStatus::Pending,
        WorkflowRunStatus::Running,
        WorkflowRunStatus::Paused,
        WorkflowRunStatus::Succeeded,
        WorkflowRunStatus::Failed,
    ] {
        assert!(runs.iter().any(|run| run.status == status), "{status}");
    }
    for few in 0..5 {
        assert_eq!(history(1, few, end()).inspect(expect_valid).count(), few);
    }
}

#[test]
fn the_seed_determines_the_runs() {
    let ids = |seed| history(seed, 300, end()).collect::<Vec<_>>();
    assert_eq!(ids(3), ids(3));
    assert!(ids(3).iter().zip(ids(4)).all(|(a, b)| a.id != b.id));
}
