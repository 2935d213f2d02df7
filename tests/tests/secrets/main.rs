//! Neither an API key nor a recorded text ever occurs in the log, in the message of a panic or in
//! an error, wherever a client sends it and whatever fails. The log is that of the whole process at
//! its most detailed level, so this is the only test of its binary.

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
async fn keys_and_recorded_texts_do_not_leak() {
    log::capture();
    let world = World::new().await;
    let keys = keys(&world).await;
    let recorded = new_secret();
    let panicking = Arc::new(PanickingLists(Arc::clone(&world.store)));
    let panicking = runledger_server::router(panicking, &Settings::default());

    let mut responses = Vec::new();
    for key in &keys {
        responses.extend(drive(world.router(), key, &recorded).await);
    }
    responses.extend(drive(panicking, &keys[0], &recorded).await);
    // The database fails, as a disk may.
    let breaking = rusqlite::Connection::open(world.file()).unwrap();
    breaking.execute_batch("ALTER TABLE run RENAME TO gone").unwrap();
    responses.extend(drive(world.router(), &keys[0], &recorded).await);
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
    for (place, response) in &responses {
        for form in keys.iter().flat_map(|key| forms(key)) {
            assert!(
                !response.contains(&form),
                "{form} is in the response to {place:?}: {response}"
            );
        }
    }
    for status in ["200", "400", "401", "403", "404", "405", "500"] {
        let line = format!("HTTP/1.1 {status} ");
        assert!(responses.iter().any(|(_, response)| response.starts_with(&line)), "{status}");
    }
}

/// Keys of every kind: with both scopes, read-only, expired, revoked, of another tenant, unknown.
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

/// Sends every request with this key over every protocol. Returns the responses and where each has
/// the key, except those that must repeat that value.
async fn drive(router: Router, key: &str, recorded: &str) -> Vec<(AnyPlace, String)> {
    let server = Server::start(router.clone()).await;
    let mut responses = Vec::new();
    for place in requests::all(key, recorded) {
        let response = router.clone().oneshot(place.to_http()).await.unwrap();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let over_http_1 = server.exchange(&place.to_bytes()).await;
        let over_http_2 = server.exchange(&place.to_http_2()).await;
        assert!(over_http_2.len() > 50, "{place:?}");
        if !place.is_named {
            for response in [&body[..], &over_http_1, &over_http_2] {
                responses.push((place.clone(), String::from_utf8_lossy(response).into_owned()));
            }
        }
    }
    responses
}

/// Logs the errors and the debug output of the store.
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

/// The forms in which a secret could occur: the part that lists do not show, and its hash.
fn forms(secret: &str) -> Vec<String> {
    let hash = KeyHash::of(secret.as_bytes()).0;
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let numbers = format!("{:?}", &hash[..8]);
    let numbers = numbers.trim_matches(['[', ']']).to_owned();
    vec![secret[10..20].to_owned(), hex[..16].to_owned(), hex[..16].to_uppercase(), numbers]
}
