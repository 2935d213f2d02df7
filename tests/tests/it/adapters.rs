//! The adapters of `examples/engines`, each with the documents of its engine, against a server.

use std::{
    path::Path,
    process::{Command, Output},
};

use runledger_tests::{
    server::Server,
    world::{KEY, World},
};
use serde_json::{Value, json};

/// A server, and where its adapters are.
pub struct Engines {
    pub world: World,
    server: Server,
}

impl Engines {
    pub async fn new() -> Self {
        let world = World::new().await;
        let server = Server::start(world.router()).await;
        Self { world, server }
    }

    /// Runs an adapter with these documents of its folder, and returns what it prints.
    pub async fn record(&self, adapter: &[&str], documents: &[&str]) -> String {
        let output = self.run(adapter, documents).await;
        let text = |bytes| String::from_utf8(bytes).unwrap();
        assert!(output.status.success(), "{adapter:?}: {}", text(output.stderr));
        text(output.stdout)
    }

    pub async fn run(&self, adapter: &[&str], documents: &[&str]) -> Output {
        self.run_with(adapter, documents, &[]).await
    }

    /// As [`run`](Self::run), with these variables of the environment.
    pub async fn run_with(
        &self,
        adapter: &[&str],
        documents: &[&str],
        variables: &[(&str, &str)],
    ) -> Output {
        let [interpreter, folder, program] = adapter else { panic!("{adapter:?}") };
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/engines").join(folder);
        let mut command = Command::new(interpreter);
        command
            .arg(program)
            .args(documents)
            .current_dir(folder)
            .env("RUNLEDGER_URL", format!("http://{}", self.server.address))
            .env("RUNLEDGER_KEY", KEY)
            .env("AIRFLOW_URL", "https://airflow.example.com")
            .env("N8N_URL", "https://n8n.example.com")
            .env("NO_PROXY", "127.0.0.1")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .envs(variables.iter().copied());
        let name = interpreter.to_string();
        let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap();
        output.unwrap_or_else(|error| panic!("{name} is needed for this test: {error}"))
    }

    pub async fn get(&self, path: &str) -> Value {
        let reply = self.world.get(&format!("/v1/executions/{path}"), KEY).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.json());
        reply.json()
    }
}

/// A line for the run and one for each step: what the engine said, without what is not set.
fn lines(run: &Value) -> Vec<String> {
    const RUN: &[&str] = &[
        "id",
        "attempt",
        "workflow_id",
        "version_id",
        "version_display_name",
        "type",
        "status",
        "outcome",
        "duration",
        "created_at",
        "started_at",
        "finished_at",
        "error",
        "url",
        "parent_id",
        "triggered_by",
        "metadata",
    ];
    const STEP: &[&str] = &[
        "id",
        "attempt",
        "parent_id",
        "step_name",
        "step_type",
        "status",
        "outcome",
        "iteration",
        "duration",
        "started_at",
        "finished_at",
        "error",
    ];
    let line = |value: &Value, fields: &[&str]| {
        let fields = fields.iter().filter(|name| !value[**name].is_null());
        let fields = fields.map(|name| match &value[*name] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        });
        fields.collect::<Vec<_>>().join(" ")
    };
    let steps = run["steps"].as_array().unwrap().iter().map(|step| line(step, STEP));
    std::iter::once(line(run, RUN)).chain(steps).collect()
}

/// These lines with the date before their times.
fn in_full(lines: &[&str], date: &str) -> Vec<String> {
    let is_time = |word: &str| word.get(2..3) == Some(":") && word.get(5..6) == Some(":");
    let word = |word: &str| if is_time(word) { format!("{date}T{word}Z") } else { word.to_owned() };
    lines.iter().map(|line| line.split(' ').map(word).collect::<Vec<_>>().join(" ")).collect()
}

/// The number, the status and the time of the start of each attempt of a run.
fn attempts(run: &Value) -> Vec<String> {
    let attempts = run["attempts"].as_array().expect("several attempts").iter();
    let line = |attempt: &Value| {
        let started = attempt["started_at"].as_str().unwrap();
        let time = started[started.find('T').unwrap() + 1..].trim_end_matches('Z');
        format!("{} {} {time}", attempt["attempt"], attempt["status"].as_str().unwrap())
    };
    attempts.map(line).collect()
}

pub const GITHUB: &[&str] = &["python3", "github_actions", "github_actions.py"];
pub const AIRFLOW: &[&str] = &["python3", "airflow", "airflow.py"];
pub const N8N: &[&str] = &["node", "n8n", "n8n.mjs"];

#[tokio::test(flavor = "multi_thread")]
async fn github_actions() {
    let engines = Engines::new().await;
    let printed = engines.record(GITHUB, &["jobs.json", "run.json"]).await;
    assert_eq!(printed, "recorded 2202229078, attempt 1, steps: 17\n");
    let first = engines.get("2202229078").await;
    let expected = [
        "2202229078 octo-org/octo-repo/CI 3484a3fb816e0859fd6e1cea078d76385ff50625 main push \
         FAILED 124.0 2022-04-21T09:56:41Z 2022-04-21T09:56:41Z 2022-04-21T09:58:45Z \
         https://github.com/octo-org/octo-repo/actions/runs/2202229078 Codertocat \
         {\"actor\":\"Codertocat\",\"branch\":\"main\",\"repository\":\"octo-org/octo-repo\",\
         \"run_number\":\"163\",\"title\":\"Cache the dependencies of the linters\",\
         \"workflow_file\":\".github/workflows/ci.yml\"}",
        "6112345001 1 linters PIECE SUCCEEDED 22.0 09:56:52 09:57:14",
        "6112345001.1 1 6112345001 Set up job PIECE SUCCEEDED 3.0 09:56:52 09:56:55",
        "6112345001.2 1 6112345001 Run actions/checkout@v3 PIECE SUCCEEDED 2.0 09:56:55 09:56:57",
        "6112345001.3 1 6112345001 Run yarn run js-lint PIECE SUCCEEDED 15.0 09:56:57 09:57:12",
        "6112345001.4 1 6112345001 Complete job PIECE SUCCEEDED 0.0 09:57:12 09:57:12",
        "6112345002 1 test (18.x) PIECE FAILED 107.0 09:56:53 09:58:40",
        "6112345002.1 1 6112345002 Set up job PIECE SUCCEEDED 3.0 09:56:53 09:56:56",
        "6112345002.2 1 6112345002 Run actions/checkout@v3 PIECE SUCCEEDED 2.0 09:56:56 09:56:58",
        "6112345002.3 1 6112345002 Run yarn test PIECE FAILED 99.0 09:56:58 09:58:37",
        "6112345002.4 1 6112345002 Upload the coverage PIECE SUCCEEDED SKIPPED 0.0 \
         09:58:37 09:58:37",
        "6112345002.11 1 6112345002 Post Run actions/checkout@v3 PIECE SUCCEEDED 1.0 \
         09:58:37 09:58:38",
        "6112345002.12 1 6112345002 Complete job PIECE SUCCEEDED 0.0 09:58:38 09:58:38",
        "6112345003 1 test (20.x) PIECE FAILED CANCELLED 109.0 09:56:53 09:58:42",
        "6112345003.1 1 6112345003 Set up job PIECE SUCCEEDED 3.0 09:56:53 09:56:56",
        "6112345003.2 1 6112345003 Run actions/checkout@v3 PIECE SUCCEEDED 2.0 09:56:56 09:56:58",
        "6112345003.3 1 6112345003 Run yarn test PIECE FAILED CANCELLED 102.0 09:56:58 09:58:40",
        // It ends before it starts.
        "6112345004 1 deploy PIECE SUCCEEDED SKIPPED 0.0 09:58:44 09:58:43",
    ];
    assert_eq!(lines(&first), in_full(&expected, "2022-04-21"));
    let linters = &first["steps"][0];
    assert_eq!(
        linters["metadata"],
        json!({ "labels": "ubuntu-latest", "runner": "GitHub Actions 5" })
    );
    let url = "https://github.com/octo-org/octo-repo/actions/runs/2202229078/job/6112345001";
    assert_eq!(linters["url"], url);

    for _ in 0..2 {
        engines.record(GITHUB, &["rerun.json", "rerun_jobs.json"]).await;
        // A late repetition of the first attempt changes nothing of the second.
        engines.record(GITHUB, &["run.json", "jobs.json"]).await;
    }
    let second = engines.get("2202229078").await;
    let expected = [
        "6112349102 1 test (18.x) PIECE SUCCEEDED 103.0 10:31:15 10:32:58",
        "6112349102.1 1 6112349102 Set up job PIECE SUCCEEDED 3.0 10:31:15 10:31:18",
        "6112349102.2 1 6112349102 Run actions/checkout@v3 PIECE SUCCEEDED 2.0 10:31:18 10:31:20",
        "6112349102.3 1 6112349102 Run yarn test PIECE SUCCEEDED 95.0 10:31:20 10:32:55",
        "6112349104 1 deploy PIECE SUCCEEDED 23.0 10:33:07 10:33:30",
        "6112349104.1 1 6112349104 Set up job PIECE SUCCEEDED 2.0 10:33:07 10:33:09",
        "6112349104.2 1 6112349104 Run ./deploy.sh PIECE SUCCEEDED 19.0 10:33:09 10:33:28",
    ];
    assert_eq!(lines(&second)[1..], in_full(&expected, "2022-04-21"));
    assert_eq!((&second["triggered_by"], &second["attempt"]), (&json!("octocat"), &json!(2)));
    assert_eq!(attempts(&second), ["1 FAILED 09:56:41", "2 SUCCEEDED 10:31:05"]);
    assert_eq!(engines.get("2202229078?attempt=1").await["steps"], first["steps"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn github_actions_by_webhooks_in_any_order() {
    const QUEUED: &str = "workflow_job_queued.json";
    const JOB: &str = "workflow_job_in_progress.json";
    const RUN: &str = "workflow_run_in_progress.json";
    let expected = [
        "6112351201 1 test (18.x) PIECE RUNNING 0.0 11:02:17",
        "6112351201.1 1 6112351201 Set up job PIECE SUCCEEDED 3.0 11:02:17 11:02:20",
        "6112351201.2 1 6112351201 Run actions/checkout@v3 PIECE RUNNING 0.0 11:02:20",
        "6112351201.3 1 6112351201 Run yarn test PIECE PENDING 0.0",
    ];
    let mut found = Vec::new();
    for order in [[QUEUED, JOB, RUN], [RUN, JOB, QUEUED], [JOB, QUEUED, RUN]] {
        let engines = Engines::new().await;
        for document in order {
            engines.record(GITHUB, &[document]).await;
        }
        let run = engines.get("2202229078").await;
        let mut steps = lines(&run)[1..].to_vec();
        steps.sort();
        assert_eq!(steps, in_full(&expected, "2022-04-21"), "{order:?}");
        assert_eq!((&run["status"], &run["attempt"]), (&json!("RUNNING"), &json!(3)));
        found.push(lines(&run).remove(0));
    }
    assert_eq!((&found[1], &found[2]), (&found[0], &found[0]));
}

#[tokio::test(flavor = "multi_thread")]
async fn airflow() {
    const PATH: &str = "daily_sales%2Fscheduled__2025-07-01T02%3A00%3A00%2B00%3A00";
    let engines = Engines::new().await;
    for _ in 0..2 {
        engines.record(AIRFLOW, &["run.json", "tasks.json", "tries.json"]).await;
    }
    let first = engines.get(PATH).await;
    let expected = [
        "daily_sales/scheduled__2025-07-01T02:00:00+00:00 daily_sales \
         0197d1f2-6a1e-7b53-9a0c-3f0f4f8c6a11 v3 scheduled FAILED 369.318885 \
         2025-07-01T02:00:00.412Z 2025-07-01T02:00:00.981Z 2025-07-01T02:06:10.3Z \
         https://airflow.example.com/dags/daily_sales/runs/\
         scheduled__2025-07-01T02%3A00%3A00%2B00%3A00 timetable \
         {\"bundle_version\":\"9f2c1d7\",\"logical_date\":\"2025-07-01T02:00:00Z\"}",
        "extract 1 extract PIECE FAILED 28.601422 02:00:02.512 02:00:31.113",
        "extract 2 extract PIECE SUCCEEDED 26.246214 02:05:32.004 02:05:58.25",
        "choose 1 choose PIECE SUCCEEDED 0.379819 02:05:59.1 02:05:59.48",
        // Try 0 of a task that never ran, and a duration below 0.
        "full_load 0 full_load PIECE SUCCEEDED SKIPPED 0.0 02:05:59.472 02:05:59.471",
        "load[0] 1 load PIECE SUCCEEDED 0 8.5 02:06:01 02:06:09.5",
        "load[1] 1 load PIECE FAILED 1 3.075 02:06:01.05 02:06:04.125",
        "report 0 report PIECE FAILED UPSTREAM_FAILED 0.0 02:06:10.02 02:06:10.02",
        "cleanup 0 cleanup PIECE PENDING 0.0",
    ];
    assert_eq!(lines(&first), in_full(&expected, "2025-07-01"));
    let metadata = json!({
        "operator": "PythonOperator", "pool": "default_pool", "queue": "default",
        "hostname": "worker-2", "rendered_map_index": "us",
    });
    assert_eq!(first["steps"][5]["metadata"], metadata);

    // The failed tasks are cleared.
    engines.record(AIRFLOW, &["cleared_queued.json"]).await;
    assert_eq!(engines.get(PATH).await["status"], "PENDING");
    for _ in 0..2 {
        let documents = ["cleared_run.json", "cleared_tasks.json", "cleared_tries.json"];
        engines.record(AIRFLOW, &documents).await;
    }
    let second = engines.get(PATH).await;
    let expected = [
        "extract 2 extract PIECE SUCCEEDED 26.246214 02:05:32.004 02:05:58.25",
        "choose 1 choose PIECE SUCCEEDED 0.379819 02:05:59.1 02:05:59.48",
        "full_load 0 full_load PIECE SUCCEEDED SKIPPED 0.0 02:05:59.472 02:05:59.471",
        "load[0] 1 load PIECE SUCCEEDED 0 8.5 02:06:01 02:06:09.5",
        "load[1] 2 load PIECE SUCCEEDED 1 7.75 08:15:05.25 08:15:13",
        "report 1 report PIECE SUCCEEDED 2.125 08:15:15 08:15:17.125",
        "cleanup 1 cleanup PIECE RUNNING 0.0 08:15:18.5",
    ];
    assert_eq!(lines(&second)[1..], in_full(&expected, "2025-07-01"));
    assert_eq!(attempts(&second), ["1 FAILED 02:00:00.981", "2 RUNNING 08:15:03.512"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn n8n() {
    let engines = Engines::new().await;
    engines.record(N8N, &["execution.json"]).await;
    let first = engines.get("231").await;
    let error = "NodeApiError: The service is receiving too many requests from you\n    \
                 at ExecuteContext.execute (/usr/local/lib/node_modules/n8n/node_modules/\
                 n8n-nodes-base/nodes/HttpRequest/V3/HttpRequestV3.node.ts:780:15)\n    \
                 at WorkflowExecute.runNode (/usr/local/lib/node_modules/n8n/node_modules/\
                 n8n-core/src/execution-engine/workflow-execute.ts:1097:9)\n\
                 Rate limit of 10 requests a second\nHTTP status 429";
    let expected = [
        &*format!(
            "231 kYxZ3pLq0vT8aRbC b3e0c1a2-5e1f-4d0b-9d6c-2f6f0f9f3c55 Orders to ERP webhook \
             FAILED 1.336 2025-05-06T07:08:09.095Z 2025-05-06T07:08:09.095Z \
             2025-05-06T07:08:10.431Z {error} \
             https://n8n.example.com/workflow/kYxZ3pLq0vT8aRbC/executions/231 \
             {{\"customer\":\"4711\",\"execution_id\":\"231\"}}"
        ),
        "Webhook 1 Webhook TRIGGER SUCCEEDED 0.001 07:08:09.1 07:08:09.101",
        "Loop Over Items[0] 1 Loop Over Items PIECE SUCCEEDED 0 0.003 07:08:09.102 07:08:09.105",
        "Send order[0] 1 Send order PIECE SUCCEEDED 0 0.353 07:08:09.106 07:08:09.459",
        "Loop Over Items[1] 1 Loop Over Items PIECE SUCCEEDED 1 0.0 07:08:09.46 07:08:09.46",
        &*format!(
            "Send order[1] 1 Send order PIECE FAILED 1 0.959 2025-05-06T07:08:09.461Z \
             2025-05-06T07:08:10.42Z {error}"
        ),
    ];
    assert_eq!(lines(&first), in_full(&expected, "2025-05-06"));

    for _ in 0..2 {
        engines.record(N8N, &["retry.json"]).await;
    }
    let retry = engines.get("231").await;
    assert_eq!(attempts(&retry), ["1 FAILED 07:08:09.095", "2 SUCCEEDED 07:30:00.002"]);
    assert_eq!(retry["metadata"], json!({ "execution_id": "232" }));

    let printed = engines.record(N8N, &["executions.json"]).await;
    assert_eq!(printed.lines().count(), 4, "{printed}");
    let mut found = Vec::new();
    for id in ["233", "234", "235", "236"] {
        let run = engines.get(id).await;
        found.push(["status", "outcome", "error", "parent_id"].map(|name| run[name].clone()));
        if id != "236" {
            let last = run["steps"].as_array().unwrap().last().unwrap();
            found.push(["step_name", "status", "outcome", "error"].map(|name| last[name].clone()));
        }
    }
    let out_of_memory =
        "WorkflowCrashedError: Workflow did not finish, possible out-of-memory issue";
    let cancelled = "ManualExecutionCancelledError: The execution was cancelled manually";
    let refused = "connect ECONNREFUSED 10.0.0.9:443";
    assert_eq!(
        json!(found),
        json!([
            ["FAILED", "CRASHED", out_of_memory, "229"],
            ["Send order", "FAILED", null, refused],
            ["PAUSED", null, null, null],
            ["Notify", "RUNNING", "WAITING", null],
            ["CANCELLED", null, null, null],
            ["Send order", "FAILED", "CANCELLED", cancelled],
            ["PENDING", null, null, null],
        ])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_adapter_ends_with_the_error_of_the_server() {
    let engines = Engines::new().await;
    engines.world.store.revoke_key(1).await.unwrap();
    for (adapter, documents) in [(GITHUB, "run.json"), (N8N, "execution.json")] {
        let output = engines.run(adapter, &[documents]).await;
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && text.contains("401"), "{adapter:?}: {text}");
    }
}
