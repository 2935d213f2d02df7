//! The trait for what works on tenants and their API keys.

use async_trait::async_trait;

use crate::{ApiKey, KeyHash, ListedKey, NewApiKey, Result, TenantId};

/// Creates, finds and revokes tenants and API keys.
///
/// # Errors
/// Every method fails with [`Busy`](crate::StoreError::Busy) while another process holds the
/// database, with [`Closed`](crate::StoreError::Closed) after the store was closed, and with
/// [`Engine`](crate::StoreError::Engine) where the database or its disk fails.
#[async_trait]
pub trait KeyStore: Send + Sync {
    /// The tenant with this name, which is created if there is none.
    ///
    /// # Errors
    /// As stated for the [trait](KeyStore).
    async fn find_or_create_tenant(&self, name: &str) -> Result<TenantId>;

    /// The tenant with this name; `None` if there is none.
    ///
    /// # Errors
    /// As stated for the [trait](KeyStore).
    async fn find_tenant(&self, name: &str) -> Result<Option<TenantId>>;

    /// All tenants with their names, in the order of the names' bytes.
    ///
    /// # Errors
    /// As stated for the [trait](KeyStore).
    async fn list_tenants(&self) -> Result<Vec<(TenantId, String)>>;

    /// Stores a new key and returns its id.
    ///
    /// # Errors
    /// [`DuplicateKey`](crate::StoreError::DuplicateKey) if a key has this hash already, and as
    /// stated for the [trait](KeyStore).
    async fn create_key(&self, key: NewApiKey) -> Result<i64>;

    /// All keys of all tenants, oldest first.
    ///
    /// # Errors
    /// As stated for the [trait](KeyStore).
    async fn list_keys(&self) -> Result<Vec<ListedKey>>;

    /// The key with this hash, even if it has expired or was revoked. A key that is cached is found
    /// without reading the database. If the key is valid, this counts as a use of it.
    ///
    /// # Errors
    /// As stated for the [trait](KeyStore).
    async fn find_key(&self, hash: &KeyHash) -> Result<Option<ApiKey>>;

    /// Revokes a key; returns `false` if no key has this id. This store refuses the key from now
    /// on; other processes that have the database open refuse it within a second.
    ///
    /// # Errors
    /// As stated for the [trait](KeyStore).
    async fn revoke_key(&self, id: i64) -> Result<bool>;
}
