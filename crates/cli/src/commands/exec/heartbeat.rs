//! How often the server hears of a running command.

use std::time::Duration;

use runledger_model::limits::MAX_HEARTBEAT_TIMEOUT;

use crate::values;

/// Number of heartbeats within the timeout, so that one may be lost.
const HEARTBEATS_PER_TIMEOUT: u32 = 3;

/// Time in seconds after which the server ends a run that it has not heard of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeartbeatTimeout(i32);

impl HeartbeatTimeout {
    /// Parses a time span of whole seconds; 0 means no timeout.
    ///
    /// # Errors
    /// If the text is none, or the time is too long for the API.
    pub fn parse(text: &str) -> Result<Self, String> {
        let duration = values::duration(text)?;
        let seconds = i32::try_from(duration.as_secs()).ok();
        let is_whole = duration.subsec_nanos() == 0;
        let seconds = seconds.filter(|seconds| is_whole && *seconds <= MAX_HEARTBEAT_TIMEOUT);
        let days = MAX_HEARTBEAT_TIMEOUT / (24 * 60 * 60);
        seconds
            .map(Self)
            .ok_or_else(|| format!("must be whole seconds up to {days} days, such as 3min"))
    }

    /// The timeout in seconds; `None` without one.
    pub fn seconds(self) -> Option<i32> {
        Some(self.0).filter(|seconds| *seconds > 0)
    }

    /// The time between two heartbeats; `None` without heartbeats.
    pub fn period(self) -> Option<Duration> {
        let seconds = self.seconds().and_then(|seconds| u64::try_from(seconds).ok())?;
        Some(Duration::from_secs(seconds) / HEARTBEATS_PER_TIMEOUT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_seconds_up_to_the_limit_of_the_api() {
        let timeout = HeartbeatTimeout::parse("3min").unwrap();
        assert_eq!(timeout.seconds(), Some(180));
        assert_eq!(timeout.period(), Some(Duration::from_secs(60)));
        let none = HeartbeatTimeout::parse("0s").unwrap();
        assert_eq!((none.seconds(), none.period()), (None, None));
        assert_eq!(HeartbeatTimeout::parse("30days").unwrap().seconds(), Some(2_592_000));
        for text in ["31days", "1500ms", "100years"] {
            assert!(HeartbeatTimeout::parse(text).unwrap_err().contains("30 days"), "{text}");
        }
        assert!(HeartbeatTimeout::parse("soon").unwrap_err().contains("such as 30s"));
    }
}
