//! The catalog of errors: every error that this API returns, once.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::WorkflowRunStatus;

/// The body of every error, whatever its status.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
pub struct ErrorResponse {
    /// What went wrong and what to do about it, for people. The wording may change: do not parse
    /// it.
    #[schema(example = "page must be a whole number of at least 1, not \"x\"")]
    pub error: String,
    /// The kind of error, for programs; omitted if the HTTP status is specific enough. An open set:
    /// `VALIDATION_ERROR` and `INTERNAL_ERROR` are in use, `SUBSCRIPTION_LIMIT` (with the status
    /// 402) is reserved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "VALIDATION_ERROR")]
    #[schemars(with = "String")]
    pub code: Option<String>,
    /// Facts about the error, for programs; omitted if there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<Object>)]
    #[schemars(with = "Map<String, Value>")]
    pub details: Option<Map<String, Value>>,
}

/// Declares the kinds of error: name, HTTP status, code, and the description in the OpenAPI
/// document.
macro_rules! kinds {
    ($($kind:ident = $status:literal, $code:expr, $description:literal;)+) => {
        /// A kind of error: a row of the contract's table of errors.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorKind { $(#[doc = $description] $kind,)+ }

        impl ErrorKind {
            /// Every kind, by status.
            pub const ALL: &[Self] = &[$(Self::$kind),+];

            /// Its name in `components/responses` of the OpenAPI document.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => stringify!($kind)),+ }
            }

            /// The HTTP status of the response.
            pub const fn status(self) -> u16 {
                match self { $(Self::$kind => $status),+ }
            }

            /// The `code` in the body; `None` if the documentation gives none.
            pub const fn code(self) -> Option<&'static str> {
                match self { $(Self::$kind => $code),+ }
            }

            /// What it means and what to do about it, for the OpenAPI document.
            pub const fn description(self) -> &'static str {
                match self { $(Self::$kind => $description),+ }
            }
        }
    };
}

kinds! {
    ValidationError = 400, Some("VALIDATION_ERROR"),
        "A parameter or a field of the body is unknown or has an invalid value, or the body is not \
         JSON. The message names it and says which values are valid: correct the request.";
    Unauthorized = 401, None,
        "The API key is missing, malformed, unknown, expired or revoked; the response does not say \
         which. Send `Authorization: Token <api key>` with a valid key.";
    SubscriptionLimit = 402, Some("SUBSCRIPTION_LIMIT"),
        "A limit of the plan is reached; `details` says which.";
    Forbidden = 403, None,
        "The API key is valid but lacks the scope: reading requires `read`, recording requires \
         `write`. Use another key.";
    ExecutionNotFound = 404, None,
        "There is no run with this id, or it belongs to another tenant; the response does not say \
         which. Check the id, and that the key belongs to the right tenant.";
    EndpointNotFound = 404, None,
        "There is no endpoint at this path. The endpoints are listed at `/docs`.";
    MethodNotAllowed = 405, None,
        "This path does not support this method. The header `Allow` lists the supported methods.";
    RequestTimeout = 408, None,
        "The body took too long to arrive (by default it may pause for 10 seconds, and take 30 in \
         all). Nothing was changed: send it again, in smaller batches or compressed if the \
         connection is slow.";
    Conflict = 409, None,
        "The run has finished and stays finished: SUCCEEDED, FAILED and CANCELLED cannot become a \
         live status again. Nothing was changed. If its engine runs it again under the same id, \
         send the number of the next attempt as `attempt`: 2 after the first one.";
    PreconditionFailed = 412, None,
        "The condition in `If-Match` or `If-None-Match` does not hold for the run as it is \
         recorded now. Nothing was changed: read the run, and decide again.";
    PayloadTooLarge = 413, None,
        "The body exceeds the server's limit (by default 19 MiB after decompression), or the body \
         of `getExecution` for the run would, so that it could not be sent back. The message says \
         which, and both sizes. Nothing was changed: send fewer runs at a time, or record fewer \
         steps or shorter texts in a run.";
    UnsupportedMediaType = 415, None,
        "The body is not declared as JSON, or has an unsupported encoding. Send \
         `Content-Type: application/json`, and no `Content-Encoding` other than `gzip` or `zstd`.";
    UnprocessableEntity = 422, None,
        "The body is well-formed but contradicts itself or the path. The message names the \
         location. Nothing was changed.";
    TooManyRequests = 429, None,
        "This key exceeds its rate of requests (by default there is no limit), or its number of \
         event streams. Wait for the number of seconds in the header `Retry-After`.";
    InternalError = 500, Some("INTERNAL_ERROR"),
        "The server failed. Its log has the cause under the request id in the header \
         `x-request-id`. The request may be repeated.";
    ServiceUnavailable = 503, None,
        "The server is overloaded or has too many event streams, another process holds its \
         database, or the request took too long to process (by default 30 seconds). Wait for the \
         number of seconds in the header `Retry-After`, and repeat the request: recording twice is \
         safe.";
}

/// An error to return to the client: its kind and its body. There is a constructor per kind.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiError {
    /// The kind, which gives the HTTP status.
    pub kind: ErrorKind,
    /// The body of the response. Boxed, because every fallible function returns this type.
    pub body: Box<ErrorResponse>,
}

impl ApiError {
    /// `name` (a parameter, or the location of a field in the body) is invalid; `problem` says
    /// which values are valid.
    pub fn validation(name: &str, problem: impl std::fmt::Display) -> Self {
        Self::new(ErrorKind::ValidationError, format!("{name} {problem}"))
    }

    /// No valid key: always the same body, which gives no hint about the reason.
    pub fn unauthorized() -> Self {
        Self::new(ErrorKind::Unauthorized, "Unauthorized: Invalid or expired API key")
    }

    /// A limit of the plan is reached; `details` says which.
    pub fn subscription_limit(message: &str, details: Map<String, Value>) -> Self {
        let mut error = Self::new(ErrorKind::SubscriptionLimit, message);
        error.body.details = Some(details);
        error
    }

    /// The key is valid but lacks this scope.
    pub fn forbidden(scope: &str) -> Self {
        Self::new(ErrorKind::Forbidden, format!("Forbidden: this API key lacks the scope {scope}"))
    }

    /// There is no such run, or it is another tenant's: both have the same body.
    pub fn execution_not_found() -> Self {
        Self::new(ErrorKind::ExecutionNotFound, "Execution not found or access denied")
    }

    /// There is no such route.
    pub fn endpoint_not_found() -> Self {
        Self::new(
            ErrorKind::EndpointNotFound,
            "There is no endpoint at this path; the endpoints are listed at /docs",
        )
    }

    /// The route does not support this method.
    pub fn method_not_allowed(method: &str) -> Self {
        Self::new(
            ErrorKind::MethodNotAllowed,
            format!(
                "This path does not support {method}; the header field Allow lists what it supports"
            ),
        )
    }

    /// A finished run would become live again.
    pub fn conflict(from: WorkflowRunStatus, to: WorkflowRunStatus) -> Self {
        Self::new(
            ErrorKind::Conflict,
            format!(
                "The run has finished as {from} and cannot become {to} again; nothing was changed: \
                 if it runs again, send the number of its next attempt as attempt, such as 2"
            ),
        )
    }

    /// The body paused for too long, or took too long in all.
    pub fn request_timeout() -> Self {
        Self::new(
            ErrorKind::RequestTimeout,
            "The body took too long to arrive; nothing was changed: send it again, in smaller \
             batches or compressed",
        )
    }

    /// The condition of the request does not hold.
    pub fn precondition_failed() -> Self {
        Self::new(
            ErrorKind::PreconditionFailed,
            "The run is not as If-Match or If-None-Match requires; nothing was changed: read the \
             run, and decide again",
        )
    }

    /// The body exceeds the limit in bytes.
    pub fn payload_too_large(max: usize) -> Self {
        Self::new(
            ErrorKind::PayloadTooLarge,
            format!(
                "The body is larger than {max} bytes, the limit of this server after \
                 decompression; send fewer runs at a time, or fewer steps or shorter texts in a run"
            ),
        )
    }

    /// The run has so many bytes in the form in which it is returned, which exceed the limit.
    pub fn run_too_large(bytes: usize, max: usize) -> Self {
        Self::new(
            ErrorKind::PayloadTooLarge,
            format!(
                "The run would have {bytes} bytes as getExecution returns it, and the limit of \
                 this server is {max}; nothing was changed: record fewer steps or shorter texts"
            ),
        )
    }

    /// The body is not declared as JSON.
    pub fn unsupported_media_type() -> Self {
        Self::new(
            ErrorKind::UnsupportedMediaType,
            "The body must be JSON; send Content-Type: application/json",
        )
    }

    /// The body has an unsupported encoding.
    pub fn unsupported_encoding() -> Self {
        Self::new(
            ErrorKind::UnsupportedMediaType,
            "Content-Encoding must be gzip or zstd, or absent",
        )
    }

    /// The key has as many event streams as it may have.
    pub fn too_many_event_streams(max: usize) -> Self {
        Self::new(
            ErrorKind::TooManyRequests,
            format!(
                "This API key has too many event streams: at most {max} at a time; end one of them"
            ),
        )
    }

    /// The key exceeds its rate of requests.
    pub fn too_many_requests() -> Self {
        Self::new(
            ErrorKind::TooManyRequests,
            "This API key sends too many requests; wait for as long as Retry-After says",
        )
    }

    /// The server cannot process the request now; `reason` is a sentence without its period.
    pub fn unavailable(reason: &str) -> Self {
        Self::new(
            ErrorKind::ServiceUnavailable,
            format!("{reason}; wait for as long as Retry-After says, and repeat the request"),
        )
    }

    /// The body is well-formed, but contradicts itself or the path.
    pub fn unprocessable(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::UnprocessableEntity, message)
    }

    /// The server failed; the client learns nothing of the cause.
    pub fn internal() -> Self {
        Self::new(
            ErrorKind::InternalError,
            "Internal error: the server's log has the cause under this response's x-request-id",
        )
    }

    /// The example of this kind of error in the OpenAPI document.
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
            ErrorKind::PreconditionFailed => Self::precondition_failed(),
            ErrorKind::PayloadTooLarge => Self::payload_too_large(19 * 1024 * 1024),
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
