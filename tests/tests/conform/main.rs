//! The suite for any server: ours holds every claim, and a server that lies in one point fails just the claims that
//! are about this point.

mod lies;

use std::collections::BTreeSet;

use axum::{Json, Router};
use lies::{LIES, lying};
use runledger_conform::{ConformError, Contract, Outcome, Target, Verdict, conform};
use runledger_contract::Format;
use runledger_tests::{
    curl, documentation,
    server::Server,
    world::{KEY, OTHER, World},
};
use serde_json::json;

#[tokio::test]
async fn our_own_server_holds_everything() {
    let world = World::new().await;
    let outcome = try_on(world.router(), true).await;
    let unheld: Vec<_> = outcome.judged.iter().filter(|one| one.verdict != Verdict::Held).collect();
    assert!(unheld.is_empty(), "{unheld:#?}");
}

#[tokio::test]
async fn without_write_nothing_is_recorded() {
    let world = World::new().await;
    let before = world.get("/v1/executions?limit=1", KEY).await.body;
    let outcome = try_on(world.router(), false).await;
    assert!(outcome.holds(), "{:#?}", outcome.judged);
    assert_eq!(world.get("/v1/executions?limit=1", KEY).await.body, before);
}

#[tokio::test]
async fn a_large_ledger_is_read_in_part() {
    let world = World::new().await;
    let server = Server::start(world.router()).await;
    let target = Target { most_pages: 3, ..target(&server, false) };
    let outcome = conform(&target, &Contract::checked_in().unwrap()).await.unwrap();
    let unheld: Vec<_> = outcome.judged.iter().filter(|one| one.verdict != Verdict::Held).collect();
    assert_eq!(unheld.len(), 1, "{unheld:#?}");
    assert_eq!(unheld[0].claim.name, "outcomes-exact");
    insta::assert_snapshot!(outcome.remarks[0], @"75 of 250 runs were looked at, in pages of 25, and the last page");
}

#[tokio::test]
async fn a_ledger_that_ends_where_the_reading_ends_is_read_in_whole() {
    let world = World::new().await;
    let server = Server::start(world.router()).await;
    let target = Target { most_pages: 10, ..target(&server, false) };
    let outcome = conform(&target, &Contract::checked_in().unwrap()).await.unwrap();
    let unheld: Vec<_> = outcome.judged.iter().filter(|one| one.verdict != Verdict::Held).collect();
    assert!(unheld.is_empty(), "{unheld:#?}");
}

#[tokio::test]
async fn a_second_key_that_opens_nothing_is_no_leak() {
    let world = World::new().await;
    let server = Server::start(world.router()).await;
    let target = Target { other_key: Some("wrong".into()), ..target(&server, true) };
    let outcome = conform(&target, &Contract::checked_in().unwrap()).await.unwrap();
    assert_eq!(outcome.failed(), ["other-key-accepted"]);
}

#[tokio::test]
async fn a_key_that_a_server_sends_back_is_not_shown() {
    let echo = Router::new().fallback(|| async {
        let run = json!({"id": KEY, "workflow_id": KEY, "status": KEY, "created_at": KEY});
        let list = json!({"items": [run, run], "total": 2, "succeeded": 1, "failed": 0, "page": 1, "limit": 20, KEY: OTHER});
        Json(list)
    });
    let outcome = try_on(echo, true).await;
    assert!(outcome.failed().len() > 10, "{:?}", outcome.failed());
    for format in [Format::Text, Format::Markdown, Format::Json, Format::Github] {
        let mut words = Vec::new();
        outcome.write(format, &mut words).unwrap();
        let words = String::from_utf8(words).unwrap();
        assert!(!words.contains(KEY) && !words.contains(OTHER), "{words}");
    }
}

#[tokio::test]
async fn an_empty_ledger_leaves_claims_untried() {
    let world = World::new().await;
    let empty = world.store.find_or_create_tenant("empty").await.unwrap();
    world.add_key("empty", empty, (true, true), None).await;
    let server = Server::start(world.router()).await;
    let target = Target { key: "empty".into(), other_key: None, ..target(&server, false) };
    let outcome = conform(&target, &Contract::checked_in().unwrap()).await.unwrap();
    assert!(outcome.holds(), "{:#?}", outcome.judged);
    let skipped = outcome.judged.iter().filter(|one| matches!(one.verdict, Verdict::Skipped(_)));
    let skipped: Vec<_> = skipped.map(|one| one.claim.name).collect();
    insta::assert_snapshot!(skipped.join(" "), @"workflow-filter both-filters counts-add-up listed-runs-found step-count isolation-by-list isolation-by-id");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_lie_fails_the_claims_that_it_is_about() {
    let mut unexpected = Vec::new();
    let mut caught = BTreeSet::new();
    for lie in LIES {
        let world = World::new().await;
        let failed = try_on(lying(world.router(), lie), true).await.failed();
        if failed != lie.fails {
            unexpected.push(format!("{}: {failed:?}, not {:?}", lie.name, lie.fails));
        }
        caught.extend(failed);
    }
    assert!(unexpected.is_empty(), "{unexpected:#?}");
    println!("{} lies, {} claims", LIES.len(), caught.len());
}

#[tokio::test]
async fn the_report_in_all_formats() {
    let world = World::new().await;
    let lie = LIES.iter().find(|lie| lie.name == "total off by one").unwrap();
    let server = Server::start(lying(world.router(), lie)).await;
    let target = target(&server, false);
    let outcome = conform(&target, &Contract::checked_in().unwrap()).await.unwrap();
    for (name, format) in [
        ("text", Format::Text),
        ("markdown", Format::Markdown),
        ("json", Format::Json),
        ("github", Format::Github),
    ] {
        let mut words = Vec::new();
        outcome.write(format, &mut words).unwrap();
        let words = String::from_utf8(words).unwrap().replace(&target.url, "http://server");
        assert!(!words.contains(KEY) && !words.contains(OTHER), "{words}");
        insta::assert_snapshot!(name, words);
    }
}

#[tokio::test]
async fn what_is_no_target() {
    let contract = Contract::checked_in().unwrap();
    let good = Target {
        url: "http://127.0.0.1:1".into(),
        key: KEY.into(),
        other_key: None,
        write: false,
        most_pages: 2,
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
fn the_requests_are_the_documentations() {
    let documented = documentation::REQUESTS.map(|(_, line)| curl::parse(line));
    assert!(documented.iter().all(|request| request.method == "GET"));
    assert_eq!(documented.map(|request| request.path), runledger_conform::REQUESTS);
}

async fn try_on(router: Router, write: bool) -> Outcome {
    let server = Server::start(router).await;
    conform(&target(&server, write), &Contract::checked_in().unwrap()).await.unwrap()
}

fn target(server: &Server, write: bool) -> Target {
    Target {
        url: format!("http://{}", server.address),
        key: KEY.into(),
        other_key: Some(OTHER.into()),
        write,
        most_pages: Target::MOST_PAGES,
    }
}
