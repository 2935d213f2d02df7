//! Reads in this process, beside plain SQL on the same file.

use anyhow::{Result, ensure};
use runledger_model::ListExecutionsQuery;
use runledger_store::TenantId;
use runledger_store_sqlite::Reader;

use super::{Effort, timed};
use crate::{
    data::{Ledger, rng, runtime},
    reads::{KINDS, Kind, ListRead, Maker, PAGE_1, Read},
    sql::{Place, PlainReader},
    statistics::Summary,
};

/// Random requests of each kind, at most.
const REQUESTS: usize = 64;
/// Depths that are measured, in tenths of all pages.
const DEPTHS: u32 = 10;

/// All reads.
pub struct InProcess {
    /// A row for each kind, in the order of [`KINDS`].
    pub rows: Vec<InProcessRow>,
    /// The unfiltered list at several depths.
    pub depths: Vec<DepthRow>,
}

/// The times of a kind of request in microseconds.
pub struct InProcessRow {
    /// The kind.
    pub kind: &'static Kind,
    /// The store's reader, with totals.
    pub ours: Summary,
    /// A prepared statement for the same rows, without totals.
    pub rows_only: Option<Summary>,
    /// `count`, `sum` and `OFFSET`.
    pub counted: Option<Summary>,
}

/// The times of a page at one depth in microseconds.
pub struct DepthRow {
    /// The share of all pages that are newer (0 to 1).
    pub depth: f64,
    /// The store's reader, with totals.
    pub ours: Summary,
    /// `count`, `sum` and `OFFSET`.
    pub counted: Summary,
}

/// A request, and what the statement for its rows needs.
struct Request {
    read: Read,
    place: Place,
}

struct Readers {
    ours: Reader,
    tenant: TenantId,
    plain: PlainReader,
}

/// Measures all kinds, in turn.
///
/// # Errors
/// Where a read fails, or two ways to read disagree.
pub fn in_process(ledger: &Ledger, effort: &Effort) -> Result<InProcess> {
    // Held open: a reader does not create the files that SQLite keeps beside the database.
    let (_store, tenant) = ledger.open(&runtime()?)?;
    let plain = PlainReader::open(&ledger.path, tenant.0)?;
    let readers = Readers { ours: Reader::open(&ledger.path)?, tenant, plain };
    let mut maker = Maker { data: ledger.data, reader: &readers.ours, tenant, rng: rng(1) };
    let mut requests = Vec::new();
    for kind in KINDS {
        let made =
            (0..effort.samples.min(REQUESTS)).map(|_| readers.request((kind.make)(&mut maker)?));
        requests.push(made.collect::<Result<Vec<_>>>()?);
    }
    readers.expect_agreement(&requests)?;
    let rows = readers.rows(&requests, effort)?;
    let depths = readers.depths(&maker, effort)?;
    Ok(InProcess { rows, depths })
}

impl Readers {
    fn request(&self, read: Read) -> Result<Request> {
        let mut place = Place::default();
        match &read {
            Read::List(list) if list.offset > 0 => {
                let page = self.ours.list(self.tenant, &list.query())?;
                place.newest = page.items.first().map(|run| run.created_at.millis());
            }
            Read::Run { number, id: _ } => place.stored_id = Some(self.plain.stored_id(*number)?),
            Read::List(_) | Read::Histogram { .. } => {}
        }
        Ok(Request { read, place })
    }

    /// The time of the store's reader, without parsing the query.
    fn ours(&self, read: &Read) -> Result<f64> {
        Ok(match read {
            Read::List(list) => {
                let query = list.query();
                let (time, page) = timed(|| self.ours.list(self.tenant, &query));
                page?;
                time
            }
            Read::Histogram { .. } => {
                let query = read.histogram();
                let (time, histogram) = timed(|| self.ours.histogram(self.tenant, &query));
                ensure!(histogram?.is_ok(), "a histogram of too many buckets");
                time
            }
            Read::Run { number: _, id } => {
                let (time, run) = timed(|| self.ours.get(self.tenant, id));
                ensure!(run?.is_some(), "there is no run {id}");
                time
            }
        })
    }

    fn rows(&self, requests: &[Vec<Request>], effort: &Effort) -> Result<Vec<InProcessRow>> {
        let mut times = vec![[const { Vec::new() }; 3]; requests.len()];
        for sample in 0..effort.samples {
            for (requests, [ours, rows_only, _]) in requests.iter().zip(&mut times) {
                let Request { read, place } = &requests[sample % requests.len()];
                ours.push(self.ours(read)?);
                let (time, rows) = timed(|| self.plain.rows_only(read, place));
                rows_only.extend(rows?.map(|_| time));
            }
        }
        for sample in 0..effort.counted_samples {
            for (requests, [_, _, counted]) in requests.iter().zip(&mut times) {
                let (time, total) = timed(|| self.plain.counted(&requests[sample].read));
                counted.extend(total?.map(|_| time));
            }
        }
        let summary = |times: Vec<f64>| (!times.is_empty()).then(|| Summary::of(times));
        let rows = KINDS.iter().zip(times).map(|(kind, [ours, rows_only, counted])| InProcessRow {
            kind,
            ours: Summary::of(ours),
            rows_only: summary(rows_only),
            counted: summary(counted),
        });
        Ok(rows.collect())
    }

    fn depths(&self, maker: &Maker<'_>, effort: &Effort) -> Result<Vec<DepthRow>> {
        let pages = (0..=DEPTHS).map(|tenths| {
            let depth = f64::from(tenths) / f64::from(DEPTHS);
            Ok((depth, maker.page_at(ListRead::default(), depth)?))
        });
        let pages = pages.collect::<Result<Vec<_>>>()?;
        let mut times = vec![[const { Vec::new() }; 2]; pages.len()];
        for _ in 0..effort.samples {
            for ((_, read), [ours, _]) in pages.iter().zip(&mut times) {
                ours.push(self.ours(read)?);
            }
        }
        for _ in 0..effort.counted_samples {
            for ((_, read), [_, counted]) in pages.iter().zip(&mut times) {
                let (time, total) = timed(|| self.plain.counted(read));
                total?;
                counted.push(time);
            }
        }
        let rows = pages.iter().zip(times).map(|((depth, _), [ours, counted])| DepthRow {
            depth: *depth,
            ours: Summary::of(ours),
            counted: Summary::of(counted),
        });
        Ok(rows.collect())
    }

    /// Compares what the ways to read find.
    fn expect_agreement(&self, requests: &[Vec<Request>]) -> Result<()> {
        for requests in requests {
            let Request { read, place } = &requests[0];
            let (items, total) = self.found(read)?;
            if let Some(counted) = self.plain.counted(read)? {
                ensure!(counted == total, "{read:?}: {total} runs, with plain SQL {counted}");
            }
            if let Some(rows) = self.plain.rows_only(read, place)? {
                ensure!(rows >= items, "{read:?}: {items} items, with plain SQL {rows}");
            }
        }
        Ok(())
    }

    /// The number of items or steps, and the total.
    fn found(&self, read: &Read) -> Result<(usize, i64)> {
        Ok(match read {
            Read::List(list) => {
                let query: ListExecutionsQuery = list.query();
                let page = self.ours.list(self.tenant, &query)?;
                (page.items.len(), page.total)
            }
            Read::Histogram { .. } => {
                let histogram = self.ours.histogram(self.tenant, &read.histogram())?;
                let buckets = histogram.map_err(|error| anyhow::anyhow!("{error:?}"))?.buckets;
                (0, buckets.iter().map(|bucket| bucket.total).sum())
            }
            Read::Run { number: _, id } => {
                let run = self.ours.get(self.tenant, id)?;
                (run.map_or(0, |run| run.steps.len()), 0)
            }
        })
    }
}

impl InProcess {
    /// The row that others are compared with.
    ///
    /// # Panics
    /// Where it is missing.
    pub fn page_1(&self) -> &InProcessRow {
        self.rows.iter().find(|row| row.kind.name == PAGE_1).expect("page 1 is a kind")
    }
}
