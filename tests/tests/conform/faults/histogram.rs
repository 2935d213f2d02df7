//! Faults of the histogram.

use serde_json::{Value, json};

use super::fault::{Effect, Fault, ignore_parameter};

/// The faults.
pub const FAULTS: &[Fault] = &[
    Fault {
        name: "the histogram ignores the state",
        fails: &["histogram-adds-up"],
        effect: Effect::ChangeRequest(|request| {
            if request.uri().path() == "/v1/histogram" {
                ignore_parameter(request, "status");
            }
        }),
    },
    Fault {
        name: "a state is not counted",
        fails: &["histogram-adds-up"],
        effect: Effect::ChangeBody(|_, body| {
            for bucket in buckets(body).into_iter().flatten() {
                bucket["paused"] = json!(0);
            }
        }),
    },
    Fault {
        name: "buckets without runs are left out",
        fails: &["histogram-buckets"],
        effect: Effect::ChangeBody(|_, body| {
            if let Some(buckets) = buckets(body) {
                buckets.retain(|bucket| bucket["total"] != 0);
            }
        }),
    },
];

fn buckets(body: &mut Value) -> Option<&mut Vec<Value>> {
    body.get_mut("buckets")?.as_array_mut()
}
