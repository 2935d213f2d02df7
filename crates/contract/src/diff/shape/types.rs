//! Sets of JSON types.

use serde_json::{Map, Value};

/// A set of JSON types without null. The type `number` contains the type `integer`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Types(u8);

const NAMED: [(&str, Types); 6] = [
    ("boolean", Types(1)),
    ("string", Types(2)),
    ("number", Types(4 | 8)),
    ("integer", Types(4)),
    ("object", Types::OBJECT),
    ("array", Types::ARRAY),
];

impl Types {
    pub const NONE: Self = Self(0);
    pub const OBJECT: Self = Self(16);
    pub const ARRAY: Self = Self(32);
    pub const ALL: Self = Self(63);
    pub const INTEGER: Self = Self(4);

    /// The types in `type`; all types without `type`.
    pub fn of(schema: &Map<String, Value>) -> Self {
        match schema.get("type") {
            Some(Value::String(name)) => Self::named(name),
            Some(Value::Array(names)) => names
                .iter()
                .filter_map(Value::as_str)
                .fold(Self::NONE, |all, name| Self(all.0 | Self::named(name).0)),
            _ => Self::ALL,
        }
    }

    /// The types of these values.
    pub fn of_values(values: &[&Value]) -> Self {
        let of = |value: &Value| match value {
            Value::Null => Self::NONE,
            Value::Bool(_) => Self::named("boolean"),
            Value::String(_) => Self::named("string"),
            Value::Number(number) if number.is_f64() => Self::named("number"),
            Value::Number(_) => Self::INTEGER,
            Value::Array(_) => Self::ARRAY,
            Value::Object(_) => Self::OBJECT,
        };
        values.iter().fold(Self::NONE, |all, value| Self(all.0 | of(value).0))
    }

    fn named(name: &str) -> Self {
        NAMED.iter().find(|(known, _)| *known == name).map_or(Self::NONE, |(_, types)| *types)
    }

    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether another set contains all of these types.
    pub fn within(self, other: Self) -> bool {
        self.and(other) == self
    }

    /// Whether a schema restricts the value to one of several types.
    pub fn are_listed(self) -> bool {
        self != Self::ALL && self.in_words().contains(" or ")
    }

    /// Whether these are neither objects nor arrays.
    pub fn is_scalar(self) -> bool {
        self.and(Self(Self::OBJECT.0 | Self::ARRAY.0)) == Self::NONE
    }

    /// The types in words, such as `string or integer`.
    pub fn in_words(self) -> String {
        match self {
            Self::ALL => "any type".to_owned(),
            Self::NONE => "no type".to_owned(),
            _ => {
                let mut names: Vec<_> =
                    NAMED.iter().filter(|(_, types)| types.within(self)).map(|(n, _)| *n).collect();
                if names.contains(&"number") {
                    names.retain(|name| *name != "integer");
                }
                names.join(" or ")
            }
        }
    }
}
