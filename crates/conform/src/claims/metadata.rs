//! The filter by metadata. It is tested only on request, because the runs stay on the server.

use serde_json::{Value, json};

use super::{
    encoded,
    recording::{Recorder, path},
};
use crate::{
    claim::{Claim, Operation::List, Outcome},
    listing::Page,
    probe::Probe,
};

/// The filter by metadata.
pub const METADATA_FILTER: Claim = Claim {
    id: "metadata-filter",
    statement: "a list filtered by metadata has the runs with all of the pairs, its totals count \
                them, as do those of a histogram, and a change of the metadata or of the status \
                moves a run",
    operation: List,
    location: "parameter metadata",
    reason: "the runs of one environment are shown as those of another",
    advice: "compare key, colon and value with the whole text, and let every pair hold",
};

/// Tests [`METADATA_FILTER`] with a key that no other run has.
pub async fn metadata_filter(probe: &Probe<'_>, recorder: &Recorder) -> Result<(), Outcome> {
    let key = &recorder.workflow;
    let pair = |value: &str| format!("metadata={}", encoded(&format!("{key}:{value}")));
    let run = |name: &str, status: &str, metadata: Value| {
        let mut run = recorder.run(name);
        (run["status"], run["metadata"]) = (json!(status), metadata);
        run
    };
    let all = pair("a:1 é&");
    let both = format!("{all}&metadata=part%3Ax");
    let of_workflow = format!("{all}&workflow_id={}", encoded(key));
    let expectations = [
        (
            vec![
                run("meta-1", "SUCCEEDED", json!({ key: "a:1 é&", "part": "x" })),
                run("meta-2", "FAILED", json!({ key: "a:1 é&", "part": "y" })),
                run("meta-3", "FAILED", json!({ key: "other" })),
            ],
            [(&all, [2, 1, 1]), (&both, [1, 1, 0]), (&of_workflow, [2, 1, 1])],
        ),
        (
            vec![run("meta-2", "CANCELLED", json!({ key: "a:1 é&", "part": "x" }))],
            [(&all, [2, 1, 0]), (&both, [2, 1, 0]), (&of_workflow, [2, 1, 0])],
        ),
        (
            vec![run("meta-1", "SUCCEEDED", json!({ "part": "x" }))],
            [(&all, [1, 0, 0]), (&both, [1, 0, 0]), (&of_workflow, [1, 0, 0])],
        ),
    ];
    for (runs, lists) in expectations {
        for run in runs {
            let response = probe.send_json("PUT", &path(&run), &run).await?;
            if !matches!(response.status, 200 | 201) {
                return Err(response.failure("201 or 200, with metadata"));
            }
        }
        for (filter, totals) in lists {
            let page = Page::read(probe, &format!("?limit=100&{filter}")).await?;
            if page.totals != totals || page.items.len() as i64 != totals[0] {
                let due = format!("{} runs, and total, succeeded, failed {totals:?}", totals[0]);
                return Err(page.response.failure(&due));
            }
            let path = format!("/v1/histogram?bucket=week&{filter}");
            let histogram = probe.get(&path).await?;
            let buckets = histogram.expect(200)?.json()?["buckets"].as_array();
            let buckets = buckets.map_or(&[][..], Vec::as_slice);
            let sum = |name: &str| buckets.iter().filter_map(|it| it[name].as_i64()).sum::<i64>();
            if [sum("total"), sum("succeeded"), sum("failed")] != totals {
                let due = format!("buckets with total, succeeded, failed {totals:?} in all");
                return Err(histogram.failure(&due));
            }
        }
    }
    let page = Page::read(probe, &format!("?{}&status=CANCELLED&limit=1", pair("a:1 é&"))).await?;
    let never = Page::read(probe, &format!("?{}", pair("a"))).await?;
    match (page.totals, never.totals) {
        ([1, 0, 0], [0, 0, 0]) => Ok(()),
        ([1, 0, 0], _) => Err(never.response.failure("no runs: no value is just a")),
        _ => Err(page.response.failure("one cancelled run")),
    }
}
