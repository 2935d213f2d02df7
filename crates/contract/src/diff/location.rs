//! Values of a document together with their JSON pointers.

use serde_json::Value;

/// A schema that allows every value.
pub static ANYTHING: Value = Value::Bool(true);

/// A value, and its JSON pointer.
#[derive(Clone, Debug)]
pub struct Location<'a> {
    pub value: &'a Value,
    pub pointer: String,
}

impl<'a> Location<'a> {
    pub fn new(value: &'a Value, pointer: String) -> Self {
        Self { value, pointer }
    }

    /// The member with this key.
    pub fn member(&self, key: &str) -> Option<Self> {
        let value = self.value.get(key)?;
        Some(Self { value, pointer: format!("{}/{key}", self.pointer) })
    }

    /// Whether the member with this key is `true`.
    pub fn is_set(&self, key: &str) -> bool {
        self.value.get(key) == Some(&Value::Bool(true))
    }
}
