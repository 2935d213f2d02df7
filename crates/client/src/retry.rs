//! The number of attempts and their pauses. Every operation of this API is idempotent.

use std::time::Duration;

/// The number of attempts and the pauses between them. A request is retried after a 408, 429, 502,
/// 503 or 504 and after a connection error, also in the middle of a response, but not after a TLS
/// error.
#[derive(Clone, Copy, Debug)]
pub struct Retry {
    /// The greatest number of attempts, at least 1.
    pub max_attempts: u32,
    /// The first pause. Each further pause is twice as long. A longer `Retry-After` takes
    /// precedence.
    pub first_pause: Duration,
    /// The longest pause. If `Retry-After` is longer, there is no further attempt.
    pub max_pause: Duration,
}

impl Retry {
    /// No retries.
    pub const NEVER: Self =
        Self { max_attempts: 1, first_pause: Duration::ZERO, max_pause: Duration::ZERO };

    /// The pause after this attempt, counted from 1; `None` if it is the last one.
    pub(crate) fn pause(&self, attempt: u32, retry_after: Duration) -> Option<Duration> {
        if attempt >= self.max_attempts || retry_after > self.max_pause {
            return None;
        }
        let doubled = self.first_pause.saturating_mul(2u32.saturating_pow(attempt - 1));
        Some(doubled.max(retry_after).min(self.max_pause))
    }
}

impl Default for Retry {
    /// 6 attempts with pauses of 250 ms, 500 ms, 1 s, 2 s and 4 s, or `Retry-After` up to 30 s.
    fn default() -> Self {
        Self {
            max_attempts: 6,
            first_pause: Duration::from_millis(250),
            max_pause: Duration::from_secs(30),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_maximum() {
        let retry = Retry { max_pause: Duration::from_secs(3), ..Retry::default() };
        let pauses = |seconds| {
            (1..=6)
                .map(|attempt| retry.pause(attempt, Duration::from_secs(seconds)))
                .map(|pause| pause.map(|pause| pause.as_millis()))
                .collect::<Vec<_>>()
        };
        let expected =
            |millis: [u128; 5]| millis.into_iter().map(Some).chain([None]).collect::<Vec<_>>();
        assert_eq!(pauses(0), expected([250, 500, 1000, 2000, 3000]));
        assert_eq!(pauses(2), expected([2000, 2000, 2000, 2000, 3000]));
        assert_eq!(pauses(4), [None; 6], "Retry-After is longer than the maximum");
        assert_eq!(Retry::NEVER.pause(1, Duration::ZERO), None);
        let long = Retry { max_attempts: u32::MAX, ..retry };
        assert_eq!(long.pause(u32::MAX - 1, Duration::ZERO), Some(Duration::from_secs(3)));
    }
}
