//! `runledger serve`: the service, on a database of one's own.

use std::{
    io::{IsTerminal, Write},
    net::SocketAddr,
    num::NonZeroU32,
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, anyhow, bail};
use bytesize::ByteSize;
use clap::{Args, ValueEnum};
use runledger_model::Timestamp;
use runledger_server::{Settings, Tls};
use runledger_store::{Store, sqlite::SqliteStore};
use tracing_subscriber::filter::LevelFilter;

use crate::{database::Database, server, signals::Signals};

/// Serve a ledger over HTTP: the API under /v1, Swagger UI at /docs, and signs of life at /healthz and /readyz.
///
/// The database is made where there is none. One process serves it at a time; keys, imports, exports and backups
/// work beside it. A file of up to 256 MiB is looked through for damage before it is served; `runledger check` does
/// the same, and more, for a larger one.
///
/// Stop it with Ctrl-C or SIGTERM (or by closing its terminal, without nohup): it takes no more requests, answers those under way and closes the database. A
/// second signal does not wait.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Serve {
    /// Where to listen: an address of this machine and a port. 0.0.0.0 is all addresses, port 0 any free port.
    #[arg(
        long,
        env = "RUNLEDGER_LISTEN",
        value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:7400"
    )]
    listen: SocketAddr,

    #[command(flatten)]
    database: Database,

    /// How the log on standard error is written: lines for people, or JSON for programs.
    #[arg(long, env = "RUNLEDGER_LOG", value_enum, default_value_t = LogFormat::Text)]
    log: LogFormat,

    /// What the log tells: error, warn, info (a line for each request), debug or off.
    #[arg(long, env = "RUNLEDGER_LOG_LEVEL", value_name = "LEVEL", default_value = "info")]
    log_level: LevelFilter,

    /// An origin whose pages may call the API from a browser, such as https://console.example.com. Give it once for
    /// each, or several with commas.
    #[arg(long, env = "RUNLEDGER_CORS_ORIGIN", value_name = "ORIGIN", value_delimiter = ',', value_parser = origin)]
    cors_origin: Vec<axum::http::HeaderValue>,

    /// The largest body of a request, after it has been decompressed.
    #[arg(long, env = "RUNLEDGER_BODY_LIMIT", value_name = "SIZE", default_value = "16MiB")]
    body_limit: ByteSize,

    /// How long a body may take to arrive in all, and then as long again the request.
    #[arg(long, env = "RUNLEDGER_REQUEST_TIMEOUT", value_name = "TIME", default_value = "30s",
        value_parser = humantime::parse_duration)]
    request_timeout: Duration,

    /// How long a body may pause while it arrives.
    #[arg(long, env = "RUNLEDGER_BODY_TIMEOUT", value_name = "TIME", default_value = "10s",
        value_parser = humantime::parse_duration)]
    body_timeout: Duration,

    /// How many requests a key may send in a second on average, and at once; as many as it likes without this option.
    #[arg(long, env = "RUNLEDGER_RATE_LIMIT", value_name = "NUMBER")]
    rate_limit: Option<NonZeroU32>,

    /// A PEM file with the certificate, and those of its issuers after it: serves HTTPS.
    #[arg(long, env = "RUNLEDGER_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,

    /// A PEM file with the certificate's private key.
    #[arg(long, env = "RUNLEDGER_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
}

/// How the log is written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

/// The longest timeout that can be wanted.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

const EXAMPLES: &str = "\
Examples:
  runledger serve                                       runledger.db in this folder, at http://127.0.0.1:7400
  runledger serve --database /var/lib/runledger/runledger.db --listen 0.0.0.0:7400 \\
      --tls-cert cert.pem --tls-key key.pem             for other machines, too
  runledger serve --log json --rate-limit 100           for a log collector; 100 requests a second and key
  RUNLEDGER_LISTEN=127.0.0.1:0 runledger serve          on any free port; the output says which";

impl Serve {
    /// Starts the log, which must stand before anything can go wrong.
    pub fn log(&self) {
        let log = tracing_subscriber::fmt().with_max_level(self.log_level).with_target(false);
        let log = log.with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal());
        match self.log {
            LogFormat::Text => log.init(),
            LogFormat::Json => log.json().flatten_event(true).init(),
        }
    }

    /// Opens the database, says what is served where, and serves until it is told to stop.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let mut signals = Signals::listen().context("cannot listen for signals")?;
        let tls = match (&self.tls_cert, &self.tls_key) {
            (Some(cert), Some(key)) => Some(Tls::load(cert, key).map_err(|error| anyhow!(error))?),
            _ => None,
        };
        let settings = self.settings()?;
        // Each connection is a file handle. Where no more are to be had, the server waits for some to be closed.
        let _ = rlimit::increase_nofile_limit(u64::MAX);
        let listener = server::listen(self.listen).await?;
        let address = listener.local_addr().context("cannot tell the port")?;
        let store: Arc<dyn Store> = Arc::new(SqliteStore::serve(&self.database.database)?);
        let welcome = self.welcome(address, &*store).await?;
        std::io::stdout().write_all(welcome.as_bytes()).context("cannot write to stdout")?;
        server::serve(listener, tls, store, &settings, &mut signals).await?;
        Ok(ExitCode::SUCCESS)
    }

    fn settings(&self) -> anyhow::Result<Settings> {
        let defaults = Settings::default();
        let body_limit = usize::try_from(self.body_limit.as_u64()).unwrap_or(usize::MAX);
        if !(1024..=1 << 30).contains(&body_limit) {
            bail!("--body-limit is from 1KiB to 1GiB, not {}", self.body_limit);
        }
        for (option, time) in
            [("--request-timeout", self.request_timeout), ("--body-timeout", self.body_timeout)]
        {
            if time.is_zero() || time > LONGEST {
                bail!("{option} is more than nothing and at most 1d, such as 30s");
            }
        }
        Ok(Settings {
            body_limit,
            bodies_at_a_time: defaults.bodies_at_a_time.max(body_limit),
            answers_at_a_time: defaults.answers_at_a_time.max(body_limit),
            request_timeout: self.request_timeout,
            body_timeout: self.body_timeout,
            rate_limit: self.rate_limit,
            cors_origins: self.cors_origin.clone(),
            ..defaults
        })
    }

    async fn welcome(&self, address: SocketAddr, store: &dyn Store) -> anyhow::Result<String> {
        let url = server::base_url(address, self.tls_cert.is_some());
        let file = self.database.database.display();
        let now = Timestamp::now();
        let keys = store.keys().await?;
        let usable = keys.iter().filter(|key| key.is_valid_at(now)).count();
        let mut text =
            format!("Serving {file} at {url} (Swagger UI at {url}/docs); keys in use: {usable}\n");
        if usable == 0 {
            text += &format!(
                "No key opens it yet. Make one: runledger keys create --tenant NAME --database {file}\n"
            );
        }
        if self.tls_cert.is_none() && !address.ip().is_loopback() {
            tracing::warn!(
                "{address} can be reached from other machines, and keys travel there as clear text: give a \
                 certificate with --tls-cert and --tls-key, or put a proxy with TLS before this server"
            );
        }
        Ok(text)
    }
}

/// An origin as a browser sends it: scheme, host and port, and nothing after them.
fn origin(text: &str) -> Result<axum::http::HeaderValue, String> {
    let wrong = || {
        "an origin is a scheme, a host and perhaps a port: https://console.example.com".to_owned()
    };
    let url = url::Url::parse(text).map_err(|_| wrong())?;
    if url.origin().ascii_serialization() != text {
        return Err(wrong());
    }
    text.parse().map_err(|_| wrong())
}
