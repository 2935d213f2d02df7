//! The loop on a real folder, over HTTP, with a small command in the place of cargo.

use std::{fs, io::Read, path::PathBuf};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    task::JoinHandle,
};

use super::*;

/// Fails where a type says `broken`, and does not end where one says `slow`.
const BUILD: &str = r#"
if grep -q broken crates/model/src/run.rs; then echo 'error: no such type' >&2; exit 101; fi
if grep -q slow crates/model/src/run.rs; then echo started > alive; sleep 100000 > alive & wait; fi
echo '{"executable":"cargo-like noise"} or not'
echo '{"executable":"sh"}'
"#;
/// What the build has built; `sh` finds it by its first word.
const PROGRAM: &str = r#"
case "$1 $3" in
generate*) sed 's/.*/{"info":"&","servers":[{"url":"SERVER"}]}/' crates/model/src/run.rs > openapi.json ;;
"check json") echo '{"subject":"files","counts":{"error":0},"findings":[]}' ;;
"diff json") echo '{"subject":"'"$*"'","counts":{"breaking":1},"findings":[{"level":"breaking","message":"gone"}]}'; exit 3 ;;
*) echo "what is $1?" >&2; exit 2 ;;
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
            let tools = Tools::new(&root, build, Some("v1".into()));
            serve(listener, &root, &tools).await
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
        let mut answer = Vec::new();
        self.ask(path).await.read_to_end(&mut answer).await.unwrap();
        // Pictures are no text, and only looked at for their status.
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// HTTP/1.0, in which a body is as long as it is.
    async fn ask(&self, path: &str) -> BufReader<TcpStream> {
        self.ask_of(&self.address.to_string(), path).await
    }

    /// The same under another name of this machine.
    async fn ask_of(&self, host: &str, path: &str) -> BufReader<TcpStream> {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!("GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        BufReader::new(stream)
    }
}

/// The next thing that is shown and fits.
async fn next(events: &mut BufReader<TcpStream>, fits: impl Fn(&Value) -> bool) -> Value {
    loop {
        let mut line = String::new();
        assert_ne!(events.read_line(&mut line).await.unwrap(), 0, "the events ended");
        if let Some(data) = line.strip_prefix("data:") {
            let shown: Value = serde_json::from_str(data).unwrap();
            if shown["working"] == false && fits(&shown) {
                return shown;
            }
        }
    }
}

#[tokio::test]
async fn a_save_is_shown_and_what_does_not_compile_leaves_the_last_document() {
    let watched = Watched::start("first", "").await;
    let mut events = watched.ask("/events").await;
    let first = next(&mut events, |shown| shown["document"] != "").await;
    assert_eq!(first["failure"], Value::Null);
    let [check, diff, lint] = first["answers"].as_array().unwrap().as_slice() else { panic!() };
    assert_eq!((&check["command"], &check["report"]["findings"]), (&json!("check"), &json!([])));
    assert_eq!(diff["report"]["findings"][0]["message"], "gone");
    assert_eq!(diff["report"]["subject"], "diff --format json --base v1");
    assert_eq!((&lint["report"], &lint["words"]), (&Value::Null, &json!("what is lint?")));
    assert!(watched.get("/openapi.json").await.contains(r#""info":"first""#));

    watched.save("broken");
    let broken = next(&mut events, |shown| shown["failure"] != Value::Null).await;
    assert_eq!(broken["failure"]["what"], "The types do not compile");
    assert_eq!(broken["failure"]["words"], "error: no such type");
    assert_eq!((&broken["document"], &broken["answers"]), (&first["document"], &first["answers"]));
    assert!(watched.get("/openapi.json").await.contains(r#""info":"first""#));

    watched.save("second");
    let mended = next(&mut events, |shown| shown["failure"] == Value::Null).await;
    assert_ne!(mended["document"], first["document"]);
    assert!(watched.get("/openapi.json").await.contains(r#""info":"second""#));
}

#[tokio::test]
async fn a_save_ends_the_build_that_it_makes_old() {
    let watched = Watched::start("slow", "").await;
    let mut events = watched.ask("/events").await;
    let alive = watched.path("alive");
    let mut alive = tokio::task::spawn_blocking(|| until_started(alive)).await.unwrap();
    watched.save("quick");
    next(&mut events, |shown| shown["document"] != "").await;
    let rest = tokio::task::spawn_blocking(move || alive.read_to_end(&mut Vec::new()));
    rest.await.unwrap().unwrap();
    assert!(watched.get("/openapi.json").await.contains("quick"));
}

#[tokio::test]
async fn nothing_that_was_started_outlives_the_end() {
    let watched = Watched::start("slow", "").await;
    let alive = watched.path("alive");
    let mut alive = tokio::task::spawn_blocking(|| until_started(alive)).await.unwrap();
    watched.serving.abort();
    let rest = tokio::task::spawn_blocking(move || alive.read_to_end(&mut Vec::new()));
    rest.await.unwrap().unwrap();
}

/// Waits until the slow build has begun. What this answers ends when nobody who was started then is left.
fn until_started(fifo: PathBuf) -> fs::File {
    let mut alive = fs::File::open(fifo).unwrap();
    let mut word = [0; 8];
    alive.read_exact(&mut word).unwrap();
    assert_eq!(&word, b"started\n");
    alive
}

#[tokio::test]
async fn what_is_tried_out_goes_to_the_server_of_the_document() {
    let demo = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = format!("http://{}", demo.local_addr().unwrap());
    let router = axum::Router::new()
        .fallback(|uri: axum::http::Uri| async move { format!("the demo was asked for {uri}") });
    let demo = tokio::spawn(async { axum::serve(demo, router).await });
    let watched = Watched::start("first", &server.replace('/', r"\/")).await;
    let mut events = watched.ask("/events").await;
    next(&mut events, |shown| shown["document"] != "").await;
    let answer = watched.get("/v1/executions?limit=1").await;
    assert!(answer.ends_with("the demo was asked for /v1/executions?limit=1"), "{answer}");
    demo.abort();
    assert!(demo.await.unwrap_err().is_cancelled());
    let answer = watched.get("/v1/executions").await;
    assert!(answer.starts_with("HTTP/1.0 502 "), "{answer}");
    assert!(answer.contains(&format!("Nothing answers at {server}; type: ")), "{answer}");
}

#[tokio::test]
async fn the_page_and_its_parts_are_there() {
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
async fn a_name_from_elsewhere_that_leads_here_is_refused() {
    let watched = Watched::start("first", "").await;
    for (host, status) in
        [("localhost:1", "200"), ("127.0.0.1", "200"), ("elsewhere.test", "403"), ("", "403")]
    {
        let mut answer = String::new();
        watched.ask_of(host, "/").await.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.0 {status} ")), "{host}: {answer}");
    }
}

#[test]
fn only_this_machine_may_look() {
    let arguments = Arguments { listen: "0.0.0.0:0".parse().unwrap(), base: None, no_open: true };
    let error = run(&arguments, Path::new("/")).unwrap_err();
    assert_eq!(error.to_string(), "--listen takes a loopback address only");
}
