//! Headers: good and bad keys and media types, and any others.

use axum::http::{HeaderName, HeaderValue};
use proptest::{collection::vec, prelude::*, sample::select};
use runledger_tests::world::{EXPIRED, KEY, OTHER, READER, REVOKED, WRITER};

use super::bodies::ENCODINGS;

/// Usually a valid key; otherwise an invalid one, none, or another scheme.
pub fn authorization() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let token = |secret: &str| format!("Token {secret}").into_bytes();
    let bad = [EXPIRED, REVOKED, "unknown", "", " ", "\t"].map(token);
    let odd = [
        &b"Token"[..],
        b"token",
        b"Bearer your-api-key-here",
        b"your-api-key-here",
        b"Tokenyour-api-key-here",
    ];
    let any_bytes = (select(vec!["", "Token ", "Basic "]), vec(any::<u8>(), 0..100))
        .prop_map(|(scheme, rest)| [scheme.as_bytes(), &rest].concat());
    let bad = prop_oneof![
        select(bad.to_vec()),
        select(odd.to_vec()).prop_map(<[u8]>::to_vec),
        any_bytes,
    ];
    prop_oneof![
        32 => Just(vec![token(KEY)]),
        2 => select(vec![READER, WRITER]).prop_map(move |key| vec![token(key)]),
        1 => Just(vec![token(KEY), token(OTHER)]),
        1 => Just(vec![]),
        2 => bad.prop_map(|value| vec![value]),
    ]
}

/// Mostly JSON; else anything or nothing.
pub fn content_type() -> impl Strategy<Value = Option<Vec<u8>>> {
    let odd = select(
        &[
            "",
            ";",
            "text/plain",
            "application/",
            "application/+json",
            "application/problem+json;x=\"",
            "APPLICATION/JSON",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "application/jsonp",
            "json",
        ][..],
    );
    prop_oneof![
        32 => Just(Some(b"application/json".to_vec())),
        2 => odd.prop_map(|text| Some(text.into())),
        1 => vec(any::<u8>(), 0..60).prop_map(Some),
        1 => Just(None),
    ]
}

/// Any further header; those that affect the request are more frequent.
pub fn any_header() -> impl Strategy<Value = (HeaderName, HeaderValue)> {
    let name = prop_oneof![
        6 => select(HEADERS).prop_map(str::to_owned),
        1 => "[a-z][a-z0-9-]{0,30}",
    ];
    let value = prop_oneof![
        3 => select(HEADER_VALUES).prop_map(|text| text.as_bytes().to_vec()),
        1 => select(ENCODINGS).prop_map(|text| text.as_bytes().to_vec()),
        2 => vec(any::<u8>(), 0..200),
    ];
    (name, value).prop_map(|(name, value)| (name.parse().unwrap(), header_value(value)))
}

const HEADERS: &[&str] = &[
    "x-request-id",
    "expect",
    "accept-encoding",
    "accept",
    "origin",
    "access-control-request-method",
    "access-control-request-headers",
    "content-length",
    "transfer-encoding",
    "content-encoding",
    "connection",
    "host",
    "range",
    "if-none-match",
    "if-modified-since",
    "upgrade",
    "te",
    "trailer",
    "cookie",
    "x-http-method-override",
];

const HEADER_VALUES: &[&str] = &[
    "",
    "0",
    "-1",
    "1",
    "18446744073709551616",
    "16777217",
    "100-continue",
    "200-ok",
    "*",
    "*;q=0",
    "gzip;q=0.5, zstd",
    "identity;q=0",
    "gzip;q=x",
    "chunked",
    "gzip, chunked",
    "null",
    "https://elsewhere.example",
    "PUT",
    "bytes=0-",
    "close",
    "h2c",
    "websocket",
    "é",
];

/// What cannot stand in a header is replaced.
pub fn header_value(bytes: Vec<u8>) -> HeaderValue {
    let able = |b: u8| if b == b'\t' || (b >= 32 && b != 127) { b } else { b'?' };
    let bytes: Vec<u8> = bytes.into_iter().map(able).collect();
    HeaderValue::from_bytes(&bytes).unwrap()
}
