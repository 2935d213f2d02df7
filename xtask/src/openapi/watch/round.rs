//! One round: build, generate, and ask what became of the contract.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    process::Output,
    time::Instant,
};

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::Value;

use super::{super::base, task};

/// How the workspace is built.
pub struct Tools {
    root: PathBuf,
    /// Builds the program that has the types in it; its output has, a line, JSON objects as cargo writes them, and the
    /// last `executable` among them is that program. What it says to people goes to its error output.
    build: Vec<String>,
    base: Vec<String>,
}

impl Tools {
    /// Cargo, which builds this program once more.
    pub fn cargo(root: &Path, base: Option<String>) -> Self {
        let cargo = tools_support::command::cargo().get_program().to_string_lossy().into_owned();
        let words = "build --quiet --package xtask --message-format json-render-diagnostics";
        let build = std::iter::once(cargo).chain(words.split(' ').map(str::to_owned)).collect();
        Self::new(root, build, base)
    }

    /// Another command that builds.
    pub fn new(root: &Path, build: Vec<String>, base: Option<String>) -> Self {
        let base = base.map(|base| vec!["--base".to_owned(), base]).unwrap_or_default();
        Self { root: root.to_owned(), build, base }
    }
}

/// What the page and the terminal show.
#[derive(Clone, Default, Serialize)]
pub struct Shown {
    /// Whether a round is going on; the rest is the last one's.
    pub working: bool,
    /// How many seconds the last round took.
    pub seconds: f64,
    /// Why there is no newer document, and what was said about it; the document and what was found in it are those of
    /// the last round that had one.
    pub failure: Option<Failure>,
    /// Another number for another document.
    pub document: String,
    /// What was found.
    pub answers: Vec<Answer>,
}

/// Why there is no newer document.
#[derive(Clone, Serialize)]
pub struct Failure {
    /// In a line.
    pub what: String,
    /// The compiler's words, or the program's.
    pub words: String,
}

/// What a command answered.
#[derive(Clone, Serialize)]
pub struct Answer {
    /// Its name: `check`, `diff` or `lint`.
    pub command: &'static str,
    /// Its report, as `--format json` writes it.
    pub report: Option<Value>,
    /// What it said where it could not report.
    pub words: String,
}

impl Shown {
    /// The same while a round is going on.
    pub fn working(&self) -> Self {
        Self { working: true, ..self.clone() }
    }
}

/// Goes through a round after that one.
///
/// # Errors
/// Where a command cannot be started at all.
pub async fn go(tools: &Tools, last: &Shown) -> Result<Shown> {
    let begun = Instant::now();
    let shown = match document(tools).await? {
        Ok((program, document)) => {
            let mut answers = Vec::new();
            for command in ["check", "diff", "lint"] {
                answers.push(ask(tools, &program, command).await?);
            }
            Shown { document, answers, ..Shown::default() }
        }
        Err(failure) => Shown { failure: Some(failure), working: false, ..last.clone() },
    };
    Ok(Shown { seconds: begun.elapsed().as_secs_f64(), ..shown })
}

/// Builds the program and lets it write the files; answers the program, and the document's number.
async fn document(tools: &Tools) -> Result<Result<(String, String), Failure>> {
    let (builder, arguments) = tools.build.split_first().context("no command that builds")?;
    let built = task::run(builder, arguments, &tools.root).await?;
    let Some(program) = executable(&built).filter(|_| built.status.success()) else {
        return Ok(Err(failure("The types do not compile", &built)));
    };
    let words = ["openapi", "generate"].map(str::to_owned);
    let generated = task::run(&program, &words, &tools.root).await?;
    if !generated.status.success() {
        return Ok(Err(failure("The files cannot be generated", &generated)));
    }
    let text = fs::read(tools.root.join(base::FILE))?;
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    Ok(Ok((program, format!("{:016x}", hasher.finish()))))
}

fn executable(built: &Output) -> Option<String> {
    let text = String::from_utf8_lossy(&built.stdout);
    let messages = text.lines().rev().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    messages.filter_map(|message| Some(message["executable"].as_str()?.to_owned())).next()
}

async fn ask(tools: &Tools, program: &str, command: &'static str) -> Result<Answer> {
    let mut words = ["openapi", command, "--format", "json"].map(str::to_owned).to_vec();
    if command != "lint" {
        words.extend(tools.base.iter().cloned());
    }
    let output = task::run(program, &words, &tools.root).await?;
    let report: Option<Value> = serde_json::from_slice(&output.stdout).ok();
    let words = if report.is_some() { String::new() } else { said(&output) };
    Ok(Answer { command, report, words })
}

fn failure(what: &str, output: &Output) -> Failure {
    Failure { what: what.to_owned(), words: said(output) }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).trim_end().to_owned()
}
