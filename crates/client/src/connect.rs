//! A client for a server's address and an API key.

use std::{fmt, time::Duration};

use reqwest::{
    Url,
    header::{AUTHORIZATION, HeaderMap, HeaderValue},
    redirect::Policy,
};
use tokio_rustls::rustls;

use crate::{Client, Retry};

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long one attempt may take in all: a little longer than the server gives it by default, with its body.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(65);

/// Why there is no client for this address and key.
#[derive(Debug)]
pub enum AccessError {
    /// The address does not begin with `http://` or `https://`, or has a user, a query or a fragment.
    Url,
    /// The key has a character that no key has.
    Key,
    /// The machine lacks what TLS wants, such as the certificates of authorities.
    Tls(reqwest::Error),
}

impl fmt::Display for AccessError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url => {
                "the URL must be an address such as https://runledger.example.com".fmt(out)
            }
            Self::Key => "the API key has a character that no key has".fmt(out),
            Self::Tls(error) => write!(out, "no HTTP client can be made: {error}"),
        }
    }
}

impl std::error::Error for AccessError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Url | Self::Key => None,
            Self::Tls(error) => Some(error),
        }
    }
}

impl Client {
    /// A client for the server at this address, such as `https://runledger.example.com`, that sends this API key, and
    /// sends again what may succeed later (see [`Retry`]). Nothing is sent yet.
    ///
    /// # Errors
    /// Where the address or the key can be none.
    pub fn connect(url: &str, key: &str) -> Result<Self, AccessError> {
        Self::connect_with(url, key, Retry::default())
    }

    /// The same with another idea of when to send again.
    ///
    /// # Errors
    /// Where the address or the key can be none.
    pub fn connect_with(url: &str, key: &str, retry: Retry) -> Result<Self, AccessError> {
        let base = Url::parse(url).ok().filter(is_base);
        let base = base.ok_or(AccessError::Url)?;
        let token = format!("Token {key}");
        let mut token = HeaderValue::from_str(&token).map_err(|_| AccessError::Key)?;
        // Whatever prints this client or its requests must not print the key.
        token.set_sensitive(true);
        // The first one stays; a second one is the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut client = reqwest::Client::builder()
            .default_headers(HeaderMap::from_iter([(AUTHORIZATION, token)]))
            // Followed, a recording may become a reading that succeeds, or go on without the key.
            .redirect(Policy::none())
            .user_agent(concat!("runledger-client/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(REQUEST_TIMEOUT);
        if base.scheme() == "http" {
            // Without TLS, the certificates of authorities need not be there, and are not read.
            client = client.tls_certs_only([]);
        }
        let client = client.build().map_err(AccessError::Tls)?;
        // The generated code puts a path that begins with a slash behind it.
        Ok(Self::new_with_client(base.as_str().trim_end_matches('/'), client, retry))
    }
}

/// Whether paths can be put behind it, and it says nothing about who asks.
fn is_base(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none()
}
