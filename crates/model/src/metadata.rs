//! Pairs of strings by which a recorder describes a run or a step.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use schemars::{Schema as JsonSchema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, MapAccess, Visitor},
};
use utoipa::openapi::{
    Object, ObjectBuilder, RefOr, Schema,
    schema::{SchemaType, Type},
};

use crate::free_text::FreeText;

/// Pairs of strings, ordered by their keys.
pub type Metadata = BTreeMap<String, String>;

/// The pairs as a filter names them: `key:value`.
pub fn metadata_pairs(metadata: &Metadata) -> BTreeSet<String> {
    metadata.iter().map(|(key, value)| format!("{key}:{value}")).collect()
}

/// Pairs of strings as a recorder sends them; `None`: it sent none, or null. A value is `None`
/// where the pair is taken away.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct ReportedMetadata(pub Option<BTreeMap<String, Option<String>>>);

impl ReportedMetadata {
    /// Whether there are no pairs, as opposed to an empty object.
    pub fn is_none(&self) -> bool {
        self.0.is_none()
    }
}

impl From<Metadata> for ReportedMetadata {
    /// The pairs; `None` if there are none, as a response leaves them out.
    fn from(metadata: Metadata) -> Self {
        let pairs = metadata.into_iter().map(|(key, value)| (key, Some(value)));
        Self(Some(pairs.collect::<BTreeMap<_, _>>()).filter(|pairs| !pairs.is_empty()))
    }
}

impl<'de> Deserialize<'de> for ReportedMetadata {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_option(Pairs).map(Self)
    }
}

struct Pairs;

impl<'de> Visitor<'de> for Pairs {
    type Value = Option<BTreeMap<String, Option<String>>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_map(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = BTreeMap::new();
        while let Some((key, value)) = map.next_entry::<String, Option<FreeText>>()? {
            pairs.insert(key, value.map(|FreeText(text)| text));
        }
        Ok(Some(pairs))
    }
}

const DESCRIPTION: &str = "Pairs of strings by which the recorder describes the run or the step.";

const RULES: &str = "Up to 64 pairs: keys of 1 to 64 characters without control characters. NUL \
    and halves of surrogate pairs in a value are recorded as U+FFFD. Of a value longer than 1,024 \
    characters, the beginning and the end are recorded with the number of characters left out \
    between them.";

/// The schema of pairs in a response.
pub fn response_schema() -> Object {
    object(SchemaType::from(Type::Object), Object::with_type(Type::String))
        .description(Some(format!("{DESCRIPTION} Omitted if there are none.")))
        .build()
}

/// The schema of pairs that are recorded whole.
pub fn request_schema() -> Object {
    object(SchemaType::from_iter([Type::Object, Type::Null]), Object::with_type(Type::String))
        .max_properties(Some(64))
        .description(Some(format!("{DESCRIPTION} {RULES}")))
        .build()
}

/// The schema of pairs that are merged into those that are recorded.
pub fn patch_schema() -> Object {
    let value =
        ObjectBuilder::new().schema_type(SchemaType::from_iter([Type::String, Type::Null])).build();
    object(SchemaType::from_iter([Type::Object, Type::Null]), value)
        .max_properties(Some(64))
        .description(Some(format!(
            "{DESCRIPTION} They are merged by their keys: a pair that is not mentioned stays, null \
             for a value takes its pair away, and null for the object takes all of them away. \
             {RULES}"
        )))
        .build()
}

/// As [`response_schema`], of schemars.
pub fn response_json_schema(_: &mut SchemaGenerator) -> JsonSchema {
    json_schema!({ "type": "object", "additionalProperties": { "type": "string" } })
}

/// As [`request_schema`], of schemars.
pub fn request_json_schema(_: &mut SchemaGenerator) -> JsonSchema {
    json_schema!({
        "type": ["object", "null"],
        "maxProperties": 64,
        "additionalProperties": { "type": "string" }
    })
}

/// As [`patch_schema`], of schemars.
pub fn patch_json_schema(_: &mut SchemaGenerator) -> JsonSchema {
    json_schema!({
        "type": ["object", "null"],
        "maxProperties": 64,
        "additionalProperties": { "type": ["string", "null"] }
    })
}

fn object(schema_type: SchemaType, value: Object) -> ObjectBuilder {
    let example = serde_json::json!({ "env": "prod", "team": "billing" });
    ObjectBuilder::new()
        .schema_type(schema_type)
        .additional_properties(Some(RefOr::T(Schema::Object(value))))
        .examples([example])
}
