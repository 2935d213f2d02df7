//! Creating a client.

use std::{fmt, time::Duration};

use reqwest::{
    Url,
    header::{AUTHORIZATION, HeaderMap, HeaderValue},
    redirect::Policy,
};
use tokio_rustls::rustls;

use crate::{Client, Retry};

/// The timeout for establishing a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The timeout of one attempt, and of each read of a stream: a little longer than the default
/// timeouts of the server together.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(65);

/// Why no client can be created.
#[derive(Debug)]
pub enum AccessError {
    /// The URL does not begin with `http://` or `https://`, or has a user, a query or a fragment.
    Url,
    /// The key has a character that is not allowed in a header field.
    Key,
    /// TLS cannot be set up, for example because there are no CA certificates.
    Tls(reqwest::Error),
}

impl fmt::Display for AccessError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url => {
                "the URL must be an address such as https://runledger.example.com".fmt(out)
            }
            Self::Key => {
                "the API key has a character that is not allowed in a header field".fmt(out)
            }
            Self::Tls(error) => write!(out, "no HTTP client can be created: {error}"),
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
    /// A client for the server at this URL, such as `https://runledger.example.com`, that sends
    /// this API key and retries as [`Retry::default`] states. Nothing is sent yet.
    ///
    /// # Errors
    /// If the URL or the key is invalid.
    pub fn connect(url: &str, key: &str) -> Result<Self, AccessError> {
        Self::connect_with(url, key, Retry::default())
    }

    /// A client with other retries.
    ///
    /// # Errors
    /// If the URL or the key is invalid.
    pub fn connect_with(url: &str, key: &str, retry: Retry) -> Result<Self, AccessError> {
        let base = Url::parse(url).ok().filter(is_base);
        let base = base.ok_or(AccessError::Url)?;
        let token = format!("Token {key}");
        let mut token = HeaderValue::from_str(&token).map_err(|_| AccessError::Key)?;
        // The key must not appear where this client or its requests are printed.
        token.set_sensitive(true);
        // An error means that the provider is installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut client = reqwest::Client::builder()
            .default_headers(HeaderMap::from_iter([(AUTHORIZATION, token)]))
            // A redirect may turn a PUT into a GET that succeeds, or drop the key.
            .redirect(Policy::none())
            .user_agent(concat!("runledger-client/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(REQUEST_TIMEOUT)
            // A stream of changes has a comment every 15 seconds.
            .read_timeout(REQUEST_TIMEOUT);
        if base.scheme() == "http" {
            // Without TLS no CA certificates are needed or read.
            client = client.tls_certs_only([]);
        }
        let client = client.build().map_err(AccessError::Tls)?;
        // The generated code appends a path that begins with a slash.
        Ok(Self::new_with_client(base.as_str().trim_end_matches('/'), client, retry))
    }
}

/// Whether paths can be appended to the URL, and it has no user.
fn is_base(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none()
}
