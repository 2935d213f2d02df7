//! The errors that an operation documents: references to the shared `components/responses`.

use std::collections::BTreeMap;

use runledger_model::ErrorKind;
use utoipa::{
    IntoResponses,
    openapi::{Ref, RefOr, Response},
};

macro_rules! documented_errors {
    ($($(#[$doc:meta])* $name:ident: $($kind:ident),+;)+) => { $(
        $(#[$doc])*
        pub struct $name;

        impl IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                [$(ErrorKind::$kind),+]
                    .map(|kind| {
                        let shared = Ref::from_response_name(kind.name());
                        (kind.status().to_string(), RefOr::Ref(shared))
                    })
                    .into()
            }
        }
    )+ };
}

documented_errors! {
    /// The errors of a list.
    ListErrors: ValidationError, Unauthorized, Forbidden, TooManyRequests, InternalError,
        ServiceUnavailable;
    /// The errors of a list whose filters may be too many to combine.
    FilterErrors: ValidationError, Unauthorized, Forbidden, UnprocessableEntity, TooManyRequests,
        InternalError, ServiceUnavailable;
    /// The errors of reading one run.
    GetErrors: ValidationError, Unauthorized, Forbidden, ExecutionNotFound, TooManyRequests,
        InternalError, ServiceUnavailable;
    /// The errors of recording one run.
    RecordErrors: ValidationError, Unauthorized, Forbidden, RequestTimeout, Conflict,
        PreconditionFailed, PayloadTooLarge, UnsupportedMediaType, UnprocessableEntity,
        TooManyRequests, InternalError, ServiceUnavailable;
    /// The errors of recording what is known of a run by now.
    UpdateErrors: ValidationError, Unauthorized, Forbidden, RequestTimeout, PreconditionFailed,
        PayloadTooLarge, UnsupportedMediaType, UnprocessableEntity, TooManyRequests, InternalError,
        ServiceUnavailable;
    /// The errors of deleting one run.
    DeleteErrors: ValidationError, Unauthorized, Forbidden, PreconditionFailed, TooManyRequests,
        InternalError, ServiceUnavailable;
    /// The errors of recording a batch as a whole.
    BatchErrors: ValidationError, Unauthorized, Forbidden, RequestTimeout, PayloadTooLarge,
        UnsupportedMediaType, TooManyRequests, InternalError, ServiceUnavailable;
}
