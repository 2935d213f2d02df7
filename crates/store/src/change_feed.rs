//! Wakes those who wait for changes.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

use crate::TenantId;

/// Wakes those who wait for changes of a tenant's runs: what an engine needs for
/// [`watch_changes`](crate::ChangeStore::watch_changes).
#[derive(Default)]
pub struct ChangeFeed(Mutex<HashMap<TenantId, watch::Sender<u64>>>);

impl ChangeFeed {
    /// A receiver that moves when a number above the last one is published for the tenant.
    pub fn watch(&self, tenant: TenantId) -> watch::Receiver<u64> {
        self.senders().entry(tenant).or_default().subscribe()
    }

    /// Wakes those who watch the tenant, whose last change now has this number. A number that is
    /// not above the last one has no effect.
    pub fn publish(&self, tenant: TenantId, number: u64) {
        let mut senders = self.senders();
        let Some(sender) = senders.get(&tenant) else { return };
        if sender.is_closed() {
            senders.remove(&tenant);
            return;
        }
        sender.send_if_modified(|last| {
            let is_new = number > *last;
            *last = number.max(*last);
            is_new
        });
    }

    /// The tenants that are watched, in no particular order.
    pub fn watched(&self) -> Vec<TenantId> {
        let mut senders = self.senders();
        senders.retain(|_, sender| !sender.is_closed());
        senders.keys().copied().collect()
    }

    fn senders(&self) -> MutexGuard<'_, HashMap<TenantId, watch::Sender<u64>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_moves_with_its_tenant_only_and_never_back() {
        let (feed, one, two) = (ChangeFeed::default(), TenantId(1), TenantId(2));
        let mut receiver = feed.watch(one);
        feed.publish(two, 5);
        assert!(!receiver.has_changed().unwrap(), "another tenant");
        feed.publish(one, 3);
        assert!(receiver.has_changed().unwrap());
        assert_eq!(*receiver.borrow_and_update(), 3);
        for old in [2, 3] {
            feed.publish(one, old);
            assert!(!receiver.has_changed().unwrap(), "an old number");
        }
        feed.publish(one, 4);
        assert_eq!(*receiver.borrow_and_update(), 4);
    }

    #[test]
    fn a_tenant_is_watched_while_it_has_receivers() {
        let (feed, one, two) = (ChangeFeed::default(), TenantId(1), TenantId(2));
        let (first, second) = (feed.watch(one), feed.watch(one));
        let of_two = feed.watch(two);
        drop((first, of_two));
        assert_eq!(feed.watched(), [one]);
        drop(second);
        feed.publish(one, 1);
        assert_eq!(feed.watched(), []);
    }
}
