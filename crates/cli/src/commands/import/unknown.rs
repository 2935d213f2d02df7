//! Fields that the API does not know.

use std::{
    collections::{BTreeSet, HashMap},
    fmt,
};

use indicatif::HumanCount;
use runledger_model::WorkflowRunInput;
use serde_ignored::Path;

use crate::screen::harmless;

/// The greatest number of names that are counted, and of those that are shown.
const MAX_NAMES: usize = 10_000;
const MAX_SHOWN: usize = 20;

/// The names of the fields of a run that are not known, such as `retries` and `steps[].logs`.
pub fn names(json: &[u8]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut json = serde_json::Deserializer::from_slice(json);
    // A run that is not valid is reported elsewhere. Its fields are counted up to the fault.
    let _ = serde_ignored::deserialize::<_, _, WorkflowRunInput>(&mut json, |path| {
        names.insert(name(&path));
    });
    names
}

fn name(path: &Path<'_>) -> String {
    match path {
        Path::Root => String::new(),
        Path::Seq { parent, index: _ } => format!("{}[]", name(parent)),
        Path::Map { parent, key } => match name(parent) {
            parent if parent.is_empty() => harmless(key),
            parent => format!("{parent}.{}", harmless(key)),
        },
        Path::Some { parent }
        | Path::NewtypeStruct { parent }
        | Path::NewtypeVariant { parent } => name(parent),
    }
}

/// In how many runs each unknown field was.
#[derive(Default)]
pub struct UnknownFields(HashMap<String, u64>);

impl UnknownFields {
    /// Counts the fields of a run.
    pub fn add(&mut self, names: BTreeSet<String>) {
        for name in names {
            if self.0.len() < MAX_NAMES || self.0.contains_key(&name) {
                *self.0.entry(name).or_default() += 1;
            }
        }
    }

    /// Whether there was none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Such as `retries (in 20 runs), steps[].logs (in 1 run)`, the most frequent one first.
impl fmt::Display for UnknownFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields: Vec<_> = self.0.iter().collect();
        fields.sort_by_key(|&(name, runs)| (std::cmp::Reverse(*runs), name));
        let others = fields.len().saturating_sub(MAX_SHOWN);
        let shown = fields.iter().take(MAX_SHOWN).map(|(name, runs)| {
            let noun = if **runs == 1 { "run" } else { "runs" };
            format!("{name} (in {} {noun})", HumanCount(**runs))
        });
        f.write_str(&shown.collect::<Vec<_>>().join(", "))?;
        if others > 0 {
            write!(f, " and {} others", HumanCount(others as u64))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_named_with_their_place() {
        let run = |extra: &str| {
            format!(
                "{{\"id\":\"a\",\"workflow_id\":\"w\",\"version_id\":\"v\",\"type\":\"T\",{extra}\
                 \"version_display_name\":\"\",\"status\":\"FAILED\",\"b\\u001b[31m\":{{\"c\":1}},\
                 \"created_at\":\"2025-01-04T12:00:00Z\",\"steps\":[{{\"logs\":[]}},{{}}]}}"
            )
        };
        let found = names(run("\"retries\":2,").as_bytes());
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["b", "retries", "steps[].logs"]);
        assert_eq!(names(b"{\"workflowId\":\"a\"}").len(), 1, "although the run is not valid");
        assert!(names(b"nonsense").is_empty());
    }

    #[test]
    fn frequent_fields_come_first() {
        let mut fields = UnknownFields::default();
        for name in ["b", "a", "c", "c"] {
            fields.add([name.to_owned()].into());
        }
        assert_eq!(fields.to_string(), "c (in 2 runs), a (in 1 run), b (in 1 run)");
        for number in 0..100 {
            fields.add([format!("x{number}")].into());
        }
        assert!(fields.to_string().ends_with("x23 (in 1 run) and 83 others"), "{fields}");
    }
}
