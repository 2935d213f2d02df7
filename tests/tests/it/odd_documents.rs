//! Documents of engines that differ from the examples in `examples/engines`, against a server.

use std::{fs, path::Path};

use runledger_tests::world::KEY;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::adapters::{AIRFLOW, Engines, GITHUB, N8N};

/// An example of a document, with changes.
fn document(path: &str, change: impl FnOnce(&mut Value)) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/engines");
    let mut document = serde_json::from_slice(&fs::read(folder.join(path)).unwrap()).unwrap();
    change(&mut document);
    document
}

/// Records documents by one call of an adapter.
async fn record(engines: &Engines, adapter: &[&str], documents: &[&Value]) {
    let folder = TempDir::new().unwrap();
    let paths = documents.iter().enumerate().map(|(number, document)| {
        let path = folder.path().join(format!("{number}.json"));
        fs::write(&path, document.to_string()).unwrap();
        path.to_str().unwrap().to_owned()
    });
    let paths: Vec<_> = paths.collect();
    engines.record(adapter, &paths.iter().map(String::as_str).collect::<Vec<_>>()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn long_names_and_unknown_conclusions_of_github() {
    let engines = Engines::new().await;
    let run = document("github_actions/run.json", |run| {
        run["display_title"] = json!("t".repeat(1100));
        run["conclusion"] = json!("very_odd");
    });
    let jobs = document("github_actions/jobs.json", |jobs| {
        let steps = &mut jobs["jobs"][0]["steps"];
        steps[1]["name"] = json!(format!("Run {}", "x".repeat(300)));
        steps[2]["conclusion"] = json!(null);
        steps[3]["conclusion"] = json!("odd-one");
    });
    record(&engines, GITHUB, &[&run, &jobs]).await;
    let run = engines.get("2202229078").await;
    assert_eq!((&run["status"], &run["outcome"]), (&json!("FAILED"), &json!("VERY_ODD")));
    let title = run["metadata"]["title"].as_str().unwrap();
    assert!(title.contains(" [140 characters left out] "), "{title}");
    let name = run["steps"][2]["step_name"].as_str().unwrap();
    assert!(name.starts_with("Run x") && name.contains(" [94 characters left out] x"), "{name}");
    let outcome = |step: usize| [&run["steps"][step]["status"], &run["steps"][step]["outcome"]];
    assert_eq!(outcome(3), ["FAILED", "UNKNOWN"]);
    assert_eq!(outcome(4), ["FAILED", "ODD_ONE"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_without_a_workflow_or_a_conclusion_lose_nothing_in_any_order() {
    let job = document("github_actions/workflow_job_in_progress.json", |body| {
        let job = &mut body["workflow_job"];
        job["workflow_name"] = json!(null);
        job["steps"][1]["status"] = json!("completed");
    });
    let run = document("github_actions/workflow_run_in_progress.json", |_| ());
    let ended = document("github_actions/workflow_job_in_progress.json", |body| {
        let step = &mut body["workflow_job"]["steps"][1];
        step["status"] = json!("completed");
        step["conclusion"] = json!("success");
    });
    let alone = Engines::new().await;
    record(&alone, GITHUB, &[&job]).await;
    let begun = alone.get("2202229078?attempt=3").await;
    assert_eq!(begun["workflow_id"], "octo-org/octo-repo", "until the workflow is known");
    assert_eq!(begun["steps"].as_array().unwrap().len(), 4);
    for order in [[&job, &run, &ended], [&ended, &run, &job], [&run, &ended, &job]] {
        let engines = Engines::new().await;
        for document in order {
            record(&engines, GITHUB, &[document]).await;
        }
        let run = engines.get("2202229078").await;
        assert_eq!(run["workflow_id"], "octo-org/octo-repo/CI");
        let mut steps = run["steps"].as_array().unwrap().clone();
        steps.sort_by_key(|step| step["id"].as_str().unwrap().to_owned());
        let states: Vec<_> = steps.iter().map(|step| step["status"].as_str().unwrap()).collect();
        assert_eq!(states, ["RUNNING", "SUCCEEDED", "SUCCEEDED", "PENDING"], "{steps:?}");
        assert!(steps.iter().all(|step| step["outcome"].is_null()), "{steps:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn long_ids_and_unknown_states_of_airflow_and_n8n() {
    let engines = Engines::new().await;
    let id = "r".repeat(250);
    let run = document("airflow/run.json", |run| {
        run["dag_run_id"] = json!(id);
        run["state"] = json!("aborted");
    });
    record(&engines, AIRFLOW, &[&run]).await;
    let list = engines.world.get("/v1/executions?workflow_id=daily_sales", KEY).await.json();
    let found = list["items"][0]["id"].as_str().unwrap();
    assert!(found.starts_with("daily_sales/rrr") && found.len() == 233, "{found}");
    assert_eq!(list["items"][0]["outcome"], "ABORTED");

    let execution = document("n8n/execution.json", |run| run["status"] = json!("stalled"));
    record(&engines, N8N, &[&execution]).await;
    let run = engines.get("231").await;
    assert_eq!((&run["status"], &run["outcome"]), (&json!("FAILED"), &json!("STALLED")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_of_another_shape_is_an_error_that_says_what_is_expected() {
    let engines = Engines::new().await;
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("other.json");
    fs::write(&path, r#"{"other": 1}"#).unwrap();
    for (adapter, expected) in [(GITHUB, "workflow run"), (AIRFLOW, "DAG run"), (N8N, "execution")]
    {
        let output = engines.run(adapter, &[path.to_str().unwrap()]).await;
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && text.contains(expected), "{adapter:?}: {text}");
        assert!(!text.contains("Traceback"), "{adapter:?}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_one_line() {
    let engines = Engines::new().await;
    let folder = TempDir::new().unwrap();
    let cut = folder.path().join("cut.json");
    fs::write(&cut, "{\"id\": [1,\n").unwrap();
    let cut = cut.to_str().unwrap();
    let away = ("RUNLEDGER_URL", "http://127.0.0.1:9");
    for (adapter, run) in [(GITHUB, "run.json"), (AIRFLOW, "run.json"), (N8N, "execution.json")] {
        for (document, variables, expected) in [
            ("absent.json", &[][..], "absent.json"),
            (cut, &[], "cut.json is not a document in JSON"),
            (run, &[("RUNLEDGER_URL", "")], "the variable RUNLEDGER_URL must be set"),
            (run, &[("RUNLEDGER_KEY", "a\nb")], "the variable RUNLEDGER_KEY must be set"),
            (run, &[("RUNLEDGER_URL", "127.0.0.1:9")], "127.0.0.1:9"),
            (run, &[away], "http://127.0.0.1:9 cannot be reached: "),
            (run, &[("RUNLEDGER_KEY", "wrong")], ": 401 {\"error\":"),
        ] {
            let output = engines.run_with(adapter, &[document], variables).await;
            let text = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(1), "{adapter:?}, {document}: {text}");
            let is_one_line = text.lines().count() == 1;
            assert!(is_one_line && text.contains(expected), "{adapter:?}, {document}: {text}");
        }
    }
}
