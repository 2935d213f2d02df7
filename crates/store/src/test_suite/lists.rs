//! Lists of runs.

use runledger_model::ListExecutionsQuery;

use super::support::{New, run, runtime};
use crate::Recorded;

pub fn tenants_do_not_see_each_other<T>(new: New<T>) {
    let (_kept, store) = new();
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

pub fn a_page_past_the_last_has_totals<T>(new: New<T>) {
    let (_kept, store) = new();
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

pub fn equal_times_are_ordered_by_the_bytes_of_the_id<T>(new: New<T>) {
    let (_kept, store) = new();
    runtime().block_on(async {
        let tenant = store.find_or_create_tenant("one").await.unwrap();
        let ids = ["b", "B", "a", "é", "z", "10", "9"];
        store.record(tenant, ids.map(run).to_vec()).await.unwrap();
        let list = store.list(tenant, ListExecutionsQuery::default()).await.unwrap();
        let shown: Vec<_> = list.items.iter().map(|run| run.id.as_str()).collect();
        assert_eq!(shown, ["é", "z", "b", "a", "B", "9", "10"]);
    });
}
