//! The meaning of a schema: references are followed, `allOf` is merged and null is taken out, so
//! that different forms of the same schema have the same shape.

pub mod bounds;
pub mod groups;
pub mod types;

use std::collections::{BTreeSet, HashSet};

use bounds::Bounds;
use groups::{Group, all_types, all_values};
use serde_json::{Map, Value, json};
use types::Types;

use super::{
    location::{ANYTHING, Location},
    side::{Direction, Side},
};
use crate::json::{elements, join, members};

/// The number of schemas that may apply together. Further schemas are ignored, because reading all
/// of them could take exponential time.
const MAX_PARTS: usize = 128;

/// Schemas that apply together, merged into one.
#[derive(Default)]
pub struct Shape<'a> {
    /// The schemas; never empty.
    pub parts: Vec<Location<'a>>,
    /// The allowed types without null.
    pub types: Types,
    /// Whether null is allowed.
    pub null: bool,
    /// The allowed values without null, if they are listed.
    pub values: Option<Vec<&'a Value>>,
    /// The properties by name. The schemas of a property apply together.
    pub properties: Vec<(&'a str, Vec<Location<'a>>)>,
    /// The names of the required properties.
    pub required: BTreeSet<&'a str>,
    /// The properties without a schema of their own.
    pub additional: Additional<'a>,
    /// The schemas of array items.
    pub items: Vec<Location<'a>>,
    /// The `oneOf` and `anyOf` with more than one branch.
    pub groups: Vec<Group<'a>>,
    /// The numeric bounds.
    pub bounds: Bounds,
    /// The pointer of alternatives of which one was chosen; they are not a group.
    chosen: String,
    /// The properties that do not occur in this direction.
    hidden: HashSet<&'a str>,
}

/// The schema of additional properties.
#[derive(Default)]
pub enum Additional<'a> {
    /// Any value is allowed.
    #[default]
    Any,
    /// These schemas apply.
    Schemas(Vec<Location<'a>>),
    /// Additional properties are forbidden.
    Forbidden,
}

impl<'a> Shape<'a> {
    /// The shape of schemas that apply together.
    pub fn of(schemas: &[Location<'a>], side: &Side<'a>, direction: Direction) -> Self {
        Self::read(schemas, side, direction, String::new())
    }

    /// The shape of schemas with one branch chosen of the alternatives at this pointer.
    pub fn with_branch(
        schemas: &[Location<'a>],
        (branch, alternatives): (Location<'a>, &str),
        side: &Side<'a>,
        direction: Direction,
    ) -> Self {
        let schemas: Vec<_> = std::iter::once(branch).chain(schemas.iter().cloned()).collect();
        Self::read(&schemas, side, direction, alternatives.to_owned())
    }

    /// Reads alternatives that are one type each as a list of types, if the other shape has a list
    /// of types.
    pub fn align_with(&mut self, other: &Self) {
        if let ([group], []) = (self.groups.as_slice(), other.groups.as_slice())
            && other.types.are_listed()
            && let Some(types) = all_types(&group.branches)
        {
            self.groups.clear();
            self.types = self.types.and(types);
        }
    }

    /// The first keyword of this name among the schemas.
    pub fn keyword(&self, name: &str) -> Option<Location<'a>> {
        self.parts.iter().find_map(|part| part.member(name))
    }

    /// The distinct values of this keyword.
    pub fn keywords(&self, name: &str) -> Vec<&'a Value> {
        let mut values = Vec::new();
        for value in self.parts.iter().filter_map(|part| part.value.get(name)) {
            if !values.contains(&value) {
                values.push(value);
            }
        }
        values
    }

    /// The pointer of the keyword, or of the schema if it does not have the keyword.
    pub fn pointer_of(&self, keyword: &str) -> String {
        self.keyword(keyword).map_or_else(|| self.pointer().to_owned(), |found| found.pointer)
    }

    /// The pointer of the first schema.
    pub fn pointer(&self) -> &str {
        self.parts.first().map_or("", |part| part.pointer.as_str())
    }

    fn read(
        schemas: &[Location<'a>],
        side: &Side<'a>,
        direction: Direction,
        chosen: String,
    ) -> Self {
        let null = schemas.iter().all(|schema| side.nulls.allows(schema.value));
        let mut shape = Self { types: Types::ALL, null, chosen, ..Self::default() };
        let mut seen = HashSet::new();
        let mut pending: Vec<_> = schemas.iter().rev().cloned().collect();
        while let Some(schema) = pending.pop() {
            if seen.len() < MAX_PARTS && seen.insert(std::ptr::from_ref(schema.value)) {
                shape.merge(schema, side, direction, &mut pending);
            }
        }
        shape.complete();
        shape
    }

    fn merge(
        &mut self,
        schema: Location<'a>,
        side: &Side<'a>,
        direction: Direction,
        pending: &mut Vec<Location<'a>>,
    ) {
        if allows_nothing(schema.value) {
            self.types = Types::NONE;
        }
        let object = schema.value.as_object().filter(|_| !allows_nothing(schema.value));
        let Some(object) = object else {
            self.parts.push(Location { value: &ANYTHING, ..schema });
            return;
        };
        if let Some((value, pointer)) = side.referred(object) {
            pending.push(Location::new(value, pointer));
            // 3.0 ignores the siblings of a reference.
            if object.len() == 1 || side.is_3_0 {
                return;
            }
        }
        pending.extend(branches(&schema, "allOf"));
        for keyword in ["oneOf", "anyOf"] {
            self.merge_alternatives(keyword, &schema, side, pending);
        }
        self.types = self.types.and(Types::of(object));
        self.merge_values(object);
        self.merge_properties(&schema, side, direction);
        self.merge_additional(&schema);
        self.items.extend(schema.member("items"));
        self.bounds.merge(object);
        self.parts.push(schema);
    }

    fn merge_alternatives(
        &mut self,
        keyword: &'static str,
        schema: &Location<'a>,
        side: &Side<'a>,
        pending: &mut Vec<Location<'a>>,
    ) {
        let pointer = format!("{}/{keyword}", schema.pointer);
        if self.chosen == pointer {
            return;
        }
        let mut branches = branches(schema, keyword);
        branches.retain(|branch| !side.nulls.only(branch.value));
        if branches.len() == 1 {
            pending.append(&mut branches);
        } else if let Some(values) = all_values(&branches, side) {
            // Alternatives of one value each are an enum, often with descriptions of the values.
            self.restrict(values);
        } else if !branches.is_empty() {
            self.groups.push(Group { keyword, branches, pointer });
        }
    }

    fn merge_values(&mut self, schema: &'a Map<String, Value>) {
        if let Some(values) = schema.get("enum").and_then(Value::as_array) {
            self.restrict(values.iter().collect());
        }
        if let Some(value) = schema.get("const") {
            self.restrict(vec![value]);
        }
    }

    fn restrict(&mut self, mut values: Vec<&'a Value>) {
        values.retain(|value| !value.is_null());
        self.values = Some(match self.values.take() {
            Some(before) => before.into_iter().filter(|value| values.contains(value)).collect(),
            None => values,
        });
    }

    fn merge_properties(&mut self, schema: &Location<'a>, side: &Side<'a>, direction: Direction) {
        let properties = schema.member("properties");
        let pointer = properties.as_ref().map_or("", |properties| properties.pointer.as_str());
        for (name, value) in members(properties.as_ref().map_or(&Value::Null, |it| it.value)) {
            if side.is_hidden(value, direction) {
                self.hidden.insert(name);
            }
            let property = Location::new(value, join(pointer, name));
            // A linear search is fast enough: few schemas define a property more than once.
            match self.properties.iter_mut().find(|(known, _)| known == name) {
                Some((_, schemas)) => schemas.push(property),
                None => self.properties.push((name, vec![property])),
            }
        }
        let required = elements(schema.value.get("required").unwrap_or(&Value::Null));
        self.required.extend(required.iter().filter_map(Value::as_str));
    }

    fn merge_additional(&mut self, schema: &Location<'a>) {
        if schema.value.get("unevaluatedProperties") == Some(&json!(false)) {
            self.additional = Additional::Forbidden;
        }
        let Some(additional) = schema.member("additionalProperties") else { return };
        if *additional.value == json!(false) {
            self.additional = Additional::Forbidden;
        } else if !allows_anything(additional.value) {
            match &mut self.additional {
                Additional::Any => self.additional = Additional::Schemas(vec![additional]),
                Additional::Schemas(schemas) => schemas.push(additional),
                Additional::Forbidden => {}
            }
        }
    }

    /// Completes the shape after all schemas are merged.
    fn complete(&mut self) {
        let hidden = std::mem::take(&mut self.hidden);
        self.properties.retain(|(name, _)| !hidden.contains(name));
        self.required.retain(|name| !hidden.contains(name));
        if let (Types::ALL, Some(values)) = (self.types, &self.values) {
            self.types = Types::of_values(values);
        }
        if self.types == Types::ALL && self.groups.is_empty() {
            // Generators treat a schema with properties as an object, and one with items as an
            // array.
            if !self.properties.is_empty() {
                self.types = Types::OBJECT;
            } else if !self.items.is_empty() {
                self.types = Types::ARRAY;
            }
        }
        let described: HashSet<_> = self.properties.iter().map(|(name, _)| *name).collect();
        let required = self.required.iter().copied();
        let undescribed: Vec<_> = required.filter(|name| !described.contains(name)).collect();
        for name in undescribed {
            let schema = Location::new(&ANYTHING, self.pointer_of("required"));
            self.properties.push((name, vec![schema]));
        }
        self.bounds.normalize(self.types);
    }
}

/// The branches in a keyword that has a list of schemas.
fn branches<'a>(schema: &Location<'a>, keyword: &str) -> Vec<Location<'a>> {
    let Some(list) = schema.member(keyword) else { return Vec::new() };
    let each = elements(list.value).iter().enumerate();
    each.map(|(n, value)| Location::new(value, format!("{}/{n}", list.pointer))).collect()
}

/// Whether a schema allows no value: `false`, which is written as `not: {}` in 3.0.
fn allows_nothing(schema: &Value) -> bool {
    *schema == json!(false) || schema.get("not").is_some_and(allows_anything)
}

fn allows_anything(schema: &Value) -> bool {
    *schema == json!({}) || *schema == json!(true)
}
