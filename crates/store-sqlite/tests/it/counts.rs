//! The stored counts against a recount of the runs, row by row.

use std::path::Path;

use proptest::test_runner::{Config, TestRunner};
use runledger_model::WorkflowRunDetail;
use runledger_store::{
    KeyStore, RunStore,
    test_suite::{runtime, sequences::any_batches},
};
use runledger_store_sqlite::SqliteStore;
use rusqlite::Connection;

use crate::check;

/// Times before 1970 have negative buckets; `/` alone rounds them towards 0.
const RECOUNT: &str = "
WITH grain (grain, size) AS (VALUES (0, NULL), (1, 86400000), (2, 3600000)),
bucketed AS (
    SELECT tenant, workflow, status, grain, CASE grain WHEN 0 THEN 0
        ELSE (created_at - ((created_at % size) + size) % size) / size END AS bucket
    FROM run, grain
)
SELECT tenant, w.value, s.value, grain, bucket, COUNT(*)
FROM bucketed, json_each(json_array(0, workflow)) AS w, json_each(json_array(0, status)) AS s
GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5";
const STORED: &str =
    "SELECT tenant, workflow, status, grain, bucket, n FROM run_count ORDER BY 1, 2, 3, 4, 5";

#[test]
fn stored_counts_equal_a_recount() {
    let config = Config { cases: 64, failure_persistence: None, ..Config::default() };
    let compare = |batches| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs.db");
        record(&path, batches);
        let connection = Connection::open(&path).unwrap();
        assert_eq!(rows(&connection, STORED), rows(&connection, RECOUNT));
        assert_eq!(check(&path).unwrap(), [], "the check of the engine agrees");
        Ok(())
    };
    TestRunner::new(config).run(&any_batches(), compare).unwrap();
}

fn record(path: &Path, batches: Vec<(usize, Vec<WorkflowRunDetail>)>) {
    let store = SqliteStore::open(path).unwrap();
    runtime().block_on(async {
        for (tenant, runs) in batches {
            let tenant = store.find_or_create_tenant(["one", "two"][tenant]).await.unwrap();
            store.record(tenant, runs).await.unwrap();
        }
    });
}

fn rows(connection: &Connection, sql: &str) -> Vec<[i64; 6]> {
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| {
        Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?])
    });
    rows.unwrap().collect::<rusqlite::Result<_>>().unwrap()
}
