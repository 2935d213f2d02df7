//! The limits on requests of `runledger serve`.

use std::{num::NonZeroU32, ops::RangeInclusive, time::Duration};

use bytesize::ByteSize;
use clap::Args;
use runledger_server::Settings;

use crate::{usage::bail_usage, values};

/// The options that limit requests.
#[derive(Args)]
pub struct Limits {
    /// Maximum size of a request body after decompression, and of a run as it is returned, from
    /// 1KiB to 1GiB.
    #[arg(
        long,
        env = "RUNLEDGER_BODY_LIMIT",
        value_name = "SIZE",
        default_value = values::BODY_LIMIT,
        value_parser = values::size
    )]
    body_limit: ByteSize,

    /// Time allowed to receive a whole request body; processing may take as long again.
    #[arg(
        long,
        env = "RUNLEDGER_REQUEST_TIMEOUT",
        value_name = "DURATION",
        default_value = "30s",
        value_parser = values::duration
    )]
    request_timeout: Duration,

    /// Maximum time between two parts of a request body.
    #[arg(
        long,
        env = "RUNLEDGER_BODY_TIMEOUT",
        value_name = "DURATION",
        default_value = "10s",
        value_parser = values::duration
    )]
    body_timeout: Duration,

    /// Maximum number of requests per second and API key, with bursts of the same size. Unlimited
    /// by default.
    #[arg(
        long,
        env = "RUNLEDGER_RATE_LIMIT",
        value_name = "NUMBER",
        allow_negative_numbers = true,
        value_parser = |text: &str| values::whole_number(text, 1..=u32::MAX, 100)
    )]
    rate_limit: Option<u32>,

    /// Maximum number of streams of changes (GET /v1/events) that are open at a time.
    #[arg(
        long,
        env = "RUNLEDGER_MAX_EVENT_STREAMS",
        value_name = "NUMBER",
        default_value_t = 1000,
        allow_negative_numbers = true,
        value_parser = streams
    )]
    max_event_streams: u32,

    /// Maximum number of these streams with one API key.
    #[arg(
        long,
        env = "RUNLEDGER_MAX_EVENT_STREAMS_PER_KEY",
        value_name = "NUMBER",
        default_value_t = 100,
        allow_negative_numbers = true,
        value_parser = streams
    )]
    max_event_streams_per_key: u32,

    /// Maximum size of the recent responses that are kept in memory, and returned until a run of
    /// their tenant changes. 0 keeps none.
    #[arg(
        long,
        env = "RUNLEDGER_RESPONSE_CACHE",
        value_name = "SIZE",
        default_value = "16MiB",
        value_parser = values::size
    )]
    response_cache: ByteSize,
}

/// Permitted values of `--body-limit`, in bytes.
const BODY_LIMIT_BYTES: RangeInclusive<usize> = 1024..=1 << 30;
/// The longest timeout that can be set.
const MAX_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

impl Limits {
    /// The server's settings with these limits.
    ///
    /// # Errors
    /// If a limit is out of its range; the message names the option.
    pub fn settings(&self) -> anyhow::Result<Settings> {
        let defaults = Settings::default();
        let max_body_bytes = bytes(self.body_limit);
        if !BODY_LIMIT_BYTES.contains(&max_body_bytes) {
            bail_usage!("--body-limit must be from 1KiB to 1GiB, not {}", self.body_limit);
        }
        check_timeout("--request-timeout", self.request_timeout)?;
        check_timeout("--body-timeout", self.body_timeout)?;
        Ok(Settings {
            max_body_bytes,
            max_buffered_body_bytes: defaults.max_buffered_body_bytes.max(max_body_bytes),
            max_buffered_response_bytes: defaults.max_buffered_response_bytes.max(max_body_bytes),
            request_timeout: self.request_timeout,
            body_timeout: self.body_timeout,
            rate_limit: self.rate_limit.and_then(NonZeroU32::new),
            max_event_streams: self.max_event_streams as usize,
            max_event_streams_per_key: self.max_event_streams_per_key as usize,
            max_cached_response_bytes: bytes(self.response_cache),
            ..defaults
        })
    }
}

fn streams(text: &str) -> Result<u32, String> {
    values::whole_number(text, 0..=u32::MAX, 100)
}

fn bytes(size: ByteSize) -> usize {
    usize::try_from(size.as_u64()).unwrap_or(usize::MAX)
}

fn check_timeout(option: &str, timeout: Duration) -> anyhow::Result<()> {
    if timeout.is_zero() || timeout > MAX_TIMEOUT {
        bail_usage!("{option} must be longer than 0 and at most 1d, such as 30s");
    }
    Ok(())
}
