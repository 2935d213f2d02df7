//! A point in time with millisecond precision.

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::excerpt::excerpt;

/// A point in time in UTC with millisecond precision, from year 0001 to year 9999, the range that
/// the time types of most languages share.
///
/// Written as RFC 3339 with `Z`. The fraction is omitted if it is zero, and has at most three
/// digits. Read with any offset. Digits finer than a millisecond are cut, and a leap second is read
/// as the second before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// `0001-01-01T00:00:00Z`
const FIRST_MILLIS: i64 = -62_135_596_800_000;
/// `9999-12-31T23:59:59.999Z`
const LAST_MILLIS: i64 = 253_402_300_799_999;

impl Timestamp {
    /// `0001-01-01T00:00:00Z`, the earliest one.
    pub const MIN: Self = Self(FIRST_MILLIS);

    /// This many milliseconds after 1970-01-01T00:00:00Z; `None` outside years 0001 to 9999.
    pub fn from_millis(millis: i64) -> Option<Self> {
        (FIRST_MILLIS..=LAST_MILLIS).contains(&millis).then_some(Self(millis))
    }

    /// Milliseconds since 1970-01-01T00:00:00Z; negative before.
    pub fn millis(self) -> i64 {
        self.0
    }

    /// The current time of the system's clock, cut to the millisecond.
    pub fn now() -> Self {
        Self(millis(OffsetDateTime::now_utc()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = i128::from(self.0) * NANOS_PER_MILLI;
        let moment = OffsetDateTime::from_unix_timestamp_nanos(nanos).map_err(|_| fmt::Error)?;
        f.write_str(&moment.format(&Rfc3339).map_err(|_| fmt::Error)?)
    }
}

impl FromStr for Timestamp {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let time = read(text).and_then(|moment| in_range(millis(moment)));
        time.map_err(|invalid| {
            let expected = match invalid {
                InvalidTime::Format => "an RFC 3339 time such as 2025-01-04T12:00:00Z".to_owned(),
                InvalidTime::Range => format!("a time {RANGE}"),
            };
            format!("must be {expected}, not {:?}", excerpt(text))
        })
    }
}

/// Why a text is no [`Timestamp`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum InvalidTime {
    /// It is not of the form of RFC 3339.
    Format,
    /// It is not in [`RANGE`].
    Range,
}

/// The range of a [`Timestamp`], for messages.
pub(crate) const RANGE: &str = "from 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999Z";

impl Timestamp {
    /// The first millisecond that is not before the time in this text: digits finer than a
    /// millisecond are rounded up. What is compared with times in milliseconds is then exact.
    pub(crate) fn not_before(text: &str) -> Result<Self, InvalidTime> {
        let moment = read(text)?;
        let fraction = text.get(19..).and_then(|rest| rest.strip_prefix('.')).unwrap_or_default();
        let mut finer = fraction.bytes().take_while(u8::is_ascii_digit).skip(3);
        in_range(millis(moment) + i64::from(finer.any(|digit| digit != b'0')))
    }
}

fn read(text: &str) -> Result<OffsetDateTime, InvalidTime> {
    // The `time` crate also accepts other separators than `T`; `date-time` of JSON Schema does not.
    let separated = matches!(text.as_bytes().get(10), Some(b'T' | b't'));
    let moment = separated.then(|| OffsetDateTime::parse(text, &Rfc3339).ok()).flatten();
    moment.ok_or(InvalidTime::Format)
}

fn in_range(millis: i64) -> Result<Timestamp, InvalidTime> {
    Timestamp::from_millis(millis).ok_or(InvalidTime::Range)
}

const NANOS_PER_MILLI: i128 = 1_000_000;

fn millis(moment: OffsetDateTime) -> i64 {
    moment.unix_timestamp_nanos().div_euclid(NANOS_PER_MILLI) as i64
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
    fn writes_no_zero_fraction() {
        for (read, written) in [
            ("2025-01-04T12:00:00Z", "2025-01-04T12:00:00Z"),
            ("2025-01-04T12:00:00.000Z", "2025-01-04T12:00:00Z"),
            ("2025-01-04T12:00:00.5Z", "2025-01-04T12:00:00.5Z"),
            ("2025-01-04T12:00:00.123999Z", "2025-01-04T12:00:00.123Z"),
            ("1969-12-31T23:59:59.9999Z", "1969-12-31T23:59:59.999Z"),
            ("2025-01-04T14:30:00+02:30", "2025-01-04T12:00:00Z"),
            ("2025-01-04t14:30:00.1234567890123456789z", "2025-01-04T14:30:00.123Z"),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
            ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
            ("9999-12-31T00:00:00+23:59", "9999-12-30T00:01:00Z"),
            ("0000-12-31T23:59:00-00:01", "0001-01-01T00:00:00Z"),
        ] {
            assert_eq!(read.parse::<Timestamp>().unwrap().to_string(), written, "{read}");
        }
    }

    #[test]
    fn refuses_other_formats_than_rfc_3339() {
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

    #[test]
    fn a_time_out_of_range_is_an_error_that_names_the_range() {
        for text in
            ["0000-12-31T23:59:59Z", "9999-12-31T23:59:59-00:01", "0001-01-01T00:00:00+00:01"]
        {
            let error = text.parse::<Timestamp>().unwrap_err();
            assert!(
                error.contains("from 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999Z"),
                "{error}"
            );
        }
        let error = "x".repeat(1000).parse::<Timestamp>().unwrap_err();
        assert!(error.len() < 200, "{error}");
    }

    #[test]
    fn digits_finer_than_a_millisecond_are_rounded_up_for_comparisons() {
        for (read, first) in [
            ("2025-01-04T12:00:00Z", "2025-01-04T12:00:00Z"),
            ("2025-01-04T12:00:00.123000Z", "2025-01-04T12:00:00.123Z"),
            ("2025-01-04T12:00:00.123001Z", "2025-01-04T12:00:00.124Z"),
            ("2025-01-04T12:59:59.9990000000001+01:00", "2025-01-04T12:00:00Z"),
            ("1969-12-31T23:59:59.9991Z", "1970-01-01T00:00:00Z"),
        ] {
            assert_eq!(Timestamp::not_before(read).unwrap().to_string(), first, "{read}");
        }
        let past = Timestamp::not_before("9999-12-31T23:59:59.9991Z");
        assert_eq!(past, Err(InvalidTime::Range));
        assert_eq!(Timestamp::not_before("2025-01-04"), Err(InvalidTime::Format));
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
