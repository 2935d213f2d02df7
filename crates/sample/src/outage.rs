//! Bursts of failures: hours in which one service is down.

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
    /// Two dozen of them in the history before `end`, from a quarter of an hour to half a day long.
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

    /// Whether a call of `service` at this moment meets the outage.
    pub fn hits(&self, service: Service, moment: i64) -> bool {
        self.service == service && (self.start..self.end).contains(&moment)
    }
}
