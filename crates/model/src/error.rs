//! The error catalogue: every error that this API answers with, once.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::WorkflowRunStatus;

/// What every error looks like, whatever its status.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
pub struct ErrorResponse {
    /// What went wrong and what to do about it, for people. Its wording may change: do not compare it.
    #[schema(example = "page must be a whole number of at least 1, not \"x\"")]
    pub error: String,
    /// What kind of error it is, for programs; left out where the HTTP status says it all. An open set:
    /// `VALIDATION_ERROR` and `INTERNAL_ERROR` are in use, `SUBSCRIPTION_LIMIT` (with the status 402) is reserved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "VALIDATION_ERROR")]
    #[schemars(with = "String")]
    pub code: Option<String>,
    /// Facts about the error, for programs; left out where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<Object>)]
    #[schemars(with = "Map<String, Value>")]
    pub details: Option<Map<String, Value>>,
}

/// Declares the kinds of error: name, HTTP status, code, and what the spec says about it.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $status:literal, $code:expr, $description:literal;)+) => {
        /// A kind of error: one row of the contract's table of errors.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorKind { $(#[doc = $description] $kind,)+ }

        impl ErrorKind {
            /// Every kind, by status.
            pub const ALL: &[Self] = &[$(Self::$kind),+];

            /// The name under which the spec's `components/responses` hold it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => stringify!($kind)),+ }
            }

            /// The HTTP status that it is answered with.
            pub const fn status(self) -> u16 {
                match self { $(Self::$kind => $status),+ }
            }

            /// The `code` in the body; `None` where the documentation gives none.
            pub const fn code(self) -> Option<&'static str> {
                match self { $(Self::$kind => $code),+ }
            }

            /// What it means and what to do about it, as the spec says it.
            pub const fn description(self) -> &'static str {
                match self { $(Self::$kind => $description),+ }
            }
        }
    };
}

kinds! {
    ValidationError = 400, Some("VALIDATION_ERROR"),
        "A parameter or a field of the body has an invalid value, or the body is no JSON. The message names it and says what it may be: correct the request.";
    Unauthorized = 401, None,
        "The API key is missing, malformed, unknown, expired or revoked; which of these is not told. Send `Authorization: Token <api key>` with a valid key.";
    SubscriptionLimit = 402, Some("SUBSCRIPTION_LIMIT"),
        "A limit of the plan is reached; `details` says which.";
    Forbidden = 403, None,
        "The API key is valid but may not do this: reading wants the scope `read`, recording the scope `write`. Use another key.";
    ExecutionNotFound = 404, None,
        "There is no run with this id, or it belongs to another tenant; the two cannot be told apart. Check the id, and that the key is the right tenant's.";
    EndpointNotFound = 404, None,
        "There is no endpoint at this path. The endpoints are listed at `/docs`.";
    MethodNotAllowed = 405, None,
        "This path does not take this method. The header `Allow` lists those that it takes.";
    RequestTimeout = 408, None,
        "The body took too long to arrive (by default it may pause for 10 seconds, and take 30 in all). Nothing was changed: send it again, in smaller batches or compressed where the line is slow.";
    Conflict = 409, None,
        "The run has finished and stays finished: SUCCEEDED, FAILED and CANCELLED cannot become a live status again. Nothing was changed. What runs again is a new run: record it under an id of its own.";
    PayloadTooLarge = 413, None,
        "The body is larger than the server takes (by default 16 MiB after decompression), or the run would be, as `getExecution` answers it. Send fewer runs at a time, or shorten the errors of steps.";
    UnsupportedMediaType = 415, None,
        "The body is not declared as JSON, or is compressed in a way that the server does not know. Send `Content-Type: application/json`, and no `Content-Encoding` but `gzip` or `zstd`.";
    UnprocessableEntity = 422, None,
        "The body is well-formed but contradicts itself or the path. The message says where. Nothing was changed.";
    TooManyRequests = 429, None,
        "This key sends more requests in a second than it may (by default as many as it likes). Wait for the seconds that the header `Retry-After` gives.";
    InternalError = 500, Some("INTERNAL_ERROR"),
        "Something broke in the server. Its log has the cause under the request id that the header `x-request-id` carries. The request may be repeated.";
    ServiceUnavailable = 503, None,
        "The server has too much to do, another process holds its database, or the request took too long to be done (by default 30 seconds). Wait for the seconds that the header `Retry-After` gives, and repeat it: recording twice is safe.";
}

/// An error on its way to the client: its kind and its body. One constructor per kind.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiError {
    /// The row of the catalogue, which gives the HTTP status.
    pub kind: ErrorKind,
    /// What is sent. Boxed, because every fallible function carries it.
    pub body: Box<ErrorResponse>,
}

impl ApiError {
    /// `name` (a parameter, or a field's place in the body) is invalid; `problem` says what it may be.
    pub fn validation(name: &str, problem: impl std::fmt::Display) -> Self {
        Self::new(ErrorKind::ValidationError, format!("{name} {problem}"))
    }

    /// No valid key: always the same body, so that nothing is learnt from it.
    pub fn unauthorized() -> Self {
        Self::new(ErrorKind::Unauthorized, "Unauthorized: Invalid or expired API key")
    }

    /// A limit of the plan is reached; `details` says which.
    pub fn subscription_limit(message: &str, details: Map<String, Value>) -> Self {
        let mut error = Self::new(ErrorKind::SubscriptionLimit, message);
        error.body.details = Some(details);
        error
    }

    /// The key is valid but lacks `scope`.
    pub fn forbidden(scope: &str) -> Self {
        Self::new(ErrorKind::Forbidden, format!("Forbidden: this API key lacks the scope {scope}"))
    }

    /// No such run, or another tenant's: the two cannot be told apart.
    pub fn execution_not_found() -> Self {
        Self::new(ErrorKind::ExecutionNotFound, "Execution not found or access denied")
    }

    /// No such route.
    pub fn endpoint_not_found() -> Self {
        Self::new(
            ErrorKind::EndpointNotFound,
            "There is no endpoint at this path; the endpoints are listed at /docs",
        )
    }

    /// A route that does not take this method.
    pub fn method_not_allowed(method: &str) -> Self {
        Self::new(
            ErrorKind::MethodNotAllowed,
            format!("This path does not take {method}; the header Allow lists what it takes"),
        )
    }

    /// A finished run would become live again.
    pub fn conflict(from: WorkflowRunStatus, to: WorkflowRunStatus) -> Self {
        Self::new(
            ErrorKind::Conflict,
            format!(
                "The run has finished as {from} and cannot become {to} again; nothing was changed"
            ),
        )
    }

    /// The body paused for too long, or took too long in all.
    pub fn request_timeout() -> Self {
        Self::new(
            ErrorKind::RequestTimeout,
            "The body took too long to arrive; nothing was changed: send it again, in smaller batches or compressed",
        )
    }

    /// The body has more bytes than the server takes.
    pub fn payload_too_large() -> Self {
        Self::new(
            ErrorKind::PayloadTooLarge,
            "The body, or the run in it, is larger than the server takes; send fewer runs at a time, or shorten the \
             errors of steps",
        )
    }

    /// The body is not declared as JSON.
    pub fn unsupported_media_type() -> Self {
        Self::new(
            ErrorKind::UnsupportedMediaType,
            "The body must be JSON; send Content-Type: application/json",
        )
    }

    /// The body is compressed in an unknown way.
    pub fn unsupported_encoding() -> Self {
        Self::new(
            ErrorKind::UnsupportedMediaType,
            "The body must be plain or compressed with gzip or zstd, as Content-Encoding says",
        )
    }

    /// The key has used up what it may send.
    pub fn too_many_requests() -> Self {
        Self::new(
            ErrorKind::TooManyRequests,
            "This API key sends too many requests; wait for as long as Retry-After says",
        )
    }

    /// The server cannot do it now; `reason` is a sentence without its full stop.
    pub fn unavailable(reason: &str) -> Self {
        Self::new(
            ErrorKind::ServiceUnavailable,
            format!("{reason}; wait for as long as Retry-After says, and repeat the request"),
        )
    }

    /// Well-formed, but makes no sense.
    pub fn unprocessable(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::UnprocessableEntity, message)
    }

    /// Something of ours broke; nothing of the cause is told.
    pub fn internal() -> Self {
        Self::new(
            ErrorKind::InternalError,
            "Internal error: the server's log has the cause under this response's x-request-id",
        )
    }

    /// An example of this kind of error, as the spec shows it.
    pub fn example(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::ValidationError => {
                Self::validation("limit", "must be a whole number from 1 to 100, not \"1000\"")
            }
            ErrorKind::Unauthorized => Self::unauthorized(),
            ErrorKind::SubscriptionLimit => Self::subscription_limit(
                "The plan's limit of runs per month is reached",
                Map::from_iter([("limit".to_owned(), Value::from(1000))]),
            ),
            ErrorKind::Forbidden => Self::forbidden("write"),
            ErrorKind::ExecutionNotFound => Self::execution_not_found(),
            ErrorKind::EndpointNotFound => Self::endpoint_not_found(),
            ErrorKind::MethodNotAllowed => Self::method_not_allowed("DELETE"),
            ErrorKind::Conflict => {
                Self::conflict(WorkflowRunStatus::Succeeded, WorkflowRunStatus::Running)
            }
            ErrorKind::RequestTimeout => Self::request_timeout(),
            ErrorKind::TooManyRequests => Self::too_many_requests(),
            ErrorKind::ServiceUnavailable => Self::unavailable("The server has too much to do"),
            ErrorKind::PayloadTooLarge => Self::payload_too_large(),
            ErrorKind::UnsupportedMediaType => Self::unsupported_media_type(),
            ErrorKind::UnprocessableEntity => Self::unprocessable(
                "step_count is 3 but steps has 2 entries; correct it or leave it out",
            ),
            ErrorKind::InternalError => Self::internal(),
        }
    }

    fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let body = ErrorResponse {
            error: message.into(),
            code: kind.code().map(str::to_owned),
            details: None,
        };
        Self { kind, body: Box::new(body) }
    }
}
