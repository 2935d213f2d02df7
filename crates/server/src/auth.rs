//! Turns the key of a request into the tenant whose runs it opens.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header::AUTHORIZATION, request::Parts},
};
use runledger_model::{ApiError, Timestamp};
use runledger_store::{ApiKey, KeyHash, TenantId};

use crate::{Ledger, error::Failure};

/// The tenant of a request whose key may read.
pub struct Reader(pub TenantId);

/// The tenant of a request whose key may record.
pub struct Writer(pub TenantId);

impl FromRequestParts<Ledger> for Reader {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, ledger: &Ledger) -> Result<Self, Failure> {
        let key = valid_key(&parts.headers, ledger).await?;
        if !key.read {
            return Err(ApiError::forbidden("read").into());
        }
        Ok(Self(key.tenant))
    }
}

impl FromRequestParts<Ledger> for Writer {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, ledger: &Ledger) -> Result<Self, Failure> {
        let key = valid_key(&parts.headers, ledger).await?;
        if !key.write {
            return Err(ApiError::forbidden("write").into());
        }
        Ok(Self(key.tenant))
    }
}

/// Missing, malformed, unknown, expired and revoked keys all get exactly the same answer.
async fn valid_key(headers: &HeaderMap, ledger: &Ledger) -> Result<ApiKey, Failure> {
    let secret = secret(headers).ok_or_else(ApiError::unauthorized)?;
    let key = ledger.store.find_key(&KeyHash::of(secret)).await?;
    let key = key.filter(|key| key.is_valid_at(Timestamp::now()));
    let key = key.ok_or_else(ApiError::unauthorized)?;
    match &ledger.rates {
        Some(rates) if rates.check_key(&key.id).is_err() => {
            Err(ApiError::too_many_requests().into())
        }
        _ => Ok(key),
    }
}

/// What follows `Token `; the scheme's case does not matter (RFC 9110, section 11.1).
fn secret(headers: &HeaderMap) -> Option<&[u8]> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let (scheme, rest) = value.as_bytes().split_at_checked(5)?;
    let secret = rest.strip_prefix(b" ")?.trim_ascii_start();
    (scheme.eq_ignore_ascii_case(b"token") && !secret.is_empty()).then_some(secret)
}
