//! Schemas that have another name in the newer document.

use std::collections::HashMap;

/// The old and the new references to renamed schemas.
#[derive(Default)]
pub struct Renames(HashMap<String, String>);

impl Renames {
    pub fn insert(&mut self, old: String, new: String) {
        self.0.insert(old, new);
    }

    /// Whether two references or titles exist and name the same schema.
    pub fn are_same(&self, old: Option<&str>, new: Option<&str>) -> bool {
        let (Some(old), Some(new)) = (old, new) else { return false };
        old == new || self.0.get(old).is_some_and(|name| name == new)
    }
}
