//! The id in a path.

use axum::{
    extract::FromRequestParts,
    http::{Uri, request::Parts},
};
use percent_encoding::percent_decode_str;
use runledger_model::{ApiError, check_id};
use utoipa::IntoParams;

use crate::{error::HttpError, state::AppState};

/// The last segment of the path, decoded; its documentation is that of the id of a run. It is read
/// from the raw path, so that the route of `batch` has it, too, and a path that is not UTF-8 gets
/// an error of the documented shape.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub struct PathId {
    /// Run UID: 1 to 255 characters, no control characters. Characters that a URI path segment
    /// cannot contain are percent-encoded.
    #[param(min_length = 1, max_length = 255, example = "run_def456")]
    pub id: String,
}

impl FromRequestParts<AppState> for PathId {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, HttpError> {
        Ok(Self::of(&parts.uri)?)
    }
}

impl PathId {
    /// The id in this path.
    ///
    /// # Errors
    /// 400 if it is not valid.
    pub fn of(uri: &Uri) -> Result<Self, ApiError> {
        let segment = uri.path().rsplit('/').next().unwrap_or_default();
        let id = percent_decode_str(segment).decode_utf8();
        let id = id.map_err(|_| ApiError::validation("id", "must be percent-encoded UTF-8"))?;
        check_id(&id)?;
        Ok(Self { id: id.into_owned() })
    }
}
