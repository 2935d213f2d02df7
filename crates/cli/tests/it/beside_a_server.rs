//! Commands that change or read the database of a running server: both see the same at once.

use std::fs;

use program_harness::{Folder, Server, call, request};
use serde_json::{Value, json};

/// A folder, its server, and a key.
struct Ledger {
    folder: Folder,
    server: Server,
    key: String,
}

fn run(id: &str, created: &str, env: &str) -> Value {
    json!({
        "id": id, "workflow_id": "backup", "status": "SUCCEEDED", "created_at": created,
        "metadata": { "env": env },
    })
}

impl Ledger {
    fn new() -> Self {
        let folder = Folder::new();
        let key = folder.key("acme");
        let server = Server::start(&folder, &[]);
        Self { folder, server, key }
    }

    /// Records a run on the server.
    fn put(&self, run: &Value) {
        let url = format!("{}/v1/executions/{}", self.server.url, run["id"].as_str().unwrap());
        let (status, body) = request(&url, "PUT", &self.key, &run.to_string());
        assert_eq!(status, 201, "{body}");
    }

    /// Records runs in the database.
    fn import(&self, runs: &[Value]) {
        fs::write(self.folder.path("runs.json"), json!(runs).to_string()).unwrap();
        self.folder.call(&["import", "runs.json", "--tenant", "acme"]).done();
    }

    /// Expects that the server and the commands have these runs, and returns them as they are
    /// exported.
    fn expect(&self, ids: &[&str], with_env: &[(&str, &[&str])]) -> String {
        let listed = |path: &str| {
            let list = self.server.json(path, &self.key);
            assert_eq!(list["total"], list["items"].as_array().unwrap().len(), "{list}");
            let items = list["items"].as_array().unwrap().iter();
            items.map(|run| run["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(listed("/v1/executions"), ids);
        for (env, ids) in with_env {
            assert_eq!(listed(&format!("/v1/executions?metadata=env:{env}")), *ids, "{env}");
        }
        let workflows = self.server.json("/v1/workflows", &self.key);
        assert_eq!(workflows["items"][0]["total"], ids.len(), "{workflows}");
        let (url, key) = (&*self.server.url, &*self.key);
        let [local, remote] = [&["--tenant", "acme"][..], &["--url", url, "--key", key]];
        let call = |command, source: &[&str]| {
            self.folder.call(&[&[command], source].concat()).done().stdout
        };
        let [list, remote_list] = [local, remote].map(|source| call("list", source));
        assert_eq!(list.lines().count(), remote_list.lines().count());
        let [export, remote_export] = [local, remote].map(|source| call("export", source));
        assert_eq!(export, remote_export);
        self.folder.call(&["check"]).done();
        export
    }
}

#[test]
fn what_a_command_changes_the_server_returns_and_the_other_way_round() {
    let ledger = Ledger::new();
    let Ledger { folder, server, key } = &ledger;
    ledger.put(&run("a", "2024-01-01T00:00:00Z", "prod"));
    ledger.put(&run("b", "2024-01-02T00:00:00Z", "test"));
    ledger.put(&run("c", "2025-01-01T00:00:00Z", "prod"));
    ledger.expect(&["c", "b", "a"], &[("prod", &["c", "a"]), ("test", &["b"])]);

    let prune = ["prune", "--before", "2025-01-01", "--tenant", "acme"];
    let pruned = folder.call(&prune).done().stdout;
    assert!(pruned.starts_with("2 runs deleted, "), "{pruned}");
    ledger.expect(&["c"], &[("prod", &["c"]), ("test", &[])]);
    let changes = server.json("/v1/changes?after=3", key);
    assert_eq!(changes["items"].as_array().unwrap().len(), 2, "{changes}");

    ledger.put(&run("d", "2025-01-02T00:00:00Z", "test"));
    let mut again = run("c", "2025-01-01T00:00:00Z", "test");
    again["attempt"] = json!(2);
    ledger.import(&[again, run("e", "2025-01-03T00:00:00Z", "prod")]);
    let exported = ledger.expect(&["e", "d", "c"], &[("prod", &["e"]), ("test", &["d", "c"])]);
    assert_eq!(exported.lines().count(), 4, "both attempts of c");

    folder.call(&["backup", "copy.db"]).done();
    let copy = ["--database", "copy.db"];
    folder.call(&[&["check"], &copy[..]].concat()).done();
    let copied = folder.call(&[&["export", "--tenant", "acme"], &copy[..]].concat()).done().stdout;
    assert_eq!(copied, exported);
}

#[test]
fn the_server_ends_a_run_that_a_command_has_recorded() {
    let Ledger { folder, server, key } = Ledger::new();
    let mut live = run("a", "2025-01-01T00:00:00Z", "prod");
    live["status"] = json!("RUNNING");
    live["heartbeat_timeout"] = json!(1);
    let mut import = folder.program(&["import", "-", "--tenant", "acme"]);
    fs::write(folder.path("runs.json"), live.to_string()).unwrap();
    call(import.stdin(fs::File::open(folder.path("runs.json")).unwrap())).done();
    server.wait_until("/v1/executions?status=FAILED", &key, |list| list["total"] == 1);
    let shown = folder.call(&["show", "a", "--tenant", "acme"]).done().stdout;
    assert!(shown.starts_with("✗ LOST backup\n"), "{shown}");
    folder.call(&["check"]).done();
}
