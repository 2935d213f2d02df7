//! Outages of services, which cause bursts of failures.

use rand::{RngExt, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

use crate::{
    rhythm::{DAYS, HOUR},
    service::Service,
};

/// A time in which most calls of a service fail.
pub struct Outage {
    service: Service,
    start: i64,
    end: i64,
}

impl Outage {
    /// 24 outages in the history before `end`, of 15 minutes to 12 hours.
    pub fn all(rng: &mut ChaCha8Rng, end: i64) -> Vec<Self> {
        (0..24)
            .map(|_| {
                let service = *Service::REMOTE.choose(rng).expect("there are services");
                let start = end - rng.random_range(HOUR..DAYS * 24 * HOUR);
                let length = HOUR / 4 + (rng.random::<f64>().powi(3) * 12.0 * HOUR as f64) as i64;
                Self { service, start, end: start + length }
            })
            .collect()
    }

    /// Whether a call of `service` at this time is affected.
    pub fn hits(&self, service: Service, moment: i64) -> bool {
        self.service == service && (self.start..self.end).contains(&moment)
    }
}
