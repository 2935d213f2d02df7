//! One behaviour a test.

use std::sync::Arc;

use super::{run, runtime};
use crate::{ApiKey, KeyHash, ListedKey, NewApiKey, Recorded, Store, StoreError, new_secret};
use runledger_model::{
    ListExecutionsQuery, StepExecution, Timestamp, WorkflowRunDetail, WorkflowRunStatus,
};

type Fresh<T> = fn() -> (T, Arc<dyn Store>);

pub fn records_what_it_is_given<T>(fresh: Fresh<T>) {
    let (_kept, store) = fresh();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        assert_eq!(store.get(tenant, "a").await.unwrap(), None);
        let bare = WorkflowRunDetail {
            duration: None,
            started_at: None,
            finished_at: None,
            steps: vec![],
            step_count: 0,
            status: WorkflowRunStatus::Pending,
            ..run("b/ü %\u{1F600}")
        };
        let results = store.record(tenant, vec![run("a"), bare.clone()]).await.unwrap();
        assert_eq!(results, [Recorded::Created; 2]);
        assert_eq!(store.get(tenant, "a").await.unwrap(), Some(run("a")));
        assert_eq!(store.get(tenant, &bare.id).await.unwrap(), Some(bare));
    });
}

pub fn tells_how_much_text_a_run_has<T>(fresh: Fresh<T>) {
    let (_kept, store) = fresh();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        let other = store.find_or_create_tenant("other").await.unwrap();
        let step = |id: &str, error: Option<&str>| StepExecution {
            id: id.into(),
            step_name: "name".into(),
            error: error.map(str::to_owned),
            ..run("a").steps[0].clone()
        };
        let steps = vec![step("1", Some("\u{1F600}")), step("22", None)];
        let run = WorkflowRunDetail { steps, step_count: 2, ..run("a") };
        store.record(tenant, vec![run]).await.unwrap();
        assert_eq!(store.text_size(tenant, "a").await.unwrap(), 1 + 4 + 4 + 2 + 4);
        assert_eq!(store.text_size(tenant, "b").await.unwrap(), 0);
        assert_eq!(store.text_size(other, "a").await.unwrap(), 0);
    });
}

pub fn knows_the_same_from_the_new<T>(fresh: Fresh<T>) {
    let (_kept, store) = fresh();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        let mut run = run("a");
        assert_eq!(store.record(tenant, vec![run.clone()]).await.unwrap(), [Recorded::Created]);
        assert_eq!(store.record(tenant, vec![run.clone()]).await.unwrap(), [Recorded::Unchanged]);
        run.steps.pop();
        run.step_count = 1;
        assert_eq!(store.record(tenant, vec![run.clone()]).await.unwrap(), [Recorded::Updated]);
        assert_eq!(store.get(tenant, "a").await.unwrap(), Some(run));
    });
}

pub fn keeps_finished_runs_finished<T>(fresh: Fresh<T>) {
    let (_kept, store) = fresh();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        for from in WorkflowRunStatus::ALL {
            for to in WorkflowRunStatus::ALL {
                let id = format!("{from} to {to}");
                let before = WorkflowRunDetail { status: *from, ..run(&id) };
                let after = WorkflowRunDetail { status: *to, ..run(&id) };
                store.record(tenant, vec![before.clone()]).await.unwrap();
                let result = store.record(tenant, vec![after.clone()]).await.unwrap()[0];
                let stands = store.get(tenant, &id).await.unwrap().unwrap();
                if from.is_final() && !to.is_final() {
                    assert_eq!(result, Recorded::Conflict { from: *from, to: *to });
                    assert_eq!(stands, before);
                } else {
                    let expected = if from == to { Recorded::Unchanged } else { Recorded::Updated };
                    assert_eq!(result, expected, "{id}");
                    assert_eq!(stands, after);
                }
            }
        }
    });
}

pub fn takes_a_run_that_stands_twice_in_order<T>(fresh: Fresh<T>) {
    let (_kept, store) = fresh();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        let live = WorkflowRunDetail { status: WorkflowRunStatus::Running, ..run("a") };
        let batch = vec![live.clone(), run("a"), run("a"), live];
        let results = store.record(tenant, batch).await.unwrap();
        let conflict = Recorded::Conflict {
            from: WorkflowRunStatus::Succeeded,
            to: WorkflowRunStatus::Running,
        };
        let expected = [Recorded::Created, Recorded::Updated, Recorded::Unchanged, conflict];
        assert_eq!(results, expected);
        let list = store.list(tenant, ListExecutionsQuery::default()).await.unwrap();
        assert_eq!((list.total, list.succeeded), (1, 1));
    });
}

pub fn keeps_tenants_apart<T>(fresh: Fresh<T>) {
    let (_kept, store) = fresh();
    runtime().block_on(async {
        let (one, two) = (
            store.find_or_create_tenant("one").await.unwrap(),
            store.find_or_create_tenant("two").await.unwrap(),
        );
        assert_ne!(one, two);
        assert_eq!(store.find_or_create_tenant("one").await.unwrap(), one);
        assert_eq!(store.find_tenant("two").await.unwrap(), Some(two));
        assert_eq!(store.find_tenant("three").await.unwrap(), None);
        store.record(one, vec![run("a")]).await.unwrap();
        let mut other = run("a");
        other.run_type = "TEST".into();
        assert_eq!(store.get(two, "a").await.unwrap(), None);
        assert_eq!(store.record(two, vec![other.clone()]).await.unwrap(), [Recorded::Created]);
        assert_eq!(store.get(one, "a").await.unwrap(), Some(run("a")));
        assert_eq!(store.get(two, "a").await.unwrap(), Some(other));
        for query in [
            ListExecutionsQuery::default(),
            ListExecutionsQuery::parse("workflow_id=workflow_abc123").unwrap(),
        ] {
            assert_eq!(store.list(one, query).await.unwrap().total, 1);
        }
    });
}

pub fn answers_pages_past_the_last_with_totals<T>(fresh: Fresh<T>) {
    let (_kept, store) = fresh();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        store.record(tenant, vec![run("a"), run("b")]).await.unwrap();
        for query in ["page=2", "page=2147483647&limit=100", "limit=1&page=3"] {
            let query = ListExecutionsQuery::parse(query).unwrap();
            let list = store.list(tenant, query).await.unwrap();
            assert_eq!((list.total, list.succeeded, list.items.len()), (2, 2, 0));
        }
        let query = ListExecutionsQuery::parse("workflow_id=never").unwrap();
        assert_eq!(store.list(tenant, query).await.unwrap().total, 0);
    });
}

pub fn breaks_ties_by_the_bytes_of_the_id<T>(fresh: Fresh<T>) {
    let (_kept, store) = fresh();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        let ids = ["b", "B", "a", "é", "z", "10", "9"];
        store.record(tenant, ids.map(run).to_vec()).await.unwrap();
        let list = store.list(tenant, ListExecutionsQuery::default()).await.unwrap();
        let shown: Vec<_> = list.items.iter().map(|run| run.id.as_str()).collect();
        assert_eq!(shown, ["é", "z", "b", "a", "B", "9", "10"]);
    });
}

pub fn revokes_keys_at_once<T>(fresh: Fresh<T>) {
    let (_kept, store) = fresh();
    runtime().block_on(async {
        let (hash, tenant) =
            (KeyHash::of(b"secret"), store.find_or_create_tenant("one").await.unwrap());
        assert_eq!(store.find_key(&hash).await.unwrap(), None);
        let expires_at = Timestamp::from_millis(1_000_000);
        let new = NewApiKey { write: false, expires_at, ..NewApiKey::of("secret", tenant) };
        let id = store.create_key(new).await.unwrap();
        let key = ApiKey { id, tenant, read: true, write: false, expires_at, revoked: false };
        assert_eq!(store.find_key(&hash).await.unwrap(), Some(key.clone()));
        assert!(key.is_valid_at(Timestamp::from_millis(999_999).unwrap()));
        assert!(!key.is_valid_at(Timestamp::from_millis(1_000_000).unwrap()));
        assert!(store.revoke_key(id).await.unwrap());
        assert_eq!(store.find_key(&hash).await.unwrap(), Some(ApiKey { revoked: true, ..key }));
        assert!(!store.revoke_key(id + 1).await.unwrap());
    });
}

pub fn lists_keys_without_their_secrets<T>(fresh: Fresh<T>) {
    let (_kept, store) = fresh();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        let secret = new_secret();
        let note = "for the night's import".to_owned();
        let made = NewApiKey { read: false, note, ..NewApiKey::of(&secret, tenant) };
        let first = store.create_key(made).await.unwrap();
        let second = store.create_key(NewApiKey::of("abc", tenant)).await.unwrap();
        store.revoke_key(second).await.unwrap();
        let listed = store.list_keys().await.unwrap();
        assert_eq!(listed.iter().map(|key| key.id).collect::<Vec<_>>(), [first, second]);
        let ListedKey { tenant, prefix, read, write, created_at, note, revoked, .. } = &listed[0];
        assert_eq!((tenant.as_str(), note.as_str()), ("one", "for the night's import"));
        assert_eq!((prefix.as_str(), secret.len()), (&secret[..8], 35));
        assert_eq!((*read, *write, *revoked), (false, true, false));
        assert!(created_at.is_some_and(|at| at <= Timestamp::now()));
        assert_eq!(listed[0].last_used_at, None);
        assert_eq!((listed[1].prefix.as_str(), listed[1].revoked), ("", true), "too short to show");
    });
}

pub fn refuses_a_second_key_with_the_same_secret<T>(fresh: Fresh<T>) {
    let (_kept, store) = fresh();
    runtime().block_on(async {
        let (one, two) = (
            store.find_or_create_tenant("one").await.unwrap(),
            store.find_or_create_tenant("two").await.unwrap(),
        );
        let hash = KeyHash::of(b"secret");
        let key = NewApiKey::of("secret", one);
        store.create_key(key.clone()).await.unwrap();
        let again = store.create_key(NewApiKey { tenant: two, ..key }).await;
        assert!(matches!(again, Err(StoreError::DuplicateKey)), "{again:?}");
        assert_eq!(store.find_key(&hash).await.unwrap().unwrap().tenant, one);
    });
}

pub fn takes_recordings_from_many_at_once<T>(fresh: Fresh<T>) {
    let (_kept, store) = fresh();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    runtime.block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        let tasks: Vec<_> = (0..40)
            .map(|task| {
                let store = Arc::clone(&store);
                let runs = (0..25).map(|n| run(&format!("{}", task / 2 * 25 + n))).collect();
                tokio::spawn(async move { store.record(tenant, runs).await.unwrap() })
            })
            .collect();
        let mut created = 0;
        for task in tasks {
            let results = task.await.unwrap();
            created += results.iter().filter(|result| **result == Recorded::Created).count();
        }
        assert_eq!(created, 500);
        assert_eq!(store.list(tenant, ListExecutionsQuery::default()).await.unwrap().total, 500);
    });
}

pub fn answers_from_one_moment<T>(fresh: Fresh<T>) {
    let (_kept, store) = fresh();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        let of = |steps: usize| {
            let mut run = run("changing");
            run.steps = (0..steps)
                .map(|n| StepExecution { id: n.to_string(), ..run.steps[0].clone() })
                .collect();
            run.step_count = steps as i32;
            run.version_display_name = steps.to_string();
            run
        };
        store.record(tenant, vec![of(0)]).await.unwrap();
        let writing = tokio::spawn({
            let store = Arc::clone(&store);
            async move {
                for n in 0..300 {
                    store.record(tenant, vec![run(&format!("run {n}")), of(n % 9)]).await.unwrap();
                }
            }
        });
        while !writing.is_finished() {
            let list = store
                .list(tenant, ListExecutionsQuery { limit: 100, ..ListExecutionsQuery::default() });
            let list = list.await.unwrap();
            assert_eq!(list.items.len() as i64, list.total.min(100));
            let run = store.get(tenant, "changing").await.unwrap().unwrap();
            assert_eq!(run.version_display_name, run.steps.len().to_string());
        }
        writing.await.unwrap();
    });
}
