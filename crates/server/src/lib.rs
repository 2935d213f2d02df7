//! The HTTP service: routes, authentication, limits and pages over the traits of a store.
//!
//! The OpenAPI document is assembled here, too, without a store and without a database.

mod auth;
mod body;
mod cacheable;
mod compression;
mod conditions;
mod connections;
mod cors;
mod credentials;
mod entity_tag;
mod error;
mod event_slots;
mod event_stream;
mod heartbeats;
mod host;
mod limits;
mod lingering_close;
mod metrics;
mod metrics_page;
mod openapi;
#[cfg(feature = "pages")]
mod pages;
mod prefer;
mod request_id;
mod response;
mod response_cache;
mod router;
mod routes;
mod settings;
mod state;
mod tls;
mod watched_stream;

pub use connections::serve;
pub use heartbeats::HeartbeatMonitor;
pub use openapi::openapi_document;
pub use router::{Service, router};
pub use settings::Settings;
pub use tls::Tls;
