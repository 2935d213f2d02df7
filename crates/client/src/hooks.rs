//! What the client does around each request: arrays in the query, retries, and a message for a
//! response that is not from this API.

use std::{
    error::Error,
    io,
    time::{Duration, SystemTime},
};

use progenitor_client::{ClientHooks, ClientInfo, OperationInfo};
use reqwest::{
    Request, Response, ResponseBuilderExt, StatusCode, Url,
    header::{CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE},
};
use tokio_rustls::rustls;

use crate::{Client, Retry};

const JSON: &str = "application/json";
/// The operation whose response does not end by itself.
const STREAM: &str = "stream_changes";
/// Its timeout: a request cannot do without. The timeout of each read ends a stream whose server is
/// gone.
const STREAM_TIMEOUT: Duration = Duration::from_secs(365 * 24 * 60 * 60);
const EVENT_STREAM: &str = "text/event-stream";

impl ClientHooks<Retry> for Client {
    async fn pre<E>(
        &self,
        request: &mut Request,
        info: &OperationInfo,
    ) -> Result<(), progenitor_client::Error<E>> {
        separate_by_commas(request.url_mut());
        if info.operation_id == STREAM {
            *request.timeout_mut() = Some(STREAM_TIMEOUT);
        }
        Ok(())
    }

    async fn post<E>(
        &self,
        result: &reqwest::Result<Response>,
        _: &OperationInfo,
    ) -> Result<(), progenitor_client::Error<E>> {
        match result {
            // The generated code would report the JSON and not the status.
            Ok(response) if is_foreign(response) => {
                Err(progenitor_client::Error::Custom(foreign_response(response.status())))
            }
            _ => Ok(()),
        }
    }

    async fn exec(&self, request: Request, info: &OperationInfo) -> reqwest::Result<Response> {
        let mut attempt = 1;
        loop {
            // Only a streaming body cannot be cloned, and no operation has one.
            let Some(copy) = request.try_clone() else {
                return self.client().execute(request).await;
            };
            let result = complete(self.client().execute(copy).await).await;
            let pause = retry_after(&result).and_then(|after| self.inner().pause(attempt, after));
            let Some(pause) = pause else { return result };
            let reason = match &result {
                Ok(response) => format!("the server returned {}", response.status()),
                Err(error) => causes(error),
            };
            if attempt == 1 {
                let retries = self.inner().max_attempts - 1;
                tracing::warn!("{reason}; trying again up to {retries} times");
            }
            let (operation, millis) = (info.operation_id, pause.as_millis());
            tracing::debug!(operation, attempt, millis, "{reason}");
            tokio::time::sleep(pause).await;
            attempt += 1;
        }
    }
}

/// The arrays for which the document says `explode: true`.
const REPEATED: &[&str] = &["metadata"];

/// Writes an array in the query as `name=a,b`. Progenitor writes `name=a&name=b`, also where the
/// document says `explode: false`, as it does for all arrays but the repeated ones.
fn separate_by_commas(url: &mut Url) {
    let mut parameters: Vec<(String, String)> = Vec::new();
    for (name, value) in url.query_pairs() {
        match parameters.iter_mut().find(|(earlier, _)| *earlier == name) {
            Some((_, values)) if !REPEATED.contains(&&*name) => {
                *values = format!("{values},{value}")
            }
            _ => parameters.push((name.into_owned(), value.into_owned())),
        }
    }
    if !parameters.is_empty() {
        url.query_pairs_mut().clear().extend_pairs(parameters);
    }
}

/// The response with its complete body, because the connection may fail while it is read. A stream
/// of events stays one.
async fn complete(response: reqwest::Result<Response>) -> reqwest::Result<Response> {
    let mut response = response?;
    if has_type(&response, EVENT_STREAM) {
        return Ok(response);
    }
    let (url, headers) = (response.url().clone(), std::mem::take(response.headers_mut()));
    let complete = http::Response::builder().status(response.status()).version(response.version());
    // The builder accepts all parts, because they come from a response.
    let mut complete = complete.url(url).body(response.bytes().await?).unwrap_or_default();
    *complete.headers_mut() = headers;
    Ok(complete.into())
}

/// The earliest time of a retry, as far as the server states it; `None` if a retry cannot help.
fn retry_after(result: &reqwest::Result<Response>) -> Option<Duration> {
    let response = match result {
        Ok(response) => response,
        Err(error) => return (!error.is_builder() && !is_tls(error)).then_some(Duration::ZERO),
    };
    let is_temporary = matches!(
        response.status(),
        StatusCode::REQUEST_TIMEOUT
            | StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
    );
    let value = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    is_temporary.then(|| value.map_or(Duration::ZERO, parse_retry_after))
}

/// The delay in a `Retry-After`: seconds or a date (RFC 9110, section 10.2.3).
fn parse_retry_after(text: &str) -> Duration {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Duration::from_secs(text.parse().unwrap_or(u64::MAX));
    }
    let until = httpdate::parse_http_date(text).ok();
    until.and_then(|until| until.duration_since(SystemTime::now()).ok()).unwrap_or_default()
}

/// Whether the response is not from a server of this API, because its content is neither JSON nor
/// a stream of events.
fn is_foreign(response: &Response) -> bool {
    response.status() != StatusCode::NO_CONTENT
        && !has_type(response, JSON)
        && !has_type(response, EVENT_STREAM)
}

fn has_type(response: &Response, media_type: &str) -> bool {
    let content_type = response.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    content_type.is_some_and(|value| value.starts_with(media_type.as_bytes()))
}

/// Whether this is an error of TLS, for which a retry cannot help.
fn is_tls(error: &(dyn Error + 'static)) -> bool {
    let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    // The source of an I/O error is not the error that it wraps.
    let cause = wrapped.map(|error| error as &(dyn Error + 'static)).or(error.source());
    error.is::<rustls::Error>() || cause.is_some_and(is_tls)
}

/// The message about a response that no server of this API sends.
pub fn foreign_response(status: StatusCode) -> String {
    format!("the server responded {status}, but not as this API does; check the URL")
}

/// What the server says about the form of the credentials in a 401; `None` if it says nothing, or
/// the form is right.
pub fn credentials_fault(headers: &HeaderMap) -> Option<&str> {
    let challenge = headers.get(WWW_AUTHENTICATE)?.to_str().ok()?;
    let parameter = |name: &str| {
        let (_, value) = challenge.split_once(&format!("{name}=\""))?;
        Some(value.split_once('"')?.0)
    };
    parameter("error_description").filter(|_| parameter("error") == Some("invalid_request"))
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
    fn items_of_an_array_are_separated_by_commas() {
        let query = |url: &str| {
            let mut url = Url::parse(url).unwrap();
            separate_by_commas(&mut url);
            url.query().map(str::to_owned)
        };
        let expected = |query: &str| Some(query.to_owned());
        assert_eq!(query("http://a/b"), None);
        assert_eq!(query("http://a/?cursor="), expected("cursor="));
        assert_eq!(query("http://a/?s=A&limit=1&s=B&s=C"), expected("s=A%2CB%2CC&limit=1"));
        assert_eq!(
            query("http://a/?metadata=a:1&metadata=b:2"),
            expected("metadata=a%3A1&metadata=b%3A2")
        );
        assert_eq!(query("http://a/?id=%25%26+%C3%A9"), expected("id=%25%26+%C3%A9"));
    }

    #[test]
    fn a_challenge_tells_the_fault() {
        let fault = |challenge| {
            let headers = HeaderMap::from_iter([(WWW_AUTHENTICATE, challenge)]);
            credentials_fault(&headers).map(str::to_owned)
        };
        let told = r#"Token realm="x", error="invalid_request", error_description="of the form""#;
        assert_eq!(fault(HeaderValue::from_static(told)).as_deref(), Some("of the form"));
        let key = r#"Token realm="x", error="invalid_token", error_description="not valid""#;
        for other in ["Token", "", "Basic realm=\"x\"", key, "Token error_description=\"x\""] {
            assert_eq!(fault(HeaderValue::from_str(other).unwrap()), None, "{other}");
        }
        assert_eq!(credentials_fault(&HeaderMap::new()), None);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(parse_retry_after("7"), Duration::from_secs(7));
        assert_eq!(parse_retry_after("99999999999999999999999"), Duration::from_secs(u64::MAX));
        let soon = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(100));
        assert!((90..=100).contains(&parse_retry_after(&soon).as_secs()));
        for invalid in ["", "-1", "soon", "Sun, 06 Nov 1994 08:49:37 GMT"] {
            assert_eq!(parse_retry_after(invalid), Duration::ZERO, "{invalid:?}");
        }
    }
}
