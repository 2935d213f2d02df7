//! A run of the tests as a run in a ledger: each part is a step.

use std::{fs, path::Path};

use anyhow::Result;
use runledger_model::{
    Seconds, StepExecution, StepStatus, StepType, WorkflowRunDetail, WorkflowRunMetadata,
    WorkflowRunStatus,
};

use tools_support::command::{cargo, run};

use crate::test::Part;

/// Records the parts, in the order in which they ran, in the ledger that `RUNLEDGER_URL` and `RUNLEDGER_KEY` name.
/// Without them nothing is done.
///
/// # Errors
/// Where the ledger does not take it.
pub fn record(parts: &[Part], root: &Path) -> Result<()> {
    if std::env::var_os("RUNLEDGER_URL").is_none() || parts.is_empty() {
        return Ok(());
    }
    let file = root.join("target/test-run.ndjson");
    fs::write(&file, serde_json::to_string(&as_run(parts))? + "\n")?;
    // The program itself delivers it, so that xtask needs no HTTP.
    let mut import = cargo();
    import.current_dir(root).args(["run", "--quiet", "--package", "runledger", "--", "import"]);
    run(import.arg(&file))
}

fn as_run(parts: &[Part]) -> WorkflowRunDetail {
    let (begin, end) = (parts[0].started_at, parts[parts.len() - 1].finished_at);
    let failed = parts.iter().any(|part| part.failure.is_some());
    let run = WorkflowRunMetadata {
        id: format!("xtask_test_{}_{}", begin.millis(), std::process::id()),
        workflow_id: "xtask test".into(),
        version_id: env!("CARGO_PKG_VERSION").into(),
        version_display_name: env!("CARGO_PKG_VERSION").into(),
        run_type: "COMMAND".into(),
        status: if failed { WorkflowRunStatus::Failed } else { WorkflowRunStatus::Succeeded },
        duration: Some(Seconds::between(begin, end)),
        created_at: begin,
        started_at: Some(begin),
        finished_at: Some(end),
    };
    run.with_steps(parts.iter().enumerate().map(|(at, part)| as_step(at, part)).collect())
}

fn as_step(at: usize, part: &Part) -> StepExecution {
    let failed = part.failure.is_some();
    StepExecution {
        id: format!("part_{}", at + 1),
        step_name: part.name.clone(),
        step_type: StepType::Piece,
        status: if failed { StepStatus::Failed } else { StepStatus::Succeeded },
        attempt: 1,
        error: part.failure.clone(),
        duration: Seconds::between(part.started_at, part.finished_at),
        created_at: part.started_at,
        started_at: Some(part.started_at),
        finished_at: Some(part.finished_at),
    }
}

#[cfg(test)]
mod tests {
    use runledger_model::{Timestamp, WorkflowRunInput};

    use super::*;

    #[test]
    fn the_api_takes_it() {
        let at = |millis| Timestamp::from_millis(millis).unwrap();
        let part = |name: &str, from, failure: Option<&str>| Part {
            name: name.into(),
            started_at: at(from),
            finished_at: at(from + 500),
            failure: failure.map(str::to_owned),
        };
        let run = as_run(&[part("format", 0, None), part("tests", 500, Some("exit status: 101"))]);
        let json = serde_json::to_vec(&run).unwrap();
        assert_eq!(WorkflowRunInput::from_json(&json).unwrap().into_run(None).unwrap(), run);
        assert_eq!(run.status, WorkflowRunStatus::Failed);
        assert_eq!(
            (run.steps[1].error.as_deref(), run.duration),
            (Some("exit status: 101"), Seconds::from_micros(1_000_000))
        );
    }
}
