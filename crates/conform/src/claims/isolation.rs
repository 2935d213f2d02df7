//! Two tenants, neither of which sees the runs of the other.

use runledger_model::ApiError;

use super::{errors::is_documented, path_of};
use crate::{
    claim::{
        Claim,
        Operation::{Get, List},
        Outcome,
    },
    listing::Page,
    probe::Probe,
};

/// The greatest number of runs of a tenant that are read.
const MAX_RUNS: usize = 10;

/// Access with the other key.
pub const OTHER_KEY_ACCEPTED: Claim = Claim {
    id: "other-key-accepted",
    statement: "the other key can read a list",
    operation: List,
    location: "response 200",
    reason: "whether tenants are separate cannot be tested with one key",
    advice: "check --other-key, and that this key may read",
};

/// Tests [`OTHER_KEY_ACCEPTED`].
pub async fn other_key_accepted(probe: &Probe<'_>, other: &str) -> Result<(), Outcome> {
    Page::read_as(probe, other, "?limit=1").await?;
    Ok(())
}

/// Isolation of lists.
pub const LISTS_APART: Claim = Claim {
    id: "isolation-by-list",
    statement: "no run of one tenant is in the list of another",
    operation: List,
    location: "response 200 $.items",
    reason: "one customer reads the runs of another",
    advice: "select by the tenant of the key first, in every query (if both tenants recorded the \
             same run, test with two other tenants)",
};

/// Tests [`LISTS_APART`].
pub async fn lists_apart(probe: &Probe<'_>, other: &str) -> Result<(), Outcome> {
    let ours = Page::read(probe, "?limit=100").await?;
    let theirs = Page::read_as(probe, other, "?limit=100").await?;
    match theirs.items.iter().find(|run| ours.items.contains(run)) {
        Some(run) => Err(Outcome::Failed(format!(
            "{} lists the run {} of {} to both keys",
            ours.response.request, run["id"], run["created_at"]
        ))),
        None => Ok(()),
    }
}

/// Isolation of single runs.
pub const RUNS_APART: Claim = Claim {
    id: "isolation-by-id",
    statement: "a run of another tenant is the same 404 as a run that does not exist",
    operation: Get,
    location: "response 404",
    reason: "a client that guesses an id reads the run of another customer, or learns that it \
             exists",
    advice: "look a run up by tenant and id together, and return the same 404 in both cases (if \
             both tenants recorded the same run, test with two other tenants)",
};

/// Tests [`RUNS_APART`], in both directions.
pub async fn runs_apart(probe: &Probe<'_>, other: &str) -> Result<(), Outcome> {
    let ours = Page::read(probe, "?limit=100").await?;
    let theirs = Page::read_as(probe, other, "?limit=100").await?;
    let mut tested = 0;
    for (owner, other, page) in
        [(other, probe.target.key.as_str(), &theirs), (probe.target.key.as_str(), other, &ours)]
    {
        for id in page.items.iter().filter_map(|item| item["id"].as_str()).take(MAX_RUNS) {
            let path = path_of(id);
            let seen = probe.get_as(other, &path).await?;
            tested += 1;
            if seen.status != 200 {
                is_documented(&seen, 404, &ApiError::execution_not_found())?;
            } else if probe.get_as(owner, &path).await?.json == seen.json {
                // A different run with the same id would belong to the other tenant.
                return Err(seen.failure("404, because the run belongs to the other tenant"));
            }
        }
    }
    if tested == 0 { Err(Outcome::Skipped("both lists are empty".into())) } else { Ok(()) }
}
