//! `Prefer: handling=strict` and the types of bodies.

use axum::body::Body;
use runledger_tests::world::{KEY, Reply, World};
use serde_json::{Value, json};

const RUN: &str = "/v1/executions/run_def456";
const BATCH: &str = "/v1/executions/batch";

async fn send(world: &World, method: &str, path: &str, prefer: &str, body: &Value) -> Reply {
    let headers = [
        ("authorization", "Token your-api-key-here"),
        ("content-type", "application/json"),
        ("prefer", prefer),
    ];
    world.send(method, path, &headers, Body::from(body.to_string())).await
}

#[tokio::test]
async fn strict_handling_names_the_unknown_fields() {
    let world = World::new().await;
    let run = world.get(RUN, KEY).await.json();
    let mut odd = run.clone();
    odd["host"] = json!("h");
    odd["steps"][1]["logs"] = json!([]);
    let with_extra = json!({ "items": [run], "extra": 1, "more": { "a": 1 } });
    let facts = json!({ "finshed_at": null, "metadata": { "a": "1" },
        "steps": [{ "id": "a" }, { "id": "b", "logs": [] }] });
    for (method, path, body, names) in [
        ("PUT", RUN, &odd, "steps[1].logs, host"),
        ("PATCH", RUN, &facts, "finshed_at, steps[1].logs"),
        ("POST", BATCH, &with_extra, "extra, more"),
    ] {
        assert_eq!(send(&world, method, path, "handling=lenient", body).await.status, 200);
        let refused = send(&world, method, path, "handling=strict", body).await;
        assert_eq!(refused.status, 400, "{method}");
        assert!(refused.error().contains(names), "{method}: {}", refused.error());
    }
    let batch = json!({ "items": [odd, run] });
    let reply = send(&world, "POST", BATCH, "handling=strict", &batch).await;
    assert_eq!(
        (reply.status.as_u16(), &reply.headers["preference-applied"]),
        (200, &"handling=strict".parse().unwrap())
    );
    let items = reply.json()["items"].clone();
    assert_eq!(
        (&items[0]["outcome"], &items[1]["outcome"]),
        (&json!("REJECTED"), &json!("UNCHANGED"))
    );
    let known = json!({ "metadata": { "any": "1" }, "url": null,
        "steps": [{ "id": "a", "iteration": 1, "metadata": { "any": null } }] });
    for (method, body) in [("PUT", &run), ("PATCH", &known)] {
        let reply = send(&world, method, RUN, "handling=strict", body).await;
        assert_eq!(
            (reply.status.as_u16(), &reply.headers["preference-applied"]),
            (200, &"handling=strict".parse().unwrap()),
            "{method}"
        );
        let reply = send(&world, method, RUN, "wait=1", body).await;
        assert!(!reply.headers.contains_key("preference-applied"), "{method}");
    }
}

#[tokio::test]
async fn a_patch_language_is_refused_with_the_type_to_send() {
    let world = World::new().await;
    for declared in ["application/json-patch+json", "application/merge-patch+json", "text/plain"] {
        let headers = [("authorization", "Token your-api-key-here"), ("content-type", declared)];
        let reply = world.send("PATCH", RUN, &headers, Body::from("{}")).await;
        assert_eq!(reply.status, 415, "{declared}");
        assert_eq!(reply.headers["accept-patch"], "application/json", "{declared}");
        let reply = world.send("PUT", RUN, &headers, Body::from("{}")).await;
        assert!(reply.status == 415 && !reply.headers.contains_key("accept-patch"), "{declared}");
    }
}
