//! The conditions `If-Match` and `If-None-Match` (RFC 9110, section 13.1) of requests that change a
//! run.

use std::{convert::Infallible, sync::Arc};

use axum::{
    extract::FromRequestParts,
    http::{
        HeaderMap, HeaderValue,
        header::{IF_MATCH, IF_NONE_MATCH},
        request::Parts,
    },
};
use runledger_model::WorkflowRunDetail;
use runledger_store::Condition;

use crate::{entity_tag::EntityTag, state::AppState};

/// What must hold for the run before the change; `None`: anything may.
pub struct Conditions(pub Option<Condition>);

impl FromRequestParts<AppState> for Conditions {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Infallible> {
        let named = [IF_MATCH, IF_NONE_MATCH].into_iter().flat_map(|name| {
            let values = parts.headers.get_all(&name).iter().filter(|value| !is_empty(value));
            values.map(|value| (name.clone(), value.clone())).collect::<Vec<_>>()
        });
        let fields: HeaderMap = named.collect();
        if fields.is_empty() {
            return Ok(Self(None));
        }
        Ok(Self(Some(Arc::new(move |run| holds(&fields, run)))))
    }
}

/// Whether a field has no value, as generated clients send one for a parameter that is not given.
fn is_empty(value: &HeaderValue) -> bool {
    value.as_bytes().trim_ascii().is_empty()
}

fn holds(fields: &HeaderMap, run: Option<&WorkflowRunDetail>) -> bool {
    let tag = run.map(EntityTag::of_run);
    let must_match = fields.contains_key(IF_MATCH);
    let matches = || tag.as_ref().is_some_and(|tag| tag.is_in_if_match(fields));
    let excluded = || tag.as_ref().is_some_and(|tag| tag.matched(fields).is_some());
    (!must_match || matches()) && !excluded()
}
