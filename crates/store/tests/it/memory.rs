//! The suite on the in-memory engine, and this engine against the contract, because the suite
//! compares all engines with it.

use std::sync::Arc;

use proptest::test_runner::{Config, TestRunner};
use runledger_model::{Histogram, HistogramBucket};
use runledger_store::{
    Store,
    memory::{MemoryStore, Runs},
    test_suite::sequences::{IDS, any_batches, histograms, queries, workflow_queries},
};

use crate::contract::Contract;

fn new_store() -> ((), Arc<dyn Store>) {
    ((), Arc::new(MemoryStore::default()))
}

runledger_store::test_suite!(new_store);

#[test]
fn after_any_sequence_of_recordings_all_responses_are_those_of_the_contract() {
    let config = Config { failure_persistence: None, ..Config::default() };
    let compare = |batches: Vec<(usize, _)>| {
        let (mut runs, mut contract) = (Runs::default(), Contract::default());
        for run in batches.into_iter().flat_map(|(_, runs)| runs) {
            assert_eq!(contract.record(&run), runs.record(run.into()).recorded);
        }
        for id in (0..IDS).map(|id| format!("run {id}")) {
            assert_eq!(runs.get(&id), contract.get(&id));
        }
        for query in queries() {
            assert_eq!(runs.list(&query).unwrap(), contract.list(&query), "{query:?}");
        }
        for query in workflow_queries() {
            assert_eq!(runs.workflows(&query), contract.workflows(&query), "{query:?}");
        }
        for query in histograms() {
            let listed = contract.list(&query.clone().into());
            let Ok(Histogram { buckets }) = runs.histogram(&query).unwrap() else { continue };
            let (total, failed) =
                (|it: &HistogramBucket| it.total, |it: &HistogramBucket| it.failed);
            assert_eq!(buckets.iter().map(total).sum::<i64>(), listed.total, "{query:?}");
            assert_eq!(buckets.iter().map(failed).sum::<i64>(), listed.failed, "{query:?}");
            for pair in buckets.windows(2) {
                let width = pair[1].start.millis() - pair[0].start.millis();
                assert_eq!(width, query.bucket.millis(), "a gap: {query:?}");
            }
            let with_runs: Vec<_> = buckets.into_iter().filter(|bucket| bucket.total > 0).collect();
            assert_eq!(with_runs, contract.buckets_with_runs(&query), "{query:?}");
        }
        Ok(())
    };
    TestRunner::new(config).run(&any_batches(), compare).unwrap();
}
