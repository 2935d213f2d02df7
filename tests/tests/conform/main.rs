//! The conformance suite: our server passes every claim, and a server with one fault fails exactly
//! the claims about it.

mod faults;

use std::{collections::BTreeSet, pin::pin, sync::Arc};

use axum::{Json, Router};
use futures_util::{StreamExt, stream};
use runledger_conform::{ConformError, Contract, Outcome, Results, Target, conform};
use runledger_contract::Format;
use runledger_server::{Service, Settings};
use runledger_tests::{
    curl, documentation,
    server::Server,
    world::{KEY, OTHER, World},
};
use serde_json::json;

#[tokio::test]
async fn our_server_passes_every_claim() {
    let world = new_world().await;
    let results = test(world.router(), true).await;
    assert_eq!(not_passed(&results), [""; 0], "{:#?}", results.claims);
}

#[tokio::test]
async fn without_write_nothing_is_recorded() {
    let world = new_world().await;
    let before = world.get("/v1/executions?limit=1", KEY).await.body;
    let results = test(world.router(), false).await;
    assert!(results.passed(), "{:#?}", results.claims);
    assert_eq!(world.get("/v1/executions?limit=1", KEY).await.body, before);
}

#[tokio::test]
async fn a_long_list_is_read_in_part() {
    let world = new_world().await;
    let server = Server::start(world.router()).await;
    let target = Target { max_pages: 3, ..target(&server, false) };
    let results = conform(&target, &Contract::checked_in().unwrap()).await.unwrap();
    assert_eq!(not_passed(&results), ["outcomes-exact"], "{:#?}", results.claims);
    insta::assert_snapshot!(
        results.remarks[0],
        @"75 of 250 runs were read, in pages of 25, and the last page"
    );
}

#[tokio::test]
async fn a_list_of_max_pages_is_read_completely() {
    let world = new_world().await;
    let server = Server::start(world.router()).await;
    let target = Target { max_pages: 10, ..target(&server, false) };
    let results = conform(&target, &Contract::checked_in().unwrap()).await.unwrap();
    assert_eq!(not_passed(&results), [""; 0], "{:#?}", results.claims);
}

#[tokio::test]
async fn an_other_key_that_is_refused_fails_only_its_claim() {
    let world = new_world().await;
    let server = Server::start(world.router()).await;
    let target = Target { other_key: Some("wrong".into()), ..target(&server, true) };
    let results = conform(&target, &Contract::checked_in().unwrap()).await.unwrap();
    assert_eq!(results.failed(), ["other-key-accepted"]);
}

#[tokio::test]
async fn a_key_in_a_response_is_redacted() {
    let echo = Router::new().fallback(|| async {
        let run = json!({"id": KEY, "workflow_id": KEY, "status": KEY, "created_at": KEY});
        let list = json!({
            "items": [run, run], "total": 2, "succeeded": 1, "failed": 0, "page": 1, "limit": 20,
            KEY: OTHER,
        });
        Json(list)
    });
    let results = test(echo, true).await;
    assert!(results.failed().len() > 10, "{:?}", results.failed());
    for format in [Format::Text, Format::Markdown, Format::Json, Format::Github] {
        let mut report = Vec::new();
        results.write(format, &mut report).unwrap();
        let report = String::from_utf8(report).unwrap();
        assert!(!report.contains(KEY) && !report.contains(OTHER), "{report}");
    }
}

#[tokio::test]
async fn an_empty_ledger_skips_claims() {
    let world = new_world().await;
    let empty = world.store.find_or_create_tenant("empty").await.unwrap();
    world.add_key("empty", empty, (true, true), None).await;
    let server = Server::start(world.router()).await;
    let target = Target { key: "empty".into(), other_key: None, ..target(&server, false) };
    let results = conform(&target, &Contract::checked_in().unwrap()).await.unwrap();
    assert!(results.passed(), "{:#?}", results.claims);
    let skipped = not_passed(&results);
    let expected = [
        "workflow-filter",
        "both-filters",
        "counts-add-up",
        "workflow-figures",
        "workflow-durations",
        "workflows-by-beginning",
        "time-range",
        "listed-runs-found",
        "step-count",
        "isolation-by-list",
        "isolation-by-id",
        "isolation-by-workflow",
        "isolation-of-changes",
    ];
    assert_eq!(skipped, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_fails_its_claims_and_every_claim_fails_on_a_fault() {
    let world = new_world().await;
    let results = test(world.router(), true).await;
    let mut untested: BTreeSet<_> = results.claims.iter().map(|result| result.claim.id).collect();
    let mut unexpected = Vec::new();
    let tests = stream::iter(faults::all()).map(async |fault| {
        let world = new_world().await;
        (fault, test(faults::inject(world.router(), fault), true).await.failed())
    });
    // Several at a time: each waits for a run that is silent for a second.
    let mut tests = pin!(tests.buffered(4));
    while let Some((fault, failed)) = tests.next().await {
        if failed != fault.fails {
            unexpected.push(format!("{}: {failed:?}, expected {:?}", fault.name, fault.fails));
        }
        for id in failed {
            untested.remove(id);
        }
    }
    assert!(unexpected.is_empty(), "{unexpected:#?}");
    assert!(untested.is_empty(), "no fault fails these claims: {untested:?}");
}

#[tokio::test]
async fn reports_in_all_formats() {
    let world = new_world().await;
    let fault = faults::all().find(|fault| fault.name == "the total is off by one").unwrap();
    let server = Server::start(faults::inject(world.router(), fault)).await;
    let target = target(&server, false);
    let results = conform(&target, &Contract::checked_in().unwrap()).await.unwrap();
    for (name, format) in [
        ("text", Format::Text),
        ("markdown", Format::Markdown),
        ("json", Format::Json),
        ("github", Format::Github),
    ] {
        let mut report = Vec::new();
        results.write(format, &mut report).unwrap();
        let report = String::from_utf8(report).unwrap().replace(&target.url, "http://server");
        assert!(!report.contains(KEY) && !report.contains(OTHER), "{report}");
        insta::assert_snapshot!(name, report);
    }
}

#[tokio::test]
async fn invalid_targets_are_refused() {
    let contract = Contract::checked_in().unwrap();
    let good = Target {
        url: "http://127.0.0.1:1".into(),
        key: KEY.into(),
        other_key: None,
        write: false,
        max_pages: 2,
    };
    let failure = async |target: Target| conform(&target, &contract).await.unwrap_err();
    let url = failure(Target { url: "127.0.0.1:1".into(), ..good.clone() }).await;
    assert!(matches!(url, ConformError::Url), "{url}");
    let key = failure(Target { key: "a\nb".into(), ..good.clone() }).await;
    assert!(matches!(key, ConformError::Key), "{key}");
    let same = failure(Target { other_key: Some(KEY.into()), ..good.clone() }).await;
    assert!(matches!(same, ConformError::SameKey), "{same}");
    let silent = failure(good).await;
    assert!(matches!(silent, ConformError::Unreachable(_)), "{silent}");
}

#[test]
fn the_requests_are_those_of_the_documentation() {
    let documented = documentation::REQUESTS.map(|(_, line)| curl::parse(line));
    assert!(documented.iter().all(|request| request.method == "GET"));
    assert_eq!(documented.map(|request| request.path), runledger_conform::REQUESTS);
}

/// A world that ends lost runs.
async fn new_world() -> World {
    let world = World::new().await;
    let service = Service::new(Arc::clone(&world.store), &Settings::default());
    tokio::spawn(service.heartbeats.run());
    world
}

/// The ids of the claims that failed or were skipped.
fn not_passed(results: &Results) -> Vec<&'static str> {
    let others = results.claims.iter().filter(|result| result.outcome != Outcome::Passed);
    others.map(|result| result.claim.id).collect()
}

async fn test(router: Router, write: bool) -> Results {
    let server = Server::start(router).await;
    conform(&target(&server, write), &Contract::checked_in().unwrap()).await.unwrap()
}

fn target(server: &Server, write: bool) -> Target {
    Target {
        url: format!("http://{}", server.address),
        key: KEY.into(),
        other_key: Some(OTHER.into()),
        write,
        max_pages: Target::DEFAULT_MAX_PAGES,
    }
}
