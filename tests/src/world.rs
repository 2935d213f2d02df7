//! The live router over a database that has the documented runs and a second tenant.

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode, header},
};
use http_body_util::BodyExt;
use runledger_model::{Timestamp, WorkflowRunDetail, examples};
use runledger_server::Settings;
use runledger_store::{NewApiKey, Store, TenantId};
use runledger_store_sqlite::SqliteStore;
use serde_json::Value;
use tower::ServiceExt;

use crate::spec;

/// A key of the documented tenant with both scopes.
pub const KEY: &str = examples::API_KEY;
/// A key of the documented tenant with the scope `read`.
pub const READER: &str = "reader";
/// A key of the documented tenant with the scope `write`.
pub const WRITER: &str = "writer";
/// A key of the documented tenant that expired in 1970.
pub const EXPIRED: &str = "expired";
/// A key of the documented tenant that was revoked.
pub const REVOKED: &str = "revoked";
/// A key of the other tenant with both scopes. That tenant has one run, `theirs`.
pub const OTHER: &str = "key of the other tenant";

/// A router, its database and the statuses of its responses so far.
pub struct World {
    /// The store under the router.
    pub store: Arc<dyn Store>,
    /// The documentation's tenant.
    pub tenant: TenantId,
    router: Router,
    folder: tempfile::TempDir,
    seen: Mutex<BTreeSet<(String, String)>>,
}

/// A response.
#[derive(Debug)]
pub struct Reply {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its complete body.
    pub body: Vec<u8>,
}

impl Reply {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    /// The shared check of a response to this request.
    pub fn check(&self, method: &str, path: &str) {
        let content_type = self.headers.get(header::CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok()).unwrap_or("");
        spec::check_response(method, path, self.status.as_u16(), content_type, &self.body);
    }

    /// The message of an error.
    pub fn error(&self) -> String {
        self.json()["error"].as_str().expect("an error").to_owned()
    }
}

impl World {
    /// Creates a world with the default settings.
    pub async fn new() -> Self {
        Self::with(&Settings::default()).await
    }

    /// Creates a world with these settings.
    pub async fn with(settings: &Settings) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store: Arc<dyn Store> =
            Arc::new(SqliteStore::open(&folder.path().join("runs.db")).expect("a fresh database"));
        let tenant = store.find_or_create_tenant("documentation").await.expect("a tenant");
        let other = store.find_or_create_tenant("other").await.expect("a tenant");
        store.record(tenant, runledger_sample::documented_runs()).await.expect("recorded");
        let theirs = WorkflowRunDetail { id: "theirs".into(), ..examples::execution() };
        store.record(other, vec![theirs]).await.expect("recorded");
        let world = Self {
            router: runledger_server::router(Arc::clone(&store), settings),
            store,
            tenant,
            folder,
            seen: Mutex::default(),
        };
        let long_ago = Timestamp::from_millis(0);
        world.add_key(KEY, tenant, (true, true), None).await;
        world.add_key(READER, tenant, (true, false), None).await;
        world.add_key(WRITER, tenant, (false, true), None).await;
        world.add_key(EXPIRED, tenant, (true, true), long_ago).await;
        world.add_key(OTHER, other, (true, true), None).await;
        let id = world.add_key(REVOKED, tenant, (true, true), None).await;
        world.store.revoke_key(id).await.expect("revoked");
        world
    }

    /// Creates a key with the scopes (read, write) and returns its id.
    pub async fn add_key(
        &self,
        secret: &str,
        tenant: TenantId,
        (read, write): (bool, bool),
        expires_at: Option<Timestamp>,
    ) -> i64 {
        let key = NewApiKey { read, write, expires_at, ..NewApiKey::of(secret, tenant) };
        self.store.create_key(key).await.expect("a new key")
    }

    /// The router, for a server with real connections.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// The database's file.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("runs.db")
    }

    /// `GET` with this key.
    pub async fn get(&self, path: &str, key: &str) -> Reply {
        self.send("GET", path, &[("authorization", &format!("Token {key}"))], Body::empty()).await
    }

    /// Sends a JSON body with this key.
    pub async fn send_json(&self, method: &str, path: &str, key: &str, body: &Value) -> Reply {
        self.send_text(method, path, key, body.to_string()).await
    }

    /// Sends any text, declared as JSON, with this key.
    pub async fn send_text(&self, method: &str, path: &str, key: &str, body: String) -> Reply {
        let key = format!("Token {key}");
        let headers = [("authorization", key.as_str()), ("content-type", "application/json")];
        self.send(method, path, &headers, Body::from(body)).await
    }

    /// Sends anything. Every response passes the shared check.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Body,
    ) -> Reply {
        let reply = self.send_encoded(method, path, headers, body).await;
        reply.check(method, path);
        reply
    }

    /// Sends anything; the response may be compressed.
    pub async fn send_encoded(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Body,
    ) -> Reply {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.ask(request.body(body).expect("a request")).await
    }

    /// Sends any request unchanged. The response is not checked.
    pub async fn ask(&self, request: Request<Body>) -> Reply {
        let (status, headers, body) = self.open(request).await;
        let body = body.collect().await.expect("a body").to_bytes().to_vec();
        Reply { status, headers, body }
    }

    /// Sends any request unchanged, and returns the response before its body is read.
    pub async fn open(&self, request: Request<Body>) -> (StatusCode, HeaderMap, Body) {
        let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
        let response = self.router.clone().oneshot(request).await.expect("infallible");
        let (status, headers) = (response.status(), response.headers().clone());
        assert!(headers.contains_key("x-request-id"), "{method} {path}: no request id");
        if let Some(operation) = spec::operation(&method, &path) {
            let seen = (operation.id().to_owned(), status.as_str().to_owned());
            self.seen.lock().expect("no test panicked meanwhile").insert(seen);
        }
        (status, headers, response.into_body())
    }

    /// The operations and statuses of the responses so far.
    pub fn seen(&self) -> BTreeSet<(String, String)> {
        self.seen.lock().expect("no test panicked meanwhile").clone()
    }
}
