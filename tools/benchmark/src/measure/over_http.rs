//! Reads over HTTP, each beside static bytes of the same length.

use anyhow::{Context, Result};
use program_harness::{Server, make_key};
use runledger_store_sqlite::Reader;

use super::{
    Effort, server,
    subject::{Subject, further_subjects, get, unchanged_subjects},
};
use crate::{
    data::{Ledger, rng, runtime},
    http::{Exchange, Slice, StaticBytes, exchange},
    reads::{KINDS, Maker, PAGE_1},
    statistics::Summary,
};

/// Requests on each connection that show how many a measurement has, at most.
const PILOT_REQUESTS: u64 = 8;

/// All reads.
pub struct OverHttp {
    /// Rows of requests whose responses are not cached, in the order of the kinds, then of those
    /// that are.
    pub rows: Vec<HttpRow>,
    /// Resident memory of the server afterwards, in bytes.
    pub resident_bytes: u64,
}

/// The rates of one kind of request.
pub struct HttpRow {
    /// Its name.
    pub name: String,
    /// The rates with each number of connections.
    pub cells: Vec<HttpCell>,
}

/// The rates with a number of connections.
pub struct HttpCell {
    /// The number of connections.
    pub connections: usize,
    /// Requests per second.
    pub rate: Summary,
    /// The same divided by the rate of static bytes in the same round.
    pub ratio: Summary,
}

/// Measures all kinds, in turn.
///
/// # Errors
/// Where a server does not start, or a response is not the expected one.
pub fn over_http(ledger: &Ledger, effort: &Effort) -> Result<OverHttp> {
    let key = make_key(&ledger.path);
    let fixed = StaticBytes::start()?;
    let uncached = server::start(&ledger.path, server::WITHOUT_CACHE);
    let mut subjects = subjects(ledger, &uncached, &key, effort.samples)?;
    subjects.extend(further_subjects(&uncached, &key)?);
    let mut rows = measure(&subjects, &fixed, effort)?;
    let resident_bytes = server::resident_bytes(uncached.id())?;
    drop(uncached);

    let silent = server::start(&ledger.path, server::WITHOUT_LOG);
    let page = get(&silent, &key, ["/v1/executions".into()]);
    let name = format!("{PAGE_1}, without the log");
    rows.extend(measure(&[Subject { name, exchange: page, content_bytes: None }], &fixed, effort)?);
    drop(silent);

    let cached = server::start(&ledger.path, &[]);
    rows.extend(measure(&unchanged_subjects(&cached, &key)?, &fixed, effort)?);
    Ok(OverHttp { rows, resident_bytes })
}

/// So many requests of every kind, with random values.
fn subjects(ledger: &Ledger, server: &Server, key: &str, requests: usize) -> Result<Vec<Subject>> {
    let (_store, tenant) = ledger.open(&runtime()?)?;
    let reader = Reader::open(&ledger.path)?;
    let mut maker = Maker { data: ledger.data, reader: &reader, tenant, rng: rng(2) };
    let subjects = KINDS.iter().map(|kind| {
        let paths = (0..requests).map(|_| Ok((kind.make)(&mut maker)?.path()));
        let paths = paths.collect::<Result<Vec<_>>>()?;
        let exchange = get(server, key, paths);
        Ok(Subject { name: kind.name.into(), exchange, content_bytes: None })
    });
    subjects.collect()
}

fn measure(subjects: &[Subject], fixed: &StaticBytes, effort: &Effort) -> Result<Vec<HttpRow>> {
    let mut rates = vec![vec![Vec::new(); effort.connections.len()]; subjects.len()];
    for _ in 0..effort.rounds {
        for (subject, rates) in subjects.iter().zip(&mut rates) {
            for (connections, rates) in effort.connections.iter().zip(rates) {
                rates.push(subject.rates(fixed, *connections, effort)?);
            }
        }
    }
    let rows = subjects.iter().zip(rates).map(|(subject, rates)| HttpRow {
        name: subject.name.clone(),
        cells: effort.connections.iter().zip(rates).map(HttpCell::new).collect(),
    });
    Ok(rows.collect())
}

impl HttpCell {
    /// From the rates of our server and of static bytes in each round.
    fn new((connections, rates): (&usize, Vec<(f64, f64)>)) -> Self {
        Self {
            connections: *connections,
            rate: Summary::of(rates.iter().map(|(ours, _)| *ours)),
            ratio: Summary::of(rates.iter().map(|(ours, fixed)| ours / fixed)),
        }
    }
}

impl Subject {
    /// The requests per second of the subject and of static bytes, one after the other.
    fn rates(
        &self,
        fixed: &StaticBytes,
        connections: usize,
        effort: &Effort,
    ) -> Result<(f64, f64)> {
        let ours = slice(&self.exchange, connections, effort).context(self.name.clone())?;
        let bytes = self.content_bytes.unwrap_or(ours.mean_bytes());
        let fixed = slice(&fixed.exchange(bytes), connections, effort)?;
        Ok((ours.rate(), fixed.rate()))
    }
}

/// As many requests as the time of a slice allows, but at least one on each connection.
fn slice(requests: &Exchange, connections: usize, effort: &Effort) -> Result<Slice> {
    let seconds = effort.slice.as_secs_f64();
    let mut pilot = exchange(requests, connections, connections as u64)?;
    if pilot.elapsed < effort.slice / 16 {
        pilot = exchange(requests, connections, PILOT_REQUESTS * connections as u64)?;
    } else if pilot.elapsed > effort.slice {
        return Ok(pilot);
    }
    exchange(requests, connections, (pilot.rate() * seconds) as u64)
}
