//! Prints the latest failed or cancelled run of each workflow and the errors of its steps.
//! `RUNLEDGER_SINCE`, such as 2025-01-04T00:00:00Z, excludes runs that were created earlier.

use std::{collections::BTreeSet, env};

use futures_util::{TryStreamExt, future};
use runledger_client::{Client, types::WorkflowRunStatus};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let variable = |name, default: &str| env::var(name).unwrap_or_else(|_| default.to_owned());
    let url = variable("RUNLEDGER_URL", "http://127.0.0.1:7400");
    let client = Client::connect(&url, &variable("RUNLEDGER_KEY", "your-api-key-here"))?;

    let statuses = vec![WorkflowRunStatus::Failed, WorkflowRunStatus::Cancelled];
    let mut failed = client.list_executions().statuses(statuses);
    if let Ok(since) = env::var("RUNLEDGER_SINCE") {
        failed = failed.created_after(since.parse::<chrono::DateTime<chrono::Utc>>()?);
    }
    let mut seen = BTreeSet::new();
    let latest =
        failed.stream().try_filter(|run| future::ready(seen.insert(run.workflow_id.clone())));
    let mut latest = std::pin::pin!(latest);
    while let Some(run) = latest.try_next().await? {
        let run = client.get_execution().id(run.id).send().await?.into_inner();
        println!("{}: {} at {}", run.workflow_id, run.id, run.created_at.to_rfc3339());
        for step in run.steps {
            if let Some(error) = step.error {
                println!("  {} (attempt {}): {error}", step.step_name, step.attempt);
            }
        }
    }
    Ok(())
}
