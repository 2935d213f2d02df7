//! Why a request to a server failed.

use runledger_client::{Error, StatusCode, types};
use runledger_model::ErrorResponse;
use serde::{Serialize, de::DeserializeOwned};

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// There is no response, or it is not one of this API.
    #[error("{0}")]
    NoResponse(String),
    /// A run with this id cannot be requested: URL parsers remove the path segments `.` and `..`,
    /// also when they are percent-encoded. Earlier versions recorded such ids.
    #[error("the run id {0:?} cannot be part of a URL")]
    Unaddressable(String),
    /// The API does not accept such a run. It is not sent.
    #[error("the run is not valid: {0}")]
    Invalid(String),
    /// The server responded with an error.
    #[error("the server responded {}", response(*.status, .body))]
    Refused {
        /// The HTTP status.
        status: StatusCode,
        /// The error in the body of the response.
        body: ErrorResponse,
    },
    /// The server listed a run that does not match, as versions before 1.1 of the API do, which
    /// ignore filters that they do not know.
    #[error("the server ignores a filter that it does not know; a newer version is required")]
    FilterIgnored,
}

impl RemoteError {
    /// Whether the run contradicts what the server has recorded under its id.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Refused { status: StatusCode::CONFLICT, body: _ })
    }

    /// Whether the server does not accept the key for the request.
    pub fn is_of_key(&self) -> bool {
        let Self::Refused { status, body: _ } = self else { return false };
        matches!(*status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
    }

    /// Whether the same request will always be refused.
    pub fn is_permanent(&self) -> bool {
        match self {
            Self::Invalid(_) | Self::Unaddressable(_) => true,
            Self::Refused { status, body: _ } => matches!(
                *status,
                StatusCode::BAD_REQUEST
                    | StatusCode::CONFLICT
                    | StatusCode::PAYLOAD_TOO_LARGE
                    | StatusCode::UNPROCESSABLE_ENTITY
            ),
            Self::NoResponse(_) | Self::FilterIgnored => false,
        }
    }
}

/// The status and the error. The documented error of a 401 begins with the words of its status.
fn response(status: StatusCode, body: &ErrorResponse) -> String {
    let words = status.canonical_reason().unwrap_or_default();
    match body.error.strip_prefix(words) {
        Some(rest) if rest.starts_with(':') => format!("{status}{rest}"),
        _ => format!("{status}: {}", body.error),
    }
}

/// Converts between the client's types and the model's, which are the same as JSON.
///
/// # Errors
/// If they are not the same after all.
pub fn convert<T: DeserializeOwned>(value: impl Serialize) -> Result<T, RemoteError> {
    serde_json::to_value(value)
        .and_then(serde_json::from_value)
        .map_err(|error| RemoteError::NoResponse(error.to_string()))
}

/// What an error of the generated client means.
pub async fn remote_error(error: Error<types::ErrorResponse>) -> RemoteError {
    match error {
        Error::ErrorResponse(response) => {
            let status = response.status();
            let fault = runledger_client::credentials_fault(response.headers()).map(str::to_owned);
            match convert::<ErrorResponse>(response.into_inner()) {
                Ok(mut body) => {
                    if let Some(fault) = fault.filter(|_| status == StatusCode::UNAUTHORIZED) {
                        body.error = format!("{}: {fault}", body.error);
                    }
                    RemoteError::Refused { status, body }
                }
                Err(error) => error,
            }
        }
        // A status that this operation does not document.
        Error::UnexpectedResponse(response) => {
            let status = response.status();
            let body = response.bytes().await.unwrap_or_default();
            match serde_json::from_slice(&body) {
                Ok(body) => RemoteError::Refused { status, body },
                Err(_) => RemoteError::NoResponse(runledger_client::foreign_response(status)),
            }
        }
        Error::InvalidResponsePayload(_, error) => {
            RemoteError::NoResponse(format!("the response is not valid: {error}"))
        }
        Error::CommunicationError(error) | Error::ResponseBodyError(error) => {
            RemoteError::NoResponse(runledger_client::causes(&error))
        }
        Error::Custom(message) => RemoteError::NoResponse(message),
        error => RemoteError::NoResponse(error.to_string()),
    }
}
