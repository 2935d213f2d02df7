//! Whether a schema allows null.

use std::{cell::RefCell, collections::HashMap};

use serde_json::{Map, Value, json};

use crate::json::{elements, resolve};

/// The depth of nested branches and references below which null counts as unrestricted.
const MAX_DEPTH: usize = 64;

/// Whether a schema allows null, and how explicitly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Nullability {
    /// Null is invalid.
    Refused,
    /// Null is valid because nothing excludes it, such as in a schema without `type`.
    Unrestricted,
    /// Null is valid because the schema names it.
    Allowed,
}

use Nullability::*;

/// The nullability of the schemas of one document; each schema is read once.
pub(crate) struct Nulls<'a> {
    root: &'a Value,
    is_3_0: bool,
    /// By the address of the schema.
    known: RefCell<HashMap<*const Value, Nullability>>,
}

impl<'a> Nulls<'a> {
    /// Reads the schemas of this document.
    pub fn new(root: &'a Value) -> Self {
        let is_3_0 = root["openapi"].as_str().is_some_and(|version| version.starts_with("3.0"));
        Self { root, is_3_0, known: RefCell::default() }
    }

    /// The nullability of a schema of the document.
    pub fn of(&self, schema: &'a Value) -> Nullability {
        self.read(schema, 0)
    }

    /// Whether null is valid.
    pub fn allows(&self, schema: &'a Value) -> bool {
        self.of(schema) != Refused
    }

    /// Whether null is valid independently of schemas outside the document.
    pub fn certainly_allows(&self, schema: &'a Value) -> bool {
        self.is_certain(schema, 0)
    }

    /// Whether `type`, `const` or `enum` makes null the only valid value.
    pub fn only(&self, schema: &'a Value) -> bool {
        let is_null = |keyword: &str, values: &[Value]| {
            schema.get(keyword).is_some_and(|value| values.contains(value))
        };
        (is_null("type", &[json!("null"), json!(["null"])])
            || is_null("const", &[Value::Null])
            || is_null("enum", &[json!([null])]))
            && self.of(schema) == Allowed
    }

    fn read(&self, schema: &'a Value, depth: usize) -> Nullability {
        let Some(object) = schema.as_object().filter(|_| depth < MAX_DEPTH) else {
            return if *schema == json!(false) { Refused } else { Unrestricted };
        };
        let address = std::ptr::from_ref(schema);
        let known = self.known.borrow().get(&address).copied();
        if let Some(known) = known {
            return known;
        }
        // A schema that refers to itself does not restrict itself.
        self.known.borrow_mut().insert(address, Unrestricted);
        let read = self.read_object(object, depth + 1);
        self.known.borrow_mut().insert(address, read);
        read
    }

    fn read_object(&self, schema: &'a Map<String, Value>, depth: usize) -> Nullability {
        if schema.get("not").is_some_and(|not| self.is_certain(not, depth)) {
            return Refused;
        }
        // All readers of 3.0 apply `nullable` to the whole schema.
        if self.is_3_0 && schema.get("nullable") == Some(&json!(true)) {
            return Allowed;
        }
        let target = schema.get("$ref").and_then(Value::as_str);
        let target = target.and_then(|reference| resolve(self.root, reference));
        let by_reference = target.map_or(Unrestricted, |(target, _)| self.read(target, depth));
        if self.is_3_0 && schema.contains_key("$ref") {
            // 3.0 ignores the siblings of a reference.
            return by_reference;
        }
        let all_of = schema.get("allOf").map(elements).unwrap_or_default();
        let any_of = schema.get("anyOf").and_then(Value::as_array);
        let one_of = schema.get("oneOf").and_then(Value::as_array);
        all_of
            .iter()
            .map(|branch| self.read(branch, depth))
            .chain([by_reference, by_type(schema), by_values(schema)])
            .chain(any_of.map(|branches| self.any_of(branches, depth)))
            .chain(one_of.map(|branches| self.one_of(branches, depth)))
            .chain([self.conditional(schema, depth)])
            .fold(Unrestricted, Nullability::and)
    }

    fn any_of(&self, branches: &'a [Value], depth: usize) -> Nullability {
        branches.iter().map(|branch| self.read(branch, depth)).max().unwrap_or(Refused)
    }

    /// Exactly one branch may allow null; a branch outside the document counts only if no other
    /// branch allows it.
    fn one_of(&self, branches: &'a [Value], depth: usize) -> Nullability {
        let (unknown, known): (Vec<_>, Vec<_>) =
            branches.iter().partition(|branch| self.is_unknown(branch, depth));
        let mut allowing =
            known.iter().map(|branch| self.read(branch, depth)).filter(|null| *null != Refused);
        match (allowing.next(), allowing.next()) {
            (Some(only), None) => only,
            (None, _) if !unknown.is_empty() => Unrestricted,
            _ => Refused,
        }
    }

    fn conditional(&self, schema: &'a Map<String, Value>, depth: usize) -> Nullability {
        let Some(condition) = schema.get("if") else { return Unrestricted };
        if self.is_unknown(condition, depth) {
            return Unrestricted;
        }
        let holds = self.read(condition, depth) != Refused;
        let applied = schema.get(if holds { "then" } else { "else" });
        applied.map_or(Unrestricted, |schema| self.read(schema, depth))
    }

    fn is_certain(&self, schema: &'a Value, depth: usize) -> bool {
        !self.is_unknown(schema, depth) && self.read(schema, depth) != Refused
    }

    /// Whether the result depends on a schema outside the document.
    fn is_unknown(&self, schema: &'a Value, depth: usize) -> bool {
        let reference = schema.get("$ref").and_then(Value::as_str);
        reference.is_some_and(|reference| resolve(self.root, reference).is_none())
            && self.read(schema, depth) != Refused
    }
}

impl Nullability {
    /// The nullability of two schemas that apply together.
    fn and(self, other: Self) -> Self {
        if self == Refused || other == Refused { Refused } else { self.max(other) }
    }
}

fn by_type(schema: &Map<String, Value>) -> Nullability {
    let names_null = match schema.get("type") {
        None => return Unrestricted,
        Some(Value::Array(names)) => names.contains(&json!("null")),
        Some(name) => name == "null",
    };
    if names_null { Allowed } else { Refused }
}

fn by_values(schema: &Map<String, Value>) -> Nullability {
    let listed = schema.get("enum").and_then(Value::as_array);
    let listed = listed.map(|values| values.contains(&Value::Null));
    let constant = schema.get("const").map(Value::is_null);
    let by_value = |is_listed: bool| if is_listed { Allowed } else { Refused };
    listed.map_or(Unrestricted, by_value).and(constant.map_or(Unrestricted, by_value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_reads(version: &str, cases: &[(Value, Nullability)]) {
        for (schema, expected) in cases {
            let root =
                json!({"openapi": version, "schema": schema, "N": {"type": ["string", "null"]}});
            assert_eq!(Nulls::new(&root).of(&root["schema"]), *expected, "{schema}");
        }
    }

    #[test]
    fn types_values_and_references_decide() {
        assert_reads(
            "3.1.0",
            &[
                (json!({}), Unrestricted),
                (json!(true), Unrestricted),
                (json!(false), Refused),
                (json!({"type": "string", "nullable": true}), Refused),
                (json!({"type": ["string", "null"]}), Allowed),
                (json!({"type": ["string", "null"], "enum": ["a"]}), Refused),
                (json!({"enum": ["a", null]}), Allowed),
                (json!({"const": null}), Allowed),
                (json!({"$ref": "#/N"}), Allowed),
                (json!({"$ref": "#/N", "minLength": 1}), Allowed),
                (json!({"$ref": "#/N", "type": "string"}), Refused),
                (json!({"$ref": "other.json"}), Unrestricted),
            ],
        );
    }

    #[test]
    fn exactly_one_branch_of_one_of_may_allow_null() {
        assert_reads(
            "3.1.0",
            &[
                (json!({"oneOf": [{"$ref": "#/N"}, {"type": "integer"}]}), Allowed),
                (json!({"oneOf": [{"$ref": "#/N"}, {"type": "null"}]}), Refused),
                (json!({"oneOf": [{}, {"type": "null"}]}), Refused),
                (json!({"oneOf": [{"$ref": "other.json"}, {"type": "null"}]}), Allowed),
                (json!({"anyOf": [{"$ref": "#/N"}, {"type": "null"}]}), Allowed),
                (json!({"allOf": [{"$ref": "#/N"}, {"type": "string"}]}), Refused),
                (json!({"not": {"type": "null"}}), Refused),
                (json!({"not": {"type": "string"}}), Unrestricted),
                (json!({"if": {"type": "null"}, "then": false}), Refused),
                (json!({"if": {"type": "string"}, "then": false}), Unrestricted),
            ],
        );
    }

    #[test]
    fn nullable_is_a_keyword_of_3_0() {
        assert_reads(
            "3.0.3",
            &[
                (json!({"type": "string", "nullable": true}), Allowed),
                (json!({"nullable": true, "allOf": [{"type": "string"}]}), Allowed),
                (json!({"$ref": "#/N", "type": "string"}), Allowed),
                (json!({"not": {}}), Refused),
            ],
        );
    }
}
