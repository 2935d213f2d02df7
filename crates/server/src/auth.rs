//! Authentication: the tenant of a request, by its API key.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, request::Parts},
};
use runledger_model::{ApiError, Timestamp};
use runledger_store::{ApiKey, KeyHash, TenantId};

use crate::{
    credentials::{fault_of, secret},
    error::HttpError,
    state::AppState,
};

/// The tenant of a request whose key has the scope `read`.
pub struct Reader(pub TenantId);

/// The tenant of a request whose key has the scope `read`, and the key, for a response that may
/// outlast it.
pub struct ReaderKey {
    /// The tenant.
    pub tenant: TenantId,
    /// The hash of its secret.
    pub hash: KeyHash,
}

/// The tenant of a request whose key has the scope `write`.
pub struct Writer(pub TenantId);

impl FromRequestParts<AppState> for Reader {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, HttpError> {
        let key = valid_key(&parts.headers, state).await?;
        if !key.read {
            return Err(ApiError::forbidden("read").into());
        }
        Ok(Self(key.tenant))
    }
}

impl FromRequestParts<AppState> for ReaderKey {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, HttpError> {
        let Reader(tenant) = Reader::from_request_parts(parts, state).await?;
        let secret = secret(&parts.headers)?;
        Ok(Self { tenant, hash: KeyHash::of(secret) })
    }
}

impl ReaderKey {
    /// Whether the key is valid at this moment.
    pub async fn is_valid(&self, state: &AppState) -> bool {
        let key = state.store.find_key(&self.hash).await.ok().flatten();
        key.is_some_and(|key| key.is_valid_at(Timestamp::now()))
    }
}

impl FromRequestParts<AppState> for Writer {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, HttpError> {
        let key = valid_key(&parts.headers, state).await?;
        if !key.write {
            return Err(ApiError::forbidden("write").into());
        }
        Ok(Self(key.tenant))
    }
}

/// The key of a request. A missing, malformed, unknown, expired or revoked key gets exactly the
/// same body; `WWW-Authenticate` says what is wrong with the form of the credentials.
async fn valid_key(headers: &HeaderMap, state: &AppState) -> Result<ApiKey, HttpError> {
    let secret = secret(headers)?;
    let key = state.store.find_key(&KeyHash::of(secret)).await?;
    let key = key.filter(|key| key.is_valid_at(Timestamp::now()));
    let key = key.ok_or_else(|| fault_of(secret))?;
    match &state.rates {
        Some(rates) if rates.check_key(&key.id).is_err() => {
            Err(ApiError::too_many_requests().into())
        }
        _ => Ok(key),
    }
}
