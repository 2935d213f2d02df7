//! Lists over HTTP: pages, filters and totals of the documentation's world.

use runledger_model::{ListWorkflowRunsResponse, WorkflowRunMetadata, WorkflowRunStatus};
use runledger_tests::world::{KEY, OTHER, World};
use serde_json::json;

async fn list(world: &World, query: &str) -> ListWorkflowRunsResponse {
    let reply = world.get(&format!("/v1/executions?{query}"), KEY).await;
    assert_eq!(reply.status, 200, "{query}");
    serde_json::from_slice(&reply.body).unwrap()
}

/// The documentation's runs, newest first.
fn newest_first() -> Vec<WorkflowRunMetadata> {
    let mut runs: Vec<_> =
        runledger_sample::documented_runs().iter().map(|run| run.metadata()).collect();
    runs.sort_by(|a, b| (b.created_at, &b.id).cmp(&(a.created_at, &a.id)));
    runs
}

#[tokio::test]
async fn pages_together_are_all_runs_newest_first() {
    let world = World::new().await;
    let expected = newest_first();
    assert_eq!(expected.len(), 250);
    for limit in [1, 7, 20, 50, 100] {
        let mut seen = Vec::new();
        for page in 1..=(250 + limit - 1) / limit {
            let read = list(&world, &format!("page={page}&limit={limit}")).await;
            assert_eq!((read.page, read.limit), (page, limit));
            assert_eq!((read.total, read.succeeded, read.failed), (250, 200, 30), "page {page}");
            seen.extend(read.items);
        }
        assert!(seen == expected, "with a limit of {limit}");
    }
}

#[tokio::test]
async fn a_page_past_the_last_has_no_items_and_the_true_totals() {
    let world = World::new().await;
    for page in ["14", "1000", "2147483647"] {
        let read = list(&world, &format!("page={page}&limit=20")).await;
        assert_eq!(read.page.to_string(), page);
        assert!(read.items.is_empty(), "{page}");
        assert_eq!((read.total, read.succeeded, read.failed), (250, 200, 30), "{page}");
    }
}

#[tokio::test]
async fn totals_count_what_the_filters_let_through() {
    let world = World::new().await;
    let all = newest_first();
    let mut together = 0;
    for status in WorkflowRunStatus::ALL {
        let expected: Vec<_> = all.iter().filter(|run| run.status == *status).cloned().collect();
        for workflow in ["", "&workflow_id=workflow_abc123"] {
            let read = list(&world, &format!("limit=100&status={status}{workflow}")).await;
            let count = expected.len() as i64;
            let of = |one: WorkflowRunStatus| if *status == one { count } else { 0 };
            assert_eq!(read.total, count, "{status}");
            assert_eq!(read.succeeded, of(WorkflowRunStatus::Succeeded), "{status}");
            assert_eq!(read.failed, of(WorkflowRunStatus::Failed), "{status}");
            assert!(read.items == expected[..expected.len().min(100)], "{status}");
        }
        assert!(!expected.is_empty(), "{status}");
        together += expected.len();
    }
    assert_eq!(together, 250);
}

#[tokio::test]
async fn all_is_the_same_as_no_filter() {
    let world = World::new().await;
    let plain = world.get("/v1/executions", KEY).await.body;
    for query in ["status=all", "page=1&limit=20", "", "&", "limit=20&"] {
        assert!(world.get(&format!("/v1/executions?{query}"), KEY).await.body == plain, "{query}");
    }
}

#[tokio::test]
async fn a_workflow_that_never_ran_has_an_empty_list() {
    let world = World::new().await;
    let reply = world.get("/v1/executions?workflow_id=never", KEY).await.json();
    let expected =
        json!({ "items": [], "total": 0, "succeeded": 0, "failed": 0, "page": 1, "limit": 20 });
    assert_eq!(reply.to_string(), expected.to_string());
}

#[tokio::test]
async fn another_tenants_workflow_of_the_same_name_is_another() {
    let world = World::new().await;
    let theirs = world.get("/v1/executions?workflow_id=workflow_abc123", OTHER).await.json();
    assert_eq!((&theirs["total"], &theirs["items"][0]["id"]), (&json!(1), &json!("theirs")));
    let ours = list(&world, "workflow_id=workflow_abc123&limit=100").await;
    assert!(ours.items.iter().all(|run| run.id != "theirs") && ours.total == 250);
}

#[tokio::test]
async fn runs_of_one_moment_are_ordered_by_id() {
    let world = World::new().await;
    let items: Vec<_> = ["b", "B", "a", "é", "ab", "10", "9"]
        .map(|id| {
            let run = runledger_model::examples::execution();
            json!(runledger_model::WorkflowRunDetail { id: id.into(), ..run })
        })
        .into();
    let batch = json!({ "items": items });
    world.send_json("POST", "/v1/executions/batch", OTHER, &batch).await;
    let read = world.get("/v1/executions", OTHER).await.json();
    let ids: Vec<_> = read["items"].as_array().unwrap().iter().map(|run| &run["id"]).collect();
    assert_eq!(ids, ["é", "theirs", "b", "ab", "a", "B", "9", "10"]);
}

#[tokio::test]
async fn a_workflow_id_is_read_as_forms_write_it() {
    let world = World::new().await;
    let mut run = json!(runledger_model::examples::execution());
    run["workflow_id"] = json!("a b/é&=+%");
    world.send_json("PUT", "/v1/executions/run_def456", OTHER, &run).await;
    for written in ["a+b%2F%C3%A9%26%3D%2B%25", "a%20b/%c3%a9%26=%2B%25"] {
        let path = format!("/v1/executions?workflow_id={written}");
        assert_eq!(world.get(&path, OTHER).await.json()["total"], 1, "{written}");
    }
}
