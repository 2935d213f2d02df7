//! The filter by metadata, over HTTP.

use futures_util::TryStreamExt;
use runledger_client::Client;
use runledger_tests::{
    server::Server,
    world::{KEY, OTHER, World},
};
use serde_json::{Value, json};

/// Records 30 runs: every second of the environment prod, every third of the team billing.
async fn world() -> World {
    let world = World::new().await;
    for number in 0..30 {
        let env = if number % 2 == 0 { "prod" } else { "test" };
        let mut metadata = json!({ "env": env, "number": number.to_string() });
        if number % 3 == 0 {
            metadata["team:a"] = json!("billing");
        }
        let run = json!({
            "workflow_id": format!("workflow {}", number % 5), "version_id": "v",
            "version_display_name": "V", "type": "TEST",
            "status": if number % 4 == 0 { "FAILED" } else { "SUCCEEDED" },
            "created_at": format!("2025-03-01T00:00:{number:02}Z"), "metadata": metadata,
        });
        let path = format!("/v1/executions/run-{number:02}");
        assert_eq!(world.send_json("PUT", &path, KEY, &run).await.status, 201);
    }
    world
}

/// The numbers of the runs of a list, and its totals.
async fn list(world: &World, query: &str) -> (Vec<i64>, [i64; 3]) {
    let reply = world.get(&format!("/v1/executions?limit=100&{query}"), KEY).await;
    assert_eq!(reply.status, 200, "{query}: {}", reply.json());
    let list = reply.json();
    let items = list["items"].as_array().unwrap().iter();
    let number = |run: &Value| run["metadata"]["number"].as_str().unwrap().parse().unwrap();
    let totals = ["total", "succeeded", "failed"].map(|name| list[name].as_i64().unwrap());
    (items.map(number).collect(), totals)
}

/// The numbers below 30 for which this holds, newest first, and what totals they make.
fn numbers(holds: impl Fn(i64) -> bool) -> (Vec<i64>, [i64; 3]) {
    let numbers: Vec<i64> = (0..30).rev().filter(|number| holds(*number)).collect();
    let failed = numbers.iter().filter(|number| *number % 4 == 0).count() as i64;
    let total = numbers.len() as i64;
    (numbers, [total, total - failed, failed])
}

#[tokio::test]
async fn pairs_select_runs_with_exact_totals() {
    let world = world().await;
    let prod = "metadata=env:prod";
    assert_eq!(list(&world, prod).await, numbers(|it| it % 2 == 0));
    let failed = format!("{prod}&status=FAILED");
    assert_eq!(list(&world, &failed).await, numbers(|it| it % 4 == 0));
    let range = format!(
        "{prod}&created_after=2025-03-01T00:00:04Z&created_before=2025-03-01T00:00:21Z\
         &statuses=SUCCEEDED,PENDING"
    );
    assert_eq!(list(&world, &range).await, numbers(|it| it % 4 == 2 && (4..21).contains(&it)));
    // A key with a colon.
    let billing = "metadata=team%3Aa%3Abilling";
    assert_eq!(list(&world, billing).await, numbers(|it| it % 3 == 0));
    let both = format!("{prod}&{billing}");
    assert_eq!(list(&world, &both).await, numbers(|it| it % 6 == 0));
    assert_eq!(list(&world, &format!("{both}&{prod}")).await, numbers(|it| it % 6 == 0));
    let with_workflow = format!("{prod}&workflow_id=workflow%202");
    assert_eq!(list(&world, &with_workflow).await, numbers(|it| it % 10 == 2));
    for none in ["metadata=env:pro", "metadata=env:prod&metadata=env:test", "metadata=a:b"] {
        assert_eq!(list(&world, none).await, (vec![], [0; 3]), "{none}");
    }
    let theirs = world.get("/v1/executions?metadata=env:prod", OTHER).await;
    assert_eq!(theirs.json()["total"], 0);
}

#[tokio::test]
async fn a_run_moves_with_its_metadata() {
    let world = world().await;
    let path = "/v1/executions/run-10";
    let mut run = world.get(path, KEY).await.json();
    run["metadata"]["env"] = json!("test");
    assert_eq!(world.send_json("PUT", path, KEY, &run).await.status, 200);
    assert_eq!(list(&world, "metadata=env:prod").await, numbers(|it| it % 2 == 0 && it != 10));
    let moved = numbers(|it| it % 2 == 1 || it == 10);
    assert_eq!(list(&world, "metadata=env:test").await, moved);
    world.send_json("DELETE", path, KEY, &json!(null)).await;
    assert_eq!(list(&world, "metadata=env:test").await, numbers(|it| it % 2 == 1));
    assert_eq!(list(&world, "metadata=number:10").await, (vec![], [0; 3]));
}

#[tokio::test]
async fn the_histogram_counts_the_same_runs() {
    let world = world().await;
    for query in ["metadata=env:prod", "metadata=env:prod&metadata=team:a:billing"] {
        let path = format!("/v1/histogram?bucket=minute&{query}");
        let histogram = world.get(&path, KEY).await.json();
        let (_, [total, succeeded, failed]) = list(&world, query).await;
        let bucket = &histogram["buckets"][0];
        let counted = ["total", "succeeded", "failed"].map(|name| bucket[name].as_i64().unwrap());
        assert_eq!(
            (counted, histogram["buckets"].as_array().unwrap().len()),
            ([total, succeeded, failed], 1),
            "{query}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_walks_through_the_runs_with_all_pairs() {
    let world = world().await;
    let server = Server::start(world.router()).await;
    let client = Client::connect(&format!("http://{}", server.address), KEY).unwrap();
    for (pairs, expected) in [
        (vec!["env:prod"], numbers(|it| it % 2 == 0)),
        (vec!["env:prod", "team:a:billing"], numbers(|it| it % 6 == 0)),
    ] {
        let pairs: Vec<String> = pairs.into_iter().map(str::to_owned).collect();
        let runs = client.list_executions().metadata(pairs).limit(4).stream();
        let ids: Vec<_> = runs.map_ok(|run| run.id.to_string()).try_collect().await.unwrap();
        let due: Vec<_> = expected.0.iter().map(|number| format!("run-{number:02}")).collect();
        assert_eq!(ids, due);
    }
}
