//! The list of changes and the stream of changes.

use serde_json::{Value, json};

use super::recording::{Recorder, path};
use crate::{
    claim::{
        Claim,
        Operation::{Changes, Events},
        Outcome,
    },
    listing::while_unchanged,
    probe::{Authorization, Probe},
    response::Response,
};

/// The order of changes.
pub const CHANGES_IN_ORDER: Claim = Claim {
    id: "changes-in-order",
    statement: "changes are ascending by number, each run once, and next_after goes on after the \
                last of them",
    operation: Changes,
    location: "parameter after and response 200 $.items and $.next_after",
    reason: "a program that keeps a copy of the runs misses changes or never ends",
    advice: "number each change in its transaction, and list the runs by their last number",
};

/// Tests [`CHANGES_IN_ORDER`] on the first changes.
pub async fn changes_in_order(probe: &Probe<'_>) -> Result<(), Outcome> {
    while_unchanged(probe, "", async || {
        let (response, all) = read(probe, "?limit=100").await?;
        is_ascending(&response, &all, 0)?;
        let ids: std::collections::BTreeSet<_> = all.iter().map(|it| it["id"].as_str()).collect();
        if ids.len() < all.len() {
            return Err(response.failure("each run once"));
        }
        let (mut after, mut walked) = (0, Vec::new());
        while walked.len() < all.len() {
            let (response, items) = read(probe, &format!("?limit=7&after={after}")).await?;
            is_ascending(&response, &items, after)?;
            walked.extend(items.iter().cloned());
            if items.is_empty() || !walked.iter().zip(&all).all(|(one, other)| one == other) {
                return Err(response.failure("the next changes of the whole list"));
            }
            after = number(&items[items.len() - 1]);
            if response.json()?["next_after"].as_i64() != Some(after) {
                return Err(response.failure("the number of the last item as next_after"));
            }
        }
        Ok(())
    })
    .await
}

/// Changes of recordings.
pub const CHANGES_RECORDED: Claim = Claim {
    id: "changes-recorded",
    statement: "a new run, an update and a deletion are changes with growing numbers, and a \
                repetition is none",
    operation: Changes,
    location: "response 200 $.items",
    reason: "a copy of the runs differs from the ledger, and this goes unnoticed",
    advice: "number the change in the transaction that changes the run",
};

/// Tests [`CHANGES_RECORDED`], and deletes the run that it records.
pub async fn changes_recorded(probe: &Probe<'_>, recorder: &Recorder) -> Result<(), Outcome> {
    let mut run = recorder.run("changed");
    let mut after = last(probe).await?;
    for status in ["RUNNING", "RUNNING", "SUCCEEDED"] {
        let is_repetition = run["status"] == status && status == "RUNNING";
        run["status"] = json!(status);
        probe.send_json("PUT", &path(&run), &run).await?;
        let (response, change) = change_of(probe, &run, after).await?;
        match change {
            None if is_repetition => {}
            Some(change) if !is_repetition && change["run"]["status"] == status => {
                after = number(&change);
            }
            _ if is_repetition => return Err(response.failure("no change, by a repetition")),
            _ => return Err(response.failure(&format!("the run with the status {status}"))),
        }
    }
    probe.send("DELETE", &path(&run), Authorization::Key, None).await?;
    let (response, change) = change_of(probe, &run, after).await?;
    match change {
        Some(change) if change["deleted"] == true && change.get("run").is_none() => Ok(()),
        _ => Err(response.failure("the deletion of the run, without its last state")),
    }
}

/// Isolation of changes.
pub const CHANGES_APART: Claim = Claim {
    id: "isolation-of-changes",
    statement: "no change of one tenant is listed to another",
    operation: Changes,
    location: "response 200 $.items",
    reason: "one customer reads the runs of another",
    advice: "number and list the changes of each tenant by themselves (if both tenants recorded \
             the same run, test with two other tenants)",
};

/// Tests [`CHANGES_APART`] on the first changes.
pub async fn changes_apart(probe: &Probe<'_>, other: &str) -> Result<(), Outcome> {
    let (_, ours) = read(probe, "?limit=1000").await?;
    let theirs = probe.get_as(other, "/v1/changes?limit=1000").await?;
    let run = |item: &&Value| item.get("run").is_some_and(|run| !run.is_null());
    let is_shared = |item: &&Value| ours.iter().any(|our| our["run"] == item["run"]);
    match items(&theirs)?.iter().filter(run).find(is_shared) {
        Some(item) => Err(Outcome::Failed(format!(
            "{} lists the run {} to both keys",
            theirs.request, item["id"]
        ))),
        None => Ok(()),
    }
}

/// The stream of changes.
pub const EVENTS_RESUME: Claim = Claim {
    id: "events-resume",
    statement: "a stream of changes that is cut goes on with Last-Event-ID after the last event, \
                without a gap or a repetition",
    operation: Events,
    location: "response 200 and header Last-Event-ID",
    reason: "connections break, and what happened meanwhile would be lost",
    advice: "send the number of the change as the id of its event, and begin after the number in \
             Last-Event-ID",
};

/// Tests [`EVENTS_RESUME`] on three changes, with a connection for each.
pub async fn events_resume(probe: &Probe<'_>, recorder: &Recorder) -> Result<(), Outcome> {
    let unknown = "no number to begin with was found: see changes-recorded";
    let start = last(probe).await.map_err(|_| Outcome::Skipped(unknown.into()))?;
    for name in ["event-1", "event-2", "event-3"] {
        let run = recorder.run(name);
        probe.send_json("PUT", &path(&run), &run).await?;
    }
    let (response, listed) = read(probe, &format!("?limit=3&after={start}")).await?;
    if listed.len() < 3 {
        return Err(Outcome::Skipped("the changes are not listed: see changes-recorded".into()));
    }
    let mut last_event_id = start.to_string();
    for expected in listed {
        let event = probe.first_event(&last_event_id).await.map_err(Outcome::Failed)?;
        let data: Value = serde_json::from_str(&event.data).unwrap_or_default();
        // Other clients may have changed the run once more.
        if number(&data) < number(&expected) || event.id.parse() != Ok(number(&data)) {
            return Err(Outcome::Failed(format!(
                "the first event after {last_event_id} has the id {:?} and the data {}, expected \
                 {} and {expected}",
                event.id, event.data, expected["number"]
            )));
        }
        if number(&data) > number(&expected) {
            return Err(Outcome::Skipped(format!("{} changed meanwhile", response.request)));
        }
        last_event_id = event.id;
    }
    Ok(())
}

/// The changes of this query, which begins with `?`.
async fn read(probe: &Probe<'_>, query: &str) -> Result<(Response, Vec<Value>), Outcome> {
    let response = probe.get(&format!("/v1/changes{query}")).await?;
    let items = items(&response)?;
    Ok((response, items))
}

fn items(response: &Response) -> Result<Vec<Value>, Outcome> {
    let items = response.expect(200)?.json()?["items"].as_array().cloned();
    items.ok_or_else(|| response.failure("items"))
}

fn is_ascending(response: &Response, items: &[Value], after: i64) -> Result<(), Outcome> {
    let numbers = std::iter::once(after).chain(items.iter().map(number));
    if numbers.is_sorted_by(|one, other| one < other) {
        return Ok(());
    }
    Err(response.failure(&format!("ascending numbers above {after}")))
}

/// The last change of this run, if it has a number above `after`, and the response that shows it.
async fn change_of(
    probe: &Probe<'_>,
    run: &Value,
    after: i64,
) -> Result<(Response, Option<Value>), Outcome> {
    let (response, items) = read(probe, &format!("?limit=1000&after={after}")).await?;
    is_ascending(&response, &items, after)?;
    let change = items.into_iter().find(|item| item["id"] == run["id"]);
    Ok((response, change))
}

/// The number of the last change: the greatest that is not refused. It is found in a large ledger
/// without reading all changes.
async fn last(probe: &Probe<'_>) -> Result<i64, Outcome> {
    let mut power = 1;
    while is_given(probe, power).await? {
        power *= 2;
    }
    let mut last = 0;
    while power > 1 {
        power /= 2;
        if is_given(probe, last + power).await? {
            last += power;
        }
    }
    Ok(last)
}

/// Whether a change has this number, or had it.
async fn is_given(probe: &Probe<'_>, number: i64) -> Result<bool, Outcome> {
    let response = probe.get(&format!("/v1/changes?after={number}&limit=1")).await?;
    match response.status {
        400 => Ok(false),
        200 if number < 1 << 52 => Ok(true),
        200 => Err(response.failure("400, as for any number that no change has yet")),
        _ => Err(response.failure("200 or 400")),
    }
}

fn number(change: &Value) -> i64 {
    change["number"].as_f64().map_or(0, |number| number as i64)
}
