//! A moment, kept to the millisecond.

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment in UTC with millisecond precision, from year 0001 to year 9999.
///
/// Written as RFC 3339 with `Z`; a fraction is written only where there is one, and has at most three
/// digits. Read with any offset; digits finer than a millisecond are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// `0001-01-01T00:00:00Z`
const FIRST_MILLIS: i64 = -62_135_596_800_000;
/// `9999-12-30T22:00:00.999Z`, the last moment that jiff reads under every offset.
const LAST_MILLIS: i64 = 253_402_207_200_999;

impl Timestamp {
    /// The moment that many milliseconds after 1970-01-01T00:00:00Z; `None` outside years 0001 to 9999.
    pub fn from_millis(millis: i64) -> Option<Self> {
        (FIRST_MILLIS..=LAST_MILLIS).contains(&millis).then_some(Self(millis))
    }

    /// Milliseconds since 1970-01-01T00:00:00Z; negative before.
    pub fn millis(self) -> i64 {
        self.0
    }

    /// The clock's time, cut to the millisecond.
    pub fn now() -> Self {
        Self(jiff::Timestamp::now().as_millisecond())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = jiff::Timestamp::from_millisecond(self.0).map_err(|_| fmt::Error)?;
        write!(f, "{moment}")
    }
}

impl FromStr for Timestamp {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // jiff reads more than RFC 3339 (a blank for the `T`, time zone names, years of six digits); what it
        // reads must also have the standard's shape, so that the spec's `date-time` and this agree.
        let shaped = {
            let b = text.as_bytes();
            b.len() >= 20
                && b[4] == b'-'
                && b[7] == b'-'
                && matches!(b[10], b'T' | b't')
                && b[13] == b':'
                && b[16] == b':'
                && b[..4].iter().all(u8::is_ascii_digit)
                && has_offset(&b[19..])
        };
        shaped
            .then(|| text.parse::<jiff::Timestamp>().ok())
            .flatten()
            .and_then(|t| Self::from_millis(t.as_nanosecond().div_euclid(1_000_000) as i64))
            .ok_or_else(|| {
                format!("{text:?} is not a time: write RFC 3339, such as 2025-01-04T12:00:00Z")
            })
    }
}

/// Whether what follows the seconds is an optional fraction and then `Z` or `±hh:mm`.
fn has_offset(rest: &[u8]) -> bool {
    let rest = match rest {
        [b'.', digits @ ..] => {
            let n = digits.iter().take_while(|b| b.is_ascii_digit()).count();
            if n == 0 {
                return false;
            }
            &digits[n..]
        }
        _ => rest,
    };
    match rest {
        [b'Z' | b'z'] => true,
        [b'+' | b'-', h1, h2, b':', m1, m2] => [h1, h2, m1, m2].iter().all(|b| b.is_ascii_digit()),
        _ => false,
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Timestamp {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Timestamp".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn writes_a_fraction_only_where_there_is_one() {
        for (read, written) in [
            ("2025-01-04T12:00:00Z", "2025-01-04T12:00:00Z"),
            ("2025-01-04T12:00:00.000Z", "2025-01-04T12:00:00Z"),
            ("2025-01-04T12:00:00.5Z", "2025-01-04T12:00:00.5Z"),
            ("2025-01-04T12:00:00.123999Z", "2025-01-04T12:00:00.123Z"),
            ("1969-12-31T23:59:59.9999Z", "1969-12-31T23:59:59.999Z"),
            ("2025-01-04T14:30:00+02:30", "2025-01-04T12:00:00Z"),
        ] {
            assert_eq!(read.parse::<Timestamp>().unwrap().to_string(), written, "{read}");
        }
    }

    #[test]
    fn refuses_what_rfc_3339_does_not_know() {
        for text in [
            "",
            "yesterday",
            "2025-01-04",
            "2025-01-04T12:00:00",
            "2025-01-04 12:00:00Z",
            "2025-13-04T12:00:00Z",
            "2025-01-04T12:00:00.Z",
            "2025-01-04T12:00:00+0200",
            "2025-01-04T12:00:00Z[UTC]",
            "-002025-01-04T12:00:00Z",
            "2025-01-04T12:00:00Zé",
        ] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn reads_what_it_writes(millis in FIRST_MILLIS..=LAST_MILLIS) {
            let moment = Timestamp::from_millis(millis).unwrap();
            prop_assert_eq!(moment.to_string().parse::<Timestamp>().unwrap(), moment);
        }

        #[test]
        fn never_panics(text in any::<String>()) {
            let _ = text.parse::<Timestamp>();
        }
    }
}
