//! Query parameters of an operation.

use axum::{extract::FromRequestParts, http::request::Parts};
use runledger_model::{ListExecutionsQuery, check_no_parameters};

use crate::{error::HttpError, state::AppState};

/// The query of the list of runs.
pub struct ListQuery(pub ListExecutionsQuery);

/// The query of an operation that has no query parameters.
pub struct NoQuery;

impl FromRequestParts<AppState> for ListQuery {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, HttpError> {
        Ok(Self(ListExecutionsQuery::parse(parts.uri.query().unwrap_or_default())?))
    }
}

impl FromRequestParts<AppState> for NoQuery {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, HttpError> {
        check_no_parameters(parts.uri.query().unwrap_or_default())?;
        Ok(Self)
    }
}
