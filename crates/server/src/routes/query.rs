//! Query parameters of an operation.

use axum::{extract::FromRequestParts, http::request::Parts};
use runledger_model::{ListChangesQuery, StreamChangesQuery, check_no_parameters};

use crate::{error::HttpError, state::AppState};

/// Declares an extractor for each type of query.
macro_rules! queries {
    ($($(#[$doc:meta])* $name:ident($query:ty);)+) => { $(
        $(#[$doc])*
        pub struct $name(pub $query);

        impl FromRequestParts<AppState> for $name {
            type Rejection = HttpError;

            async fn from_request_parts(
                parts: &mut Parts,
                _: &AppState,
            ) -> Result<Self, HttpError> {
                Ok(Self(<$query>::parse(parts.uri.query().unwrap_or_default())?))
            }
        }
    )+ };
}

queries! {
    /// The query of the list of changes.
    ChangesQuery(ListChangesQuery);
    /// The query of the stream of changes.
    StreamQuery(StreamChangesQuery);
}

/// The query of an operation that has no query parameters.
pub struct NoQuery;

impl FromRequestParts<AppState> for NoQuery {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, HttpError> {
        check_no_parameters(parts.uri.query().unwrap_or_default())?;
        Ok(Self)
    }
}
