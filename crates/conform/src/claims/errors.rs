//! What is answered where there is nothing, and to whom there is no answer.

use runledger_model::ApiError;
use serde_json::{Value, json};

use super::path_of;
use crate::{
    answer::Answer,
    claim::{
        Claim,
        Operation::{Any, Get},
        Verdict,
    },
    probe::{Authorization, Probe},
};

/// Keys.
pub const KEY_WANTED: Claim = Claim {
    name: "key-wanted",
    says: "without a key, with a wrong key or a wrong scheme, everything is the documented 401",
    operation: Any,
    place: "response 401",
    why: "whatever is answered without a key is answered to everybody",
    todo: "answer 401 with just the documented body before anything else is looked at",
};

/// Tries [`KEY_WANTED`].
pub async fn key_wanted(probe: &Probe<'_>) -> Result<(), Verdict> {
    let wrong = format!("Token conform-{}", uuid::Uuid::now_v7());
    let bearer = format!("Bearer {}", probe.target.key);
    let bare = probe.target.key.clone();
    let ways = [
        Authorization::Missing,
        Authorization::Words(&wrong),
        Authorization::Words(&bearer),
        Authorization::Words(&bare),
        Authorization::Words("Token"),
    ];
    for path in ["/v1/executions", "/v1/executions?limit=0", &unknown()] {
        for way in ways {
            let answer = probe.send("GET", path, way, None).await?;
            is_documented(&answer, 401, &ApiError::unauthorized())?;
        }
    }
    Ok(())
}

/// Absent runs.
pub const UNKNOWN_RUN: Claim = Claim {
    name: "unknown-run",
    says: "a run that nobody recorded is the documented 404",
    operation: Get,
    place: "response 404",
    why: "programs tell a run that is not there yet from a server that is broken by this",
    todo: "answer 404 with just the documented body",
};

/// Tries [`UNKNOWN_RUN`].
pub async fn unknown_run(probe: &Probe<'_>) -> Result<(), Verdict> {
    for path in [unknown(), format!("{}%2F%3F%23%25", unknown())] {
        let answer = probe.get(&path).await?;
        is_documented(&answer, 404, &ApiError::execution_not_found())?;
    }
    Ok(())
}

/// What is no endpoint.
pub const NO_ENDPOINT: Claim = Claim {
    name: "no-endpoint",
    says: "a path that does not exist is a 404, and a method that an endpoint does not have is a 405",
    operation: Any,
    place: "",
    why: "a typing mistake in an address is answered with a page of a framework, or with somebody's data",
    todo: "answer 404 and 405 in the shape of all errors",
};

/// Tries [`NO_ENDPOINT`]; the method is one that changes nothing on any server.
pub async fn no_endpoint(probe: &Probe<'_>) -> Result<(), Verdict> {
    probe.get("/v1/conform-no-such-endpoint").await?.expect(404)?;
    let run = unknown();
    for path in ["/v1/executions", &run] {
        probe.send("PROPFIND", path, Authorization::Key, None).await?.expect(405)?;
    }
    Ok(())
}

/// A run that nobody recorded.
pub fn unknown() -> String {
    path_of(&format!("conform-never-ran-{}", uuid::Uuid::now_v7()))
}

/// Holds an answer to a status, and to the error that the documentation shows with it.
pub fn is_documented(answer: &Answer, status: u16, error: &ApiError) -> Result<(), Verdict> {
    answer.expect(status)?;
    let due: Value = json!(error.body);
    // What is no JSON is the fault of another claim.
    match &answer.json {
        Some(body) if *body != due => Err(answer.not(&due.to_string())),
        _ => Ok(()),
    }
}
