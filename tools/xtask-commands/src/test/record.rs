//! A test run, recorded as a run of a ledger: each part is a step.

use std::{
    fs,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::Result;
use serde_json::{Value, json};
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

/// The run as the API takes it. The server computes the durations.
fn to_run(parts: &[Part]) -> Value {
    let (begin, end) = (parts[0].started_at, parts[parts.len() - 1].finished_at);
    let millis = begin.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let steps = parts.iter().enumerate().map(|(index, part)| to_step(index, part));
    json!({
        "id": format!("xtask_test_{millis}_{}", std::process::id()),
        "workflow_id": "xtask test",
        "version_id": env!("CARGO_PKG_VERSION"),
        "version_display_name": env!("CARGO_PKG_VERSION"),
        "type": "COMMAND",
        "status": status(parts.iter().any(|part| part.failure.is_some())),
        "created_at": time(begin),
        "started_at": time(begin),
        "finished_at": time(end),
        "steps": steps.collect::<Vec<_>>(),
    })
}

fn to_step(index: usize, part: &Part) -> Value {
    let Part { name, started_at, finished_at, failure } = part;
    json!({
        "id": format!("part_{}", index + 1),
        "step_name": name,
        "step_type": "PIECE",
        "status": status(failure.is_some()),
        "error": failure,
        "created_at": time(*started_at),
        "started_at": time(*started_at),
        "finished_at": time(*finished_at),
    })
}

fn status(failed: bool) -> &'static str {
    if failed { "FAILED" } else { "SUCCEEDED" }
}

/// In RFC 3339, with milliseconds.
fn time(at: SystemTime) -> String {
    humantime::format_rfc3339_millis(at).to_string()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use runledger_model::{Seconds, WorkflowRunInput, WorkflowRunStatus};

    use super::*;

    #[test]
    fn the_recorded_run_is_valid_input() {
        let at = |millis| UNIX_EPOCH + Duration::from_millis(millis);
        let part = |name: &str, from, failure: Option<&str>| Part {
            name: name.into(),
            started_at: at(from),
            finished_at: at(from + 500),
            failure: failure.map(str::to_owned),
        };
        let json = to_run(&[part("format", 0, None), part("tests", 500, Some("exit status: 101"))]);
        let json = serde_json::to_vec(&json).unwrap();
        let run = WorkflowRunInput::from_json(&json).unwrap().into_run(None).unwrap();
        assert_eq!(run.status, WorkflowRunStatus::Failed);
        assert_eq!(run.duration, Seconds::from_micros(1_000_000));
        assert_eq!(Some(run.steps[0].duration), Seconds::from_micros(500_000));
        assert_eq!(run.steps[1].error.as_deref(), Some("exit status: 101"));
    }
}
