//! The id at the end of a path.

use axum::{extract::FromRequestParts, http::request::Parts};
use percent_encoding::percent_decode_str;
use runledger_model::{ApiError, check_id};

use crate::{Ledger, error::Failure};

/// The last segment of the path, decoded. Read from the raw path, so that a run called `batch` works at that
/// route, and a path that is no UTF-8 gets an error of the documented shape.
pub struct PathId(pub String);

impl FromRequestParts<Ledger> for PathId {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &Ledger) -> Result<Self, Failure> {
        let segment = parts.uri.path().rsplit('/').next().unwrap_or_default();
        let id = percent_decode_str(segment).decode_utf8();
        let id = id.map_err(|_| ApiError::validation("id", "must be percent-encoded UTF-8"))?;
        check_id(&id)?;
        Ok(Self(id.into_owned()))
    }
}
