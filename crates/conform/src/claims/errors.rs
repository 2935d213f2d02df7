//! Missing runs, endpoints and keys.

use runledger_model::ApiError;
use serde_json::{Value, json};

use super::path_of;
use crate::{
    claim::{
        Claim,
        Operation::{Any, Get},
        Outcome,
    },
    probe::{Authorization, Probe},
    response::Response,
};

/// Authentication.
pub const KEY_REQUIRED: Claim = Claim {
    id: "key-required",
    statement: "a request without a key, with an unknown key or with another scheme is the \
                documented 401",
    operation: Any,
    location: "response 401",
    reason: "without this, everybody can read the runs",
    advice: "respond with 401 and exactly the documented body before anything else is checked",
};

/// Tests [`KEY_REQUIRED`].
pub async fn key_required(probe: &Probe<'_>) -> Result<(), Outcome> {
    let wrong = format!("Token conform-{}", uuid::Uuid::now_v7());
    let bearer = format!("Bearer {}", probe.target.key);
    let bare = probe.target.key.clone();
    let credentials = [
        Authorization::Missing,
        Authorization::Raw(&wrong),
        Authorization::Raw(&bearer),
        Authorization::Raw(&bare),
        Authorization::Raw("Token"),
    ];
    for path in ["/v1/executions", "/v1/executions?limit=0", &unknown()] {
        for authorization in credentials {
            let response = probe.send("GET", path, authorization, None).await?;
            is_documented(&response, 401, &ApiError::unauthorized())?;
        }
    }
    Ok(())
}

/// Missing runs.
pub const UNKNOWN_RUN: Claim = Claim {
    id: "unknown-run",
    statement: "a run that was never recorded is the documented 404",
    operation: Get,
    location: "response 404",
    reason: "programs distinguish a run that does not exist yet from a broken server by this",
    advice: "respond with 404 and exactly the documented body",
};

/// Tests [`UNKNOWN_RUN`].
pub async fn unknown_run(probe: &Probe<'_>) -> Result<(), Outcome> {
    for path in [unknown(), format!("{}%2F%3F%23%25", unknown())] {
        let response = probe.get(&path).await?;
        is_documented(&response, 404, &ApiError::execution_not_found())?;
    }
    Ok(())
}

/// Missing endpoints.
pub const NO_ENDPOINT: Claim = Claim {
    id: "no-endpoint",
    statement: "a path that does not exist is a 404, and a method that an endpoint does not have \
                is a 405",
    operation: Any,
    location: "",
    reason: "a misspelt URL returns a page of a framework, or unrelated data",
    advice: "respond with 404 and 405 in the format of all errors",
};

/// Tests [`NO_ENDPOINT`]. The method changes nothing on any server.
pub async fn no_endpoint(probe: &Probe<'_>) -> Result<(), Outcome> {
    probe.get("/v1/conform-no-such-endpoint").await?.expect(404)?;
    let run = unknown();
    for path in ["/v1/executions", &run] {
        probe.send("PROPFIND", path, Authorization::Key, None).await?.expect(405)?;
    }
    Ok(())
}

/// The path of a run that was never recorded.
pub fn unknown() -> String {
    path_of(&format!("conform-never-ran-{}", uuid::Uuid::now_v7()))
}

/// Checks a response for a status and the documented error.
pub fn is_documented(response: &Response, status: u16, error: &ApiError) -> Result<(), Outcome> {
    response.expect(status)?;
    let due: Value = json!(error.body);
    // Another claim is about bodies that are not JSON.
    match &response.json {
        Some(body) if *body != due => Err(response.failure(&due.to_string())),
        _ => Ok(()),
    }
}
