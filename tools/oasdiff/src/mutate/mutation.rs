//! A kind of change, and what it may use while it is made.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value, json};

use super::targets::Target;

/// An object of a document.
pub type Object = Map<String, Value>;

/// A kind of change.
pub struct Mutation {
    pub name: &'static str,
    /// The kind of object that is changed.
    pub target: Target,
    pub condition: Condition,
    pub edit: Edit,
}

/// Whether a mutation can be made to an object.
pub enum Condition {
    /// Always.
    Always,
    /// The object has the key.
    Has(&'static str),
    /// The object does not have the key.
    Lacks(&'static str),
    /// The value of the key is `true`.
    IsTrue(&'static str),
    /// The value of the key is not `true`.
    IsNotTrue(&'static str),
    /// The value of the key is an object with members.
    HasMembers(&'static str),
    /// The value of the key is an array with elements.
    HasElements(&'static str),
    /// The function returns `true`.
    When(fn(&Object) -> bool),
}

/// The change of an object.
pub enum Edit {
    /// Sets the key to a value.
    Set(&'static str, fn() -> Value),
    /// Removes the key.
    Remove(&'static str),
    /// Calls the function.
    With(fn(&mut Object, &mut Draw<'_>)),
}

/// The random choices of a mutation.
pub struct Draw<'r> {
    pub rng: &'r mut ChaCha8Rng,
    /// Whether the document is written in OpenAPI 3.0.
    pub is_3_0: bool,
}

impl Mutation {
    /// Whether the mutation can be made to an object.
    pub fn applies_to(&self, object: &Object) -> bool {
        match self.condition {
            Condition::Always => true,
            Condition::Has(key) => object.contains_key(key),
            Condition::Lacks(key) => !object.contains_key(key),
            Condition::IsTrue(key) => is_true(object, key),
            Condition::IsNotTrue(key) => !is_true(object, key),
            Condition::HasMembers(key) => has_members(object, key),
            Condition::HasElements(key) => length(object, key) > 0,
            Condition::When(condition) => condition(object),
        }
    }

    /// Makes the mutation to an object.
    pub fn apply(&self, object: &mut Object, draw: &mut Draw<'_>) {
        match self.edit {
            Edit::Set(key, value) => {
                object.insert(key.to_owned(), value());
            }
            Edit::Remove(key) => {
                object.shift_remove(key);
            }
            Edit::With(edit) => edit(object, draw),
        }
    }
}

impl Draw<'_> {
    /// One of the elements.
    pub fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.rng.random_range(0..all.len())]
    }

    /// One of the keys of an object with members.
    pub fn key(&mut self, object: &Object) -> String {
        let keys: Vec<_> = object.keys().cloned().collect();
        self.one_of(&keys).clone()
    }

    /// A number from 0 to below the bound.
    pub fn below(&mut self, bound: usize) -> usize {
        self.rng.random_range(0..bound)
    }
}

/// `true`, as a value to set.
pub fn yes() -> Value {
    json!(true)
}

/// Renames a member and keeps its position.
pub fn rename(object: &mut Object, old: &str, new: &str) {
    let renamed =
        std::mem::take(object).into_iter().map(|(key, value)| match key.as_str() == old {
            true => (new.to_owned(), value),
            false => (key, value),
        });
    *object = renamed.collect();
}

/// Whether the value of a key is an object with members.
pub fn has_members(object: &Object, key: &str) -> bool {
    members(object, key).is_some()
}

/// The value of a key, if it is an object with members.
pub fn members<'a>(object: &'a Object, key: &str) -> Option<&'a Object> {
    object.get(key).and_then(Value::as_object).filter(|object| !object.is_empty())
}

/// The object at a key; a new one if the key is missing. The condition of the mutation excludes
/// other values.
pub fn object_at<'a>(object: &'a mut Object, key: &str) -> &'a mut Object {
    object
        .entry(key)
        .or_insert_with(|| json!({}))
        .as_object_mut()
        .expect("the condition of the mutation requires an object")
}

/// The array at a key; a new one if the key is missing. The condition of the mutation excludes
/// other values.
pub fn list_at<'a>(object: &'a mut Object, key: &str) -> &'a mut Vec<Value> {
    object
        .entry(key)
        .or_insert_with(|| json!([]))
        .as_array_mut()
        .expect("the condition of the mutation requires an array")
}

/// The length of the array at a key; 0 if the key is missing.
pub fn length(object: &Object, key: &str) -> usize {
    object.get(key).and_then(Value::as_array).map_or(0, Vec::len)
}

fn is_true(object: &Object, key: &str) -> bool {
    object.get(key) == Some(&json!(true))
}
