//! Parsers of option values. Their errors say what is expected, with an example.

use std::{
    net::{IpAddr, SocketAddr},
    ops::RangeInclusive,
    time::Duration,
};

use bytesize::ByteSize;
use indicatif::HumanCount;

/// The default of `--body-limit`: that of the server's settings.
pub const BODY_LIMIT: &str = "19MiB";

/// Parses a time span such as `90d` or `1h 30m`.
///
/// # Errors
/// If the text is none.
pub fn duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|_| {
        "must be a duration: numbers with units such as 30s, 10m, 12h, 90d or 1year".to_owned()
    })
}

/// Parses an IP address with a port.
///
/// # Errors
/// If the text is none; the message has an example with the port or the address of the text.
pub fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        let port = text.rsplit(':').next().unwrap_or_default().parse::<u16>().ok();
        let example = match (text.parse::<IpAddr>(), port) {
            (Ok(address), _) => SocketAddr::new(address, 7400),
            (Err(_), port) => SocketAddr::new(IpAddr::from([127, 0, 0, 1]), port.unwrap_or(7400)),
        };
        format!("must be an IP address and a port, such as {example}")
    })
}

/// Parses a number of bytes such as `16MiB`.
///
/// # Errors
/// If the text is none.
pub fn size(text: &str) -> Result<ByteSize, String> {
    text.parse()
        .map_err(|_| "must be a number of bytes, or a number with a unit such as 16MiB".to_owned())
}

/// Parses a whole number in this range.
///
/// # Errors
/// If the text is none.
pub fn whole_number(text: &str, range: RangeInclusive<u32>, example: u32) -> Result<u32, String> {
    text.parse().ok().filter(|number| range.contains(number)).ok_or_else(|| {
        let [start, end] = [*range.start(), *range.end()].map(|end| HumanCount(end.into()));
        format!("must be a whole number from {start} to {end}, such as {example}")
    })
}

#[cfg(test)]
mod tests {
    use runledger_server::Settings;

    use super::*;

    #[test]
    fn the_default_body_limit_is_that_of_the_server() {
        let max = Settings::default().max_body_bytes as u64;
        assert_eq!(size(BODY_LIMIT), Ok(ByteSize(max)));
    }

    #[test]
    fn an_address_needs_a_port_and_the_error_has_an_example() {
        assert_eq!(address("[::1]:80").unwrap().port(), 80);
        for (text, example) in [
            ("8080", "127.0.0.1:8080"),
            (":8080", "127.0.0.1:8080"),
            ("localhost:8080", "127.0.0.1:8080"),
            ("0.0.0.0", "0.0.0.0:7400"),
            ("::1", "[::1]:7400"),
            ("http://127.0.0.1:70000", "127.0.0.1:7400"),
            ("", "127.0.0.1:7400"),
        ] {
            let expected = format!("must be an IP address and a port, such as {example}");
            assert_eq!(address(text), Err(expected), "{text}");
        }
    }

    #[test]
    fn a_duration_and_a_number_say_what_is_expected() {
        assert_eq!(duration("1h 30m"), Ok(Duration::from_secs(5400)));
        for text in ["tomorrow", "90", "-1d", ""] {
            assert!(duration(text).unwrap_err().contains("such as 30s"), "{text}");
        }
        assert_eq!(whole_number("7", 1..=1000, 100), Ok(7));
        for text in ["0", "1001", "-1", "1.5", "many", ""] {
            let expected = "must be a whole number from 1 to 1,000, such as 100".to_owned();
            assert_eq!(whole_number(text, 1..=1000, 100), Err(expected), "{text}");
        }
    }
}
