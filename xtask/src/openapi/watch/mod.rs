//! `cargo xtask openapi watch`: generate on save, and see at once what became of the contract.

mod follow;
mod page;
mod round;
mod sources;
mod task;
mod terminal;

use std::{net::SocketAddr, path::Path, process::ExitCode, sync::Arc};

use anyhow::{Context, Result, ensure};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::watch,
};

use self::{round::Tools, sources::Sources};

#[derive(clap::Args)]
pub struct Arguments {
    /// Where the page is; a loopback address
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7401")]
    listen: SocketAddr,
    /// What check and diff compare with: a file, or a commit that has openapi.json
    /// [default: where this branch left the main branch]
    #[arg(long, value_name = "REV|FILE")]
    base: Option<String>,
    /// Leave the browser closed
    #[arg(long)]
    no_open: bool,
}

/// Builds, generates and checks now and after every save, until Ctrl-C.
///
/// # Errors
/// Where the address cannot be listened on, or the folders cannot be watched.
pub fn run(arguments: &Arguments, root: &Path) -> Result<ExitCode> {
    // Whoever reaches the page can send requests through it.
    ensure!(arguments.listen.ip().is_loopback(), "--listen takes a loopback address only");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(arguments.listen).await;
        let listener =
            listener.with_context(|| format!("{} cannot be listened on", arguments.listen))?;
        let url = format!("http://{}", listener.local_addr()?);
        println!("The contract as it is now: {url}\nCtrl-C ends it.\n");
        if !arguments.no_open
            && let Err(error) = open::that_detached(&url)
        {
            println!("no browser was opened: {error}");
        }
        let (mut interrupted, mut terminated) =
            (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let tools = Tools::cargo(root, arguments.base.clone());
        tokio::select! {
            done = serve(listener, root, &tools) => done?,
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// The page and the loop behind it. What runs ends where this is dropped.
async fn serve(listener: TcpListener, root: &Path, tools: &Tools) -> Result<()> {
    let shown = Arc::new(watch::Sender::default());
    let sources = Sources::new(root);
    let (_watcher, changes) = sources.watch()?;
    let page = axum::serve(listener, page::router(root, Arc::clone(&shown)));
    tokio::select! {
        done = page => done.context("the page cannot be served"),
        done = follow::follow(&sources, changes, tools, &shown) => done,
    }
}

#[cfg(test)]
mod tests;
