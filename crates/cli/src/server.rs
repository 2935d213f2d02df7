//! What every command that serves does: listen, and serve until it is told to stop.

use std::{
    io::{self, ErrorKind},
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use anyhow::anyhow;
use runledger_server::{Settings, Tls};
use runledger_store::Store;
use tokio::{
    net::{TcpListener, TcpSocket},
    sync::oneshot,
};

use crate::signals::Signals;

/// How many connections the system may hold until they are accepted; Linux allows 4096 unless told otherwise. Whoever
/// finds no place there tries again after a second.
const BACKLOG: u32 = 4096;

/// Listens on this address; the error says what to do about it.
pub async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    bind(address).map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => anyhow!(
            "port {} of {} is taken by another program (another Runledger, perhaps)\n\
             Choose another one with --listen {}, or any free one with port 0",
            address.port(),
            address.ip(),
            SocketAddr::new(address.ip(), address.port().checked_add(1).unwrap_or(7400)),
        ),
        ErrorKind::PermissionDenied => anyhow!(
            "port {} needs privileges that this process does not have\n\
             Choose one from 1024 on, such as --listen {}",
            address.port(),
            SocketAddr::new(address.ip(), 7400),
        ),
        _ => anyhow!("cannot listen on {address}: {error}\nChoose another address with --listen"),
    })
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // On Windows it would let another program take the port over.
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Where a browser on this machine finds a server that listens there.
pub fn base_url(address: SocketAddr, tls: bool) -> String {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::from([127, 0, 0, 1]),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]),
        ip => ip,
    };
    let scheme = if tls { "https" } else { "http" };
    format!("{scheme}://{}", SocketAddr::new(ip, address.port()))
}

/// Serves until the first wish to stop, then answers what has been asked and closes the database; a second wish
/// does not wait for that.
pub async fn serve(
    listener: TcpListener,
    tls: Option<Tls>,
    store: Arc<dyn Store>,
    settings: &Settings,
    signals: &mut Signals,
) -> anyhow::Result<()> {
    let (stop, stopped) = oneshot::channel::<()>();
    let router = runledger_server::router(store, settings);
    let settings = settings.clone();
    let mut serving = tokio::spawn(async move {
        let stopped = async { drop(stopped.await) };
        runledger_server::serve(listener, tls, router, &settings, stopped).await;
    });
    tokio::select! {
        ended = &mut serving => return Ok(ended?),
        () = signals.next() => drop(stop),
    }
    tracing::info!("stopping: what has been asked is answered first");
    tokio::select! {
        ended = serving => Ok(ended?),
        () = signals.next() => Ok(()),
    }
}
