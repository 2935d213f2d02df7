//! Listening for HTTP connections and serving them until a signal arrives.

use std::{
    io::{self, ErrorKind},
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use anyhow::anyhow;
use futures_util::FutureExt;
use runledger_server::{Service, Settings, Tls};
use runledger_store::Store;
use tokio::{
    net::{TcpListener, TcpSocket},
    sync::oneshot,
};

use crate::stop_signals::StopSignals;

/// Maximum number of connections that the system keeps until they are accepted. Linux lowers it to
/// `net.core.somaxconn`, 4096 by default.
const LISTEN_BACKLOG: u32 = 4096;

/// Where a server listens.
pub struct Listeners {
    /// For the API and the pages.
    pub api: TcpListener,
    /// For the metrics only.
    pub metrics: Option<TcpListener>,
}

/// Listens on this address, which is the value of this option.
///
/// # Errors
/// If that is not possible; the message states which address to try instead.
pub fn listen(address: SocketAddr, option: &str) -> anyhow::Result<TcpListener> {
    bind(address).map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => anyhow!(
            "{address} is already in use by another program\n\
             Choose another port, such as {option} {}, or let the system choose one with port 0",
            SocketAddr::new(address.ip(), address.port().checked_add(1).unwrap_or(7400)),
        ),
        ErrorKind::PermissionDenied => anyhow!(
            "this process is not permitted to listen on port {}\n\
             Choose a port from 1024 on, such as {option} {}",
            address.port(),
            SocketAddr::new(address.ip(), 7400),
        ),
        _ => anyhow!("cannot listen on {address}: {error}\nChoose another address with {option}"),
    })
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // On Windows the option would let another program take over the port.
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(LISTEN_BACKLOG)
}

/// The URL at which a client on this machine reaches a server that listens on this address.
pub fn base_url(address: SocketAddr, tls: bool) -> String {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::from([127, 0, 0, 1]),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]),
        ip => ip,
    };
    let scheme = if tls { "https" } else { "http" };
    format!("{scheme}://{}", SocketAddr::new(ip, address.port()))
}

/// Serves until the first signal, completes the requests in progress and closes the store. A second
/// signal ends the wait.
///
/// # Errors
/// If the server panics.
pub async fn serve(
    listeners: Listeners,
    tls: Option<Tls>,
    store: Arc<dyn Store>,
    settings: &Settings,
    signals: &mut StopSignals,
) -> anyhow::Result<()> {
    let (stop, stopped) = oneshot::channel::<()>();
    let Listeners { api, metrics } = listeners;
    let Service { api: router, metrics: metrics_router, heartbeats } =
        Service::new(store, settings);
    let settings = settings.clone();
    let mut server = tokio::spawn(async move {
        let stopped = async { drop(stopped.await) }.shared();
        let serve_api = runledger_server::serve(api, tls, router, &settings, stopped.clone());
        let serve_metrics = async {
            if let Some(listener) = metrics {
                let router = metrics_router;
                runledger_server::serve(listener, None, router, &settings, stopped).await;
            }
        };
        tokio::select! {
            _ = async { tokio::join!(serve_api, serve_metrics) } => {}
            () = heartbeats.run() => {}
        }
    });
    tokio::select! {
        ended = &mut server => return Ok(ended?),
        () = signals.next() => drop(stop),
    }
    tracing::info!("shutting down after the requests in progress");
    tokio::select! {
        ended = server => Ok(ended?),
        () = signals.next() => Ok(()),
    }
}
