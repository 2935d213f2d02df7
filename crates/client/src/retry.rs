//! When a request is sent again: every operation of this API can be repeated without changing more than the first did.

use std::{
    error::Error,
    io,
    time::{Duration, SystemTime},
};

use progenitor_client::{ClientHooks, ClientInfo, OperationInfo};
use reqwest::{
    Request, Response, ResponseBuilderExt, StatusCode,
    header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER},
};
use tokio_rustls::rustls;

use crate::Client;

/// How often a request is sent, and how long the pauses are. A request is sent again after a 408, 429, 502, 503 or 504
/// and after a connection that failed, also in the middle of an answer; not where the two sides disagree about TLS.
#[derive(Clone, Copy, Debug)]
pub struct Retry {
    /// How often it is sent in all, at least once.
    pub attempts: u32,
    /// How long the first pause is; each further one is twice as long. Where the server's `Retry-After` is longer, that
    /// counts.
    pub first_pause: Duration,
    /// The longest pause. A server that asks for a longer one is not asked again.
    pub longest_pause: Duration,
}

impl Retry {
    /// Every request is sent once.
    pub const NEVER: Self =
        Self { attempts: 1, first_pause: Duration::ZERO, longest_pause: Duration::ZERO };

    /// How long to wait after this attempt, counted from 1, before the next one; `None` where there is none.
    fn pause(&self, attempt: u32, asked: Duration) -> Option<Duration> {
        if attempt >= self.attempts || asked > self.longest_pause {
            return None;
        }
        let doubled = self.first_pause.saturating_mul(2u32.saturating_pow(attempt - 1));
        Some(doubled.max(asked).min(self.longest_pause))
    }
}

impl Default for Retry {
    /// 6 attempts with pauses of 250 ms, 500 ms, 1 s, 2 s and 4 s, none of them longer than 30 s.
    fn default() -> Self {
        Self {
            attempts: 6,
            first_pause: Duration::from_millis(250),
            longest_pause: Duration::from_secs(30),
        }
    }
}

impl ClientHooks<Retry> for Client {
    async fn post<E>(
        &self,
        answer: &reqwest::Result<Response>,
        _: &OperationInfo,
    ) -> Result<(), progenitor_client::Error<E>> {
        match answer {
            // The generated code would complain about the JSON, and not tell the status.
            Ok(response) if is_foreign(response) => {
                Err(progenitor_client::Error::Custom(foreign_response(response.status())))
            }
            _ => Ok(()),
        }
    }

    async fn exec(&self, request: Request, info: &OperationInfo) -> reqwest::Result<Response> {
        let mut attempt = 1;
        loop {
            // Only a body that streams cannot be sent twice, and no operation has one.
            let Some(copy) = request.try_clone() else {
                return self.client().execute(request).await;
            };
            let answer = whole(self.client().execute(copy).await).await;
            let pause = later(&answer).and_then(|asked| self.inner().pause(attempt, asked));
            let Some(pause) = pause else { return answer };
            let why = match &answer {
                Ok(response) => format!("the server answered {}", response.status()),
                Err(error) => causes(error),
            };
            let millis = pause.as_millis();
            tracing::warn!("{}: {why}; trying again in {millis} ms", info.operation_id);
            tokio::time::sleep(pause).await;
            attempt += 1;
        }
    }
}

/// The response with all of its body: a connection may break in the middle of it, too.
async fn whole(response: reqwest::Result<Response>) -> reqwest::Result<Response> {
    let mut response = response?;
    let (url, headers) = (response.url().clone(), std::mem::take(response.headers_mut()));
    let whole = http::Response::builder().status(response.status()).version(response.version());
    // Nothing in these can be refused: they come from a response.
    let mut whole = whole.url(url).body(response.bytes().await?).unwrap_or_default();
    *whole.headers_mut() = headers;
    Ok(whole.into())
}

/// Where the same request may succeed later: after which time at the earliest, as far as the server says so.
fn later(answer: &reqwest::Result<Response>) -> Option<Duration> {
    let response = match answer {
        Ok(response) => response,
        Err(error) => return (!error.is_builder() && !is_tls(error)).then_some(Duration::ZERO),
    };
    let is_later = matches!(
        response.status(),
        StatusCode::REQUEST_TIMEOUT
            | StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
    );
    let asked = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    is_later.then(|| asked.map_or(Duration::ZERO, retry_after))
}

/// What `Retry-After` asks for: seconds, or the time at which they are over (RFC 9110, section 10.2.3).
fn retry_after(text: &str) -> Duration {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Duration::from_secs(text.parse().unwrap_or(u64::MAX));
    }
    let until = httpdate::parse_http_date(text).ok();
    until.and_then(|until| until.duration_since(SystemTime::now()).ok()).unwrap_or_default()
}

/// An answer that none of this API's servers can have sent: all of theirs are JSON.
fn is_foreign(response: &Response) -> bool {
    let content_type = response.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    !content_type.is_some_and(|value| value.starts_with(b"application/json"))
}

/// Whether the two sides do not agree about TLS, which no other attempt will change.
fn is_tls(error: &(dyn Error + 'static)) -> bool {
    let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    // What an I/O error wraps is not its source.
    let cause = wrapped.map(|error| error as &(dyn Error + 'static)).or(error.source());
    error.is::<rustls::Error>() || cause.is_some_and(is_tls)
}

/// The message about a response that no server of this API sends.
pub fn foreign_response(status: StatusCode) -> String {
    format!("the server responded {status}, but not as this API does; check the URL")
}

/// Why a server cannot be reached, with all causes; without the URL, which the user knows.
pub fn causes(error: &reqwest::Error) -> String {
    let causes = std::iter::successors(error.source(), |&error| error.source());
    causes.fold("the server cannot be reached".to_owned(), |text, cause| format!("{text}: {cause}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_until_the_server_asks_for_more_or_the_longest_is_reached() {
        let retry = Retry { longest_pause: Duration::from_secs(3), ..Retry::default() };
        let pauses = |asked| {
            (1..=6)
                .map(|attempt| retry.pause(attempt, Duration::from_secs(asked)))
                .map(|pause| pause.map(|pause| pause.as_millis()))
                .collect::<Vec<_>>()
        };
        let expected =
            |millis: [u128; 5]| millis.into_iter().map(Some).chain([None]).collect::<Vec<_>>();
        assert_eq!(pauses(0), expected([250, 500, 1000, 2000, 3000]));
        assert_eq!(pauses(2), expected([2000, 2000, 2000, 2000, 3000]));
        assert_eq!(pauses(4), [None; 6], "who asks for more than the longest is not asked again");
        assert_eq!(Retry::NEVER.pause(1, Duration::ZERO), None);
        let long = Retry { attempts: u32::MAX, ..retry };
        assert_eq!(long.pause(u32::MAX - 1, Duration::ZERO), Some(Duration::from_secs(3)));
    }

    #[test]
    fn a_server_asks_for_seconds_or_until_a_time() {
        assert_eq!(retry_after("7"), Duration::from_secs(7));
        assert_eq!(retry_after("99999999999999999999999"), Duration::from_secs(u64::MAX));
        let soon = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(100));
        assert!((90..=100).contains(&retry_after(&soon).as_secs()));
        for nothing in ["", "-1", "soon", "Sun, 06 Nov 1994 08:49:37 GMT"] {
            assert_eq!(retry_after(nothing), Duration::ZERO, "{nothing:?}");
        }
    }
}
