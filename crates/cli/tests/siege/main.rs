//! A server under siege: connections that say nothing, say it slowly or take it slowly, and requests of absurd size.
//! Meanwhile a probe asks for the first page and for one run, as everybody else would.
//!
//! `cargo test` lays a small one: the server must live, answer the probe however late, and keep to the room it has (a
//! build without optimisation takes more of it). The real one is `cargo xtask siege`, which sets `RUNLEDGER_SIEGE` to
//! `full`: on 100,000 runs, with 10,000 connections and bodies of 1 GB, it fails where the probe waits for longer than a
//! second or the server takes more than 200 MB of memory.
#![cfg(target_os = "linux")]

mod attack;
mod memory;
mod oversized;
mod probe;
#[path = "../program/mod.rs"]
mod program;
mod slow;

use std::{path::Path, sync::Arc};

use runledger_model::{StepExecution, Timestamp, WorkflowRunDetail, examples};
use runledger_store::{Store, sqlite::SqliteStore};

use attack::{Attack, Target, besiege};
use program::{Server, check, log, make_key};

/// How large the siege is.
#[derive(Clone, Copy)]
struct Scale {
    /// Whether it is the real one, in which time and memory count.
    full: bool,
    runs: usize,
    idle: usize,
    slow: usize,
    large: usize,
    /// How often the probe asks while an attack stands.
    rounds: u32,
    /// The bytes of the largest bodies.
    body: u64,
    /// How many runs of 10,000 steps are in a batch.
    wide: usize,
    /// The most memory that the server may take, in bytes.
    memory: u64,
}

const SMALL: Scale = Scale {
    full: false,
    runs: 500,
    idle: 200,
    slow: 10,
    large: 2,
    rounds: 10,
    body: 20_000_000,
    wide: 1,
    memory: 250_000_000,
};
const FULL: Scale = Scale {
    full: true,
    runs: 100_000,
    idle: 10_000,
    slow: 200,
    large: 8,
    rounds: 100,
    body: 1_000_000_000,
    wide: 15,
    memory: 200_000_000,
};

/// The longest that the probe may wait, in milliseconds.
const MOST_WAIT: f64 = 1000.0;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_under_siege_answers_the_others() {
    let full = std::env::var("RUNLEDGER_SIEGE").is_ok_and(|scale| scale == "full");
    let scale = if full { FULL } else { SMALL };
    rlimit::increase_nofile_limit(u64::MAX).expect("a limit");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("runs.db");
    let key = make_key(&path);
    fill(&path, scale.runs).await;
    oversized::prepare(scale);
    let mut server = Server::on_file(&path);
    let target = Target::new(server.address, server.id(), key, scale);

    println!(
        "| attack | connections | probe's median, ms | worst, ms | errors | peak memory, MB | of it the program's own | verdict |"
    );
    println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |");
    let mut failed = Vec::new();
    let only = std::env::var("RUNLEDGER_SIEGE_ONLY").unwrap_or_default();
    for attack in attacks(scale).into_iter().filter(|attack| attack.name.contains(&only)) {
        let outcome = besiege(&target, &attack).await;
        let verdict = if !server.is_alive() {
            "it is dead"
        } else if outcome.errors > 0 {
            "the probe was not answered"
        } else if full && outcome.worst > MOST_WAIT {
            "the probe waited too long"
        } else if outcome.peak > scale.memory {
            "too much memory"
        } else {
            "ok"
        };
        println!(
            "| {} | {} | {:.1} | {:.1} | {} | {:.0} | {:.0} | {verdict} |",
            attack.name,
            attack.connections(),
            outcome.median,
            outcome.worst,
            outcome.errors,
            outcome.peak as f64 / 1e6,
            outcome.own as f64 / 1e6,
        );
        if verdict != "ok" {
            failed.push(format!("{}: {verdict}", attack.name));
        }
        if !server.is_alive() {
            break;
        }
    }
    assert!(failed.is_empty(), "{failed:?}\n{}", log(&path));
    assert_eq!(server.stop(), Some(0));
    check(&path);
    assert!(!log(&path).contains("panicked"), "{}", log(&path));
}

/// A history, and a run that is as large as one may be.
async fn fill(path: &Path, runs: usize) {
    let store = SqliteStore::open(path).expect("a file");
    let tenant = store.tenant("one").await.expect("a tenant");
    let mut history = runledger_sample::history(1, runs, Timestamp::now());
    loop {
        let batch: Vec<_> = history.by_ref().take(1000).collect();
        if batch.is_empty() {
            break;
        }
        store.record(tenant, batch).await.expect("recorded");
    }
    let run = examples::execution();
    let step = |n: usize| StepExecution {
        id: format!("step {n}"),
        error: Some("x".repeat(60_000)),
        ..run.steps[0].clone()
    };
    let large = WorkflowRunDetail {
        id: "large".into(),
        steps: (0..250).map(step).collect(),
        step_count: 250,
        ..run.clone()
    };
    store.record(tenant, vec![run, large]).await.expect("recorded");
}

fn attacks(scale: Scale) -> Vec<Attack> {
    let Scale { idle, slow, large, .. } = scale;
    let attacks = vec![
        Attack::of("none", Vec::new()),
        Attack::of("says nothing", vec![(idle, slow::says_nothing)]),
        Attack::of("asked once, then says nothing", vec![(idle, slow::asked_once)]),
        Attack::of("a byte of a head now and then", vec![(slow, slow::trickles_a_head)]),
        Attack::of("a byte of a body now and then", vec![(slow, slow::trickles_a_body)]),
        Attack::of("most of a body of 16 MB", vec![(slow, slow::stops_before_the_end)]),
        Attack::of("takes a run of 15 MB slowly", vec![(slow, slow::takes_a_run_slowly)]),
        Attack::of("takes Swagger UI slowly", vec![(slow, slow::takes_a_page_slowly)]),
        Attack::of("a body of 1 GB, its length told", vec![(large, oversized::told_length)]),
        Attack::of("a body of 1 GB in chunks", vec![(large, oversized::in_chunks)]),
        Attack::of("1 GB of zeroes in gzip", vec![(large, oversized::gzip_bomb)]),
        Attack::of("a batch of 15 MB, 150,000 steps", vec![(large, oversized::many_steps)]),
        Attack::of("a header of 10 MB", vec![(large, oversized::long_header)]),
        Attack::of("100,000 parameters", vec![(large, oversized::many_parameters)]),
        Attack::of("100,000 header fields", vec![(large, oversized::many_fields)]),
    ];
    let all = attacks.iter().flat_map(|attack| attack.parts.clone());
    // As many connections as there may be are as many as this process may have, too.
    let all = all.map(|(number, part)| (number.min(idle / 2), part)).collect();
    attacks.into_iter().chain([Attack::of("all together", all)]).collect()
}

/// What an attacker knows, for the parts of an attack to share.
type Shared = Arc<Target>;
