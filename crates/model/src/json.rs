//! Reading JSON as the schemas understand it, so that every mistake is named by its place.
//!
//! serde's derived code takes more than a schema's `object` (an array of the fields' values), less than its
//! `integer` (`5.0` is one), and speaks of Rust's types where it refuses.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Unexpected, Visitor, value::MapAccessDeserializer},
};
use serde_json::value::RawValue;

use crate::{ApiError, StepExecutionInput, WorkflowRunInput, rules};

/// The most characters of what a client sent that an error repeats.
const MOST_REPEATED: usize = 40;

/// Reads one object and nothing else; `what` is what an error calls the whole of it.
///
/// # Errors
/// 400 for what is no JSON or has another shape, named by its place.
pub fn read<'de, T: Deserialize<'de>>(what: &str, json: &'de [u8]) -> Result<T, ApiError> {
    // First whether it is JSON at all: serde's error about the shape would hide a mistake that stands behind it.
    if let Err(error) = serde_json::from_slice::<&RawValue>(json) {
        return Err(ApiError::validation(what, format!("must be one JSON value: {error}")));
    }
    let mut json = serde_json::Deserializer::from_slice(json);
    match serde_path_to_error::deserialize(&mut json) {
        Ok(Object(value)) => Ok(value),
        Err(error) => {
            let place = error.path().to_string();
            Err(explained(what, &place, &error.into_inner()))
        }
    }
}

/// The beginning of what a client sent: enough to recognise it in an error.
pub fn shortened(text: &str) -> String {
    match text.char_indices().nth(MOST_REPEATED) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// For a field: an integer as JSON Schema understands it, from `LEAST` to `MOST`, or null.
pub fn whole_number<'de, const LEAST: i32, const MOST: i32, D: Deserializer<'de>>(
    json: D,
) -> Result<Option<i32>, D::Error> {
    json.deserialize_option(WholeNumber::<LEAST, MOST>)
}

/// For a field: an array of steps.
pub fn steps<'de, D: Deserializer<'de>>(json: D) -> Result<Vec<StepExecutionInput>, D::Error> {
    let most = Array::new(WorkflowRunInput::MAX_STEPS, rules::STEPS_ENTRIES);
    Ok(json.deserialize_seq(most)?.into_iter().map(|Object(step)| step).collect())
}

/// For a field: an array of runs that are not read yet.
pub fn batch_items<'de, D: Deserializer<'de>>(json: D) -> Result<Vec<&'de RawValue>, D::Error> {
    json.deserialize_seq(Array::new(WorkflowRunInput::MAX_BATCH, rules::BATCH_ENTRIES))
}

/// serde's words about a mistake in the words of whoever made it.
fn explained(what: &str, place: &str, error: &serde_json::Error) -> ApiError {
    let text = error.to_string();
    // The place says it better, and within a batch the line would count from the run's beginning.
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
    let quoted = |prefix: &str| text.strip_prefix(prefix)?.strip_suffix('`');
    let field = |name: &str| if place == "." { name.to_owned() } else { format!("{place}.{name}") };
    if let Some(name) = quoted("missing field `") {
        return ApiError::validation(&field(name), "must be given");
    }
    if let Some(name) = quoted("duplicate field `") {
        return ApiError::validation(&field(name), "must be given once, not repeated");
    }
    let place = if place == "." { what } else { place };
    if text.starts_with("must ") {
        return ApiError::validation(place, text);
    }
    let invalid = text.strip_prefix("invalid type: ").or(text.strip_prefix("invalid value: "));
    if let Some((given, expected)) = invalid.and_then(|rest| rest.rsplit_once(", expected ")) {
        let expected = if expected == "f64" { "a number" } else { expected };
        return ApiError::validation(place, format!("must be {expected}, not {}", in_json(given)));
    }
    ApiError::validation(place, format!("cannot be read: {}", shortened(text)))
}

/// What serde says that was given, as it stands in JSON.
fn in_json(given: &str) -> String {
    let value = given.split_once('`').and_then(|(_, rest)| rest.strip_suffix('`'));
    match (given, value) {
        ("sequence", _) => "an array".to_owned(),
        ("map", _) => "an object".to_owned(),
        ("unit value", _) => "null".to_owned(),
        (_, Some(value)) => shortened(value),
        _ => shortened(given.strip_prefix("string ").unwrap_or(given)),
    }
}

/// A type that is read from an object only.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_map(ObjectVisitor(PhantomData)).map(Object)
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

/// An array of at most so many entries; the first one too many ends the reading.
struct Array<T> {
    most: usize,
    too_many: &'static str,
    of: PhantomData<T>,
}

impl<T> Array<T> {
    fn new(most: usize, too_many: &'static str) -> Self {
        Self { most, too_many, of: PhantomData }
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Array<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Vec<T>, A::Error> {
        let mut all = Vec::new();
        while let Some(entry) = entries.next_element()? {
            if all.len() == self.most {
                return Err(A::Error::custom(self.too_many));
            }
            all.push(entry);
        }
        Ok(all)
    }
}

struct WholeNumber<const LEAST: i32, const MOST: i32>;

impl<'de, const LEAST: i32, const MOST: i32> Visitor<'de> for WholeNumber<LEAST, MOST> {
    type Value = Option<i32>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a whole number from {LEAST} to {MOST}")
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_any(self)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        let fitting = i32::try_from(number).ok().filter(|n| (LEAST..=MOST).contains(n));
        fitting.map(Some).ok_or_else(|| E::invalid_value(Unexpected::Signed(number), &self))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        match i64::try_from(number) {
            Ok(number) => self.visit_i64(number),
            Err(_) => Err(E::invalid_value(Unexpected::Unsigned(number), &self)),
        }
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        let whole = number.fract() == 0.0;
        if whole && (f64::from(LEAST)..=f64::from(MOST)).contains(&number) {
            return Ok(Some(number as i32));
        }
        Err(E::invalid_value(Unexpected::Float(number), &self))
    }
}
