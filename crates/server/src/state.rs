//! The state that all handlers share.

use std::{ops::Deref, sync::Arc};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use runledger_model::{ApiError, WorkflowRunDetail};
use runledger_store::{Refused, RunSize, Store};
use tokio::sync::Semaphore;

use crate::{Settings, event_slots::EventSlots, metrics::Metrics, response_cache::ResponseCache};

/// The state that all handlers share. It is cloned for every request.
#[derive(Clone)]
pub struct AppState(Arc<Shared>);

/// What the handlers share.
pub struct Shared {
    pub store: Arc<dyn Store>,
    pub settings: Settings,
    /// The rate of requests of each key, by the id of the key; `None` if it is not limited.
    pub rates: Option<DefaultKeyedRateLimiter<i64>>,
    /// The budget for request bodies in memory; a permit is a byte.
    pub body_budget: Arc<Semaphore>,
    /// The budget for large response bodies in memory; a permit is a byte.
    pub response_budget: Arc<Semaphore>,
    /// The slots for runs that are being read from the store.
    pub read_slots: Arc<Semaphore>,
    /// The slots for event streams.
    pub event_slots: Arc<EventSlots>,
    /// Recent responses.
    pub cache: ResponseCache,
    /// What is counted.
    pub metrics: Arc<Metrics>,
}

impl Deref for AppState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl AppState {
    /// The state over this store.
    pub fn new(store: Arc<dyn Store>, settings: &Settings) -> Self {
        let rate = |limit| RateLimiter::keyed(Quota::per_second(limit));
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self(Arc::new(Shared {
            store,
            settings: settings.clone(),
            rates: settings.rate_limit.map(rate),
            body_budget: semaphore(settings.max_buffered_body_bytes),
            response_budget: semaphore(settings.max_buffered_response_bytes),
            read_slots: semaphore(cores.max(2)),
            event_slots: Arc::new(EventSlots::new(
                settings.max_event_streams,
                settings.max_event_streams_per_key,
            )),
            metrics: Arc::default(),
            cache: ResponseCache::new(settings.max_cached_response_bytes),
        }))
    }

    /// Checks that a run, in the form in which it is returned, is small enough to be sent back. It
    /// has the fields that were omitted in the request body of `request_bytes` bytes.
    ///
    /// # Errors
    /// 413 if it is not.
    pub fn check_size(
        &self,
        run: &WorkflowRunDetail,
        request_bytes: usize,
    ) -> Result<(), ApiError> {
        /// More than the omitted fields of a step take.
        const MAX_OMITTED_BYTES: usize = 256;
        let max = self.settings.max_body_bytes;
        if request_bytes + MAX_OMITTED_BYTES * (run.steps.len() + 10) <= max {
            return Ok(());
        }
        match RunSize::of(run).bytes {
            bytes if bytes > max => Err(ApiError::run_too_large(bytes, max)),
            _ => Ok(()),
        }
    }

    /// The error that says why a change was refused.
    pub fn refusal(&self, refused: Refused) -> ApiError {
        match refused {
            Refused::Condition => ApiError::precondition_failed(),
            Refused::TooLarge { bytes } => {
                ApiError::run_too_large(bytes, self.settings.max_body_bytes)
            }
            Refused::Invalid(error) => error,
        }
    }
}

fn semaphore(permits: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(permits.min(Semaphore::MAX_PERMITS)))
}
