//! Requests whose responses stay the same until one of the tenant's runs changes.

use std::future::Future;

use axum::{
    body::Body,
    extract::FromRequestParts,
    http::{
        HeaderMap, HeaderValue, StatusCode, Uri,
        header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY},
        request::Parts,
        uri::PathAndQuery,
    },
    response::Response,
};
use bytes::Bytes;
use runledger_store::TenantId;

use crate::{
    auth::Reader, entity_tag::EntityTag, error::HttpError, metrics::CacheResult, response::JSON,
    state::AppState,
};

/// A request whose response depends on the tenant's runs, the path and the query only.
pub struct CacheableRequest {
    /// The tenant of its key, which has the scope `read`.
    pub tenant: TenantId,
    /// Its path and query, as they were sent.
    pub uri: Uri,
    /// Its values of `If-None-Match`.
    conditions: HeaderMap,
}

impl FromRequestParts<AppState> for CacheableRequest {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, HttpError> {
        let Reader(tenant) = Reader::from_request_parts(parts, state).await?;
        let given = parts.headers.get_all(IF_NONE_MATCH).iter().cloned();
        let conditions = given.map(|value| (IF_NONE_MATCH, value)).collect();
        Ok(Self { tenant, uri: parts.uri.clone(), conditions })
    }
}

impl CacheableRequest {
    /// What follows the `?` of the URL.
    pub fn query(&self) -> &str {
        self.uri.query().unwrap_or_default()
    }

    fn path_and_query(&self) -> Option<&PathAndQuery> {
        self.uri.path_and_query()
    }
}

impl AppState {
    /// The response to a request: that of the cache if it is valid, or else one with this content;
    /// a 304 if the client has it.
    ///
    /// # Errors
    /// Those of the content, which is only computed where it is needed, and those of the store.
    pub async fn respond(
        &self,
        request: &CacheableRequest,
        content: impl Future<Output = Result<Bytes, HttpError>>,
    ) -> Result<Response, HttpError> {
        let Some(path) = request.path_and_query().filter(|_| self.cache.is_enabled()) else {
            let content = content.await?;
            return Ok(response(request, &EntityTag::of(&content), content));
        };
        // Read before the content: what changes meanwhile makes the response invalid at once.
        let last_change = self.store.last_change(request.tenant).await?;
        if let Some(cached) = self.cache.find(request.tenant, path, last_change) {
            if let Some(tag) = cached.tag.matched(&request.conditions) {
                self.metrics.cached(CacheResult::Hit);
                return Ok(not_modified(tag));
            }
            if let Some(content) = cached.content {
                self.metrics.cached(CacheResult::Hit);
                return Ok(response(request, &cached.tag, content));
            }
        }
        self.metrics.cached(CacheResult::Miss);
        let content = content.await?;
        let tag = EntityTag::of(&content);
        self.cache.keep(request.tenant, path, last_change, tag.clone(), &content);
        Ok(response(request, &tag, content))
    }
}

/// A browser keeps the response, and asks before it uses it again.
const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-cache");

fn response(request: &CacheableRequest, tag: &EntityTag, content: Bytes) -> Response {
    if let Some(tag) = tag.matched(&request.conditions) {
        return not_modified(tag);
    }
    let mut response = Response::new(Body::from(content));
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response.headers_mut().insert(CACHE_CONTROL, PRIVATE);
    response.headers_mut().insert(ETAG, tag.value());
    response
}

fn not_modified(tag: HeaderValue) -> Response {
    // As in the 200, where the compression adds the last.
    let varies = HeaderValue::from_static("accept-encoding");
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    response.headers_mut().insert(CACHE_CONTROL, PRIVATE);
    response.headers_mut().insert(ETAG, tag);
    response.headers_mut().insert(VARY, varies);
    response
}
