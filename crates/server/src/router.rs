//! The whole service: the routes under the layers that all requests pass.

use std::sync::Arc;

use axum::{Router, routing::get};
use runledger_store::Store;
use tower_http::catch_panic::CatchPanicLayer;

use crate::{
    Settings, compression, cors, error, limits, request_id,
    routes::{self, executions, recording},
    state::AppState,
};

/// The whole service over this store, ready for [`serve`](crate::serve).
pub fn router(store: Arc<dyn Store>, settings: &Settings) -> Router {
    let service = limits::layer(limited(), settings)
        // Outside the limits: an overloaded server is alive.
        .merge(routes::health::router())
        .layer(CatchPanicLayer::custom(error::caught_panic))
        .with_state(AppState::new(store, settings));
    request_id::layer(cors::layer(compression::layer(service), settings))
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
                .delete(recording::delete_execution),
        )
        .merge(routes::documents::router());
    #[cfg(feature = "pages")]
    let service = service.merge(crate::pages::router());
    service
        .fallback(error::endpoint_not_found)
        .method_not_allowed_fallback(error::method_not_allowed)
}
