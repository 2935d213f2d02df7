//! Neither a key nor what is recorded ever stands in the log, in a panic's message or in an error,
//! wherever a client puts it and whatever goes wrong. The log is that of the whole process, at its
//! most talkative: this is the only test in it.

mod log;
mod requests;

use std::sync::Arc;

use axum::Router;
use http_body_util::BodyExt;
use runledger_model::Timestamp;
use runledger_server::Settings;
use runledger_store::{KeyHash, NewApiKey, new_secret};
use runledger_tests::{
    panicking::PanickingLists,
    server::Server,
    world::{OTHER, World},
};
use tower::ServiceExt;

use requests::AnyPlace;

#[tokio::test]
async fn neither_keys_nor_what_is_recorded_get_out() {
    log::capture();
    let world = World::new().await;
    let keys = keys(&world).await;
    let recorded = new_secret();
    let panicking = Arc::new(PanickingLists(Arc::clone(&world.store)));
    let panicking = runledger_server::router(panicking, &Settings::default());

    let mut answers = Vec::new();
    for key in &keys {
        answers.extend(drive(world.router(), key, &recorded).await);
    }
    answers.extend(drive(panicking, &keys[0], &recorded).await);
    // The database breaks under the server, as a disk does.
    let breaking = rusqlite::Connection::open(world.file()).unwrap();
    breaking.execute_batch("ALTER TABLE run RENAME TO gone").unwrap();
    answers.extend(drive(world.router(), &keys[0], &recorded).await);
    store_and_show(&world, &keys[0]).await;

    let log = log::end();
    for said in
        ["the store failed", "a handler panicked", "no list of", requests::ID, "h2::", "NewApiKey"]
    {
        assert!(log.contains(said), "{said} is not in the log");
    }
    for secret in keys.iter().chain([&recorded]) {
        for form in forms(secret) {
            if let Some(at) = log.find(&form) {
                panic!("{form} is in the log: {}", &log[..at + form.len()].lines().last().unwrap());
            }
        }
    }
    for (place, answer) in &answers {
        for form in keys.iter().flat_map(|key| forms(key)) {
            assert!(!answer.contains(&form), "{form} is in the answer to {place:?}: {answer}");
        }
    }
    for status in ["200", "400", "401", "403", "404", "405", "500"] {
        let line = format!("HTTP/1.1 {status} ");
        assert!(answers.iter().any(|(_, answer)| answer.starts_with(&line)), "{status}");
    }
}

/// Keys of every kind: good for all, for reading, no more, of another tenant, of nobody.
async fn keys(world: &World) -> Vec<String> {
    let secrets: Vec<_> = (0..6).map(|_| new_secret()).collect();
    let other = world.store.find_or_create_tenant("other").await.unwrap();
    world.add_key(&secrets[0], world.tenant, (true, true), None).await;
    world.add_key(&secrets[1], world.tenant, (true, false), None).await;
    world.add_key(&secrets[2], world.tenant, (true, true), Timestamp::from_millis(0)).await;
    let id = world.add_key(&secrets[3], world.tenant, (true, true), None).await;
    assert!(world.store.revoke_key(id).await.unwrap());
    world.add_key(&secrets[4], other, (true, true), None).await;
    secrets
}

/// Sends every request with this key over every way in. Answers the places of the key and what came
/// of it, where it is not the place itself that the answer names.
async fn drive(router: Router, key: &str, recorded: &str) -> Vec<(AnyPlace, String)> {
    let server = Server::start(router.clone()).await;
    let mut answers = Vec::new();
    for place in requests::all(key, recorded) {
        let response = router.clone().oneshot(place.to_http()).await.unwrap();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let over_http_1 = server.answer(&place.to_bytes()).await;
        let over_http_2 = server.answer(&place.to_http_2()).await;
        assert!(over_http_2.len() > 50, "{place:?}");
        if !place.is_named {
            for answer in [&body[..], &over_http_1, &over_http_2] {
                answers.push((place.clone(), String::from_utf8_lossy(answer).into_owned()));
            }
        }
    }
    answers
}

/// What the store says and what whoever debugs it would print.
async fn store_and_show(world: &World, key: &str) {
    let again = NewApiKey::of(key, world.tenant);
    let refused = world.store.create_key(again.clone()).await.unwrap_err();
    let hash = KeyHash::of(key.as_bytes());
    let stored = world.store.find_key(&hash).await.unwrap();
    let listed = world.store.list_keys().await.unwrap();
    tracing::error!(%refused, ?refused, ?again, ?hash, ?stored, ?listed, "shown");
    let other = world.store.find_key(&KeyHash::of(OTHER.as_bytes())).await.unwrap();
    assert!(stored.is_some() && other.is_some() && !listed.is_empty());
}

/// A secret as it would be found again: beyond what a list shows of it, and by its hash.
fn forms(secret: &str) -> Vec<String> {
    let hash = KeyHash::of(secret.as_bytes()).0;
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let numbers = format!("{:?}", &hash[..8]);
    let numbers = numbers.trim_matches(['[', ']']).to_owned();
    vec![secret[10..20].to_owned(), hex[..16].to_owned(), hex[..16].to_uppercase(), numbers]
}
