//! The list of changes, over HTTP.

use runledger_model::{WorkflowRunChanges, WorkflowRunDetail, examples};
use runledger_tests::world::{KEY, OTHER, World};
use serde_json::json;

const RUN: &str = "/v1/executions/run_def456";

async fn changes(world: &World, query: &str, key: &str) -> WorkflowRunChanges {
    let reply = world.get(&format!("/v1/changes?{query}"), key).await;
    assert_eq!(reply.status, 200, "{query}");
    serde_json::from_slice(&reply.body).unwrap()
}

/// The number of the tenant's last change.
async fn last(world: &World) -> i64 {
    world.store.last_change(world.tenant).await.unwrap().cast_signed()
}

#[tokio::test]
async fn a_program_that_reads_all_changes_has_a_copy_of_all_runs() {
    let world = World::new().await;
    world.send_json("DELETE", "/v1/executions/run_def456", KEY, &json!(null)).await;
    let (mut copy, mut after) = (std::collections::HashMap::new(), 0);
    loop {
        let page = changes(&world, &format!("after={after}&limit=37"), KEY).await;
        assert_eq!(page.deletions_after, 0);
        if page.items.is_empty() {
            assert_eq!(page.next_after, after);
            break;
        }
        assert_eq!(page.next_after, page.items.last().unwrap().number);
        assert!(page.items.len() <= 37);
        for change in page.items {
            assert!(change.number > after, "ascending");
            after = change.number;
            match change.run {
                Some(run) => drop(copy.insert(change.id, run)),
                None => assert!(change.deleted && copy.remove(&change.id).is_none()),
            }
        }
    }
    assert_eq!(after, last(&world).await);
    let list = world.get("/v1/executions?limit=100", KEY).await.json();
    assert_eq!(list["total"], copy.len());
    for run in list["items"].as_array().unwrap() {
        assert_eq!(json!(copy[run["id"].as_str().unwrap()]), *run);
    }
}

#[tokio::test]
async fn a_change_is_a_recording_that_changes_something_or_a_deletion() {
    let world = World::new().await;
    let before = last(&world).await;
    let mut run = world.get(RUN, KEY).await.json();
    world.send_json("PUT", RUN, KEY, &run).await;
    assert_eq!(changes(&world, &format!("after={before}"), KEY).await.items, [], "unchanged");
    run["status"] = json!("FAILED");
    run["workflow_id"] = json!("another");
    world.send_json("PUT", RUN, KEY, &run).await;
    let page = changes(&world, &format!("after={before}"), KEY).await;
    let run: WorkflowRunDetail = serde_json::from_value(run).unwrap();
    assert_eq!(page.items.len(), 1);
    assert_eq!(page.items[0].run, Some(run.metadata()));
    assert_eq!((page.items[0].number, page.next_after), (before + 1, before + 1));
    world.send_json("DELETE", RUN, KEY, &json!(null)).await;
    let reply = world.get(&format!("/v1/changes?after={before}"), KEY).await;
    let deleted = json!({ "number": before + 2, "id": "run_def456", "deleted": true });
    assert_eq!(reply.json()["items"], json!([deleted]), "run is omitted");
    world.send_json("PUT", RUN, KEY, &json!(examples::record_execution())).await;
    let page = changes(&world, &format!("after={before}"), KEY).await;
    assert_eq!(page.items[0].run, Some(examples::execution().metadata()), "recorded again");
    assert_eq!((page.items.len(), page.next_after), (1, before + 3));
}

#[tokio::test]
async fn another_tenant_has_changes_of_its_own() {
    let world = World::new().await;
    let theirs = changes(&world, "", OTHER).await;
    let ids: Vec<_> = theirs.items.iter().map(|change| (change.number, &*change.id)).collect();
    assert_eq!(ids, [(1, "theirs")]);
}

#[tokio::test]
async fn a_number_that_no_change_has_yet_is_refused() {
    let world = World::new().await;
    let last = last(&world).await;
    assert_eq!(changes(&world, &format!("after={last}"), KEY).await.next_after, last);
    for after in [last + 1, 9_007_199_254_740_991] {
        let reply = world.get(&format!("/v1/changes?after={after}"), KEY).await;
        assert_eq!(
            (reply.status.as_u16(), reply.json()["code"].clone()),
            (400, json!("VALIDATION_ERROR"))
        );
        let start = format!("after must be at most {last}, the number of the last change, not");
        assert!(reply.error().starts_with(&start), "{}", reply.error());
        assert!(reply.error().ends_with("begin again at 0"), "as after a restore");
    }
}
