//! A point in time as the user types it.

use std::time::Duration;

use runledger_model::Timestamp;

/// An age, or a point in time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moment {
    /// This long ago.
    Ago(Duration),
    /// This time.
    At(Timestamp),
}

impl Moment {
    /// Parses an age such as `24h`, a date such as `2025-01-04`, which is midnight UTC, or an RFC
    /// 3339 time.
    ///
    /// # Errors
    /// If the text is none of them; the message says what is expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let time = text.parse().or_else(|_| format!("{text}T00:00:00Z").parse());
        let time = time.map(Self::At).ok();
        let age = || humantime::parse_duration(text).map(Self::Ago).ok();
        time.or_else(age).ok_or_else(|| {
            "must be an age such as 24h, a date such as 2025-01-04 or an RFC 3339 time such as \
             2025-01-04T12:00:00Z"
                .to_owned()
        })
    }

    /// The time if it is now `now`. An age that reaches back beyond the year 1 is the first moment
    /// of that year.
    pub fn before(&self, now: Timestamp) -> Timestamp {
        match self {
            Self::Ago(age) => {
                let millis = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
                Timestamp::from_millis(now.millis().saturating_sub(millis))
                    .unwrap_or(Timestamp::MIN)
            }
            Self::At(time) => *time,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_a_date_and_a_time() {
        let now = "2025-01-05T12:00:00Z".parse().unwrap();
        for (text, expected) in [
            ("24h", "2025-01-04T12:00:00Z"),
            ("90m", "2025-01-05T10:30:00Z"),
            ("1day 12h", "2025-01-04T00:00:00Z"),
            ("0s", "2025-01-05T12:00:00Z"),
            ("5000y", "0001-01-01T00:00:00Z"),
            ("2025-01-04", "2025-01-04T00:00:00Z"),
            ("2025-01-04T12:00:00+02:00", "2025-01-04T10:00:00Z"),
        ] {
            assert_eq!(Moment::parse(text).unwrap().before(now).to_string(), expected, "{text}");
        }
    }

    #[test]
    fn other_texts_are_errors() {
        for text in ["", "24", "yesterday", "-1h", "2025-02-30", "2025-01-04 12:00", "2025-01"] {
            assert!(Moment::parse(text).unwrap_err().contains("such as 24h"), "{text}");
        }
    }
}
