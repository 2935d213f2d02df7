//! Metadata that another process deletes.

use runledger_model::{ListExecutionsQuery, WorkflowRunDetail};
use runledger_store::{
    KeyStore, RunStore,
    test_suite::{run, runtime},
};
use runledger_store_sqlite::SqliteStore;

use crate::check;

#[test]
fn a_pair_that_another_process_has_deleted_is_a_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let [server, other] = [(); 2].map(|()| SqliteStore::open(&path).unwrap());
    let with = |id: &str, key: &str, value: &str| WorkflowRunDetail {
        metadata: [(key.to_owned(), value.to_owned())].into(),
        ..run(id)
    };
    runtime().block_on(async {
        let tenant = server.find_or_create_tenant("acme").await.unwrap();
        server.record(tenant, vec![with("a", "env", "prod")]).await.unwrap();
        other.delete(tenant, "a").await.unwrap();
        server.record(tenant, vec![with("b", "team", "blue")]).await.unwrap();
        server.record(tenant, vec![with("c", "env", "prod")]).await.unwrap();
        for (pair, id) in [("env:prod", "c"), ("team:blue", "b")] {
            let query =
                ListExecutionsQuery { metadata: vec![pair.to_owned()], ..Default::default() };
            let list = server.list(tenant, query).await.unwrap();
            let ids: Vec<_> = list.items.iter().map(|run| &*run.id).collect();
            assert_eq!((list.total, &*ids), (1, &[id][..]), "{pair}");
        }
    });
    drop((server, other));
    assert_eq!(check(&path).unwrap(), []);
}
