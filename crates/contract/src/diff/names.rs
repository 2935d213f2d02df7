//! The names of schemas, after which generators name types.

use std::collections::HashSet;

use super::{
    Comparison,
    rules::{SCHEMA_REMOVED, SCHEMA_RENAMED},
    same::same,
};
use crate::document::escape;

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
