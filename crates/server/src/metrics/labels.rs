//! The labels of metrics.

use std::fmt;

use axum::http::{Method, StatusCode};
use prometheus_client::encoding::{EncodeLabel, EncodeLabelSet, LabelSetEncoder};
use runledger_model::RecordOutcome;

/// The templates of all routes. Any other is counted as `other`.
pub const ROUTES: [&str; 17] = [
    "/v1/executions",
    "/v1/executions/{id}",
    "/v1/executions/batch",
    "/v1/histogram",
    "/v1/workflows",
    "/v1/changes",
    "/v1/events",
    "/healthz",
    "/readyz",
    "/metrics",
    "/openapi.json",
    "/openapi-3.0.json",
    "/",
    "/docs",
    "/docs/",
    "/docs/swagger-initializer.js",
    "/docs/{*path}",
];
const METHODS: [Method; 7] = [
    Method::GET,
    Method::HEAD,
    Method::PUT,
    Method::PATCH,
    Method::POST,
    Method::DELETE,
    Method::OPTIONS,
];
const OTHER: &str = "other";

/// The labels of a request. Small numbers, because they are hashed with every request: indexes of
/// the lists above, and the status.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestLabels {
    method: u8,
    route: u8,
    status: u16,
}

impl RequestLabels {
    /// The labels of this request and its response.
    pub fn new(method: &Method, route: &str, status: StatusCode) -> Self {
        let index = |found: Option<usize>| found.map_or(u8::MAX, |index| index as u8);
        // A route that lacks a method has one series for all such methods.
        let is_lacking = status == StatusCode::METHOD_NOT_ALLOWED;
        let method = METHODS.iter().position(|known| known == method).filter(|_| !is_lacking);
        Self {
            method: index(method),
            route: index(ROUTES.iter().position(|known| *known == route)),
            status: status.as_u16(),
        }
    }
}

impl EncodeLabelSet for RequestLabels {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> Result<(), fmt::Error> {
        let method = METHODS.get(usize::from(self.method)).map_or(OTHER, Method::as_str);
        let route = *ROUTES.get(usize::from(self.route)).unwrap_or(&OTHER);
        ("method", method).encode(encoder.encode_label())?;
        ("route", route).encode(encoder.encode_label())?;
        ("status", self.status).encode(encoder.encode_label())
    }
}

/// The label of a recording.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RecordingLabels {
    /// What the recording did.
    pub outcome: RecordOutcome,
}

impl EncodeLabelSet for RecordingLabels {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> Result<(), fmt::Error> {
        let outcome = match self.outcome {
            RecordOutcome::Recorded => "recorded",
            RecordOutcome::Updated => "updated",
            RecordOutcome::Unchanged => "unchanged",
            RecordOutcome::Rejected => "rejected",
        };
        ("outcome", outcome).encode(encoder.encode_label())
    }
}

/// How the response to a request that may be kept was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CacheResult {
    /// It was kept, or the tag of one that the client has.
    Hit,
    /// It was computed.
    Miss,
}

/// The label of a request whose response may be kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CacheLabels {
    /// How its response was found.
    pub result: CacheResult,
}

impl EncodeLabelSet for CacheLabels {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> Result<(), fmt::Error> {
        let result = match self.result {
            CacheResult::Hit => "hit",
            CacheResult::Miss => "miss",
        };
        ("result", result).encode(encoder.encode_label())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_a_route() {
        let document = crate::openapi_document();
        for path in document["paths"].as_object().unwrap().keys() {
            assert!(ROUTES.contains(&path.as_str()), "{path}");
        }
    }
}
