//! All keys of a database in memory, so that authentication reads no database.

use std::{
    collections::HashMap,
    sync::{
        PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicI64, Ordering},
    },
};

use runledger_model::Timestamp;

use crate::{ApiKey, KeyHash};

/// The keys by their hashes.
///
/// An engine fills it when it opens the database, keeps it up to date with its own writes, and
/// calls [`follow`](KeyCache::follow) at intervals for those of other processes.
#[derive(Default)]
pub struct KeyCache(RwLock<Keys>);

#[derive(Default)]
struct Keys {
    by_hash: HashMap<KeyHash, Entry>,
    /// The database's change number at the last reading.
    change: Option<i64>,
}

struct Entry {
    key: ApiKey,
    /// When the key was last used, in milliseconds since 1970, if that is not stored yet; 0 for not
    /// used.
    used_at: AtomicI64,
}

/// A use of a key that is to be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUse {
    /// The id of the key.
    pub id: i64,
    /// When it was used, in milliseconds since 1970.
    pub used_at: i64,
}

impl KeyCache {
    /// Reads all keys again if `change`, a number that is different after each change of a key,
    /// differs from that of the last reading.
    ///
    /// # Errors
    /// An error of `read_all`; the cache is as it was then.
    pub fn follow<E>(
        &self,
        change: i64,
        read_all: impl FnOnce() -> Result<Vec<(KeyHash, ApiKey)>, E>,
    ) -> Result<(), E> {
        if self.read().change == Some(change) {
            return Ok(());
        }
        // Locked while it reads: a key that is revoked meanwhile is revoked in what was read as
        // well.
        let mut keys = self.write();
        let mut fresh: HashMap<_, _> =
            read_all()?.into_iter().map(|(hash, key)| (hash, Entry::new(key))).collect();
        for (hash, before) in keys.by_hash.drain() {
            if let Some(entry) = fresh.get_mut(&hash) {
                entry.used_at = before.used_at;
            }
        }
        *keys = Keys { by_hash: fresh, change: Some(change) };
        Ok(())
    }

    /// The key with this hash. If it is valid at this moment, that is noted as its last use.
    pub fn find(&self, hash: &KeyHash) -> Option<ApiKey> {
        let keys = self.read();
        let entry = keys.by_hash.get(hash)?;
        let now = Timestamp::now();
        if entry.key.is_valid_at(now) {
            entry.used_at.store(now.millis(), Ordering::Relaxed);
        }
        Some(entry.key.clone())
    }

    /// Adds a key that was found in the database. A key that is cached stays as it is: it may have
    /// been revoked since.
    pub fn learn(&self, hash: KeyHash, key: ApiKey) {
        self.write().by_hash.entry(hash).or_insert_with(|| Entry::new(key));
    }

    /// Adds a key that was created.
    pub fn insert(&self, hash: KeyHash, key: ApiKey) {
        self.write().by_hash.insert(hash, Entry::new(key));
    }

    /// Marks a key as revoked.
    pub fn revoke(&self, id: i64) {
        for entry in self.write().by_hash.values_mut().filter(|entry| entry.key.id == id) {
            entry.key.revoked = true;
        }
    }

    /// Takes the uses since the last call, one for each key that was used.
    pub fn take_uses(&self) -> Vec<KeyUse> {
        let take = |entry: &Entry| {
            let used_at = entry.used_at.swap(0, Ordering::Relaxed);
            KeyUse { id: entry.key.id, used_at }
        };
        let keys = self.read();
        keys.by_hash.values().map(take).filter(|key_use| key_use.used_at != 0).collect()
    }

    fn read(&self) -> RwLockReadGuard<'_, Keys> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Keys> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn new(key: ApiKey) -> Self {
        Self { key, used_at: AtomicI64::new(0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TenantId;

    fn key(id: i64) -> ApiKey {
        let tenant = TenantId(1);
        ApiKey { id, tenant, read: true, write: true, expires_at: None, revoked: false }
    }

    fn cache(keys: &[i64]) -> KeyCache {
        let cache = KeyCache::default();
        cache.follow(0, || read(keys)).unwrap();
        cache
    }

    fn read(keys: &[i64]) -> Result<Vec<(KeyHash, ApiKey)>, ()> {
        Ok(keys.iter().map(|id| (hash(*id), key(*id))).collect())
    }

    fn hash(id: i64) -> KeyHash {
        KeyHash::of(id.to_string().as_bytes())
    }

    #[test]
    fn keys_are_read_again_only_after_a_change() {
        let cache = cache(&[1, 2]);
        cache.follow::<()>(0, || panic!("nothing has changed")).unwrap();
        cache.follow(1, || read(&[2, 3])).unwrap();
        let found = [1, 2, 3].map(|id| cache.find(&hash(id)).is_some());
        assert_eq!(found, [false, true, true]);
        assert!(cache.follow(2, || Err(())).is_err());
        cache.follow(2, || read(&[4])).unwrap();
        assert!(cache.find(&hash(4)).is_some(), "a reading that failed is repeated");
    }

    #[test]
    fn a_revoked_key_is_not_learned_again_as_valid() {
        let cache = cache(&[1]);
        cache.revoke(1);
        cache.learn(hash(1), key(1));
        assert!(cache.find(&hash(1)).unwrap().revoked);
    }

    #[test]
    fn uses_are_taken_once_and_survive_a_reading() {
        let cache = cache(&[1, 2, 3]);
        cache.revoke(3);
        for id in [1, 3] {
            cache.find(&hash(id));
        }
        cache.follow(1, || read(&[1, 2, 3])).unwrap();
        let uses: Vec<_> = cache.take_uses().iter().map(|key_use| key_use.id).collect();
        assert_eq!(uses, [1], "a revoked key cannot be used");
        assert_eq!(cache.take_uses(), []);
    }
}
