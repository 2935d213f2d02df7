//! Servers that are killed while they migrate a database of schema 3.

use std::{collections::BTreeSet, fs, path::Path};

use program_harness::{Server, check, log, make_key, serve};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use runledger_model::{ListWorkflowRunsResponse, WorkflowRunDetail};
use rusqlite::Connection;

use crate::database::pause;

/// The statements of schema 3.
const SCHEMA_3: [&str; 3] = [
    include_str!("../../../crates/store-sqlite/migrations/0001_runs.sql"),
    include_str!("../../../crates/store-sqlite/migrations/0002_key_details.sql"),
    include_str!("../../../crates/store-sqlite/migrations/0003_counted_index.sql"),
];
/// `RLgr`, the application id of a ledger.
const APPLICATION_ID: i32 = 0x524C_6772;

/// Ends so many servers with SIGKILL, one after another, while they migrate the same database of so
/// many runs, and lets the next one finish.
///
/// # Panics
/// Where a run is missing or different, or the database has a fault.
pub fn kill_migrations(servers: u32, runs: usize, seed: u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("runs.db");
    create(&path, runs);
    let mut is_interrupted = 0;
    for _ in 0..servers {
        let mut process = serve(&path).spawn().expect("a process");
        pause(&mut rng, 27);
        let _ = process.kill();
        let _ = process.wait();
        is_interrupted += u32::from(schema(&path) == 3);
    }
    let server = Server::on_file(&path);
    let key = make_key(&path);
    expect_runs(&server, &key, runs, &mut rng);
    assert_eq!(server.stop(), Some(0));
    check(&path);
    let log = log(&path);
    assert!(!log.contains("panicked") && log.contains("migrating"), "{log}");
    println!(
        "{servers} servers killed while they migrated {runs} runs, {is_interrupted} before the \
         migration was done"
    );
}

/// Creates a database of schema 3, with a step in each run. Its counts are computed again by the
/// migration.
fn create(path: &Path, runs: usize) {
    let connection = Connection::open(path).expect("a database");
    SCHEMA_3.iter().for_each(|schema| connection.execute_batch(schema).expect("schema 3"));
    let fill = format!(
        "BEGIN;
         INSERT INTO tenant (id, name) VALUES (1, 'one');
         INSERT INTO workflow (id, tenant, uid) VALUES (1, 1, 'w0'), (2, 1, 'w1'), (3, 1, 'w2');
         INSERT INTO version (id, tenant, uid, display_name) VALUES (1, 1, 'v', 'V');
         INSERT INTO run_type (id, tenant, name) VALUES (1, 1, 'TEST');
         WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers LIMIT {runs})
         INSERT INTO run (pk, tenant, id, workflow, version, run_type, status, duration,
                          created_at, started_at, finished_at)
         SELECT n + 1, 1, 'run ' || n, 1 + n % 3, 1, 1, 3 + n % 2, 1500000,
                1700000000000 + n * 1000, 1700000000000 + n * 1000, 1700000001500 + n * 1000
         FROM numbers;
         INSERT INTO step (run, position, id, step_name, step_type, status, attempt, error,
                           duration, created_at, started_at, finished_at)
         SELECT pk, 0, 's', 'a step', 2, 4, 1, 'error of ' || id, 1000000, created_at, NULL, NULL
         FROM run;
         COMMIT;"
    );
    connection.execute_batch(&fill).expect("rows");
    connection.pragma_update(None, "application_id", APPLICATION_ID).expect("the id");
    connection.pragma_update(None, "user_version", 3).expect("the version");
    connection.pragma_update(None, "journal_mode", "WAL").expect("the mode");
}

/// The version of the schema, from the file and its log.
fn schema(path: &Path) -> i32 {
    let copy = tempfile::tempdir().expect("a folder");
    let copied = copy.path().join("runs.db");
    for suffix in ["", "-wal", "-journal"] {
        let beside = |path: &Path| format!("{}{suffix}", path.display());
        // Not all of them exist.
        let _ = fs::copy(beside(path), beside(&copied));
    }
    let connection = Connection::open(copied).expect("a database");
    connection.pragma_query_value(None, "user_version", |row| row.get(0)).expect("a version")
}

/// Walks through all runs and reads some of them with their steps.
fn expect_runs(server: &Server, key: &str, runs: usize, rng: &mut ChaCha8Rng) {
    let mut connection = server.connect();
    let mut ids = BTreeSet::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/v1/executions?limit=100&cursor={cursor}");
        let response = connection.get(&path, key).expect("a response");
        let list: ListWorkflowRunsResponse = serde_json::from_slice(&response.body).expect("runs");
        assert_eq!(list.total, runs as i64);
        assert_eq!(list.succeeded + list.failed, runs as i64);
        ids.extend(list.items.into_iter().map(|run| run.id));
        match list.next_cursor.flatten() {
            Some(next) => cursor = next,
            None => break,
        }
    }
    let expected: BTreeSet<_> = (0..runs).map(|number| format!("run {number}")).collect();
    assert!(ids == expected, "{} of {runs} runs were found", ids.len());
    for _ in 0..100 {
        let number = rng.random_range(0..runs);
        let path = format!("/v1/executions/run%20{number}");
        let response = connection.get(&path, key).expect("a response");
        let run: WorkflowRunDetail = serde_json::from_slice(&response.body).expect("a run");
        assert_eq!(run.workflow_id, format!("w{}", number % 3));
        assert_eq!(run.created_at.millis(), 1_700_000_000_000 + number as i64 * 1000);
        let error = run.steps.first().and_then(|step| step.error.clone());
        assert_eq!(error, Some(format!("error of run {number}")));
    }
}
