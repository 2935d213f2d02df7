//! Times and durations on a terminal.

use runledger_model::{Seconds, Timestamp};

/// The time to the second, such as `2025-01-04 12:00:05 UTC`.
pub fn time(time: Timestamp) -> String {
    let (date, time) = parts(time);
    format!("{date} {time} UTC")
}

/// The time of the day in UTC, such as `12:00:05`.
pub fn time_of_day(time: Timestamp) -> String {
    parts(time).1
}

/// How long ago the time was, such as `5 min ago`.
pub fn age(time: Timestamp, now: Timestamp) -> String {
    format!("{} ago", span(time, now))
}

/// The time between two moments, in the largest unit of which it has at least two.
pub fn span(start: Timestamp, end: Timestamp) -> String {
    let seconds = (end.millis() - start.millis()).max(0) / 1000;
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// The duration in its two largest units, such as `2 min 5 s`; below ten seconds with a fraction.
fn duration(duration: Seconds) -> String {
    let micros = duration.micros();
    let seconds = micros / 1_000_000;
    match seconds {
        0 if micros == 0 => "0 s".to_owned(),
        0 if micros < 1000 => "< 1 ms".to_owned(),
        0 => format!("{} ms", micros / 1000),
        1..10 if micros % 1_000_000 == 0 => format!("{seconds} s"),
        1..10 => format!("{}.{} s", seconds, micros % 1_000_000 / 100_000),
        10..60 => format!("{seconds} s"),
        60..3_600 => two_units(seconds, 60, "min", "s"),
        3_600..86_400 => two_units(seconds / 60, 60, "h", "min"),
        _ => two_units(seconds / 3_600, 24, "d", "h"),
    }
}

/// How long a run or a step took, or if it has not finished, has been running.
pub fn elapsed(
    is_final: bool,
    recorded: Option<Seconds>,
    started: Option<Timestamp>,
    now: Timestamp,
) -> String {
    match (recorded, started) {
        (Some(recorded), _) if is_final => duration(recorded),
        (_, Some(start)) if !is_final => duration(whole_seconds(Seconds::between(start, now))),
        (Some(_) | None, _) => String::new(),
    }
}

/// What is still growing is shown in seconds.
fn whole_seconds(duration: Seconds) -> Seconds {
    let micros = duration.micros();
    Seconds::from_micros(micros - micros % 1_000_000).unwrap_or_default()
}

fn two_units(small: i64, per_large: i64, large_unit: &str, small_unit: &str) -> String {
    match (small / per_large, small % per_large) {
        (large, 0) => format!("{large} {large_unit}"),
        (large, small) => format!("{large} {large_unit} {small} {small_unit}"),
    }
}

/// The date, and the time of the day to the second.
fn parts(time: Timestamp) -> (String, String) {
    // RFC 3339, always of the same width up to the fraction.
    let text = time.to_string();
    (text[..10].to_owned(), text[11..19].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_two_units() {
        for (micros, text) in [
            (0, "0 s"),
            (999, "< 1 ms"),
            (350_999, "350 ms"),
            (1_000_000, "1 s"),
            (9_990_000, "9.9 s"),
            (15_500_000, "15 s"),
            (60_000_000, "1 min"),
            (3_599_999_999, "59 min 59 s"),
            (3_600_000_000, "1 h"),
            (86_399_000_000, "23 h 59 min"),
            (1_000_000_000_000_000, "11574 d 1 h"),
        ] {
            assert_eq!(duration(Seconds::from_micros(micros).unwrap()), text);
        }
    }

    #[test]
    fn times_are_in_utc() {
        let noon = "2025-01-04T13:00:05.250+01:00".parse().unwrap();
        assert_eq!(time(noon), "2025-01-04 12:00:05 UTC");
        assert_eq!(time_of_day(noon), "12:00:05");
        assert_eq!(age(noon, "2025-01-04T12:10:05Z".parse().unwrap()), "9 min ago");
        assert_eq!(age(noon, "2025-01-04T12:00:00Z".parse().unwrap()), "0 s ago");
        assert_eq!(time(Timestamp::MIN), "0001-01-01 00:00:00 UTC");
    }
}
