//! The thin part: routes, authentication and pages over a store that is known by its trait only.
//!
//! The OpenAPI document comes out of here, too; building it needs no store and no database.

mod auth;
mod body;
mod connections;
mod error;
mod openapi;
#[cfg(feature = "pages")]
mod pages;
mod request_id;
mod routes;

use std::sync::Arc;

use axum::{Router, extract::DefaultBodyLimit, routing::get};
use runledger_store::Store;
use tower_http::catch_panic::CatchPanicLayer;

pub use body::MAX_BODY_BYTES;
pub use connections::serve;
pub use openapi::openapi_document;

/// What every handler can reach.
type Ledger = Arc<dyn Store>;

/// The whole service over this store, ready for [`serve`].
pub fn router(store: Arc<dyn Store>) -> Router {
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
    let service = service
        .fallback(error::endpoint_not_found)
        .method_not_allowed_fallback(error::method_not_allowed)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(CatchPanicLayer::custom(error::caught_panic))
        .with_state(store);
    request_id::layer(service)
}
