//! The numbers of changes.

use std::{collections::HashMap, sync::Arc};

use runledger_model::{WorkflowRunDetail, WorkflowRunStatus};

use super::support::{New, run, runtime};
use crate::{Changes, Recorded, RunFilter, Store, TenantId};

pub fn every_change_takes_the_next_number<T>(new: New<T>) {
    let (_kept, store) = new();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        assert_eq!(store.last_change(tenant).await.unwrap(), 0);
        let nothing = Changes { changes: Vec::new(), last: 0, deletions_after: 0 };
        assert_eq!(store.changes(tenant, 0, 100).await.unwrap(), nothing);
        store.record(tenant, vec![run("a"), run("b"), failed("a")]).await.unwrap();
        assert_eq!(numbers(&*store, tenant, 0).await, [(2, "b".into()), (3, "a".into())]);
        store.record(tenant, vec![run("c")]).await.unwrap();
        store.delete(tenant, "b").await.unwrap();
        let expected = [(3, "a".into()), (4, "c".into()), (5, "b".into())];
        assert_eq!(numbers(&*store, tenant, 0).await, expected);
        assert_eq!(numbers(&*store, tenant, 3).await, expected[1..]);
        assert_eq!(numbers(&*store, tenant, 5).await, []);
        assert_eq!(numbers(&*store, tenant, u64::MAX).await, []);
        assert_eq!(store.last_change(tenant).await.unwrap(), 5);
    });
}

pub fn what_changes_nothing_takes_no_number<T>(new: New<T>) {
    let (_kept, store) = new();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        store.record(tenant, vec![run("a")]).await.unwrap();
        let running = WorkflowRunDetail { status: WorkflowRunStatus::Running, ..run("a") };
        let recorded = store.record(tenant, vec![run("a"), running]).await.unwrap();
        assert!(recorded.iter().all(|recorded| !recorded.is_written()), "{recorded:?}");
        store.record(tenant, vec![]).await.unwrap();
        assert!(!store.delete(tenant, "never").await.unwrap());
        let filter = RunFilter { workflow_id: Some("never".into()), ..RunFilter::default() };
        assert_eq!(store.delete_oldest(tenant, filter, 10).await.unwrap(), 0);
        assert_eq!(store.last_change(tenant).await.unwrap(), 1);
        store.record(tenant, vec![run("b")]).await.unwrap();
        assert_eq!(numbers(&*store, tenant, 1).await, [(2, "b".into())]);
    });
}

pub fn a_change_has_the_newest_state_of_its_run<T>(new: New<T>) {
    let (_kept, store) = new();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        store.record(tenant, vec![run("a"), run("b")]).await.unwrap();
        let mut moved = failed("a");
        moved.workflow_id = "another".into();
        store.record(tenant, vec![moved.clone()]).await.unwrap();
        let changes = store.changes(tenant, 0, 100).await.unwrap().changes;
        let runs: Vec<_> = changes.into_iter().map(|change| change.run).collect();
        assert_eq!(runs, [Some(run("b").metadata()), Some(moved.metadata())]);
    });
}

pub fn a_deletion_is_a_change_until_the_run_is_recorded_again<T>(new: New<T>) {
    let (_kept, store) = new();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        store.record(tenant, vec![run("a"), run("b"), run("c")]).await.unwrap();
        store.delete(tenant, "b").await.unwrap();
        let changes = store.changes(tenant, 3, 100).await.unwrap();
        assert_eq!((changes.last, changes.deletions_after), (4, 0));
        assert_eq!(changes.changes.len(), 1);
        let deletion = &changes.changes[0];
        assert_eq!((deletion.number, deletion.id.as_str(), &deletion.run), (4, "b", &None));
        assert!(!store.delete(tenant, "b").await.unwrap(), "a deletion is one change");
        let recorded = store.record(tenant, vec![run("b")]).await.unwrap();
        assert_eq!(recorded, [Recorded::Created]);
        let all = store.changes(tenant, 0, 100).await.unwrap();
        let numbers: Vec<_> = all.changes.iter().map(|it| (it.number, it.run.is_some())).collect();
        assert_eq!(numbers, [(1, true), (3, true), (5, true)]);
        let deleted = store.delete_oldest(tenant, RunFilter::default(), 2).await.unwrap();
        assert_eq!((deleted, store.last_change(tenant).await.unwrap()), (2, 7));
        let all = store.changes(tenant, 0, 100).await.unwrap();
        let runs: Vec<_> = all.changes.iter().map(|it| (it.number, it.run.is_some())).collect();
        assert_eq!(runs, [(3, true), (6, false), (7, false)]);
    });
}

pub fn tenants_have_numbers_of_their_own<T>(new: New<T>) {
    let (_kept, store) = new();
    runtime().block_on(async {
        let one = store.find_or_create_tenant("one").await.unwrap();
        let two = store.find_or_create_tenant("two").await.unwrap();
        store.record(one, vec![run("a"), run("b")]).await.unwrap();
        store.record(two, vec![run("a")]).await.unwrap();
        store.delete(one, "a").await.unwrap();
        assert_eq!(numbers(&*store, one, 0).await, [(2, "b".into()), (3, "a".into())]);
        assert_eq!(numbers(&*store, two, 0).await, [(1, "a".into())]);
        assert!(store.changes(two, 0, 100).await.unwrap().changes[0].run.is_some());
        assert_eq!(store.last_change(two).await.unwrap(), 1);
    });
}

pub fn a_watch_moves_with_the_changes_of_its_tenant<T>(new: New<T>) {
    let (_kept, store) = new();
    runtime().block_on(async {
        let one = store.find_or_create_tenant("one").await.unwrap();
        let two = store.find_or_create_tenant("two").await.unwrap();
        let (mut first, mut second) = (store.watch_changes(one), store.watch_changes(one));
        store.record(two, vec![run("a")]).await.unwrap();
        assert!(!first.has_changed().unwrap(), "another tenant's change");
        store.record(one, vec![run("a"), run("b")]).await.unwrap();
        for receiver in [&mut first, &mut second] {
            receiver.changed().await.unwrap();
            assert_eq!(*receiver.borrow_and_update(), 2);
        }
        store.record(one, vec![run("a")]).await.unwrap();
        assert!(!first.has_changed().unwrap(), "nothing has changed");
        store.delete(one, "a").await.unwrap();
        first.changed().await.unwrap();
        store.delete_oldest(one, RunFilter::default(), 10).await.unwrap();
        second.changed().await.unwrap();
        assert_eq!(store.last_change(one).await.unwrap(), 4);
    });
}

pub fn a_walk_through_changes_misses_and_repeats_none<T>(new: New<T>) {
    const WRITERS: usize = 6;
    let (_kept, store) = new();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(3).build().unwrap();
    runtime.block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| tokio::spawn(write(Arc::clone(&store), tenant, writer)))
            .collect();
        // What a program knows that keeps a copy: for each run its last number, and whether it is.
        let (mut copy, mut after, mut finished) = (HashMap::new(), 0, false);
        loop {
            let walked = store.changes(tenant, after, 7).await.unwrap();
            for change in &walked.changes {
                assert!(change.number > after, "{} after {after}", change.number);
                after = change.number;
                copy.insert(change.id.clone(), (change.number, change.run.is_some()));
            }
            assert!(after <= walked.last);
            if walked.changes.is_empty() {
                if finished {
                    break;
                }
                finished = writers.iter().all(|writer| writer.is_finished());
                tokio::task::yield_now().await;
            }
        }
        for writer in writers {
            writer.await.unwrap();
        }
        let all = store.changes(tenant, 0, usize::MAX).await.unwrap();
        assert_eq!((all.last, after), (WRITERS as u64 * 50, WRITERS as u64 * 50));
        let newest = all.changes.into_iter();
        let newest: HashMap<_, _> =
            newest.map(|change| (change.id, (change.number, change.run.is_some()))).collect();
        assert_eq!(copy, newest);
    });
}

/// Makes 50 changes to the runs of one writer.
async fn write(store: Arc<dyn Store>, tenant: TenantId, writer: usize) {
    for n in 0..10 {
        let ids = [format!("{writer} {n}"), format!("{writer} {}", n + 1)];
        store.record(tenant, ids.each_ref().map(|id| run(id)).to_vec()).await.unwrap();
        store.record(tenant, ids.each_ref().map(|id| failed(id)).to_vec()).await.unwrap();
        store.delete(tenant, &ids[1]).await.unwrap();
    }
}

async fn numbers(store: &dyn Store, tenant: TenantId, after: u64) -> Vec<(u64, String)> {
    let mut changes = Vec::new();
    let mut after = after;
    // One at a time: the pages are those of the whole list.
    while let Some(change) = store.changes(tenant, after, 1).await.unwrap().changes.pop() {
        after = change.number;
        changes.push((change.number, change.id));
    }
    changes
}

/// The documented run under this id, but failed.
fn failed(id: &str) -> WorkflowRunDetail {
    WorkflowRunDetail { status: WorkflowRunStatus::Failed, ..run(id) }
}
