//! What a schema says in the end: with its references followed, its `allOf` merged and its null taken out, so that two
//! ways of saying one thing are one shape.

use std::collections::{BTreeSet, HashSet};

use serde_json::{Map, Value, json};

use super::{
    Direction, Side,
    limits::{Limits, Types},
    same::is_annotation,
};
use crate::document::{elements, escape, members};

/// How many schemas may apply together; a document that asks for more has the rest ignored, instead of the time it
/// would take to read each of them again and again.
const MAX_PARTS: usize = 128;
/// How deep a question is followed before null is taken to be let through.
const MAX_DEPTH: usize = 64;

/// A schema that says nothing.
pub(super) static ANYTHING: Value = Value::Bool(true);

/// A schema and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Place<'a> {
    pub(super) value: &'a Value,
    pub(super) pointer: String,
}

/// Schemas that apply together, as one.
#[derive(Default)]
pub(super) struct Shape<'a> {
    /// The schemas that it was read from; never empty.
    pub(super) parts: Vec<Place<'a>>,
    /// Which types are let through, null left aside.
    pub(super) types: Types,
    /// Whether null is let through.
    pub(super) null: bool,
    /// The values that are let through, where they are listed; null left aside.
    pub(super) values: Option<Vec<&'a Value>>,
    /// The properties by name; the schemas of each apply together.
    pub(super) properties: Vec<(&'a str, Vec<Place<'a>>)>,
    /// The names that must be there.
    pub(super) required: BTreeSet<&'a str>,
    /// What properties without a schema of their own may be.
    pub(super) additional: Additional<'a>,
    /// What the elements of an array are.
    pub(super) items: Vec<Place<'a>>,
    /// Lists of alternatives, one list for each `oneOf` and `anyOf` with more than one branch.
    pub(super) groups: Vec<Group<'a>>,
    /// The numbers that bound it.
    pub(super) limits: Limits,
    /// Where alternatives stand of which one was taken; they are no group any more.
    opened: String,
    /// The properties that are not there in this direction.
    hidden: HashSet<&'a str>,
}

/// What properties without a schema of their own may be.
#[derive(Default)]
pub(super) enum Additional<'a> {
    /// Anything.
    #[default]
    Any,
    /// What these schemas let through.
    Schemas(Vec<Place<'a>>),
    /// Nothing.
    Nothing,
}

/// The branches of one `oneOf` or `anyOf`, null left out.
pub(super) struct Group<'a> {
    pub(super) keyword: &'static str,
    pub(super) branches: Vec<Place<'a>>,
    pub(super) pointer: String,
}

impl<'a> Shape<'a> {
    /// Reads the shape of schemas that apply together.
    pub(super) fn of(places: &[Place<'a>], side: &Side<'a>, direction: Direction) -> Self {
        Self::read(places, side, direction, String::new())
    }

    /// Reads the shape of schemas as they are where one of their alternatives, which stand at this pointer, is taken.
    pub(super) fn with_alternative(
        places: &[Place<'a>],
        (taken, alternatives): (Place<'a>, &str),
        side: &Side<'a>,
        direction: Direction,
    ) -> Self {
        let places: Vec<_> = std::iter::once(taken).chain(places.iter().cloned()).collect();
        Self::read(&places, side, direction, alternatives.to_owned())
    }

    fn read(places: &[Place<'a>], side: &Side<'a>, direction: Direction, opened: String) -> Self {
        let mut shape = Self { types: Types::ALL, null: true, opened, ..Self::default() };
        for place in places {
            shape.null &= side.allows_null(place.value, 0);
        }
        let mut seen = HashSet::new();
        let mut todo: Vec<_> = places.iter().rev().cloned().collect();
        while let Some(place) = todo.pop() {
            if seen.len() < MAX_PARTS && seen.insert(std::ptr::from_ref(place.value)) {
                shape.take(place, side, direction, &mut todo);
            }
        }
        shape.close();
        shape
    }

    /// Where the other one has a list of types, alternatives that are a type each are such a list, too.
    pub(super) fn read_like(&mut self, other: &Self) {
        if let ([group], []) = (self.groups.as_slice(), other.groups.as_slice())
            && other.types.are_listed()
            && let Some(types) = all_types(&group.branches)
        {
            self.groups.clear();
            self.types = self.types.and(types);
        }
    }

    /// The first keyword of this name among the parts, with where it stands.
    pub(super) fn keyword(&self, name: &str) -> Option<(&'a Value, String)> {
        self.parts.iter().find_map(|part| {
            part.value.get(name).map(|value| (value, format!("{}/{name}", part.pointer)))
        })
    }

    /// What all parts say under this keyword, each once.
    pub(super) fn keywords(&self, name: &str) -> Vec<&'a Value> {
        let mut values = Vec::new();
        for value in self.parts.iter().filter_map(|part| part.value.get(name)) {
            if !values.contains(&value) {
                values.push(value);
            }
        }
        values
    }

    /// Where it says this keyword, or where it stands.
    pub(super) fn at(&self, keyword: &str) -> String {
        self.keyword(keyword).map_or_else(|| self.pointer().to_owned(), |(_, pointer)| pointer)
    }

    /// Where it stands.
    pub(super) fn pointer(&self) -> &str {
        self.parts.first().map_or("", |part| part.pointer.as_str())
    }

    fn take(
        &mut self,
        place: Place<'a>,
        side: &Side<'a>,
        direction: Direction,
        todo: &mut Vec<Place<'a>>,
    ) {
        let schema = place.value.as_object().filter(|_| !is_nothing(place.value));
        let Some(schema) = schema else {
            if is_nothing(place.value) {
                self.types = Types::NONE;
            }
            self.parts.push(Place { value: &ANYTHING, ..place });
            return;
        };
        if let Some((value, pointer)) = side.referred(schema) {
            todo.push(Place { value, pointer });
            // In 3.0, what stands beside a reference is ignored.
            if schema.len() == 1 || side.older {
                return;
            }
        }
        for (n, value) in elements(schema.get("allOf").unwrap_or(&Value::Null)).iter().enumerate() {
            todo.push(Place { value, pointer: format!("{}/allOf/{n}", place.pointer) });
        }
        for keyword in ["oneOf", "anyOf"] {
            self.take_alternatives(keyword, schema, &place.pointer, side, todo);
        }
        self.types = self.types.and(Types::said_by(schema));
        self.take_values(schema);
        self.take_properties(schema, &place.pointer, side, direction);
        if let Some(items) = schema.get("items") {
            self.items.push(Place { value: items, pointer: format!("{}/items", place.pointer) });
        }
        self.limits.take(schema);
        self.parts.push(place);
    }

    fn take_alternatives(
        &mut self,
        keyword: &'static str,
        schema: &'a Map<String, Value>,
        pointer: &str,
        side: &Side<'a>,
        todo: &mut Vec<Place<'a>>,
    ) {
        let pointer = format!("{pointer}/{keyword}");
        if self.opened == pointer {
            return;
        }
        let all = elements(schema.get(keyword).unwrap_or(&Value::Null)).iter().enumerate();
        let mut branches: Vec<_> = all
            .filter(|(_, branch)| !is_null(branch))
            .map(|(n, value)| Place { value, pointer: format!("{pointer}/{n}") })
            .collect();
        if branches.len() == 1 {
            todo.append(&mut branches);
        } else if let Some(values) = all_values(&branches, side) {
            // Alternatives that are a value each, with words to it, are an enum.
            self.restrict(values);
        } else if !branches.is_empty() {
            self.groups.push(Group { keyword, branches, pointer });
        }
    }

    fn take_values(&mut self, schema: &'a Map<String, Value>) {
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

    fn take_properties(
        &mut self,
        schema: &'a Map<String, Value>,
        pointer: &str,
        side: &Side<'a>,
        direction: Direction,
    ) {
        for (name, value) in members(schema.get("properties").unwrap_or(&Value::Null)) {
            if side.is_hidden(value, direction) {
                self.hidden.insert(name);
            }
            let place = Place { value, pointer: format!("{pointer}/properties/{}", escape(name)) };
            match self.properties.iter_mut().find(|(known, _)| known == name) {
                // A name that several parts of an `allOf` have is rare: looking for it in a row is fine.
                Some((_, places)) => places.push(place),
                None => self.properties.push((name, vec![place])),
            }
        }
        let required = elements(schema.get("required").unwrap_or(&Value::Null));
        self.required.extend(required.iter().filter_map(Value::as_str));
        if schema.get("unevaluatedProperties") == Some(&json!(false)) {
            self.additional = Additional::Nothing;
        }
        match schema.get("additionalProperties") {
            None | Some(Value::Bool(true)) => {}
            Some(Value::Bool(false)) => self.additional = Additional::Nothing,
            Some(value) if value.as_object().is_some_and(Map::is_empty) => {}
            Some(value) => {
                let place = Place { value, pointer: format!("{pointer}/additionalProperties") };
                match &mut self.additional {
                    Additional::Any => self.additional = Additional::Schemas(vec![place]),
                    Additional::Schemas(places) => places.push(place),
                    Additional::Nothing => {}
                }
            }
        }
    }

    /// What can be said once all parts are there.
    fn close(&mut self) {
        let hidden = std::mem::take(&mut self.hidden);
        self.properties.retain(|(name, _)| !hidden.contains(name));
        self.required.retain(|name| !hidden.contains(name));
        if let (Types::ALL, Some(values)) = (self.types, &self.values) {
            self.types = Types::of_values(values);
        }
        if self.types == Types::ALL && self.groups.is_empty() {
            // All generators take what has properties for an object, and what has items for an array.
            if !self.properties.is_empty() {
                self.types = Types::OBJECT;
            } else if !self.items.is_empty() {
                self.types = Types::ARRAY;
            }
        }
        let named: HashSet<_> = self.properties.iter().map(|(name, _)| *name).collect();
        let unnamed: Vec<_> =
            self.required.iter().copied().filter(|n| !named.contains(n)).collect();
        for name in unnamed {
            let pointer = self.at("required");
            self.properties.push((name, vec![Place { value: &ANYTHING, pointer }]));
        }
        self.limits.whole_numbers(self.types);
    }
}

impl<'a> Side<'a> {
    /// Where the schema's reference leads.
    pub(super) fn referred(&self, schema: &'a Map<String, Value>) -> Option<(&'a Value, String)> {
        self.document.target(schema.get("$ref")?.as_str()?)
    }

    /// Whether null is let through. 3.0's `nullable` is believed wherever it stands, as all readers do.
    fn allows_null(&self, schema: &'a Value, depth: usize) -> bool {
        let Some(object) = schema.as_object().filter(|_| depth < MAX_DEPTH) else {
            return !is_nothing(schema);
        };
        let address = std::ptr::from_ref(schema);
        // One that is asked about while it is answered refers to itself, which forbids nothing.
        let known = self.nulls.borrow().get(&address).copied();
        if let Some(known) = known {
            return known;
        }
        self.nulls.borrow_mut().insert(address, true);
        let answer = self.says_null(object, depth + 1);
        self.nulls.borrow_mut().insert(address, answer);
        answer
    }

    fn says_null(&self, schema: &'a Map<String, Value>, depth: usize) -> bool {
        if schema.get("not").is_some_and(is_anything) {
            return false;
        }
        if self.older && schema.get("nullable") == Some(&json!(true)) {
            return true;
        }
        if let Some((target, _)) = self.referred(schema) {
            let there = self.allows_null(target, depth);
            if self.older || !there {
                return there;
            }
        }
        let by_type = match schema.get("type") {
            None => true,
            Some(Value::Array(types)) => types.contains(&json!("null")),
            Some(one) => one == "null",
        };
        let list = |keyword: &str| schema.get(keyword).and_then(Value::as_array);
        let by_branches = |keyword: &str| {
            list(keyword).is_none_or(|all| all.iter().any(|one| self.allows_null(one, depth)))
        };
        by_type
            && list("enum").is_none_or(|values| values.contains(&Value::Null))
            && schema.get("const").is_none_or(Value::is_null)
            && list("allOf").is_none_or(|all| all.iter().all(|one| self.allows_null(one, depth)))
            && by_branches("oneOf")
            && by_branches("anyOf")
    }

    /// Whether a property is not there in this direction: what is only read is not sent, and the other way round.
    fn is_hidden(&self, property: &'a Value, direction: Direction) -> bool {
        let keyword = match direction {
            Direction::Sent => "readOnly",
            Direction::Answered => "writeOnly",
        };
        let says = |value: &Value| value.get(keyword) == Some(&json!(true));
        let (target, _) = self.document.follow(property, "");
        let parts = elements(property.get("allOf").unwrap_or(&Value::Null));
        says(property)
            || says(target)
            || parts.iter().any(|part| says(self.document.follow(part, "").0))
    }
}

/// Whether a schema lets nothing through: `false`, which 3.0 writes as the opposite of anything.
fn is_nothing(schema: &Value) -> bool {
    *schema == json!(false) || schema.get("not").is_some_and(is_anything)
}

fn is_anything(schema: &Value) -> bool {
    *schema == json!({}) || *schema == json!(true)
}

fn is_null(schema: &Value) -> bool {
    let Some(schema) = schema.as_object() else { return false };
    schema.get("type") == Some(&json!("null"))
        || schema.get("type") == Some(&json!(["null"]))
        || schema.get("const") == Some(&Value::Null)
        || schema.get("enum") == Some(&json!([null]))
}

/// The types of branches that are one type each, and nothing more; nothing where one of them is.
fn all_types(branches: &[Place<'_>]) -> Option<Types> {
    let bare = |key: &str, value: &Value| match key {
        "type" | "nullable" => true,
        "items" => *value == json!({}) || *value == json!(true),
        _ => is_annotation(key),
    };
    let mut all = Types::NONE;
    for branch in branches {
        let schema = branch.value.as_object().filter(|schema| schema.contains_key("type"))?;
        if !schema.iter().all(|(key, value)| bare(key, value)) {
            return None;
        }
        all = all.or(Types::said_by(schema));
    }
    (!branches.is_empty()).then_some(all)
}

/// The values of branches that are one value each; nothing where one of them is more than that.
fn all_values<'a>(branches: &[Place<'a>], side: &Side<'a>) -> Option<Vec<&'a Value>> {
    let value = |branch: &Place<'a>| {
        let schema = branch.value.as_object()?;
        let target = side.referred(schema).and_then(|(target, _)| target.as_object());
        match (target.unwrap_or(schema).get("const"), target.unwrap_or(schema).get("enum")) {
            (Some(value), None) => Some(value),
            (None, Some(Value::Array(values))) => match values.as_slice() {
                [value] => Some(value),
                _ => None,
            },
            _ => None,
        }
    };
    let values: Option<Vec<_>> = branches.iter().map(value).collect();
    values.filter(|values| !values.is_empty())
}
