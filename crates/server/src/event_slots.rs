//! The slots for event streams: a number for all keys, and a number for each.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use runledger_model::ApiError;
use runledger_store::KeyHash;

/// The slots for event streams.
pub struct EventSlots {
    max: usize,
    max_per_key: usize,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    total: usize,
    /// The number of each key that has one.
    by_key: HashMap<KeyHash, usize>,
}

/// A slot, which is free again when this is dropped.
pub struct EventSlot {
    slots: Arc<EventSlots>,
    key: KeyHash,
}

impl EventSlots {
    /// This many slots, of which a key may take `max_per_key`.
    pub fn new(max: usize, max_per_key: usize) -> Self {
        Self { max, max_per_key, taken: Mutex::default() }
    }

    /// Takes a slot.
    ///
    /// # Errors
    /// 429 if the key has taken as many as it may, 503 if none is free.
    pub fn take(self: &Arc<Self>, key: KeyHash) -> Result<EventSlot, ApiError> {
        let mut taken = self.taken();
        let of_key = taken.by_key.get(&key).copied().unwrap_or_default();
        if of_key >= self.max_per_key {
            return Err(ApiError::too_many_event_streams(self.max_per_key));
        }
        if taken.total >= self.max {
            return Err(ApiError::unavailable("The server has too many event streams"));
        }
        taken.total += 1;
        taken.by_key.insert(key, of_key + 1);
        Ok(EventSlot { slots: Arc::clone(self), key })
    }

    /// The number of slots that are taken.
    pub fn number_taken(&self) -> usize {
        self.taken().total
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for EventSlot {
    fn drop(&mut self) {
        let mut taken = self.slots.taken();
        taken.total -= 1;
        match taken.by_key.get_mut(&self.key) {
            Some(of_key) if *of_key > 1 => *of_key -= 1,
            _ => drop(taken.by_key.remove(&self.key)),
        }
    }
}
