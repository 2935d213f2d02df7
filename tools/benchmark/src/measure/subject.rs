//! The requests that are compared with static bytes.

use std::sync::Arc;

use anyhow::{Context, Result};
use program_harness::Server;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use super::server::request;
use crate::{
    data::rng,
    http::Exchange,
    reads::{LIMIT, PAGE_1},
};

/// Random requests of each operation.
const REQUESTS: usize = 512;
/// The number of changes that a response has.
const CHANGES: i64 = 100;

/// What is compared with static bytes.
pub struct Subject {
    /// Its name in the tables.
    pub name: String,
    /// Its requests.
    pub exchange: Exchange,
    /// The length of the static bytes; `None`: that of the responses.
    pub content_bytes: Option<u64>,
}

/// Requests of these paths.
pub fn get(server: &Server, key: &str, paths: impl IntoIterator<Item = String>) -> Exchange {
    let requests = paths.into_iter().map(|path| request("GET", &path, key, "", b"")).collect();
    Exchange { address: server.address, requests: Arc::new(requests), status: 200 }
}

/// The operations that have no plain counterpart.
///
/// # Errors
/// Where a response is not the expected one.
pub fn further_subjects(server: &Server, key: &str) -> Result<Vec<Subject>> {
    let total = |path| number(&server.json(path, key), "total");
    let pages = (total("/v1/workflows")? - 1) / LIMIT + 1;
    let runs = total("/v1/executions?limit=1")?;
    let mut rng = rng(3);
    let mut paths = |path: &dyn Fn(&mut ChaCha8Rng) -> String| -> Vec<_> {
        (0..REQUESTS).map(|_| path(&mut rng)).collect()
    };
    let workflows = paths(&|rng| format!("/v1/workflows?page={}", rng.random_range(1..=pages)));
    let changes = paths(&|rng| {
        let after = rng.random_range(0..=(runs - CHANGES).max(0));
        format!("/v1/changes?after={after}&limit={CHANGES}")
    });
    let subject = |name: &str, paths: Vec<String>| {
        let exchange = get(server, key, paths);
        Subject { name: name.into(), exchange, content_bytes: None }
    };
    Ok(vec![
        subject("workflows, page 1", vec!["/v1/workflows".into()]),
        subject("workflows, random page", workflows),
        subject("100 changes after a random one", changes),
    ])
}

/// Requests of a page that has not changed.
///
/// # Errors
/// Where a response is not the expected one.
pub fn unchanged_subjects(server: &Server, key: &str) -> Result<Vec<Subject>> {
    let path = "/v1/executions";
    let response = server.connect().get(path, key)?;
    let etag = response.header("etag").context("no ETag")?;
    let unchanged = Subject {
        name: format!("{PAGE_1}, unchanged"),
        exchange: get(server, key, [path.to_owned()]),
        content_bytes: None,
    };
    let field = format!("if-none-match: {etag}\r\n");
    let requests = Arc::new(vec![request("GET", path, key, &field, b"")]);
    let not_modified = Subject {
        name: format!("{PAGE_1}, unchanged, with If-None-Match"),
        exchange: Exchange { address: server.address, requests, status: 304 },
        // As if the client did without.
        content_bytes: Some(response.body.len() as u64),
    };
    Ok(vec![unchanged, not_modified])
}

fn number(value: &Value, name: &str) -> Result<i64> {
    value[name].as_i64().with_context(|| format!("no {name} in {value}"))
}
