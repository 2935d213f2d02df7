//! Whatever is sent, it is answered with a 2xx, 3xx or 4xx of the documented shape; nothing panics, and what is refused
//! changes nothing.
//!
//! The test command takes a few thousand inputs. `RUNLEDGER_FUZZ_CASES` says how many requests to take instead, and
//! an eighth as many connections; how many were taken, and how they were answered, is printed:
//!
//! ```text
//! RUNLEDGER_FUZZ_CASES=1000000 cargo test --release --package runledger-tests --test any_input -- --nocapture
//! ```

mod bodies;
mod connections;
mod headers;
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
fn any_request_is_answered_and_changes_nothing_unless_it_is_taken() {
    count_panics();
    let runtime = runtime();
    let world = runtime.block_on(World::new());
    let standing = RefCell::new(runtime.block_on(Standing::of(&world)));
    let tally = RefCell::new(Tally::new("requests"));
    runner(cases())
        .run(&requests::any_request(), |request| {
            let panics = PANICS.get();
            let mut standing = standing.borrow_mut();
            let status = runtime.block_on(check(&world, &request, &mut standing));
            assert_eq!(PANICS.get(), panics, "a panic in the server");
            tally.borrow_mut().took(&[status]);
            Ok(())
        })
        .unwrap();
    tally.into_inner().print();
}

#[test]
fn any_bytes_on_a_connection_are_answered_or_end_it_and_the_next_one_is_served() {
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
            tally.borrow_mut().took(&statuses);
            Ok(())
        })
        .unwrap();
    tally.into_inner().print();
}

/// How many requests to take.
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
    /// How many panics there were on this thread, which all of the server but the store's threads runs on. Theirs
    /// are seen by what is answered.
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

/// Sends the request and holds to the rules what comes of it; answers the status.
async fn check(world: &World, request: &AnyRequest, standing: &mut Standing) -> u16 {
    let (method, path) = (request.method.clone(), request.target.path().to_owned());
    let reply = decoded(world.ask(request.to_http()).await);
    reply.check(method.as_str(), &path);
    assert!(reply.status.as_u16() < 500, "{}", reply.status);
    let records = matches!(method, Method::PUT | Method::POST) && path.starts_with("/v1/");
    if records && reply.status.is_success() {
        if method == Method::PUT {
            assert_eq!(world.get(&path, KEY).await.body, reply.body, "what was recorded is read");
        }
        let now = Standing::of(world).await;
        assert!(now.own.list.total >= standing.own.list.total, "no run is ever lost");
        assert_eq!(now.others, standing.others, "of another tenant nothing is ever changed");
        *standing = now;
    } else if records {
        assert_eq!(&Standing::of(world).await, standing, "a refused request changes nothing");
    }
    reply.status.as_u16()
}

/// What can be seen of the two tenants without a look at every row.
#[derive(Debug, PartialEq)]
struct Standing {
    own: Seen,
    others: Seen,
}

/// What can be seen of one tenant: totals, the newest runs, and the run whose id is tried most often.
#[derive(Debug, PartialEq)]
struct Seen {
    list: ListWorkflowRunsResponse,
    run: Option<WorkflowRunDetail>,
}

impl Standing {
    async fn of(world: &World) -> Self {
        let other = world.store.find_or_create_tenant("other").await.unwrap();
        Self { own: Seen::of(world, world.tenant).await, others: Seen::of(world, other).await }
    }
}

impl Seen {
    async fn of(world: &World, tenant: TenantId) -> Self {
        let query = ListExecutionsQuery { limit: 5, ..ListExecutionsQuery::default() };
        Self {
            list: world.store.list(tenant, query).await.unwrap(),
            run: world.store.get(tenant, requests::KNOWN_RUN).await.unwrap(),
        }
    }
}

/// The reply as it was before it was compressed.
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
