//! Query parameters: those of an operation, or none.

use axum::{extract::FromRequestParts, http::request::Parts};
use runledger_model::{ListExecutionsQuery, check_no_parameters};

use crate::{Ledger, error::Failure};

/// The query of the list of runs.
pub struct ListQuery(pub ListExecutionsQuery);

/// The query of an operation that has no query parameters.
pub struct NoQuery;

impl FromRequestParts<Ledger> for ListQuery {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &Ledger) -> Result<Self, Failure> {
        Ok(Self(ListExecutionsQuery::parse(parts.uri.query().unwrap_or_default())?))
    }
}

impl FromRequestParts<Ledger> for NoQuery {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &Ledger) -> Result<Self, Failure> {
        check_no_parameters(parts.uri.query().unwrap_or_default())?;
        Ok(Self)
    }
}
