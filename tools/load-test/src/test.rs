//! The test: one load after another on one server.

use program_harness::{Server, check, log, make_key};

use crate::{
    database,
    load::apply,
    loads, oversized,
    report::{self, Row, Verdict},
    scale::Scale,
    target::Target,
};

/// Runs the loads whose names contain `only`, and prints a table.
///
/// # Panics
/// Where the server fails under one of them; the message names the loads.
pub async fn run(scale: Scale, only: &str) {
    rlimit::increase_nofile_limit(u64::MAX).expect("a limit");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("runs.db");
    let key = make_key(&path);
    database::fill(&path, scale.runs);
    oversized::prepare(scale);
    let mut server = Server::on_file(&path);
    let target = Target::new(server.address, server.id(), key, scale);

    report::print_header();
    let mut failed = Vec::new();
    let selected = loads::all(scale).into_iter().filter(|load| load.name.contains(only));
    for load in selected {
        let outcome = apply(&target, &load).await;
        let verdict = Verdict::of(&outcome, server.is_alive(), scale);
        Row { load: &load, outcome: &outcome, verdict }.print();
        if verdict != Verdict::Passed {
            failed.push(format!("{}: {verdict}", load.name));
        }
        if verdict == Verdict::Ended {
            break;
        }
    }
    assert!(failed.is_empty(), "{failed:?}\n{}", log(&path));
    assert_eq!(server.stop(), Some(0));
    check(&path);
    assert!(!log(&path).contains("panicked"), "{}", log(&path));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scale::SMALL;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_server_under_load_responds_to_others() {
        run(SMALL, "").await;
    }
}
