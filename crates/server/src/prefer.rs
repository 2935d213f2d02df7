//! What a client prefers (RFC 7240).

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, HeaderValue, request::Parts},
    response::Response,
};
use runledger_model::Handling;
use utoipa::IntoParams;

use crate::{error::HttpError, state::AppState};

const PREFER: HeaderName = HeaderName::from_static("prefer");
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");
const STRICT: HeaderValue = HeaderValue::from_static("handling=strict");

/// The documentation of the header field.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it is read by `Preferred`")]
pub struct PreferHeader {
    /// `handling=strict` (RFC 7240): a run with fields that are not documented is a 400 that names
    /// them. The response then has `Preference-Applied: handling=strict`. Without it, such fields
    /// are ignored.
    #[param(rename = "Prefer", required = false, nullable = false, example = "handling=strict")]
    pub prefer: Option<String>,
}

/// How unknown fields are handled.
pub struct Preferred(pub Handling);

impl FromRequestParts<AppState> for Preferred {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, HttpError> {
        Ok(Self(handling(&parts.headers)))
    }
}

/// The response, which says that the preference was applied.
pub fn applied(handling: Handling, mut response: Response) -> Response {
    if handling == Handling::Strict {
        response.headers_mut().insert(PREFERENCE_APPLIED, STRICT);
    }
    response
}

/// The first `handling` counts (RFC 7240, section 2). What is not understood is ignored.
fn handling(headers: &HeaderMap) -> Handling {
    let fields = headers.get_all(PREFER).iter().filter_map(|field| field.to_str().ok());
    let preferences = fields.flat_map(|field| field.split(','));
    let values = preferences.filter_map(|preference| {
        let preference = preference.split(';').next().unwrap_or_default();
        let (name, value) = preference.split_once('=')?;
        let is_handling = name.trim().eq_ignore_ascii_case("handling");
        is_handling.then(|| value.trim().trim_matches('"'))
    });
    match values.into_iter().next() {
        Some(value) if value.eq_ignore_ascii_case("strict") => Handling::Strict,
        _ => Handling::Lenient,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_handling_counts() {
        for (fields, expected) in [
            (&[][..], Handling::Lenient),
            (&["handling=strict"], Handling::Strict),
            (&["respond-async, Handling = \"strict\"; a=b"], Handling::Strict),
            (&["wait=10", "handling=strict"], Handling::Strict),
            (&["handling=lenient, handling=strict"], Handling::Lenient),
            (&["handling", "strict"], Handling::Lenient),
        ] {
            let mut headers = HeaderMap::new();
            for field in fields {
                headers.append(PREFER, HeaderValue::from_static(field));
            }
            assert_eq!(handling(&headers), expected, "{fields:?}");
        }
    }
}
