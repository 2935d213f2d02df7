//! The names of component schemas, from which generators derive the names of types.

use std::collections::HashSet;

use super::{
    comparison::Comparison,
    equality::equal,
    rules::{SCHEMA_REMOVED, SCHEMA_RENAMED},
};
use crate::json::join;

const SECTION: &str = "/components/schemas";

/// Finds the schemas that were removed or renamed.
pub fn compare(comparison: &mut Comparison<'_>) {
    let old = comparison.old.document.components("schemas");
    let new = comparison.new.document.components("schemas");
    let added: Vec<_> = new.iter().filter(|(name, _)| !old.contains_key(*name)).collect();
    let mut taken = HashSet::new();
    for (name, schema) in old.iter().filter(|(name, _)| !new.contains_key(*name)) {
        let successor = added
            .iter()
            .find(|(other, candidate)| !taken.contains(other) && equal(schema, candidate));
        if let Some((other, _)) = successor {
            taken.insert(other);
            let (from, to) = (join(SECTION, name), join(SECTION, other));
            comparison.renames.insert(format!("#{from}"), format!("#{to}"));
            let message = format!("the schema `{name}` was renamed to `{other}`");
            comparison.trace.global_change(SCHEMA_RENAMED, message, to);
        } else {
            let message = format!("the schema `{name}` was removed");
            comparison.trace.global_change(SCHEMA_REMOVED, message, join(SECTION, name));
        }
    }
}
