//! Every request gets a 2xx, 3xx or 4xx response of the documented shape. Nothing panics, and a
//! refused request changes nothing.
//!
//! The test command tries a few thousand inputs. `RUNLEDGER_FUZZ_CASES` sets the number of
//! requests; an eighth as many connections are tried. The test prints the counts by status:
//!
//! ```text
//! RUNLEDGER_FUZZ_CASES=1000000 \
//!     cargo test --release -p runledger-tests --test it any_input -- --nocapture
//! ```

mod bodies;
mod connections;
mod headers;
mod ids;
mod json;
mod requests;
mod tally;

use std::{
    cell::{Cell, RefCell},
    sync::Once,
};

use axum::http::Method;
use proptest::test_runner::{Config, TestRunner};
use runledger_model::{ListExecutionsQuery, ListWorkflowRunsResponse, WorkflowRunDetail};
use runledger_store::TenantId;
use runledger_tests::{
    server::Server,
    world::{KEY, Reply, World},
};

use requests::AnyRequest;
use tally::Tally;

#[test]
fn any_request_gets_a_documented_response_and_changes_nothing_if_refused() {
    count_panics();
    let runtime = runtime();
    let world = runtime.block_on(World::new());
    let snapshot = RefCell::new(runtime.block_on(Snapshot::of(&world)));
    let (tally, recorded) = (RefCell::new(Tally::new("requests")), Cell::new(0));
    runner(cases())
        .run(&requests::any_request(), |request| {
            let panics = PANICS.get();
            let mut snapshot = snapshot.borrow_mut();
            let outcome = runtime.block_on(check(&world, &request, &mut snapshot));
            assert_eq!(PANICS.get(), panics, "a panic in the server");
            tally.borrow_mut().add(&[outcome.status]);
            recorded.set(recorded.get() + u32::from(outcome.recorded));
            Ok(())
        })
        .unwrap();
    tally.into_inner().finish();
    assert!(recorded.get() * 50 >= cases(), "only {} requests recorded a run", recorded.get());
}

#[test]
fn any_bytes_on_a_connection_do_not_affect_the_next_one() {
    count_panics();
    let runtime = runtime();
    let world = runtime.block_on(World::new());
    let server = runtime.block_on(Server::start(world.router()));
    let tally = RefCell::new(Tally::new("connections"));
    runner(cases().div_ceil(8))
        .run(&connections::any_connection(), |connection| {
            let panics = PANICS.get();
            let statuses = runtime.block_on(connections::check(&server, &connection));
            assert_eq!(PANICS.get(), panics, "a panic in the server");
            tally.borrow_mut().add(&statuses);
            Ok(())
        })
        .unwrap();
    tally.into_inner().finish();
}

/// The number of requests to try.
fn cases() -> u32 {
    match std::env::var("RUNLEDGER_FUZZ_CASES") {
        Ok(number) => number.parse().expect("RUNLEDGER_FUZZ_CASES is a number"),
        Err(_) => 4000,
    }
}

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() })
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

thread_local! {
    /// The number of panics on this thread. All of the server runs on it, except the threads of the
    /// store: a panic there is a 500.
    static PANICS: Cell<usize> = const { Cell::new(0) };
}

fn count_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            PANICS.set(PANICS.get() + 1);
            hook(panic);
        }));
    });
}

/// What happened to a request.
struct Outcome {
    status: u16,
    /// Whether a run or a batch was recorded.
    recorded: bool,
}

/// Sends the request and checks the response and what changed.
async fn check(world: &World, request: &AnyRequest, snapshot: &mut Snapshot) -> Outcome {
    let (method, path) = (request.method.clone(), request.target.path().to_owned());
    let reply = decoded(world.ask(request.to_http()).await);
    reply.check(method.as_str(), &path);
    assert!(reply.status.as_u16() < 500, "{}", reply.status);
    let records =
        matches!(method, Method::PUT | Method::PATCH | Method::POST) && path.starts_with("/v1/");
    let recorded = records && reply.status.is_success();
    let deletes = method == Method::DELETE && path.starts_with("/v1/");
    if recorded {
        if method == Method::PUT {
            assert_eq!(
                world.get(&path, KEY).await.body,
                reply.body,
                "the recorded run is returned"
            );
        }
        let now = Snapshot::of(world).await;
        assert!(now.own.list.total >= snapshot.own.list.total, "a run was lost");
        assert_eq!(now.others, snapshot.others, "another tenant was changed");
        *snapshot = now;
    } else if deletes && reply.status.is_success() {
        assert_eq!(world.get(&path, KEY).await.status, 404, "the run is gone");
        let now = Snapshot::of(world).await;
        let deleted = snapshot.own.list.total - now.own.list.total;
        assert!((0..=1).contains(&deleted), "{deleted} runs were deleted");
        assert_eq!(now.others, snapshot.others, "another tenant was changed");
        *snapshot = now;
    } else if records || deletes {
        assert_eq!(&Snapshot::of(world).await, snapshot, "a refused request changed something");
    }
    Outcome { status: reply.status.as_u16(), recorded }
}

/// The state of the two tenants, without reading every row.
#[derive(Debug, PartialEq)]
struct Snapshot {
    own: TenantState,
    others: TenantState,
}

/// The state of one tenant: totals, the newest runs, and the run whose id is used most.
#[derive(Debug, PartialEq)]
struct TenantState {
    list: ListWorkflowRunsResponse,
    run: Option<WorkflowRunDetail>,
}

impl Snapshot {
    async fn of(world: &World) -> Self {
        let other = world.store.find_or_create_tenant("other").await.unwrap();
        Self {
            own: TenantState::of(world, world.tenant).await,
            others: TenantState::of(world, other).await,
        }
    }
}

impl TenantState {
    async fn of(world: &World, tenant: TenantId) -> Self {
        let query = ListExecutionsQuery { limit: 5, ..ListExecutionsQuery::default() };
        Self {
            list: world.store.list(tenant, query).await.unwrap(),
            run: world.store.get(tenant, ids::KNOWN_RUN).await.unwrap(),
        }
    }
}

/// The reply with its body decompressed.
fn decoded(mut reply: Reply) -> Reply {
    let mut plain = Vec::new();
    match reply.headers.get("content-encoding").map(|value| value.as_bytes()) {
        None => return reply,
        // HEAD.
        Some(_) if reply.body.is_empty() => return reply,
        Some(b"gzip") => {
            std::io::copy(&mut flate2::read::GzDecoder::new(&reply.body[..]), &mut plain).unwrap();
        }
        Some(b"zstd") => zstd::stream::copy_decode(&reply.body[..], &mut plain).unwrap(),
        other => panic!("unknown encoding {other:?}"),
    }
    reply.body = plain;
    reply
}
