//! Compression of responses, as `Accept-Encoding` asks. Each coding of a content has an entity tag
//! of its own.
//!
//! A client that accepts no encoding, not even `identity`, gets an uncompressed response.
//! tower-http would replace the status by 406 after the request was processed: a recorder would be
//! told that its runs were not recorded. Therefore the status is remembered before the compression,
//! and restored after it.

use axum::http::{
    HeaderValue, Request, Response, StatusCode,
    header::{ACCEPT_ENCODING, Entry},
};

use crate::entity_tag::distinguish_coding;

/// Clients that accept any encoding (`*`) often do not know zstd; the proxy Prism is one.
pub fn any_means_gzip<B>(mut request: Request<B>) -> Request<B> {
    if let Entry::Occupied(mut encodings) = request.headers_mut().entry(ACCEPT_ENCODING)
        && encodings.get() == "*"
    {
        encodings.insert(HeaderValue::from_static("gzip"));
    }
    request
}

/// The status of a response before its compression.
#[derive(Clone, Copy)]
struct OriginalStatus(StatusCode);

/// Notes the status of a response that is to be compressed.
pub fn remember_status<B>(mut response: Response<B>) -> Response<B> {
    let status = OriginalStatus(response.status());
    response.extensions_mut().insert(status);
    response
}

/// Sets the status that was noted, and gives the content's coding an entity tag of its own.
pub fn restore_status<B>(mut response: Response<B>) -> Response<B> {
    if let Some(OriginalStatus(status)) = response.extensions().get().copied() {
        *response.status_mut() = status;
    }
    distinguish_coding(response.headers_mut());
    response
}
