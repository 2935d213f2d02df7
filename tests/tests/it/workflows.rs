//! The list of workflows, over HTTP and through the client.

use runledger_client::Client;
use runledger_model::{WorkflowList, WorkflowRunDetail, WorkflowRunStatus, examples};
use runledger_tests::{
    server::Server,
    world::{KEY, OTHER, World},
};
use serde_json::json;

async fn list(world: &World, query: &str, key: &str) -> WorkflowList {
    let reply = world.get(&format!("/v1/workflows{query}"), key).await;
    assert_eq!(reply.status, 200, "{query}");
    serde_json::from_slice(&reply.body).unwrap()
}

#[tokio::test]
async fn totals_and_newest_runs_are_those_of_the_list_of_runs() {
    let world = World::new().await;
    let mut newer = examples::execution();
    newer.workflow_id = "workflow_later".into();
    (newer.id, newer.status) = ("later".into(), WorkflowRunStatus::Running);
    (newer.duration, newer.created_at) = (None, "2025-06-01T00:00:00Z".parse().unwrap());
    world.send_json("PUT", "/v1/executions/later", KEY, &json!(newer)).await;
    let workflows = list(&world, "", KEY).await;
    let uids: Vec<_> = workflows.items.iter().map(|it| it.workflow_id.as_str()).collect();
    assert_eq!((uids, workflows.total), (vec!["workflow_later", "workflow_abc123"], 2));
    for workflow in &workflows.items {
        let uid = &workflow.workflow_id;
        let runs = world.get(&format!("/v1/executions?limit=1&workflow_id={uid}"), KEY).await;
        let runs = runs.json();
        let totals = [workflow.total, workflow.succeeded, workflow.failed];
        assert_eq!(json!(totals), json!([runs["total"], runs["succeeded"], runs["failed"]]));
        assert_eq!(json!(workflow.newest_run), runs["items"][0]);
    }
    let others = list(&world, "", OTHER).await;
    assert_eq!((others.total, others.items[0].total), (1, 1), "the other tenant has one run");
}

#[tokio::test]
async fn the_durations_are_null_until_a_run_finishes_and_percentiles_then() {
    let world = World::new().await;
    let path = "/v1/workflows?q=workflow_new";
    let record = async |id: &str, status, duration| {
        let run = WorkflowRunDetail { status, id: id.into(), ..examples::execution() };
        let mut run = json!(run);
        run["workflow_id"] = json!("workflow_new");
        run["duration"] = json!(duration);
        run["finished_at"] = json!(null);
        let reply = world.send_json("PUT", &format!("/v1/executions/{id}"), KEY, &run).await;
        assert_eq!(reply.status, 201, "{id}");
    };
    record("new-1", WorkflowRunStatus::Running, Some(1.0)).await;
    let workflow = world.get(path, KEY).await.json()["items"][0].clone();
    assert_eq!(
        (&workflow["median_duration"], &workflow["p95_duration"]),
        (&json!(null), &json!(null))
    );
    record("new-2", WorkflowRunStatus::Succeeded, Some(0.25)).await;
    record("new-3", WorkflowRunStatus::Failed, Some(4.5)).await;
    record("new-4", WorkflowRunStatus::Cancelled, None).await;
    let workflow = world.get(path, KEY).await.json()["items"][0].clone();
    assert_eq!(
        (&workflow["median_duration"], &workflow["p95_duration"]),
        (&json!(0.25), &json!(4.5))
    );
    assert_eq!((&workflow["total"], &workflow["cancelled"]), (&json!(4), &json!(1)));
}

#[tokio::test]
async fn a_page_past_the_last_has_the_true_total() {
    let world = World::new().await;
    for (query, items, total) in [
        ("?page=2147483647&limit=100", 0, 1),
        ("?q=workflow", 1, 1),
        ("?q=workflow_abc1234", 0, 0),
        ("?q=Workflow", 0, 0),
    ] {
        let workflows = list(&world, query, KEY).await;
        assert_eq!((workflows.items.len(), workflows.total), (items, total), "{query}");
    }
}

#[tokio::test]
async fn the_client_reads_it() {
    let world = World::new().await;
    let server = Server::start(world.router()).await;
    let client = Client::connect(&format!("http://{}", server.address), KEY).unwrap();
    let workflows = client.list_workflows().q("workflow_").limit(5).send().await.unwrap();
    assert_eq!((workflows.total, workflows.page.get(), workflows.limit.get()), (1, 1, 5));
    let workflow = &workflows.items[0];
    assert_eq!((workflow.total, workflow.failed), (250, 30));
    assert_eq!(workflow.newest_run.id, "run_def456");
    assert!(workflow.median_duration <= workflow.p95_duration);
}
