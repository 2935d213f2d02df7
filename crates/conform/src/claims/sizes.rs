//! Texts and bodies that are too long. These are tested only on request, because the runs stay on
//! the server.

use runledger_model::limits::{
    MAX_ERROR_CHARACTERS, MAX_ID_CHARACTERS, MAX_METADATA_VALUE_CHARACTERS,
};
use serde_json::{Value, json};

use super::recording::{Recorder, path};
use crate::{
    claim::{
        Claim,
        Operation::{Get, Put},
        Outcome,
    },
    probe::{Authorization, Probe},
};

/// The length of a body that every server refuses.
const TOO_MANY_BYTES: u64 = (1 << 30) + 1;

/// A text in a run that [`LONG_TEXTS`] replaces by half of a surrogate pair.
const HALF: &str = "HALF";

/// Long texts.
pub const LONG_TEXTS: Claim = Claim {
    id: "long-texts-shortened",
    statement: "a name, an error and a value of metadata that are too long are recorded with their \
                beginning and their end, and half of a surrogate pair as U+FFFD",
    operation: Get,
    location: "response 200",
    reason: "one long name costs the whole run, or its end, which is what differs, is lost",
    advice: "keep the beginning and the end and the number of characters left out between them, in \
             all within the documented limit",
};

/// Tests [`LONG_TEXTS`].
pub async fn long_texts(probe: &Probe<'_>, recorder: &Recorder) -> Result<(), Outcome> {
    let mut run = recorder.run("long-texts");
    let long = |limit: usize| json!(format!("first{}last", "é".repeat(limit)));
    run["metadata"] = json!({ "long": "" });
    let texts = [
        ("/version_display_name", MAX_ID_CHARACTERS),
        ("/metadata/long", MAX_METADATA_VALUE_CHARACTERS),
        ("/steps/0/step_name", MAX_ID_CHARACTERS),
        ("/steps/1/error", MAX_ERROR_CHARACTERS),
    ];
    for (pointer, limit) in texts {
        if let Some(text) = run.pointer_mut(pointer) {
            *text = long(limit);
        }
    }
    run["steps"][1]["step_name"] = json!(HALF);
    let body = Some(("application/json", run.to_string().replace(HALF, "\\ud83d")));
    let response = probe.send("PUT", &path(&run), Authorization::Key, body).await?;
    if !matches!(response.status, 200 | 201) {
        return Err(response.failure("200 or 201"));
    }
    let response = probe.get(&path(&run)).await?;
    let body = response.expect(200)?.json()?;
    for (pointer, limit) in texts {
        let text = body.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let is_shortened = text.starts_with("firsté") && text.ends_with("élast");
        if !is_shortened || text.chars().count() > limit {
            return Err(response.failure(&format!(
                "the beginning and the end of {pointer} in at most {limit} characters"
            )));
        }
    }
    if body["steps"][1]["step_name"] != "\u{FFFD}" {
        return Err(response.failure("U+FFFD as the name of the second step"));
    }
    Ok(())
}

/// Large bodies.
pub const TOO_LARGE: Claim = Claim {
    id: "large-body-refused",
    statement: "a body whose Content-Length is more than 1 GiB is a 413 before it is sent",
    operation: Put,
    location: "response 413",
    reason: "a recorder sends all of a body in vain, and the server reads it into its memory",
    advice: "compare Content-Length with the limit before the body is read",
};

/// Tests [`TOO_LARGE`] with a body of which nothing is sent.
pub async fn too_large(probe: &Probe<'_>, recorder: &Recorder) -> Result<(), Outcome> {
    let path = path(&recorder.run("too-large"));
    probe.announce("PUT", &path, TOO_MANY_BYTES).await?.expect(413)?;
    probe.get(&path).await?.expect(404).map(drop)
}
