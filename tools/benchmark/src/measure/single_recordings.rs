//! Single recordings over HTTP.

use std::{path::Path, sync::Arc};

use anyhow::Result;
use program_harness::make_key;
use runledger_model::WorkflowRunDetail;

use super::{Effort, server};
use crate::{
    data::{Data, Shape, delete_files},
    http::{Exchange, Slice, exchange},
    statistics::Summary,
};

/// The connections of the second measurement.
pub const CONNECTIONS: usize = 64;
/// Recordings that show how many a measurement has.
const PILOT_RECORDINGS: u64 = 128;

/// Rates of single recordings, each acknowledged when it was durable.
pub struct SingleRecordings {
    /// Runs per second from one connection.
    pub one: Summary,
    /// Runs per second from 64 connections.
    pub many: Summary,
    /// The second divided by the first of the same round.
    pub ratio: Summary,
}

/// Records runs that are new into a new file, from one connection and from many in turn.
///
/// # Errors
/// Where a run is not recorded.
pub fn single_recordings(folder: &Path, effort: &Effort) -> Result<SingleRecordings> {
    let path = folder.join("single.db");
    delete_files(&path)?;
    let key = make_key(&path);
    let server = server::start(&path, &[]);
    let mut recorder = Recorder { server: &server, key, next: 0 };
    let pilots = [recorder.record(1, PILOT_RECORDINGS)?, recorder.record(CONNECTIONS, 4096)?];
    let [one, many] = pilots.map(|pilot| (pilot.rate() * effort.slice.as_secs_f64()) as u64);
    let mut rates = Vec::new();
    for _ in 0..effort.rounds {
        let one = recorder.record(1, one)?.rate();
        rates.push((one, recorder.record(CONNECTIONS, many)?.rate()));
    }
    drop(server);
    delete_files(&path)?;
    Ok(SingleRecordings {
        one: Summary::of(rates.iter().map(|(one, _)| *one)),
        many: Summary::of(rates.iter().map(|(_, many)| *many)),
        ratio: Summary::of(rates.iter().map(|(one, many)| many / one)),
    })
}

struct Recorder<'a> {
    server: &'a program_harness::Server,
    key: String,
    /// The number of the next run.
    next: u64,
}

impl Recorder<'_> {
    /// Records at least so many runs that were not recorded before.
    fn record(&mut self, connections: usize, count: u64) -> Result<Slice> {
        /// More than are recorded.
        const RUNS: u64 = 100_000_000;
        let count = count.max(1).next_multiple_of(connections as u64);
        let data = Data { shape: Shape::Even, runs: RUNS };
        let runs = (self.next..self.next + count).map(|number| data.run(number));
        let requests = runs.map(|run| self.request(&run)).collect::<Result<_>>()?;
        self.next += count;
        let put =
            Exchange { address: self.server.address, requests: Arc::new(requests), status: 201 };
        exchange(&put, connections, count)
    }

    fn request(&self, run: &WorkflowRunDetail) -> Result<Vec<u8>> {
        let path = format!("/v1/executions/{}", run.id);
        Ok(server::request("PUT", &path, &self.key, "", &serde_json::to_vec(run)?))
    }
}
