//! The store compared with plain SQL on the same data: `cargo xtask bench store`.
//!
//! Reads are measured twice: on a reader in this thread, which is compared with plain SQL on a
//! connection in this thread, and through the store's trait, which adds the way to a reader thread
//! and back. A page always includes its totals. Recording is measured through the trait into a new
//! file, and compared with plain tables that have the same indexes. All results are compared before
//! they are measured.

mod plain;

use std::{
    path::Path,
    time::{Duration, Instant},
};

use runledger_model::{
    ListExecutionsQuery, ListWorkflowRunsResponse, Timestamp, WorkflowRunDetail,
    WorkflowRunStatus::Failed,
};
use runledger_store::{KeyStore, RunStore, TenantId, codes::StorageCode};
use runledger_store_sqlite::{Reader, SqliteStore};
use tokio::runtime::Runtime;

use self::plain::{PlainReader, PlainWriter};

const BATCH: usize = 1000;
const SEED: u64 = 1;
/// How often a read of the store is measured.
const STORE_SAMPLES: usize = 200;
/// How often a read with plain SQL is measured, which takes much longer.
const PLAIN_SAMPLES: usize = 7;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let options = arguments.windows(2).filter(|pair| pair[0] == "--runs");
    let mut sizes: Vec<usize> =
        options.map(|pair| pair[1].parse().expect("--runs takes a number")).collect();
    if sizes.is_empty() {
        sizes = vec![100_000, 1_000_000];
    }
    sizes.into_iter().for_each(measure);
}

fn measure(runs: usize) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let files = [folder.path().join("store.db"), folder.path().join("plain.db")];
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let store = SqliteStore::open(&files[0]).expect("a new store");
    let tenant = runtime.block_on(store.find_or_create_tenant("bench")).expect("a tenant");
    let mut writer = PlainWriter::create(&files[1]);

    println!("\n{runs} runs, SQLite, 20 a page, medians\n");
    println!("| | store | through the trait | plain SQL | without totals | ratio |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: |");
    let rates = fill(&runtime, &store, tenant, &mut writer, runs)
        .map(|time| runs as f64 / time.as_secs_f64());
    println!(
        "| recording, runs/s in batches of {BATCH} | | {:.0} | {:.0} | | {:.2} of plain SQL |",
        rates[0],
        rates[1],
        rates[0] / rates[1]
    );
    let reads = Reads {
        runtime: &runtime,
        store: &store,
        tenant,
        reader: Reader::open(&files[0]).expect("a reader"),
        plain: PlainReader::open(&files[1]),
    };
    reads.measure_pages();
    reads.measure_totals();
    reads.measure_run(&history(runs).nth(runs / 2).expect("a run in the middle").id);
    drop(reads);
    drop(store);
    let sizes = files.map(|file| size(&file) / runs as u64);
    println!("| bytes a run on disk, with steps | {} | | {} | | |", sizes[0], sizes[1]);
}

/// What reads are measured on.
struct Reads<'a> {
    runtime: &'a Runtime,
    store: &'a SqliteStore,
    tenant: TenantId,
    reader: Reader,
    plain: PlainReader,
}

impl Reads<'_> {
    fn measure_pages(&self) {
        let total = |filter| self.list(&page(1, filter)).total;
        let deep = |filter| page((total(filter) * 8 / 10 / 20 + 1) as i32, filter);
        let (all, failed) = ("", "status=FAILED");
        for (name, query, status) in [
            ("page 1 with totals", page(1, all), None),
            ("page at 80 % depth with totals", deep(all), None),
            ("page 1 with totals, FAILED", page(1, failed), Some(Failed.code())),
            ("page at 80 % depth with totals, FAILED", deep(failed), Some(Failed.code())),
        ] {
            let offset = query.offset();
            let response = self.list(&query);
            assert_eq!(response, self.list_through_trait(&query), "{name}");
            let ids: Vec<_> = response.items.into_iter().map(|run| run.id).collect();
            assert_eq!(ids, self.plain.ids(status, offset), "{name}");
            assert_eq!(response.total, self.plain.total(status), "{name}");
            let ids = || self.plain.ids(status, offset);
            row(
                name,
                median(STORE_SAMPLES, || self.list(&query)),
                median(STORE_SAMPLES, || self.list_through_trait(&query)),
                median(PLAIN_SAMPLES, || (ids(), self.plain.totals(status))),
                Some(median(PLAIN_SAMPLES, ids)),
            );
        }
    }

    /// A page past the last has nothing but totals.
    fn measure_totals(&self) {
        let query = page(i32::MAX, "");
        let response = self.list(&query);
        let totals = [response.total, response.succeeded, response.failed];
        assert_eq!(totals, self.plain.totals(None));
        row(
            "totals",
            median(STORE_SAMPLES, || self.list(&query)),
            median(STORE_SAMPLES, || self.list_through_trait(&query)),
            median(PLAIN_SAMPLES, || self.plain.totals(None)),
            None,
        );
    }

    fn measure_run(&self, id: &str) {
        let get = || self.reader.get(self.tenant, id).expect("a result").expect("the run");
        let get_through_trait = || {
            let run = self.runtime.block_on(self.store.get(self.tenant, id));
            run.expect("a result").expect("the run")
        };
        let run = get();
        assert_eq!(run, get_through_trait());
        assert_eq!(run.steps.len(), self.plain.run(id));
        row(
            &format!("one run with its {} steps", run.steps.len()),
            median(STORE_SAMPLES, get),
            median(STORE_SAMPLES, get_through_trait),
            median(STORE_SAMPLES, || self.plain.run(id)),
            None,
        );
    }

    fn list(&self, query: &ListExecutionsQuery) -> ListWorkflowRunsResponse {
        self.reader.list(self.tenant, query).expect("a page")
    }

    fn list_through_trait(&self, query: &ListExecutionsQuery) -> ListWorkflowRunsResponse {
        self.runtime.block_on(self.store.list(self.tenant, query.clone())).expect("a page")
    }
}

fn history(runs: usize) -> impl Iterator<Item = WorkflowRunDetail> {
    let end = Timestamp::from_millis(1_760_000_000_000).expect("a time in 2025");
    runledger_sample::history(SEED, runs, end)
}

fn page(page: i32, filter: &str) -> ListExecutionsQuery {
    ListExecutionsQuery { page, ..ListExecutionsQuery::parse(filter).expect("a query") }
}

/// Fills both in turn, batch by batch, so that other load on this machine affects both equally.
/// Returns the time of the recording itself, without generating the runs.
fn fill(
    runtime: &Runtime,
    store: &SqliteStore,
    tenant: TenantId,
    plain: &mut PlainWriter,
    runs: usize,
) -> [Duration; 2] {
    let mut history = history(runs);
    let mut times = [Duration::ZERO; 2];
    loop {
        let batch: Vec<_> = history.by_ref().take(BATCH).collect();
        if batch.is_empty() {
            return times;
        }
        let start = Instant::now();
        plain.record(&batch);
        times[1] += start.elapsed();
        let start = Instant::now();
        runtime.block_on(store.record(tenant, batch)).expect("recorded");
        times[0] += start.elapsed();
    }
}

/// The median time in microseconds.
fn median<T>(samples: usize, mut work: impl FnMut() -> T) -> f64 {
    work();
    let mut times: Vec<_> = (0..samples)
        .map(|_| {
            let start = Instant::now();
            std::hint::black_box(work());
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[samples / 2].as_secs_f64() * 1e6
}

/// Prints times in microseconds.
fn row(name: &str, store: f64, through_trait: f64, plain: f64, without_totals: Option<f64>) {
    let without_totals = without_totals.map_or(String::new(), |time| format!("{time:.0}"));
    let ratio = plain / store;
    println!(
        "| {name}, µs | {store:.0} | {through_trait:.0} | {plain:.0} | {without_totals} \
         | {ratio:.1} |"
    );
}

fn size(file: &Path) -> u64 {
    std::fs::metadata(file).map_or(0, |file| file.len())
}
