//! The store against naive SQL on the same data, in one run: `cargo xtask bench store`.
//!
//! Reads are timed twice: by a reader on this thread, which is what naive SQL on a plain connection
//! to the bare table is compared with, and through the store's trait, with the way to a reader's
//! thread and back. A page always comes with its totals. Recording is timed through the trait into
//! a fresh file, against a bare table with the same indexes and steps. What all answer is compared
//! before it is timed.

mod bare;

use std::{
    path::Path,
    time::{Duration, Instant},
};

use runledger_model::{ListExecutionsQuery, Timestamp, WorkflowRunDetail};
use runledger_store::{KeyStore, RunStore, TenantId};
use runledger_store_sqlite::{Reader, SqliteStore};
use tokio::runtime::Runtime;

const BATCH: usize = 1000;
const SEED: u64 = 1;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let named = arguments.windows(2).filter(|pair| pair[0] == "--runs");
    let mut sizes: Vec<usize> =
        named.map(|pair| pair[1].parse().expect("--runs takes a number")).collect();
    if sizes.is_empty() {
        sizes = vec![100_000, 1_000_000];
    }
    for runs in sizes {
        measure(runs);
    }
}

fn measure(runs: usize) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (kept_file, bare_file) = (folder.path().join("kept.db"), folder.path().join("bare.db"));
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");

    println!("\n{runs} runs, SQLite, 20 a page, medians\n");
    println!(
        "| what | kept counts | through the trait | naive SQL | of it the page alone | ratio |"
    );
    println!("| --- | ---: | ---: | ---: | ---: | ---: |");
    let store = SqliteStore::open(&kept_file).expect("a fresh store");
    let tenant = runtime.block_on(store.find_or_create_tenant("bench")).expect("a tenant");
    let [kept, bare] = fill(&runtime, &store, tenant, &mut bare::Bare::create(&bare_file), runs)
        .map(|took| runs as f64 / took.as_secs_f64());
    println!(
        "| recording, runs/s in batches of {BATCH} | | {kept:.0} | {bare:.0} | | {:.2} of bare |",
        kept / bare
    );

    let naive = bare::Naive::open(&bare_file);
    let reader = Reader::open(&kept_file).expect("a reader");
    let list = |query: &ListExecutionsQuery| reader.list(tenant, query).expect("a page");
    let through = |query: &ListExecutionsQuery| {
        runtime.block_on(store.list(tenant, query.clone())).expect("a page")
    };
    let (total, failed) = (list(&page(1, "")).total, list(&page(1, "status=FAILED")).total);
    let deep = |total: i64| (total * 8 / 10 / 20 + 1) as i32;
    for (name, query, status) in [
        ("page 1 with totals", page(1, ""), None),
        ("page at 80 % depth with totals", page(deep(total), ""), None),
        ("page 1 with totals, FAILED", page(1, "status=FAILED"), Some(4)),
        ("page at 80 % depth with totals, FAILED", page(deep(failed), "status=FAILED"), Some(4)),
    ] {
        let offset = query.offset();
        let answer = list(&query);
        assert_eq!(answer, through(&query), "{name}");
        let ids: Vec<_> = answer.items.into_iter().map(|run| run.id).collect();
        assert_eq!((ids, answer.total), (naive.ids(status, offset), naive.total(status)), "{name}");
        let alone = median(7, || naive.ids(status, offset));
        let both = median(7, || (naive.ids(status, offset), naive.totals(status)));
        let kept = [median(200, || list(&query)), median(200, || through(&query))];
        row(name, kept, both, Some(alone));
    }
    // A page past the last is nothing but its totals.
    let past = page(i32::MAX, "");
    let answer = list(&past);
    assert_eq!([answer.total, answer.succeeded, answer.failed], naive.totals(None));
    let kept = [median(200, || list(&past)), median(200, || through(&past))];
    row("totals", kept, median(7, || naive.totals(None)), None);
    let id = history(runs).nth(runs / 2).expect("a run in the middle").id;
    let get = || reader.get(tenant, &id).expect("an answer").expect("the run");
    let through = || runtime.block_on(store.get(tenant, &id)).expect("an answer").expect("the run");
    assert_eq!(get(), through());
    let steps = get().steps.len();
    assert_eq!(steps, naive.run(&id));
    let name = format!("one run with its {steps} steps");
    let kept = [median(200, get), median(200, through)];
    row(&name, kept, median(200, || naive.run(&id)), None);
    drop((store, reader, naive));
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len()) / runs as u64;
    println!(
        "| bytes a run on disk, steps included | {} | | {} | | |",
        size(&kept_file),
        size(&bare_file)
    );
}

fn history(runs: usize) -> impl Iterator<Item = WorkflowRunDetail> {
    let end = Timestamp::from_millis(1_760_000_000_000).expect("a time in 2025");
    runledger_sample::history(SEED, runs, end)
}

fn page(page: i32, filter: &str) -> ListExecutionsQuery {
    ListExecutionsQuery { page, ..ListExecutionsQuery::parse(filter).expect("a query") }
}

/// Fills both batch by batch in turn, so that whatever else this machine does hits both alike.
/// Answers how long the recording itself takes in each; making up the runs does not count.
fn fill(
    runtime: &Runtime,
    store: &SqliteStore,
    tenant: TenantId,
    bare: &mut bare::Bare,
    runs: usize,
) -> [Duration; 2] {
    let mut history = history(runs);
    let mut took = [Duration::ZERO; 2];
    loop {
        let batch: Vec<_> = history.by_ref().take(BATCH).collect();
        if batch.is_empty() {
            return took;
        }
        let start = Instant::now();
        bare.record(&batch);
        took[1] += start.elapsed();
        let start = Instant::now();
        runtime.block_on(store.record(tenant, batch)).expect("recorded");
        took[0] += start.elapsed();
    }
}

/// Microseconds.
fn median<T>(times: usize, mut work: impl FnMut() -> T) -> f64 {
    work();
    let mut took: Vec<_> = (0..times)
        .map(|_| {
            let start = Instant::now();
            std::hint::black_box(work());
            start.elapsed()
        })
        .collect();
    took.sort_unstable();
    took[times / 2].as_secs_f64() * 1e6
}

fn row(name: &str, [kept, through]: [f64; 2], naive: f64, alone: Option<f64>) {
    let alone = alone.map_or(String::new(), |alone| format!("{alone:.0}"));
    println!(
        "| {name}, µs | {kept:.0} | {through:.0} | {naive:.0} | {alone} | {:.1} times |",
        naive / kept
    );
}
