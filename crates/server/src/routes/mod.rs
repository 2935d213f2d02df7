//! The routes, a file per tag of the contract.

mod analysis;
mod batch;
pub mod changes;
mod documented_errors;
pub mod documents;
pub mod executions;
pub mod health;
mod id;
pub mod patching;
mod query;
pub mod recording;
mod workflows;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::AppState;

/// All operations of the contract, with their documentation.
pub fn api() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(executions::list_executions))
        .routes(routes!(
            executions::get_execution,
            recording::record_execution,
            patching::update_execution,
            recording::delete_execution
        ))
        .routes(routes!(recording::record_executions))
        .routes(routes!(analysis::get_histogram))
        .routes(routes!(workflows::list_workflows))
        .routes(routes!(changes::list_changes))
        .routes(routes!(changes::stream_changes))
}
