//! Errors of the framework: unknown paths, wrong methods, wrong bodies, wrong parameters.

use axum::body::Body;
use runledger_tests::world::{EXPIRED, KEY, REVOKED, World};
use serde_json::json;

const RUN: &str = "/v1/executions/run_def456";

#[tokio::test]
async fn every_invalid_key_gets_the_same_response() {
    let world = World::new().await;
    let expected = world.send("GET", RUN, &[], Body::empty()).await;
    assert_eq!(expected.status, 401);
    let (expired, revoked) = (format!("Token {EXPIRED}"), format!("Token {REVOKED}"));
    for value in [
        "",
        "Token",
        "Token ",
        "Token unknown",
        "Bearer your-api-key-here",
        "your-api-key-here",
        "Tokenyour-api-key-here",
        "Token your-api-key-here ,",
        &expired,
        &revoked,
    ] {
        let reply = world.send("GET", RUN, &[("authorization", value)], Body::empty()).await;
        assert_eq!(
            (reply.status, reply.body),
            (expected.status, expected.body.clone()),
            "{value:?}"
        );
    }
    let key = ("authorization", "Token your-api-key-here");
    assert_eq!(world.send("GET", RUN, &[key, key], Body::empty()).await.status, 401, "given twice");
    let lower = ("authorization", "token your-api-key-here");
    assert_eq!(
        world.send("GET", RUN, &[lower], Body::empty()).await.status,
        200,
        "schemes have no case"
    );
}

#[tokio::test]
async fn a_401_says_what_is_wrong_with_the_form_only() {
    let world = World::new().await;
    let challenge = async |value: Option<&str>| {
        let headers: Vec<_> = value.iter().map(|value| ("authorization", *value)).collect();
        let reply = world.send("GET", RUN, &headers, Body::empty()).await;
        assert_eq!(reply.status, 401);
        reply.headers["www-authenticate"].to_str().unwrap().to_owned()
    };
    let unknown = challenge(Some("Token unknown")).await;
    assert_eq!(
        unknown,
        "Token realm=\"runledger\", error=\"invalid_token\", \
         error_description=\"the API key is not valid\""
    );
    for key in [EXPIRED, REVOKED] {
        assert_eq!(challenge(Some(&format!("Token {key}"))).await, unknown);
    }
    for (value, fault) in [
        (None, "is missing"),
        (Some(""), "is empty"),
        (Some("Bearer your-api-key-here"), "the scheme is Bearer"),
        (Some("your-api-key-here"), "does not begin with the word Token"),
        (Some("Token"), "no API key follows"),
        (Some("Token <your-api-key-here>"), "angle bracket"),
    ] {
        let challenge = challenge(value).await;
        assert!(challenge.contains("error=\"invalid_request\""), "{value:?}: {challenge}");
        assert!(challenge.contains(fault), "{value:?}: {challenge}");
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_are_errors() {
    let world = World::new().await;
    for path in [
        "/v1",
        "/v1/executions/",
        "/v1/executions/a/b",
        "/nothing",
        "/docs/nothing",
        "/docs/%FF",
        "/v2/executions",
    ] {
        assert_eq!(world.get(path, KEY).await.status, 404, "{path}");
    }
    for (method, path, allowed) in [
        ("DELETE", "/v1/executions", "GET,HEAD"),
        ("POST", RUN, "DELETE,GET,HEAD,PATCH,PUT"),
        ("BREW", RUN, "DELETE,GET,HEAD,PATCH,PUT"),
        ("PUT", "/openapi.json", "GET,HEAD"),
    ] {
        let reply = world.send(method, path, &[], Body::empty()).await;
        assert_eq!(reply.status, 405, "{method} {path}");
        let mut given: Vec<_> = reply.headers["allow"].to_str().unwrap().split(',').collect();
        given.sort_unstable();
        assert_eq!(given.join(","), allowed, "{method} {path}");
    }
}

#[tokio::test]
async fn a_body_that_is_not_json_is_refused() {
    let world = World::new().await;
    let key = ("authorization", "Token your-api-key-here");
    for declared in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("application/json-patch+json"),
        Some("Application/Merge-Patch+JSON; charset=utf-8"),
        Some("é"),
    ] {
        let headers: Vec<_> =
            [key].into_iter().chain(declared.map(|d| ("content-type", d))).collect();
        assert_eq!(
            world.send("PUT", RUN, &headers, Body::from("{}")).await.status,
            415,
            "{declared:?}"
        );
    }
    for declared in
        ["application/json; charset=utf-8", "Application/JSON", "application/vnd.acme+json"]
    {
        let headers = [key, ("content-type", declared)];
        assert_eq!(
            world.send("PUT", RUN, &headers, Body::from("{}")).await.status,
            400,
            "{declared}"
        );
    }
    let deep = "[".repeat(1_000_000);
    for body in ["", "{", "{}", "[]", "null", "{} {}", "{\"id\": \u{0}}", "\u{feff}{}", &deep] {
        let reply = world.send_text("PUT", RUN, KEY, body.to_owned()).await;
        assert_eq!(reply.status, 400, "{}", &body[..body.len().min(20)]);
        let batch = world.send_text("POST", "/v1/executions/batch", KEY, body.to_owned()).await;
        assert_eq!(batch.status, 400, "{}", &body[..body.len().min(20)]);
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_a_413() {
    let world = World::new().await;
    let body = " ".repeat(runledger_server::Settings::default().max_body_bytes + 1);
    assert_eq!(world.send_text("PUT", RUN, KEY, body.clone()).await.status, 413);
    assert_eq!(world.send_text("POST", "/v1/executions/batch", KEY, body).await.status, 413);
}

#[tokio::test]
async fn an_error_names_its_parameter() {
    let world = World::new().await;
    for (query, name) in [
        ("page=0", "page"),
        ("limit=101", "limit"),
        ("limit=1&limit=1", "limit"),
        ("status=succeeded", "status"),
        ("status=", "status"),
        ("workflow_id=%FF", "workflow_id"),
    ] {
        let reply = world.get(&format!("/v1/executions?{query}"), KEY).await;
        assert_eq!(reply.status, 400, "{query}");
        assert!(reply.error().starts_with(&format!("{name} must")), "{query}: {}", reply.error());
    }
    assert_eq!(world.get("/v1/executions/%FF", KEY).await.status, 400);
}

#[tokio::test]
async fn an_unknown_parameter_is_refused_by_every_operation() {
    let world = World::new().await;
    for (query, message) in [
        ("workflowId=other", "workflowId is not a parameter; did you mean workflow_id?"),
        ("Status=SUCCEEDED", "Status is not a parameter; did you mean status?"),
        ("page=1&per_page=1", "per_page is not a parameter; the parameters are page, limit, "),
        ("%FF=1", "a parameter's name must be percent-encoded UTF-8"),
    ] {
        let reply = world.get(&format!("/v1/executions?{query}"), KEY).await;
        assert_eq!(reply.status, 400, "{query}");
        assert!(reply.error().starts_with(message), "{query}: {}", reply.error());
    }
    let reply = world.get("/v1/histogram?page=1", KEY).await;
    assert_eq!(reply.status, 400);
    let message = "page is not a parameter; the parameters are bucket, workflow_id, ";
    assert!(reply.error().starts_with(message), "{}", reply.error());
    let reply = world.get("/v1/workflows?query=a", KEY).await;
    assert_eq!(reply.status, 400);
    let message = "query is not a parameter; the parameters are page, limit, q";
    assert_eq!(reply.error(), message);
    let run = world.get(RUN, KEY).await.json();
    let batch = json!({ "items": [run] });
    for (method, path, body) in
        [("GET", RUN, &run), ("PUT", RUN, &run), ("POST", "/v1/executions/batch", &batch)]
    {
        let reply = world.send_json(method, &format!("{path}?page=1"), KEY, body).await;
        assert_eq!(reply.status, 400, "{method}");
        let message = match method {
            "GET" => "page is not a parameter; the parameters are attempt",
            _ => "page is not a parameter; this operation has no query parameters",
        };
        assert_eq!(reply.error(), message, "{method}");
        let reply = world.send_json(method, &format!("{path}?"), KEY, body).await;
        assert_eq!(reply.status, 200, "{method}: an empty query has no parameters");
    }
}

#[tokio::test]
async fn ids_may_be_anything_printable() {
    let world = World::new().await;
    let longest = "é".repeat(255);
    let encoded = "%C3%A9".repeat(255);
    for (id, path) in [
        ("a/b", "a%2Fb"),
        ("a b", "a%20b"),
        ("100%", "100%25"),
        ("a+b", "a+b"),
        ("żółć?#", "%C5%BC%C3%B3%C5%82%C4%87%3F%23"),
        ("batch", "batch"),
        ("%2F", "%252F"),
        ("...", "..."),
        (&longest, &encoded),
    ] {
        let path = format!("/v1/executions/{path}");
        let mut body = serde_json::to_value(runledger_model::examples::execution()).unwrap();
        body["id"] = json!(id);
        assert_eq!(world.send_json("PUT", &path, KEY, &body).await.status, 201, "{id}");
        assert_eq!(world.get(&path, KEY).await.json(), body, "{id}");
    }
    let body = serde_json::to_value(runledger_model::examples::execution()).unwrap();
    for id in [&format!("{encoded}a"), "%00", "a%0Ab"] {
        let mut body = body.clone();
        body.as_object_mut().unwrap().remove("id");
        let reply = world.send_json("PUT", &format!("/v1/executions/{id}"), KEY, &body).await;
        assert_eq!(reply.status, 400, "{id}");
        let reply = world.get(&format!("/v1/executions/{id}"), KEY).await;
        assert_eq!(reply.status, 400, "GET {id}");
        assert!(reply.error().starts_with("id must have 1 to 255 characters"), "{}", reply.error());
    }
}

#[tokio::test]
async fn head_works_where_get_does() {
    let world = World::new().await;
    let key = ("authorization", "Token your-api-key-here");
    for path in ["/v1/executions", RUN, "/v1/workflows", "/openapi.json", "/healthz", "/docs/"] {
        let get = world.send("GET", path, &[key], Body::empty()).await;
        let head = world.send("HEAD", path, &[key], Body::empty()).await;
        assert_eq!((get.status, head.status), (head.status, axum::http::StatusCode::OK), "{path}");
        assert!(head.body.is_empty() && !get.body.is_empty(), "{path}");
        assert_eq!(get.headers["content-type"], head.headers["content-type"], "{path}");
    }
}

#[tokio::test]
async fn pages_come_from_this_machine_and_show_the_checked_in_document() {
    let world = World::new().await;
    for (path, to) in [("/", "/docs/"), ("/docs", "/docs/")] {
        assert_eq!(world.get(path, KEY).await.headers["location"], to);
    }
    let page = String::from_utf8(world.get("/docs/", KEY).await.body).unwrap();
    assert!(page.contains("swagger-ui") && !page.contains("://"), "{page}");
    let script =
        String::from_utf8(world.get("/docs/swagger-initializer.js", KEY).await.body).unwrap();
    for setting in [
        "url: \"/openapi.json\"",
        "persistAuthorization: true",
        "validatorUrl: \"none\"",
        "tryItOutEnabled: true",
    ] {
        assert!(script.contains(setting), "{setting} in {script}");
    }
}
