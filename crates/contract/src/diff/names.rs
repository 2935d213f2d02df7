//! The names of schemas, after which generators name types.

use std::collections::{HashMap, HashSet};

use super::{
    Comparison,
    rules::{SCHEMA_REMOVED, SCHEMA_RENAMED},
    same::same,
};
use crate::document::escape;

/// References to schemas that have another name now, as they were and as they are.
#[derive(Default)]
pub(super) struct Renamed(HashMap<String, String>);

impl Renamed {
    /// Whether two references, or two titles, are there and mean one schema.
    pub(super) fn is_one(&self, old: Option<&str>, new: Option<&str>) -> bool {
        let (Some(old), Some(new)) = (old, new) else { return false };
        old == new || self.0.get(old).is_some_and(|name| name == new)
    }
}

/// Finds the names that are gone, and what became of them.
pub(super) fn compare(comparison: &mut Comparison<'_>) {
    const ROOM: &str = "schemas";
    let (old, new) =
        (comparison.old.document.components(ROOM), comparison.new.document.components(ROOM));
    let mut added: Vec<_> = new.iter().filter(|(name, _)| !old.contains_key(*name)).collect();
    let mut taken = HashSet::new();
    for (name, schema) in old.iter().filter(|(name, _)| !new.contains_key(*name)) {
        let heir = added
            .iter()
            .position(|(other, candidate)| !taken.contains(*other) && same(schema, candidate));
        let room = format!("/components/{ROOM}");
        match heir {
            Some(n) => {
                let (other, _) = added.remove(n);
                taken.insert(other);
                let reference = |name: &str| format!("#{room}/{}", escape(name));
                comparison.renamed.0.insert(reference(name), reference(other));
                let what = format!("the schema `{name}` is called `{other}` now");
                comparison.trace.change_of_all(
                    SCHEMA_RENAMED,
                    what,
                    format!("{room}/{}", escape(other)),
                );
            }
            None => {
                let what = format!("the schema `{name}` is gone");
                comparison.trace.change_of_all(
                    SCHEMA_REMOVED,
                    what,
                    format!("{room}/{}", escape(name)),
                );
            }
        }
    }
}
