//! The requests that are compared with static bytes.

use std::sync::Arc;

use anyhow::{Context, Result};
use program_harness::Server;
use rand::RngExt;
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

/// The operations that have no plain counterpart, as far as the server has them.
///
/// # Errors
/// Where a response is not the expected one.
pub fn further_subjects(server: &Server, key: &str) -> Result<Vec<Subject>> {
    let mut subjects = Vec::new();
    let mut rng = rng(3);
    let mut subject = |name: &str, paths: Vec<String>| {
        let exchange = get(server, key, paths);
        subjects.push(Subject { name: name.into(), exchange, content_bytes: None });
    };
    if let Some(list) = offered(server, key, "/v1/workflows")? {
        let pages = (number(&list, "total")? - 1) / LIMIT + 1;
        let paths = (0..REQUESTS).map(|_| rng.random_range(1..=pages));
        let paths = paths.map(|page| format!("/v1/workflows?page={page}")).collect();
        subject("workflows, page 1", vec!["/v1/workflows".into()]);
        subject("workflows, random page", paths);
    }
    if offered(server, key, "/v1/changes")?.is_some() {
        let list = server.json("/v1/executions?limit=1", key);
        let runs = number(&list, "total")?;
        let paths = (0..REQUESTS).map(|_| rng.random_range(0..=(runs - CHANGES).max(0)));
        let path = |after| format!("/v1/changes?after={after}&limit={CHANGES}");
        subject("100 changes after a random one", paths.map(path).collect());
    }
    Ok(subjects)
}

/// Requests of a page that has not changed, as far as the server has ETags.
///
/// # Errors
/// Where a response is not the expected one.
pub fn unchanged_subjects(server: &Server, key: &str) -> Result<Vec<Subject>> {
    let path = "/v1/executions";
    let response = server.connect().get(path, key)?;
    let Some(etag) = response.header("etag") else { return Ok(Vec::new()) };
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

/// The response of an operation; `None` if the server does not have it.
fn offered(server: &Server, key: &str, path: &str) -> Result<Option<Value>> {
    let (status, body) = server.get(path, key);
    match status {
        200 => Ok(Some(serde_json::from_str(&body)?)),
        404 => Ok(None),
        _ => anyhow::bail!("{path}: {status} {body}"),
    }
}

fn number(value: &Value, name: &str) -> Result<i64> {
    value[name].as_i64().with_context(|| format!("no {name} in {value}"))
}
