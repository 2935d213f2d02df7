//! The routes, a file per tag of the contract.

mod documented_errors;
pub mod documents;
pub mod executions;
mod id;
pub mod recording;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::Ledger;

/// All operations of the contract, with what they document.
pub fn api() -> OpenApiRouter<Ledger> {
    OpenApiRouter::new()
        .routes(routes!(executions::list_executions))
        .routes(routes!(executions::get_execution, recording::record_execution))
        .routes(routes!(recording::record_executions))
}
