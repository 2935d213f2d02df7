//! `runledger serve`: serves a ledger over HTTP.

mod limits;
mod log;
mod metrics;
mod pruning;
mod ready_message;
mod schedule;

use std::{io::Write, net::SocketAddr, path::PathBuf, sync::Arc};

use anyhow::{Context, anyhow};
use clap::Args;
use runledger_model::Timestamp;
use runledger_server::{Settings, Tls};

use self::{
    limits::Limits,
    log::{Log, LogThread},
    metrics::{MetricsOptions, MetricsPlace},
    pruning::PruningOptions,
    ready_message::ReadyMessage,
};
use crate::{
    database::{self, DatabaseFile},
    exit::Exit,
    http_server::{self, Listeners},
    stop_signals::StopSignals,
    values,
};

/// Serve a ledger over HTTP.
///
/// The API is under /v1, Swagger UI at /docs, the health endpoints at /healthz and /readyz, and
/// metrics for Prometheus at /metrics.
///
/// The database is created if it does not exist. Only one process can serve a database at a time;
/// the commands keys, import, export, prune, check and backup work on it meanwhile. A database of
/// up to 16 MiB is checked for damage before it is served, and a larger one while it is served.
///
/// SIGTERM, SIGINT (Ctrl-C) and SIGHUP stop the server: it refuses new requests, completes those
/// in progress and closes the database. A second signal stops it immediately.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Serve {
    /// Address and port to listen on. 0.0.0.0 is every IPv4 address; with port 0 the system
    /// chooses a free port.
    #[arg(
        long,
        env = "RUNLEDGER_LISTEN",
        value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:7400",
        value_parser = values::address
    )]
    listen: SocketAddr,

    #[command(flatten)]
    database: DatabaseFile,

    #[command(flatten)]
    log: Log,

    /// Origin whose web pages may call the API, such as https://console.example.com. Repeat the
    /// option, or separate origins with commas.
    #[arg(
        long,
        env = "RUNLEDGER_CORS_ORIGIN",
        value_name = "ORIGIN",
        value_delimiter = ',',
        value_parser = origin
    )]
    cors_origin: Vec<axum::http::HeaderValue>,

    #[command(flatten)]
    limits: Limits,

    #[command(flatten)]
    metrics: MetricsOptions,

    #[command(flatten)]
    pruning: PruningOptions,

    /// PEM file with the server's certificate, followed by its intermediate certificates. Enables
    /// HTTPS.
    #[arg(long, env = "RUNLEDGER_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,

    /// PEM file with the private key of the certificate.
    #[arg(long, env = "RUNLEDGER_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  # runledger.db in the current directory, at http://127.0.0.1:7400
  runledger serve

  # For other machines, over HTTPS
  runledger serve --database /var/lib/runledger/runledger.db \\
      --listen 0.0.0.0:7400 --tls-cert cert.pem --tls-key key.pem

  # A log for a collector, and at most 100 requests per second and key
  runledger serve --log-format json --rate-limit 100

  # Delete runs that are older than 90 days every night, failed ones after 180 days
  runledger serve --prune-before 90d --prune-keep-failed 180d --prune-at 03:30

  # On a free port, which the first line of output states
  RUNLEDGER_LISTEN=127.0.0.1:0 runledger serve";

impl Serve {
    /// Starts the log on standard error. The last lines are written when what it returns is
    /// dropped.
    ///
    /// # Errors
    /// If the system refuses a thread.
    pub fn start_log(&self) -> anyhow::Result<LogThread> {
        self.log.start().context("the log cannot be started")
    }

    /// Opens the database, prints where it is served, and serves it until a signal arrives.
    pub async fn run(self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        let mut signals = StopSignals::listen().context("cannot handle signals")?;
        let tls = self.tls()?;
        let retention = self.pruning.retention()?;
        let metrics = self.metrics.metrics;
        let settings = Settings {
            cors_origins: self.cors_origin.clone(),
            serve_metrics: metrics == MetricsPlace::WithApi,
            ..self.limits.settings()?
        };
        // Each connection needs a file descriptor. If the limit cannot be raised, connections wait
        // until others close.
        let _ = rlimit::increase_nofile_limit(u64::MAX);
        let listener = http_server::listen(self.listen, "--listen")?;
        let address = listener.local_addr().context("cannot read the port")?;
        let metrics_listener = match metrics {
            MetricsPlace::Address(address) => Some(http_server::listen(address, "--metrics")?),
            MetricsPlace::WithApi | MetricsPlace::Nowhere => None,
        };
        let store = database::serve(&self.database.path).await?;
        let keys = store.list_keys().await?;
        let now = Timestamp::now();
        let ready = ReadyMessage {
            database: &self.database.path,
            url: http_server::base_url(address, tls.is_some()),
            valid_keys: keys.iter().filter(|key| key.is_valid_at(now)).count(),
        };
        write!(out, "{ready}").context("cannot write to standard output")?;
        if tls.is_none() && !address.ip().is_loopback() {
            tracing::warn!(
                "other machines can connect to {address}, and API keys are sent to it without \
                 encryption; set --tls-cert and --tls-key, or use a proxy with TLS"
            );
        }
        let pruning = retention.map(|retention| retention.start(Arc::clone(&store)));
        let listeners = Listeners { api: listener, metrics: metrics_listener };
        let served = http_server::serve(listeners, tls, store, &settings, &mut signals).await;
        if let Some(pruning) = pruning {
            pruning.stop().await;
        }
        served.map(|()| Exit::Succeeded)
    }

    fn tls(&self) -> anyhow::Result<Option<Tls>> {
        let (Some(cert), Some(key)) = (&self.tls_cert, &self.tls_key) else { return Ok(None) };
        Tls::load(cert, key).map(Some).map_err(|error| anyhow!(error))
    }
}

/// Parses an origin as browsers send it: scheme, host and port, and nothing after them.
fn origin(text: &str) -> Result<axum::http::HeaderValue, String> {
    let error = || {
        "must be a scheme, a host and an optional port, such as https://console.example.com"
            .to_owned()
    };
    let url = url::Url::parse(text).map_err(|_| error())?;
    if url.origin().ascii_serialization() != text {
        return Err(error());
    }
    text.parse().map_err(|_| error())
}
