//! Reads JSON as the schemas define it, and reports every error with its location in the body.
//!
//! serde's derived code accepts more than a schema's `object` (also an array of the values of the
//! fields) and less than its `integer` (which includes `5.0`), and its errors name Rust's types.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Unexpected, Visitor, value::MapAccessDeserializer},
};
use serde_json::value::RawValue;

use crate::{ApiError, Timestamp, excerpt::excerpt, grouped::grouped};

/// Reads one object; `what` names the whole of it in error messages.
///
/// # Errors
/// 400 for text that is not JSON or has another shape; the message names the location.
pub fn read<'de, T: Deserialize<'de>>(what: &str, json: &'de [u8]) -> Result<T, ApiError> {
    // Syntax first: an error about the shape would hide a syntax error behind it.
    if let Err(error) = serde_json::from_slice::<&RawValue>(json) {
        let problem = if json.trim_ascii().is_empty() {
            "must not be empty".to_owned()
        } else {
            format!("must be one JSON value: {error}")
        };
        return Err(ApiError::validation(what, problem));
    }
    let mut json = serde_json::Deserializer::from_slice(json);
    match serde_path_to_error::deserialize(&mut json) {
        Ok(Object(value)) => Ok(value),
        Err(error) => {
            let location = error.path().to_string();
            // The key of an entry is not known if it is the key that is wrong.
            let location = match location.strip_suffix('?') {
                Some("") => ".",
                Some(parent) => parent.trim_end_matches('.'),
                None => &location,
            };
            Err(explained(what, location, &error.into_inner()))
        }
    }
}

/// For a field: an integer as JSON Schema defines it, from `MIN` to `MAX`, or null.
pub fn whole_number<'de, const MIN: i32, const MAX: i32, D: Deserializer<'de>>(
    json: D,
) -> Result<Option<i32>, D::Error> {
    json.deserialize_option(WholeNumber::<MIN, MAX>)
}

/// For a field: a time or null. The zero time of Go means that there is none.
pub fn time<'de, D: Deserializer<'de>>(json: D) -> Result<Option<Timestamp>, D::Error> {
    let time = Option::<Timestamp>::deserialize(json)?;
    Ok(time.filter(|time| *time != Timestamp::MIN))
}

/// For a field: a value; null is the default.
pub fn value_or_default<'de, T, D>(json: D) -> Result<T, D::Error>
where
    T: Deserialize<'de> + Default,
    D: Deserializer<'de>,
{
    Option::deserialize(json).map(Option::unwrap_or_default)
}

/// For a field whose value is ignored: whether it is an array with an entry.
pub fn is_filled_array<'de, D: Deserializer<'de>>(json: D) -> Result<bool, D::Error> {
    let json = Box::<RawValue>::deserialize(json)?;
    let entries = json.get().as_bytes().strip_prefix(b"[");
    Ok(entries.is_some_and(|entries| entries.trim_ascii_start() != b"]"))
}

/// For a field: an array of at most `MAX` objects, or null, which is an empty one.
pub fn objects<'de, T: Deserialize<'de>, const MAX: usize, D: Deserializer<'de>>(
    json: D,
) -> Result<Vec<T>, D::Error> {
    let objects = json.deserialize_option(OptionalArray::<Object<T>, MAX>(PhantomData))?;
    Ok(objects.into_iter().map(|Object(object)| object).collect())
}

/// For a field: an array of at most `MAX` values that are not read yet.
pub fn raw_values<'de, const MAX: usize, D: Deserializer<'de>>(
    json: D,
) -> Result<Vec<&'de RawValue>, D::Error> {
    json.deserialize_seq(Array::<&'de RawValue, MAX>(PhantomData))
}

/// What serde_json says of half of a surrogate pair in a text without an error of syntax.
const HALVES_OF_PAIRS: [&str; 2] =
    ["lone leading surrogate in hex escape", "unexpected end of hex escape"];

/// An error of serde in the terms of JSON and of the contract.
fn explained(what: &str, location: &str, error: &serde_json::Error) -> ApiError {
    let text = error.to_string();
    // The location says it better, and within a batch the line would count from the start of the
    // run.
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
    let quoted = |prefix: &str| text.strip_prefix(prefix)?.strip_suffix('`');
    let root = location == ".";
    let field = |name: &str| if root { name.to_owned() } else { format!("{location}.{name}") };
    if let Some(name) = quoted("missing field `") {
        return ApiError::validation(&field(name), "must be given");
    }
    if let Some(name) = quoted("duplicate field `") {
        return ApiError::validation(&field(name), "must be given once, not repeated");
    }
    let location = if root { what } else { location };
    if text.starts_with("must ") {
        return ApiError::validation(location, text);
    }
    if HALVES_OF_PAIRS.contains(&text) {
        return ApiError::validation(location, "must not have half of a surrogate pair");
    }
    let invalid = text.strip_prefix("invalid type: ").or(text.strip_prefix("invalid value: "));
    if let Some((given, expected)) = invalid.and_then(|rest| rest.rsplit_once(", expected ")) {
        let expected = if expected == "f64" { "a number" } else { expected };
        let problem = format!("must be {expected}, not {}", in_json(given));
        return ApiError::validation(location, problem);
    }
    ApiError::validation(location, format!("cannot be read: {}", excerpt(text)))
}

/// The given value, which serde names in Rust's terms, in those of JSON.
fn in_json(given: &str) -> String {
    let value = given.split_once('`').and_then(|(_, rest)| rest.strip_suffix('`'));
    match (given, value) {
        ("sequence", _) => "an array".to_owned(),
        ("map", _) => "an object".to_owned(),
        ("unit value", _) => "null".to_owned(),
        (_, Some(value)) => excerpt(value),
        _ => excerpt(given.strip_prefix("string ").unwrap_or(given)),
    }
}

/// A type that is read from an object, and from nothing else.
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

/// As [`Array`]; null is an empty one.
struct OptionalArray<T, const MAX: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for OptionalArray<T, MAX> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_none<E: Error>(self) -> Result<Vec<T>, E> {
        Ok(Vec::new())
    }

    fn visit_unit<E: Error>(self) -> Result<Vec<T>, E> {
        Ok(Vec::new())
    }

    fn visit_some<D: Deserializer<'de>>(self, json: D) -> Result<Vec<T>, D::Error> {
        json.deserialize_seq(Array::<T, MAX>(PhantomData))
    }
}

/// An array of at most `MAX` entries; reading stops at the first one too many.
struct Array<T, const MAX: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for Array<T, MAX> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Vec<T>, A::Error> {
        let mut all = Vec::new();
        while let Some(entry) = entries.next_element()? {
            if all.len() == MAX {
                let max = grouped(MAX as i64);
                return Err(A::Error::custom(format!("must have at most {max} entries")));
            }
            all.push(entry);
        }
        Ok(all)
    }
}

struct WholeNumber<const MIN: i32, const MAX: i32>;

impl<'de, const MIN: i32, const MAX: i32> Visitor<'de> for WholeNumber<MIN, MAX> {
    type Value = Option<i32>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a whole number from {MIN} to {MAX}")
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
        let in_range = i32::try_from(number).ok().filter(|n| (MIN..=MAX).contains(n));
        in_range.map(Some).ok_or_else(|| E::invalid_value(Unexpected::Signed(number), &self))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        match i64::try_from(number) {
            Ok(number) => self.visit_i64(number),
            Err(_) => Err(E::invalid_value(Unexpected::Unsigned(number), &self)),
        }
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        let whole = number.fract() == 0.0;
        if whole && (f64::from(MIN)..=f64::from(MAX)).contains(&number) {
            return Ok(Some(number as i32));
        }
        Err(E::invalid_value(Unexpected::Float(number), &self))
    }
}
