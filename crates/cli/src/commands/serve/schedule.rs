//! When a server deletes old runs.

use std::{fmt, str::FromStr, time::Duration};

use runledger_model::Timestamp;

const MILLIS_PER_MINUTE: i64 = 60_000;
const MILLIS_PER_DAY: i64 = 24 * 60 * MILLIS_PER_MINUTE;

/// When a task is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// At the start, and this long after each end.
    Every(Duration),
    /// Once a day.
    Daily(TimeOfDay),
}

impl Schedule {
    /// When it is first due, if the server starts at `now`.
    pub fn first_time(self, now: Timestamp) -> Timestamp {
        let wait = i64::try_from(self.first_wait(now).as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_millis(now.millis().saturating_add(wait)).unwrap_or(now)
    }

    /// The time until it is first due, if the server starts at `now`.
    pub fn first_wait(self, now: Timestamp) -> Duration {
        match self {
            Self::Every(_) => Duration::ZERO,
            Self::Daily(time) => time.wait(now),
        }
    }

    /// The time until it is due again, if it ended at `now`.
    pub fn next_wait(self, now: Timestamp) -> Duration {
        match self {
            Self::Every(interval) => interval,
            Self::Daily(time) => time.wait(now),
        }
    }
}

/// In words, such as `every 1h` and `daily at 03:30 UTC`.
impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Every(interval) => write!(f, "every {}", humantime::format_duration(*interval)),
            Self::Daily(TimeOfDay(minutes)) => {
                write!(f, "daily at {:02}:{:02} UTC", minutes / 60, minutes % 60)
            }
        }
    }
}

/// A time of the day in UTC: minutes since midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeOfDay(i64);

impl TimeOfDay {
    /// The time from `now` until it is next this time of the day.
    fn wait(self, now: Timestamp) -> Duration {
        let millis = (self.0 * MILLIS_PER_MINUTE - now.millis() - 1).rem_euclid(MILLIS_PER_DAY) + 1;
        Duration::from_millis(millis.cast_unsigned())
    }
}

impl FromStr for TimeOfDay {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |digits: &str, end: i64| {
            let is_number = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
            let number = is_number.then(|| digits.parse().ok()).flatten();
            number.filter(|number: &i64| *number < end)
        };
        let parts = text.split_once(':');
        let time = parts.and_then(|(hour, minute)| Some((number(hour, 24)?, number(minute, 60)?)));
        let time = time.map(|(hour, minute)| Self(hour * 60 + minute));
        time.ok_or_else(|| "must be a time of the day in UTC, such as 03:30".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(schedule: Schedule, now: &str) -> [u64; 2] {
        let now = now.parse().unwrap();
        [schedule.first_wait(now), schedule.next_wait(now)].map(|wait| wait.as_secs())
    }

    #[test]
    fn an_interval_begins_at_the_start() {
        let hourly = Schedule::Every(Duration::from_secs(3600));
        assert_eq!(wait(hourly, "2025-01-04T12:00:00Z"), [0, 3600]);
    }

    #[test]
    fn a_time_of_the_day_is_awaited() {
        let daily = Schedule::Daily("03:30".parse().unwrap());
        for (now, seconds) in [
            ("2025-01-04T03:29:59Z", 1),
            ("2025-01-04T03:30:00Z", 24 * 3600),
            ("2025-01-04T03:30:01Z", 24 * 3600 - 1),
            ("1969-12-31T23:30:00Z", 4 * 3600),
        ] {
            assert_eq!(wait(daily, now), [seconds; 2], "{now}");
        }
    }

    #[test]
    fn a_schedule_in_words() {
        let daily = Schedule::Daily("03:05".parse().unwrap());
        let texts = [Schedule::Every(Duration::from_secs(5400)), daily].map(|it| it.to_string());
        assert_eq!(texts, ["every 1h 30m", "daily at 03:05 UTC"]);
        let first = daily.first_time("2025-01-04T12:00:00Z".parse().unwrap());
        assert_eq!(first.to_string(), "2025-01-05T03:05:00Z");
    }

    #[test]
    fn other_texts_are_not_times_of_the_day() {
        for text in ["", "3:30", "24:00", "03:60", "03:30:00", "+3:30", "0330"] {
            assert!(text.parse::<TimeOfDay>().is_err(), "{text}");
        }
    }
}
