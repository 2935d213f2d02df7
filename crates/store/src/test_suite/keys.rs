//! API keys.

use runledger_model::Timestamp;

use super::support::{New, runtime};
use crate::{ApiKey, KeyHash, ListedKey, NewApiKey, StoreError, new_secret};

pub fn a_revoked_key_is_refused_at_once<T>(new: New<T>) {
    let (_kept, store) = new();
    runtime().block_on(async {
        let (hash, tenant) =
            (KeyHash::of(b"secret"), store.find_or_create_tenant("one").await.unwrap());
        assert_eq!(store.find_key(&hash).await.unwrap(), None);
        let expires_at = Timestamp::from_millis(1_000_000);
        let new = NewApiKey { write: false, expires_at, ..NewApiKey::of("secret", tenant) };
        let id = store.create_key(new).await.unwrap();
        let key = ApiKey { id, tenant, read: true, write: false, expires_at, revoked: false };
        assert_eq!(store.find_key(&hash).await.unwrap(), Some(key.clone()));
        assert!(key.is_valid_at(Timestamp::from_millis(999_999).unwrap()));
        assert!(!key.is_valid_at(Timestamp::from_millis(1_000_000).unwrap()));
        assert!(store.revoke_key(id).await.unwrap());
        assert_eq!(store.find_key(&hash).await.unwrap(), Some(ApiKey { revoked: true, ..key }));
        assert!(!store.revoke_key(id + 1).await.unwrap());
    });
}

pub fn tenants_are_listed_by_name<T>(new: New<T>) {
    let (_kept, store) = new();
    runtime().block_on(async {
        assert_eq!(store.list_tenants().await.unwrap(), []);
        let (two, one) = (
            store.find_or_create_tenant("two").await.unwrap(),
            store.find_or_create_tenant("one").await.unwrap(),
        );
        let expected = [(one, "one".to_owned()), (two, "two".to_owned())];
        assert_eq!(store.list_tenants().await.unwrap(), expected);
    });
}

pub fn listed_keys_have_no_secrets<T>(new: New<T>) {
    let (_kept, store) = new();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        let secret = new_secret();
        let note = "for the night's import".to_owned();
        let made = NewApiKey { read: false, note, ..NewApiKey::of(&secret, tenant) };
        let first = store.create_key(made).await.unwrap();
        let second = store.create_key(NewApiKey::of("abc", tenant)).await.unwrap();
        store.revoke_key(second).await.unwrap();
        let listed = store.list_keys().await.unwrap();
        assert_eq!(listed.iter().map(|key| key.id).collect::<Vec<_>>(), [first, second]);
        let ListedKey { tenant, prefix, read, write, created_at, note, revoked, .. } = &listed[0];
        assert_eq!((tenant.as_str(), note.as_str()), ("one", "for the night's import"));
        assert_eq!((prefix.as_str(), secret.len()), (&secret[..8], 35));
        assert_eq!((*read, *write, *revoked), (false, true, false));
        assert!(created_at.is_some_and(|at| at <= Timestamp::now()));
        assert_eq!(listed[0].last_used_at, None);
        assert_eq!((listed[1].prefix.as_str(), listed[1].revoked), ("", true), "too short to show");
    });
}

pub fn a_second_key_with_the_same_secret_is_refused<T>(new: New<T>) {
    let (_kept, store) = new();
    runtime().block_on(async {
        let (one, two) = (
            store.find_or_create_tenant("one").await.unwrap(),
            store.find_or_create_tenant("two").await.unwrap(),
        );
        let hash = KeyHash::of(b"secret");
        let key = NewApiKey::of("secret", one);
        store.create_key(key.clone()).await.unwrap();
        let again = store.create_key(NewApiKey { tenant: two, ..key }).await;
        assert!(matches!(again, Err(StoreError::DuplicateKey)), "{again:?}");
        assert_eq!(store.find_key(&hash).await.unwrap().unwrap().tenant, one);
    });
}
