//! The whole service: the routes under the layers that all requests pass.

use std::sync::Arc;

use axum::{Router, routing::get};
use runledger_store::Store;
use tower::ServiceBuilder;
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};

use crate::{
    Settings, compression, cors, error,
    heartbeats::HeartbeatMonitor,
    limits,
    metrics_page::{self, MetricsPage, get_metrics},
    request_id::RequestIdLayer,
    routes::{self, executions, patching, recording},
    state::AppState,
};

/// The whole service over this store, ready for [`serve`](crate::serve).
pub fn router(store: Arc<dyn Store>, settings: &Settings) -> Router {
    Service::new(store, settings).api
}

/// What a process that serves a store runs.
pub struct Service {
    /// The API and the pages, and the metrics, unless they are elsewhere.
    pub api: Router,
    /// The metrics only, for another address.
    pub metrics: Router,
    /// What ends lost runs.
    pub heartbeats: HeartbeatMonitor,
}

impl Service {
    /// The service over this store.
    pub fn new(store: Arc<dyn Store>, settings: &Settings) -> Self {
        let counted = AppState::new(Arc::clone(&store), settings);
        let heartbeats = HeartbeatMonitor::new(store, Arc::clone(&counted.metrics));
        let (api, metrics) = routers(counted, settings);
        Self { api, metrics, heartbeats }
    }
}

/// The router of the service, and one that has its metrics only.
fn routers(state: AppState, settings: &Settings) -> (Router, Router) {
    let metrics = metrics_route(&state);
    let service = limits::layer(limited(), settings)
        // Outside the limits: an overloaded server is alive.
        .merge(routes::health::router())
        .with_state(state.clone());
    let service = if settings.serve_metrics { service.merge(metrics.clone()) } else { service };
    // All in one `layer`, each call of which makes every request slower. The first is the
    // outermost.
    let service = service.layer(
        ServiceBuilder::new()
            .layer(RequestIdLayer(state.metrics.clone()))
            .option_layer(cors::layer(settings))
            .map_request(compression::any_means_gzip)
            .map_response(compression::restore_status)
            .layer(CompressionLayer::new())
            .map_response(compression::remember_status)
            .layer(CatchPanicLayer::custom(error::caught_panic)),
    );
    let metrics =
        metrics.fallback(error::endpoint_not_found).layer(RequestIdLayer(state.metrics.clone()));
    (service, metrics)
}

fn metrics_route(state: &AppState) -> Router {
    let page = Arc::new(MetricsPage::new(&state.metrics, state));
    Router::new()
        .route(metrics_page::PATH, get(get_metrics))
        .method_not_allowed_fallback(error::method_not_allowed)
        .with_state(page)
}

/// The routes to which the limits apply.
fn limited() -> Router<AppState> {
    let (api, _) = routes::api().split_for_parts();
    let service = api
        // `batch` is a valid id of a run: this path reads, records and deletes it like any other.
        .route(
            "/v1/executions/batch",
            get(executions::get_execution)
                .put(recording::record_execution)
                .patch(patching::update_execution)
                .delete(recording::delete_execution),
        )
        .merge(routes::documents::router());
    #[cfg(feature = "pages")]
    let service = service.merge(crate::pages::router());
    service
        .fallback(error::endpoint_not_found)
        .method_not_allowed_fallback(error::method_not_allowed)
}
