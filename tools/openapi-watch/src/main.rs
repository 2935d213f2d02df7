//! Generates and checks the OpenAPI documents on every save, and shows the result on a page beside
//! Swagger UI.

mod follow;
mod page;
mod round;
mod sources;
mod state;
mod task;
mod terminal;

use std::{net::SocketAddr, path::Path, process::ExitCode, sync::Arc};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::watch,
};
use tools_support::workspace;

use crate::{round::Builder, sources::Sources};

/// Generate and check the OpenAPI documents on every save, and show the result beside Swagger UI
#[derive(Parser)]
#[command(bin_name = "cargo xtask openapi watch")]
struct Arguments {
    /// Address of the page; a loopback address
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7401")]
    listen: SocketAddr,
    /// Document to compare with: a file, or a commit that contains openapi.json [default: the
    /// commit at which this branch left the main branch]
    #[arg(long, value_name = "REV|FILE")]
    base: Option<String>,
    /// Do not open a browser
    #[arg(long)]
    no_open: bool,
}

fn main() -> ExitCode {
    match run(&Arguments::parse(), &workspace::root()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Serves the page and follows the sources until SIGINT or SIGTERM.
fn run(arguments: &Arguments, root: &Path) -> Result<()> {
    // The page forwards requests to the demo; other machines must not send any.
    ensure!(arguments.listen.ip().is_loopback(), "--listen requires a loopback address");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(arguments.listen).await;
        let listener = listener.with_context(|| format!("cannot bind {}", arguments.listen))?;
        let url = format!("http://{}", listener.local_addr()?);
        println!("The page: {url}\nCtrl-C ends the watch.\n");
        if !arguments.no_open
            && let Err(error) = open::that_detached(&url)
        {
            println!("no browser was opened: {error}");
        }
        let mut interrupted = signal(SignalKind::interrupt())?;
        let mut terminated = signal(SignalKind::terminate())?;
        let builder = Builder::cargo(root, arguments.base.clone());
        tokio::select! {
            ended = serve(listener, root, &builder) => ended,
            _ = interrupted.recv() => Ok(()),
            _ = terminated.recv() => Ok(()),
        }
    })
}

/// Serves the page and follows the sources. Processes that it started end when it is dropped.
async fn serve(listener: TcpListener, root: &Path, builder: &Builder) -> Result<()> {
    let state = Arc::new(watch::Sender::default());
    let sources = Sources::new(root);
    let (_watcher, changes) = sources.watch()?;
    let page = axum::serve(listener, page::router(root, Arc::clone(&state)));
    tokio::select! {
        ended = page => ended.context("the page cannot be served"),
        ended = follow::follow(&sources, changes, builder, &state) => ended,
    }
}

#[cfg(test)]
mod tests;
