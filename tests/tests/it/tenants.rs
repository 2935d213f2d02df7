//! A key gives access to the runs of its tenant only, even if tenants use the same ids: every
//! response is, byte for byte, that of a ledger with this tenant alone.

use std::cell::Cell;

use axum::{
    body::Body,
    http::{HeaderMap, StatusCode},
};
use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    test_runner::{Config, TestRunner},
};
use runledger_model::{
    ApiError, BucketWidth, HistogramQuery, ListExecutionsQuery, ListWorkflowsQuery, RecordOutcome,
    RecordResult, Timestamp, WorkflowRunBatchResult, WorkflowRunDetail, WorkflowRunStatus,
    WorkflowRunStatusFilter, examples,
};
use runledger_store::{Recorded, memory::Runs};
use runledger_tests::world::{Reply, World};
use serde::Serialize;
use serde_json::{Value, json};

const TENANTS: usize = 3;
const IDS: &[&str] = &["a", "b", "c", "batch"];
const WORKFLOWS: &[&str] = &["w", "w2"];

/// What a key permits.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Key {
    Both,
    Read,
    Write,
    Useless,
    Expired,
    Revoked,
    Unknown,
}

const KEYS: &[Key] =
    &[Key::Both, Key::Read, Key::Write, Key::Useless, Key::Expired, Key::Revoked, Key::Unknown];

/// A request with a key.
#[derive(Clone, Debug)]
enum Operation {
    List(ListExecutionsQuery),
    Histogram(HistogramQuery),
    Workflows(ListWorkflowsQuery),
    Get(&'static str),
    Record(Box<WorkflowRunDetail>),
    RecordAll(Vec<WorkflowRunDetail>),
}

#[test]
fn no_tenant_sees_changes_or_counts_runs_of_another() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let world = runtime.block_on(World::new());
    let number = Cell::new(0);
    let operations = vec((0..TENANTS, select(KEYS), any_operation()), 1..24);
    TestRunner::new(Config { cases: 48, failure_persistence: None, ..Config::default() })
        .run(&operations, |operations| {
            number.set(number.get() + 1);
            runtime.block_on(async {
                let mut tenants = Tenants::new(&world, number.get()).await;
                for (tenant, key, operation) in operations {
                    tenants.check(tenant, key, &operation).await;
                    // Again with full access, so that most tenants have runs under the same ids.
                    tenants.check(tenant, Key::Both, &operation).await;
                }
                tenants.check_all().await;
            });
            Ok(())
        })
        .unwrap();
}

/// New tenants, and the expected runs of each.
struct Tenants<'a> {
    world: &'a World,
    number: usize,
    ledgers: Vec<Runs>,
}

impl<'a> Tenants<'a> {
    async fn new(world: &'a World, number: usize) -> Self {
        let mut tenants = Self { world, number, ledgers: Vec::new() };
        for tenant in 0..TENANTS {
            let id =
                world.store.find_or_create_tenant(&format!("{number} {tenant}")).await.unwrap();
            for key in KEYS.iter().copied().filter(|key| *key != Key::Unknown) {
                let expires_at = Timestamp::from_millis(0).filter(|_| key == Key::Expired);
                let secret = tenants.secret(tenant, key);
                let scopes = (may_read(key), may_write(key));
                let key_id = world.add_key(&secret, id, scopes, expires_at).await;
                if key == Key::Revoked {
                    assert!(world.store.revoke_key(key_id).await.unwrap());
                }
            }
            tenants.ledgers.push(Runs::default());
        }
        tenants
    }

    fn secret(&self, tenant: usize, key: Key) -> String {
        format!("{key:?} of {} {tenant}", self.number)
    }

    /// Sends a request, and compares the response with the expected one.
    async fn check(&mut self, tenant: usize, key: Key, operation: &Operation) {
        let reply = self.ask(tenant, key, operation).await;
        let (status, body) = self.expected(tenant, key, operation);
        let place = format!("tenant {tenant}, {key:?}: {operation:?}");
        assert_eq!(text(&reply.body), text(&body), "{place}");
        assert_eq!(reply.status, status, "{place}");
    }

    async fn ask(&self, tenant: usize, key: Key, operation: &Operation) -> Reply {
        let (method, path, body) = match operation {
            Operation::List(query) => ("GET", path_of("executions", query), String::new()),
            Operation::Histogram(query) => ("GET", path_of("histogram", query), String::new()),
            Operation::Workflows(query) => ("GET", path_of("workflows", query), String::new()),
            Operation::Get(id) => ("GET", format!("/v1/executions/{id}"), String::new()),
            Operation::Record(run) => (
                "PUT",
                format!("/v1/executions/{}", run.id),
                json!(marked(run, tenant)).to_string(),
            ),
            Operation::RecordAll(runs) => {
                let runs: Vec<_> = runs.iter().map(|run| marked(run, tenant)).collect();
                ("POST", "/v1/executions/batch".into(), json!({ "items": runs }).to_string())
            }
        };
        let key = format!("Token {}", self.secret(tenant, key));
        let headers = [("authorization", key.as_str()), ("content-type", "application/json")];
        self.world.send(method, &path, &headers, Body::from(body)).await
    }

    /// The response of a ledger without other tenants.
    fn expected(&mut self, tenant: usize, key: Key, operation: &Operation) -> (u16, Vec<u8>) {
        let reads = !matches!(operation, Operation::Record(_) | Operation::RecordAll(_));
        if matches!(key, Key::Expired | Key::Revoked | Key::Unknown) {
            return refused(ApiError::unauthorized());
        } else if reads && !may_read(key) {
            return refused(ApiError::forbidden("read"));
        } else if !reads && !may_write(key) {
            return refused(ApiError::forbidden("write"));
        }
        let ledger = &mut self.ledgers[tenant];
        match operation {
            Operation::List(query) => (200, bytes(&ledger.list(query).unwrap())),
            Operation::Histogram(query) => match ledger.histogram(query).unwrap() {
                Ok(histogram) => (200, bytes(&histogram)),
                Err(error) => refused(error),
            },
            Operation::Workflows(query) => (200, bytes(&ledger.workflows(query))),
            Operation::Get(id) => match ledger.get(id) {
                Some(run) => (200, bytes(&run)),
                None => refused(ApiError::execution_not_found()),
            },
            Operation::Record(run) => {
                let run = marked(run, tenant);
                match ledger.record(run.clone().into()).recorded {
                    Recorded::Conflict { from, to } => refused(ApiError::conflict(from, to)),
                    Recorded::Created => (201, bytes(&run)),
                    _ => (200, bytes(&run)),
                }
            }
            Operation::RecordAll(runs) => {
                let record = |run| result(ledger, marked(run, tenant));
                let items = runs.iter().map(record).collect();
                (200, bytes(&WorkflowRunBatchResult { items }))
            }
        }
    }

    /// Compares every run and every list with every valid key of every tenant.
    async fn check_all(&mut self) {
        for tenant in 0..TENANTS {
            for key in [Key::Both, Key::Read, Key::Write, Key::Useless] {
                for workflow in [None, Some(WORKFLOWS[0]), Some(WORKFLOWS[1])] {
                    let query = ListExecutionsQuery {
                        workflow_id: workflow.map(str::to_owned),
                        ..ListExecutionsQuery::default()
                    };
                    self.check(tenant, key, &Operation::List(query.clone())).await;
                    let workflow_id = query.workflow_id;
                    let query = HistogramQuery { workflow_id, ..HistogramQuery::default() };
                    self.check(tenant, key, &Operation::Histogram(query)).await;
                }
                self.check(tenant, key, &Operation::Workflows(ListWorkflowsQuery::default())).await;
                for id in IDS.iter().copied() {
                    self.check(tenant, key, &Operation::Get(id)).await;
                }
            }
            self.check_refusals(tenant).await;
        }
    }

    /// A run of another tenant and an absent run have the same response, and so have all invalid
    /// keys.
    async fn check_refusals(&mut self, tenant: usize) {
        let absent = self.ask(tenant, Key::Both, &Operation::Get("never")).await;
        assert_eq!(absent.status, StatusCode::NOT_FOUND);
        for id in IDS.iter().copied().filter(|id| self.ledgers[tenant].get(id).is_none()) {
            let reply = self.ask(tenant, Key::Both, &Operation::Get(id)).await;
            assert_eq!(told(&reply), told(&absent), "{id}");
        }
        let unknown = self.ask(tenant, Key::Unknown, &Operation::Get("never")).await;
        assert_eq!(unknown.status, StatusCode::UNAUTHORIZED);
        for key in [Key::Expired, Key::Revoked, Key::Unknown] {
            for operation in [
                Operation::Get(IDS[0]),
                Operation::List(ListExecutionsQuery::default()),
                Operation::Histogram(HistogramQuery::default()),
                Operation::Workflows(ListWorkflowsQuery::default()),
                Operation::Record(Box::new(examples::execution())),
                Operation::RecordAll(vec![examples::execution()]),
            ] {
                let reply = self.ask(tenant, key, &operation).await;
                assert_eq!(told(&reply), told(&unknown), "{key:?}: {operation:?}");
            }
        }
    }
}

fn may_read(key: Key) -> bool {
    !matches!(key, Key::Write | Key::Useless)
}

fn may_write(key: Key) -> bool {
    !matches!(key, Key::Read | Key::Useless)
}

/// Lists with all filters, and recordings with few different ids, workflows and times.
fn any_operation() -> impl Strategy<Value = Operation> {
    let workflow = proptest::option::of(select(WORKFLOWS));
    let status = select(WorkflowRunStatusFilter::ALL);
    let list = (1..4i32, 1..5i32, workflow, status).prop_map(|(page, limit, workflow, status)| {
        let workflow_id = workflow.map(str::to_owned);
        let mut query = ListExecutionsQuery::default();
        (query.page, query.limit) = (page, limit);
        (query.workflow_id, query.status) = (workflow_id, status);
        Operation::List(query)
    });
    let histogram = (select(BucketWidth::ALL), proptest::option::of(select(WORKFLOWS)));
    let histogram = histogram.prop_map(|(bucket, workflow)| {
        let workflow_id = workflow.map(str::to_owned);
        Operation::Histogram(HistogramQuery { bucket, workflow_id, ..HistogramQuery::default() })
    });
    let q = proptest::option::of(select(WORKFLOWS));
    let workflows = (1..3i32, 1..3i32, q).prop_map(|(page, limit, q)| {
        Operation::Workflows(ListWorkflowsQuery { page, limit, q: q.map(str::to_owned) })
    });
    prop_oneof![
        1 => list,
        1 => workflows,
        1 => histogram,
        1 => select(IDS).prop_map(Operation::Get),
        3 => any_run().prop_map(|run| Operation::Record(Box::new(run))),
        3 => vec(any_run(), 1..5).prop_map(Operation::RecordAll),
    ]
}

fn any_run() -> impl Strategy<Value = WorkflowRunDetail> {
    let status = select(WorkflowRunStatus::ALL);
    (select(IDS), select(WORKFLOWS), status, 0..30i64).prop_map(|(id, workflow, status, hour)| {
        WorkflowRunDetail {
            id: id.into(),
            workflow_id: workflow.into(),
            status,
            created_at: Timestamp::from_millis(hour * 3_600_000).unwrap(),
            ..examples::execution()
        }
    })
}

/// The run as this tenant records it, with texts that no other tenant uses.
fn marked(run: &WorkflowRunDetail, tenant: usize) -> WorkflowRunDetail {
    let mut run = run.clone();
    run.version_display_name = format!("of tenant {tenant}");
    run.steps[0].error = Some(format!("seen by tenant {tenant} alone"));
    run
}

fn result(ledger: &mut Runs, run: WorkflowRunDetail) -> RecordResult {
    let outcome = match ledger.record(run.clone().into()).recorded {
        Recorded::Created => RecordOutcome::Recorded,
        Recorded::Updated => RecordOutcome::Updated,
        Recorded::Unchanged | Recorded::Conflict { .. } => RecordOutcome::Unchanged,
    };
    RecordResult { id: Some(run.id), outcome, error: None }
}

fn path_of(resource: &str, query: &impl Serialize) -> String {
    let mut pairs = Vec::new();
    for (name, value) in json!(query).as_object().unwrap() {
        match value {
            Value::Null => {}
            Value::String(text) => pairs.push(format!("{name}={text}")),
            Value::Array(items) => {
                let items = items.iter().map(|item| format!("{name}={}", item.as_str().unwrap()));
                pairs.extend(items);
            }
            number => pairs.push(format!("{name}={number}")),
        }
    }
    format!("/v1/{resource}?{}", pairs.join("&"))
}

fn refused(error: ApiError) -> (u16, Vec<u8>) {
    (error.kind.status(), bytes(&error.body))
}

fn bytes(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// Everything in a reply except its request id.
fn told(reply: &Reply) -> (StatusCode, HeaderMap, &str) {
    let mut headers = reply.headers.clone();
    headers.remove("x-request-id");
    (reply.status, headers, text(&reply.body))
}
