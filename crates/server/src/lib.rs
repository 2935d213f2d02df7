//! The thin part: routes, authentication and pages over a store that is known by its trait only.
//!
//! The OpenAPI document comes out of here, too; building it needs no store and no database.

mod answer;
mod auth;
mod body;
mod compression;
mod connections;
mod cors;
mod error;
mod limits;
mod openapi;
#[cfg(feature = "pages")]
mod pages;
mod query;
mod request_id;
mod routes;
mod settings;
mod tls;

use std::{sync::Arc, time::Duration};

use axum::{Router, routing::get};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use runledger_model::WorkflowRunDetail;
use runledger_store::Store;
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;

pub use connections::serve;
pub use openapi::openapi_document;
pub use settings::Settings;
pub use tls::Tls;

/// What every handler can reach.
#[derive(Clone)]
struct Ledger {
    store: Arc<dyn Store>,
    /// What each key, by its number, has left of its share of requests; `None` where all have as many as they like.
    rates: Option<Arc<DefaultKeyedRateLimiter<i64>>>,
    /// Room for bodies, a permit a byte.
    room: Arc<Semaphore>,
    /// Room for large answers, a permit a byte.
    answers: Arc<Semaphore>,
    /// A turn for each run that may be on its way from the store at a time.
    turns: Arc<Semaphore>,
    /// The largest body that is taken, in bytes.
    body_limit: usize,
    /// How long a body may take to arrive in all.
    body_time: Duration,
}

impl Ledger {
    /// Whether the body in which a run is answered may be sent back: it spells out what was left out of the body of
    /// `bytes` bytes that brought the run.
    fn can_be_sent_back(&self, run: &WorkflowRunDetail, bytes: usize) -> bool {
        // What is spelt out is less than 100 bytes a step.
        bytes + 100 * (run.steps.len() + 10) <= self.body_limit
            || serde_json::to_vec(run).is_ok_and(|json| json.len() <= self.body_limit)
    }
}

/// The whole service over this store, ready for [`serve`].
pub fn router(store: Arc<dyn Store>, settings: &Settings) -> Router {
    let per_second = |limit| Arc::new(RateLimiter::keyed(Quota::per_second(limit)));
    let rates = settings.rate_limit.map(per_second);
    let semaphore = |permits: usize| Arc::new(Semaphore::new(permits.min(Semaphore::MAX_PERMITS)));
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let (api, _) = routes::api().split_for_parts();
    let service = api
        // A run may be called `batch`, and is then read and recorded at that path like any other.
        .route(
            "/v1/executions/batch",
            get(routes::executions::get_execution).put(routes::recording::record_execution),
        )
        .merge(routes::documents::router());
    #[cfg(feature = "pages")]
    let service = service.merge(pages::router());
    let ledger = Ledger {
        store,
        rates,
        room: semaphore(settings.bodies_at_a_time),
        answers: semaphore(settings.answers_at_a_time),
        turns: semaphore(cores.max(2)),
        body_limit: settings.body_limit,
        body_time: settings.request_timeout,
    };
    let service = service
        .fallback(error::endpoint_not_found)
        .method_not_allowed_fallback(error::method_not_allowed);
    let service = limits::layer(service, settings)
        // Not under the limits: a server that has too much to do is alive.
        .merge(routes::documents::signs_of_life())
        .layer(CatchPanicLayer::custom(error::caught_panic))
        .with_state(ledger);
    request_id::layer(cors::layer(compression::layer(service), settings))
}
