//! A test run, recorded as a run of a ledger: each part is a step.

use std::{fs, path::Path};

use anyhow::Result;
use runledger_model::{
    Seconds, StepExecution, StepStatus, StepType, WorkflowRunDetail, WorkflowRunMetadata,
    WorkflowRunStatus,
};

use tools_support::command::{cargo, run};

use super::part::Part;

/// Records the parts with the server and key in `RUNLEDGER_URL` and `RUNLEDGER_KEY`; without these
/// variables, nothing is recorded.
///
/// # Errors
/// Where the server refuses it.
pub fn record(parts: &[Part], root: &Path) -> Result<()> {
    if std::env::var_os("RUNLEDGER_URL").is_none() || parts.is_empty() {
        return Ok(());
    }
    let file = root.join("target/test-run.ndjson");
    fs::write(&file, serde_json::to_string(&to_run(parts))? + "\n")?;
    // The program sends it, so that xtask needs no HTTP client.
    let mut import = cargo();
    import.current_dir(root).args(["run", "--quiet", "--package", "runledger", "--", "import"]);
    run(import.arg(&file))
}

fn to_run(parts: &[Part]) -> WorkflowRunDetail {
    let (begin, end) = (parts[0].started_at, parts[parts.len() - 1].finished_at);
    let failed = parts.iter().any(|part| part.failure.is_some());
    let id = format!("xtask_test_{}_{}", begin.millis(), std::process::id());
    let status = if failed { WorkflowRunStatus::Failed } else { WorkflowRunStatus::Succeeded };
    let version = env!("CARGO_PKG_VERSION");
    let run = WorkflowRunMetadata {
        duration: Some(Seconds::between(begin, end)),
        started_at: Some(begin),
        finished_at: Some(end),
        ..WorkflowRunMetadata::new(id, "xtask test", version, version, "COMMAND", status, begin)
    };
    run.with_steps(parts.iter().enumerate().map(|(index, part)| to_step(index, part)).collect())
}

fn to_step(index: usize, part: &Part) -> StepExecution {
    let failed = part.failure.is_some();
    let status = if failed { StepStatus::Failed } else { StepStatus::Succeeded };
    let id = format!("part_{}", index + 1);
    StepExecution {
        error: part.failure.clone(),
        duration: Seconds::between(part.started_at, part.finished_at),
        started_at: Some(part.started_at),
        finished_at: Some(part.finished_at),
        ..StepExecution::new(id, &part.name, StepType::Piece, status, part.started_at)
    }
}

#[cfg(test)]
mod tests {
    use runledger_model::{Timestamp, WorkflowRunInput};

    use super::*;

    #[test]
    fn the_recorded_run_is_valid_input() {
        let at = |millis| Timestamp::from_millis(millis).unwrap();
        let part = |name: &str, from, failure: Option<&str>| Part {
            name: name.into(),
            started_at: at(from),
            finished_at: at(from + 500),
            failure: failure.map(str::to_owned),
        };
        let run = to_run(&[part("format", 0, None), part("tests", 500, Some("exit status: 101"))]);
        let json = serde_json::to_vec(&run).unwrap();
        assert_eq!(WorkflowRunInput::from_json(&json).unwrap().into_run(None).unwrap(), run);
        assert_eq!(run.status, WorkflowRunStatus::Failed);
        assert_eq!(
            (run.steps[1].error.as_deref(), run.duration),
            (Some("exit status: 101"), Seconds::from_micros(1_000_000))
        );
    }
}
