//! A duration with microsecond precision.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Timestamp, excerpt::excerpt, grouped::grouped};

/// A duration of 0 to 10^9 seconds (31 years) with microsecond precision; a JSON number of seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seconds(i64);

impl Seconds {
    /// The longest duration in seconds. Up to it, a JSON number keeps every microsecond.
    pub const MAX: f64 = 1_000_000_000.0;

    /// The longest duration, in microseconds.
    const MAX_MICROS: i64 = 1_000_000_000_000_000;

    /// This many microseconds; `None` if negative or longer than [`Seconds::MAX`].
    pub fn from_micros(micros: i64) -> Option<Self> {
        (0..=Self::MAX_MICROS).contains(&micros).then_some(Self(micros))
    }

    /// This many seconds, rounded to a microsecond; 0 if they are negative.
    ///
    /// # Errors
    /// What is wrong with a number that is greater than [`Seconds::MAX`] with either sign.
    pub(crate) fn from_seconds(seconds: f64) -> Result<Self, String> {
        if !(-Self::MAX..=Self::MAX).contains(&seconds) {
            let (max, given) = (grouped(Self::MAX as i64), excerpt(&seconds.to_string()));
            return Err(format!("must be seconds from -{max} to {max}, not {given}"));
        }
        Ok(Self((seconds.max(0.0) * 1e6).round() as i64))
    }

    /// The whole duration in microseconds.
    pub fn micros(self) -> i64 {
        self.0
    }

    /// From `start` to `end`, at most [`Seconds::MAX`]; 0 if `end` is before `start`.
    pub fn between(start: Timestamp, end: Timestamp) -> Self {
        let micros = (end.millis() - start.millis()).saturating_mul(1000);
        Self(micros.clamp(0, Self::MAX_MICROS))
    }

    /// As [`between`](Self::between); `None` if one of the times is missing.
    pub fn elapsed(started: Option<Timestamp>, finished: Option<Timestamp>) -> Option<Self> {
        Some(Self::between(started?, finished?))
    }
}

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0 as f64 / 1e6)
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        Self::from_seconds(seconds).map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Seconds {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Seconds".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "format": "double", "minimum": 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn survives_json(micros in 0..=1_000_000_000_000_000i64) {
            let duration = Seconds::from_micros(micros).unwrap();
            let text = serde_json::to_string(&duration).unwrap();
            prop_assert_eq!(serde_json::from_str::<Seconds>(&text).unwrap(), duration);
        }
    }

    #[test]
    fn is_never_negative() {
        assert_eq!(serde_json::from_str::<Seconds>("-0.1").unwrap(), Seconds::default());
        assert!(serde_json::from_str::<Seconds>("1e300").is_err());
        assert_eq!(serde_json::from_str::<Seconds>("15").unwrap().micros(), 15_000_000);
    }
}
