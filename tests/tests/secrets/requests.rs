//! Requests with a key in its place and in every other, and how each looks on the wire.

use std::fmt::Write;

use axum::{body::Body, http::Request};
use runledger_model::examples;
use serde_json::{Value, json};

/// The id that all of them have.
pub const ID: &str = "the-id-of-all-these-requests";

/// A request with a key in some place.
#[derive(Clone, Debug)]
pub struct AnyPlace {
    method: String,
    target: String,
    headers: Vec<(&'static str, String)>,
    body: String,
    /// Whether the response repeats the value, as the error for a bad parameter does.
    pub is_named: bool,
}

/// All of them, with this text in everything that is recorded.
pub fn all(key: &str, recorded: &str) -> Vec<AnyPlace> {
    let run = run(recorded);
    let token = || vec![("authorization", format!("Token {key}"))];
    let mut all = Vec::new();
    let mut add = |method: &str, target: &str, headers: Vec<(&'static str, String)>, body: &str| {
        let (method, target, body) = (method.to_owned(), target.to_owned(), body.to_owned());
        all.push(AnyPlace { method, target, headers, body, is_named: false });
    };
    let batch = json!({ "items": [run, { "id": recorded }, recorded] }).to_string();
    let mut wrong = run.clone();
    wrong["step_count"] = json!(5);
    for target in ["/v1/executions", "/v1/executions/recorded", "/v1/executions/absent", "/readyz"]
    {
        add("GET", target, token(), "");
        add("GET", &format!("{target}?api_key={key}&{key}"), vec![], "");
        for (name, value) in [
            ("authorization", format!("Bearer {key}")),
            ("authorization", format!("Token {key} {key}")),
            ("authorization", key.to_owned()),
            ("authorization", format!("Basic {key}")),
            ("x-api-key", key.to_owned()),
            ("cookie", format!("key={key}")),
            ("content-type", key.to_owned()),
            ("accept-encoding", key.to_owned()),
        ] {
            add("GET", target, vec![(name, value)], "");
        }
        add("GET", target, [token(), token()].concat(), "");
        add(key, target, token(), "");
    }
    for id in ["recorded", &format!("new-{}", &key[20..])] {
        let mut run = run.clone();
        run["id"] = json!(id);
        add("PUT", &format!("/v1/executions/{id}"), token(), &run.to_string());
    }
    for body in
        [run.to_string(), wrong.to_string(), batch, key.to_owned(), json!({ key: key }).to_string()]
    {
        add("PUT", "/v1/executions/recorded", token(), &body);
        add("POST", "/v1/executions/batch", token(), &body);
        add("POST", "/v1/executions/batch", vec![], &body);
        add(
            "POST",
            "/v1/executions/batch",
            [token(), vec![("content-encoding", "gzip".into())]].concat(),
            &body,
        );
    }
    for target in [
        format!("/{key}"),
        format!("/docs/{key}"),
        format!("/v1/{key}"),
        format!("/v1/executions/{key}"),
    ] {
        add("GET", &target, token(), "");
        add("DELETE", &target, vec![], "");
    }
    let mut add = |method: &str, target: &str, body: &str| {
        let (method, target, body) = (method.to_owned(), target.to_owned(), body.to_owned());
        all.push(AnyPlace { method, target, headers: token(), body, is_named: true });
    };
    for name in ["page", "status"] {
        add("GET", &format!("/v1/executions?{name}={key}"), "");
    }
    add("PUT", &format!("/v1/executions/{key}"), &run.to_string());
    let mut named = run.clone();
    for name in ["status", "created_at", "steps", "id"] {
        named[name] = json!(key);
        add("PUT", "/v1/executions/recorded", &named.to_string());
    }
    all
}

/// A run with this text in all that is text of the recorder's own.
fn run(recorded: &str) -> Value {
    let mut run = json!(examples::execution());
    run["id"] = json!("recorded");
    for name in ["workflow_id", "version_id", "version_display_name", "type"] {
        run[name] = json!(recorded);
    }
    for name in ["id", "step_name", "error"] {
        run["steps"][0][name] = json!(recorded);
    }
    run
}

impl AnyPlace {
    /// For the router itself.
    pub fn to_http(&self) -> Request<Body> {
        let mut request = Request::builder().method(self.method.as_str()).uri(&self.target);
        for (name, value) in self.fields() {
            request = request.header(name, value);
        }
        request.body(Body::from(self.body.clone())).unwrap()
    }

    /// In HTTP/1.1.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut text = format!("{} {} HTTP/1.1\r\nhost: a\r\n", self.method, self.target);
        for (name, value) in self.fields() {
            write!(text, "{name}: {value}\r\n").unwrap();
        }
        write!(text, "content-length: {}\r\n\r\n{}", self.body.len(), self.body).unwrap();
        text.into_bytes()
    }

    /// In HTTP/2: no header is compressed.
    pub fn to_http_2(&self) -> Vec<u8> {
        let pseudo = [(":method", &self.method), (":path", &self.target)];
        let pseudo = pseudo.map(|(name, value)| (name, value.clone()));
        let scheme = [(":scheme", "http".to_owned()), (":authority", "a".to_owned())];
        let mut head = Vec::new();
        for (name, value) in pseudo.into_iter().chain(scheme).chain(self.fields()) {
            head.push(0);
            for text in [name, &value] {
                // RFC 7541, 5.1 and 5.2: lengths from 127 go on in a second byte.
                let length = text.len();
                assert!(length < 127 + 128);
                head.extend(if length < 127 {
                    vec![length as u8]
                } else {
                    vec![127, (length - 127) as u8]
                });
                head.extend(text.as_bytes());
            }
        }
        let settings = frame(4, 0, 0, b"");
        // END_HEADERS, and END_STREAM on the body.
        let (head, body) = (frame(1, 4, 1, &head), frame(0, 1, 1, self.body.as_bytes()));
        [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &settings[..], &head, &body].concat()
    }

    fn fields(&self) -> impl Iterator<Item = (&'static str, String)> {
        let json = ("content-type", "application/json".to_owned());
        self.headers.clone().into_iter().chain([json, ("x-request-id", ID.to_owned())])
    }
}

fn frame(kind: u8, flags: u8, stream: u32, content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u32).to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), content].concat()
}
