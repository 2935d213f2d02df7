//! Where the metrics are served.

use std::net::SocketAddr;

use clap::Args;

use crate::values;

/// The option that says where the metrics are served.
#[derive(Args)]
pub struct MetricsOptions {
    /// Where to serve metrics for Prometheus (/metrics, without a key): on the address of the API,
    /// off (not at all), or on another IP address and port, which never uses TLS.
    #[arg(
        long,
        env = "RUNLEDGER_METRICS",
        value_name = "on|off|ADDRESS:PORT",
        default_value = "on",
        value_parser = place
    )]
    pub metrics: MetricsPlace,
}

/// Where the metrics are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricsPlace {
    /// On the address of the API.
    WithApi,
    /// Not at all.
    Nowhere,
    /// On an address of their own.
    Address(SocketAddr),
}

fn place(text: &str) -> Result<MetricsPlace, String> {
    match text {
        "on" => Ok(MetricsPlace::WithApi),
        "off" => Ok(MetricsPlace::Nowhere),
        _ => values::address(text).map(MetricsPlace::Address).map_err(|_| {
            "must be on, off, or an IP address and a port, such as 127.0.0.1:9400".to_owned()
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_on_off_or_an_address() {
        assert_eq!(place("on"), Ok(MetricsPlace::WithApi));
        assert_eq!(place("off"), Ok(MetricsPlace::Nowhere));
        let address = SocketAddr::from(([127, 0, 0, 1], 9400));
        assert_eq!(place("127.0.0.1:9400"), Ok(MetricsPlace::Address(address)));
        for text in ["", "ON", "9400", "localhost:9400"] {
            assert!(place(text).unwrap_err().contains("such as 127.0.0.1:9400"), "{text}");
        }
    }
}
