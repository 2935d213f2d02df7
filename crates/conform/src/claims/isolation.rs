//! Two keys, two tenants: neither sees what is the other's.

use runledger_model::ApiError;

use super::{errors::is_documented, path_of};
use crate::{
    claim::{
        Claim,
        Operation::{Get, List},
        Verdict,
    },
    listing::Page,
    probe::Probe,
};

/// How many of the other tenant's runs are looked for.
const SAMPLE: usize = 10;

/// Whether there is a second way in.
pub const OTHER_KEY_ACCEPTED: Claim = Claim {
    name: "other-key-accepted",
    says: "the other key opens a list, too",
    operation: List,
    place: "response 200",
    why: "whether two tenants are kept apart cannot be tried with one key",
    todo: "check --other-key, and that it may read",
};

/// Tries [`OTHER_KEY_ACCEPTED`].
pub async fn other_key_accepted(probe: &Probe<'_>, other: &str) -> Result<(), Verdict> {
    Page::read_as(probe, other, "?limit=1").await?;
    Ok(())
}

/// By list.
pub const LISTS_APART: Claim = Claim {
    name: "isolation-by-list",
    says: "no run of one key's tenant is listed to the other's",
    operation: List,
    place: "response 200 $.items",
    why: "one customer reads another one's business",
    todo: "select by the key's tenant first, in every query (where both tenants recorded the very same run, try two others)",
};

/// Tries [`LISTS_APART`].
pub async fn lists_apart(probe: &Probe<'_>, other: &str) -> Result<(), Verdict> {
    let ours = Page::read(probe, "?limit=100").await?;
    let theirs = Page::read_as(probe, other, "?limit=100").await?;
    match theirs.items.iter().find(|run| ours.items.contains(run)) {
        Some(run) => Err(Verdict::Failed(format!(
            "{} lists the run {} of {} to both keys",
            ours.answer.request, run["id"], run["created_at"]
        ))),
        None => Ok(()),
    }
}

/// By id.
pub const RUNS_APART: Claim = Claim {
    name: "isolation-by-id",
    says: "a run of another tenant is answered just like one that does not exist",
    operation: Get,
    place: "response 404",
    why: "who guesses an id reads another customer's run, or learns that it exists",
    todo: "look a run up by tenant and id together, and answer the same 404 to both (where both tenants recorded the very same run, try two others)",
};

/// Tries [`RUNS_APART`], in both directions.
pub async fn runs_apart(probe: &Probe<'_>, other: &str) -> Result<(), Verdict> {
    let ours = Page::read(probe, "?limit=100").await?;
    let theirs = Page::read_as(probe, other, "?limit=100").await?;
    let mut tried = 0;
    for (owner, stranger, page) in
        [(other, probe.target.key.as_str(), &theirs), (probe.target.key.as_str(), other, &ours)]
    {
        for id in page.items.iter().filter_map(|item| item["id"].as_str()).take(SAMPLE) {
            let path = path_of(id);
            let seen = probe.get_as(stranger, &path).await?;
            tried += 1;
            if seen.status != 200 {
                is_documented(&seen, 404, &ApiError::execution_not_found())?;
            } else if probe.get_as(owner, &path).await?.json == seen.json {
                // Another run under the same id would be the stranger's own.
                return Err(seen.not("404: the run belongs to the other key's tenant"));
            }
        }
    }
    if tried == 0 { Err(Verdict::Skipped("both ledgers are empty".into())) } else { Ok(()) }
}
