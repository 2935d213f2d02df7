//! Tests on a real folder and over HTTP, with a shell script instead of cargo.

use std::{fs, io::Read, path::PathBuf};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    task::JoinHandle,
};

use super::*;

/// Fails where the sources contain `broken`, and does not end where they contain `slow`.
const BUILD: &str = r#"
echo '   Compiling runledger-model v0.1.0 (/crates/model)' >&2
if grep -q broken crates/model/src/run.rs; then echo 'error: no such type' >&2; exit 101; fi
if grep -q slow crates/model/src/run.rs; then echo started > alive; sleep 100000 > alive & wait; fi
echo '{"executable":"cargo-like noise"} or not'
echo '{"executable":"sh"}'
"#;
/// The program that the build names: `sh` runs it as the script `openapi`.
const PROGRAM: &str = r#"
case "$1 $3" in
generate*)
  sed 's/.*/{"info":"&","servers":[{"url":"SERVER"}]}/' crates/model/src/run.rs > openapi.json ;;
"check json") echo '{"subject":"files","counts":{},"findings":[]}' ;;
"diff json")
  echo '{"subject":"'"$*"'","counts":{"breaking":1},"findings":['
  echo '{"level":"breaking","message":"gone"}]}'
  exit 3 ;;
*) echo "unknown: $1" >&2; exit 2 ;;
esac
"#;

struct Watched {
    folder: tempfile::TempDir,
    address: SocketAddr,
    serving: JoinHandle<Result<()>>,
}

impl Watched {
    async fn start(types: &str, server: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_owned();
        for folder in ["crates/model/src", "crates/server/src"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        fs::write(root.join("Cargo.toml"), "").unwrap();
        fs::write(root.join("build"), BUILD).unwrap();
        fs::write(root.join("openapi"), PROGRAM.replace("SERVER", server)).unwrap();
        nix::unistd::mkfifo(&root.join("alive"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        fs::write(root.join("crates/model/src/run.rs"), types).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let build = vec!["sh".to_owned(), "build".to_owned()];
        let serving = tokio::spawn(async move {
            let builder = Builder::new(&root, build, Some("v1".into()));
            serve(listener, &root, &builder).await
        });
        Self { folder, address, serving }
    }

    fn save(&self, types: &str) {
        fs::write(self.path("crates/model/src/run.rs"), types).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    async fn get(&self, path: &str) -> String {
        let mut response = Vec::new();
        self.request(path).await.read_to_end(&mut response).await.unwrap();
        // Of images, only the status is read.
        String::from_utf8_lossy(&response).into_owned()
    }

    /// Sends an HTTP/1.0 request, whose response ends with the connection.
    async fn request(&self, path: &str) -> BufReader<TcpStream> {
        self.request_with_host(&self.address.to_string(), path).await
    }

    /// The same with another `Host`.
    async fn request_with_host(&self, host: &str, path: &str) -> BufReader<TcpStream> {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!("GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        BufReader::new(stream)
    }
}

/// The next state between two rounds that meets the condition.
async fn next(events: &mut BufReader<TcpStream>, condition: impl Fn(&Value) -> bool) -> Value {
    event(events, |state| state["activity"] == Value::Null && condition(state)).await
}

/// The next state that meets the condition.
async fn event(events: &mut BufReader<TcpStream>, condition: impl Fn(&Value) -> bool) -> Value {
    loop {
        let mut line = String::new();
        assert_ne!(events.read_line(&mut line).await.unwrap(), 0, "the events ended");
        if let Some(data) = line.strip_prefix("data:") {
            let state: Value = serde_json::from_str(data).unwrap();
            if condition(&state) {
                return state;
            }
        }
    }
}

#[tokio::test]
async fn every_save_is_shown_and_an_error_keeps_the_last_document() {
    let watched = Watched::start("first", "").await;
    let mut events = watched.request("/events").await;
    let first = next(&mut events, |state| state["document"] != "").await;
    assert_eq!(first["failure"], Value::Null);
    let [check, diff, lint] = first["reports"].as_array().unwrap().as_slice() else { panic!() };
    assert_eq!((&check["command"], &check["report"]["findings"]), (&json!("check"), &json!([])));
    assert_eq!(diff["report"]["findings"][0]["message"], "gone");
    assert_eq!(diff["report"]["subject"], "diff --format json --base v1");
    assert_eq!((&lint["report"], &lint["output"]), (&Value::Null, &json!("unknown: lint")));
    assert!(watched.get("/openapi.json").await.contains(r#""info":"first""#));

    watched.save("broken");
    let broken = next(&mut events, |state| state["failure"] != Value::Null).await;
    assert_eq!(broken["failure"]["summary"], "The types do not compile");
    assert_eq!(broken["failure"]["output"], "error: no such type");
    assert_eq!((&broken["document"], &broken["reports"]), (&first["document"], &first["reports"]));
    assert!(watched.get("/openapi.json").await.contains(r#""info":"first""#));

    watched.save("second");
    let second = next(&mut events, |state| state["failure"] == Value::Null).await;
    assert_ne!(second["document"], first["document"]);
    assert!(watched.get("/openapi.json").await.contains(r#""info":"second""#));
}

#[tokio::test]
async fn the_steps_of_a_round_are_shown_with_the_last_results() {
    let watched = Watched::start("first", "").await;
    let mut events = watched.request("/events").await;
    let first = next(&mut events, |state| state["document"] != "").await;
    watched.save("slow");
    let step = "compiling runledger-model";
    let state = event(&mut events, |state| state["activity"]["step"] == step).await;
    assert!(state["activity"]["seconds"].as_f64().unwrap() >= 0.0);
    assert_eq!((&state["document"], &state["reports"]), (&first["document"], &first["reports"]));
}

#[tokio::test]
async fn a_save_ends_the_build_that_is_out_of_date() {
    let watched = Watched::start("slow", "").await;
    let mut events = watched.request("/events").await;
    let alive = watched.path("alive");
    let mut alive = tokio::task::spawn_blocking(|| until_started(alive)).await.unwrap();
    watched.save("quick");
    next(&mut events, |state| state["document"] != "").await;
    let rest = tokio::task::spawn_blocking(move || alive.read_to_end(&mut Vec::new()));
    rest.await.unwrap().unwrap();
    assert!(watched.get("/openapi.json").await.contains("quick"));
}

#[tokio::test]
async fn all_processes_end_with_the_watch() {
    let watched = Watched::start("slow", "").await;
    let alive = watched.path("alive");
    let mut alive = tokio::task::spawn_blocking(|| until_started(alive)).await.unwrap();
    watched.serving.abort();
    let rest = tokio::task::spawn_blocking(move || alive.read_to_end(&mut Vec::new()));
    rest.await.unwrap().unwrap();
}

/// Waits until the slow build has begun. The returned file ends when all its processes have ended.
fn until_started(fifo: PathBuf) -> fs::File {
    let mut alive = fs::File::open(fifo).unwrap();
    let mut line = [0; 8];
    alive.read_exact(&mut line).unwrap();
    assert_eq!(&line, b"started\n");
    alive
}

#[tokio::test]
async fn requests_below_v1_are_forwarded_to_the_server_of_the_document() {
    let demo = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = format!("http://{}", demo.local_addr().unwrap());
    let router = axum::Router::new()
        .fallback(|uri: axum::http::Uri| async move { format!("the demo received {uri}") });
    let demo = tokio::spawn(async { axum::serve(demo, router).await });
    let watched = Watched::start("first", &server.replace('/', r"\/")).await;
    let mut events = watched.request("/events").await;
    next(&mut events, |state| state["document"] != "").await;
    let response = watched.get("/v1/executions?limit=1").await;
    assert!(response.ends_with("the demo received /v1/executions?limit=1"), "{response}");
    demo.abort();
    assert!(demo.await.unwrap_err().is_cancelled());
    let response = watched.get("/v1/executions").await;
    assert!(response.starts_with("HTTP/1.0 502 "), "{response}");
    assert!(response.contains(&format!("No server responds at {server}; type: ")), "{response}");
}

#[tokio::test]
async fn the_page_and_everything_it_links_to_exist() {
    let watched = Watched::start("first", "").await;
    let page = watched.get("/").await;
    assert!(page.contains("content-security-policy: default-src 'none'"), "{page}");
    let links = page.split(['"']).filter(|word| word.starts_with('/'));
    let mut found = 0;
    for link in links {
        let part = watched.get(link).await;
        assert!(part.starts_with("HTTP/1.0 200 "), "{link}");
        found += 1;
    }
    assert_eq!(found, 5);
    assert!(watched.get("/swagger/nothing.js").await.starts_with("HTTP/1.0 404 "));
}

#[tokio::test]
async fn a_host_that_is_not_this_machine_is_refused() {
    let watched = Watched::start("first", "").await;
    for (host, status) in
        [("localhost:1", "200"), ("127.0.0.1", "200"), ("elsewhere.test", "403"), ("", "403")]
    {
        let mut response = String::new();
        watched.request_with_host(host, "/").await.read_to_string(&mut response).await.unwrap();
        assert!(response.starts_with(&format!("HTTP/1.0 {status} ")), "{host}: {response}");
    }
}

#[test]
fn only_loopback_addresses_are_accepted() {
    let arguments = Arguments { listen: "0.0.0.0:0".parse().unwrap(), base: None, no_open: true };
    let error = run(&arguments, Path::new("/")).unwrap_err();
    assert_eq!(error.to_string(), "--listen requires a loopback address");
}
