//! Recent responses, each of which is valid until one of the tenant's runs changes.

use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::uri::PathAndQuery;
use bytes::Bytes;
use lru::LruCache;
use runledger_store::TenantId;

use crate::entity_tag::EntityTag;

/// The memory of an entry beside its content and its path, in bytes.
const ENTRY_BYTES: usize = 320;
/// The greatest size of a content that is kept, in bytes. Of a larger one the tag is kept.
const MAX_CONTENT_BYTES: usize = 64 * 1024;

/// Recent responses within a budget of memory. The least recently used are dropped first.
pub struct ResponseCache {
    max_bytes: usize,
    responses: Mutex<Responses>,
}

/// A response that is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct CachedResponse {
    /// The tag of the content.
    pub tag: EntityTag,
    /// The content; `None` if it is too large to be kept.
    pub content: Option<Bytes>,
}

struct Responses {
    bytes: usize,
    by_request: LruCache<(TenantId, PathAndQuery), (u64, CachedResponse)>,
}

impl ResponseCache {
    /// A cache that takes up to this many bytes of memory; none if it is 0.
    pub fn new(max_bytes: usize) -> Self {
        let responses = Responses { bytes: 0, by_request: LruCache::unbounded() };
        Self { max_bytes, responses: Mutex::new(responses) }
    }

    /// Whether the cache keeps anything.
    pub fn is_enabled(&self) -> bool {
        self.max_bytes > 0
    }

    /// The response to this request of the tenant, if it was kept when the last change of the
    /// tenant's runs had this number.
    pub fn find(
        &self,
        tenant: TenantId,
        request: &PathAndQuery,
        last_change: u64,
    ) -> Option<CachedResponse> {
        let mut responses = self.responses();
        let (valid_at, response) = responses.by_request.get(&(tenant, request.clone()))?;
        (*valid_at == last_change).then(|| response.clone())
    }

    /// Keeps a response. `last_change` was read before the content was.
    pub fn keep(
        &self,
        tenant: TenantId,
        request: &PathAndQuery,
        last_change: u64,
        tag: EntityTag,
        content: &Bytes,
    ) {
        // Copied: the request is a part of the connection's buffer, and the content may have spare
        // capacity or a part of another budget.
        let Ok(key) = PathAndQuery::try_from(request.as_str().to_owned()) else { return };
        let content = (content.len() <= MAX_CONTENT_BYTES).then(|| Bytes::copy_from_slice(content));
        let response = CachedResponse { tag, content };
        let bytes = size(&key, &response);
        if bytes > self.max_bytes {
            return;
        }
        let mut responses = self.responses();
        responses.bytes += bytes;
        let replaced = responses.by_request.push((tenant, key), (last_change, response));
        if let Some(((_, key), (_, response))) = replaced {
            responses.bytes -= size(&key, &response);
        }
        while responses.bytes > self.max_bytes {
            let Some(((_, key), (_, response))) = responses.by_request.pop_lru() else { return };
            responses.bytes -= size(&key, &response);
        }
    }

    fn responses(&self) -> MutexGuard<'_, Responses> {
        self.responses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn size(request: &PathAndQuery, response: &CachedResponse) -> usize {
    ENTRY_BYTES + request.as_str().len() + response.content.as_ref().map_or(0, Bytes::len)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: TenantId = TenantId(1);
    const TWO: TenantId = TenantId(2);

    fn path(text: &str) -> PathAndQuery {
        text.parse().unwrap()
    }

    fn keep(cache: &ResponseCache, request: &str, last_change: u64, content: &str) {
        let content = Bytes::copy_from_slice(content.as_bytes());
        cache.keep(ONE, &path(request), last_change, EntityTag::of(&content), &content);
    }

    fn found(cache: &ResponseCache, request: &str, last_change: u64) -> Option<Bytes> {
        cache.find(ONE, &path(request), last_change)?.content
    }

    #[test]
    fn a_response_is_found_for_its_tenant_until_a_run_changes() {
        let cache = ResponseCache::new(10_000);
        keep(&cache, "/a?b=1", 7, "content");
        assert_eq!(found(&cache, "/a?b=1", 7), Some(Bytes::from_static(b"content")));
        assert_eq!(found(&cache, "/a?b=1", 8), None, "a run has changed");
        assert_eq!(found(&cache, "/a", 7), None, "another query");
        assert_eq!(cache.find(TWO, &path("/a?b=1"), 7), None, "another tenant");
        keep(&cache, "/a?b=1", 8, "newer");
        assert_eq!(found(&cache, "/a?b=1", 8), Some(Bytes::from_static(b"newer")));
        assert_eq!(found(&cache, "/a?b=1", 7), None, "it was replaced");
    }

    #[test]
    fn the_least_recently_used_are_dropped_first() {
        let cache = ResponseCache::new(3 * (ENTRY_BYTES + 100 + 2));
        let content = "x".repeat(100);
        for request in ["/a", "/b", "/c"] {
            keep(&cache, request, 1, &content);
        }
        assert!(found(&cache, "/a", 1).is_some());
        keep(&cache, "/d", 1, &content);
        let kept = ["/a", "/b", "/c", "/d"].map(|request| found(&cache, request, 1).is_some());
        assert_eq!(kept, [true, false, true, true]);
    }

    #[test]
    fn the_budget_is_never_exceeded() {
        let cache = ResponseCache::new(5000);
        for n in 0..2000_usize {
            let request = format!("/{}", n % 37);
            keep(&cache, &request, (n / 50) as u64, &"x".repeat(n * 31 % 6000));
            let responses = cache.responses();
            let entries = responses.by_request.iter();
            let sum: usize = entries.map(|((_, key), (_, response))| size(key, response)).sum();
            assert_eq!(sum, responses.bytes);
            assert!(sum <= 5000, "{sum}");
        }
        assert!(cache.responses().by_request.len() > 1);
    }

    #[test]
    fn of_a_large_response_the_tag_is_kept() {
        let cache = ResponseCache::new(1_000_000);
        let large = "x".repeat(MAX_CONTENT_BYTES + 1);
        keep(&cache, "/large", 1, &large);
        let tag = EntityTag::of(large.as_bytes());
        let expected = CachedResponse { tag, content: None };
        assert_eq!(cache.find(ONE, &path("/large"), 1), Some(expected));
    }
}
