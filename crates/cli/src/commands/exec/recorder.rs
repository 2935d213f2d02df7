//! Brings the states of a run to the server, or to the spool directory.

use std::{cell::Cell, future::Future, mem, time::Duration};

use runledger_client::Retry;
use runledger_model::WorkflowRunDetail;
use tokio::time::{self, Instant, MissedTickBehavior};

use super::without_key::WithoutKey;
use crate::{
    ledger::{Access, RemoteError, RemoteLedger},
    message::message,
    names,
    spool::{Claim, Delivery, Entry, Queue, SpoolOption},
};

/// Time allowed for one request to the server while the command runs.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// Time allowed for the delivery of waiting runs between two heartbeats.
const WAITING_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest time that is waited for the server after the command has ended.
const MAX_END_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);
/// Time between two attempts to record the start of the run if there are no heartbeats.
const DEFAULT_PERIOD: Duration = Duration::from_secs(60);

/// Records a run.
pub enum Recorder {
    /// On a server.
    Server(Destination),
    /// In the spool directory, because the key cannot be read.
    WithoutKey(WithoutKey),
    /// Nowhere: the options are invalid.
    Nowhere,
}

/// A server, and the spool directory for what it does not get.
pub struct Destination {
    server: RemoteLedger,
    queue: Queue,
    /// Time between two heartbeats; `None` without heartbeats.
    period: Option<Duration>,
    /// Time allowed for all requests after the command has ended. A server that has been silent
    /// for so long before is not waited for at all.
    end_timeout: Duration,
    /// Since when the server has been silent; `None` if the last request came to an end soon.
    silent_since: Cell<Option<Instant>>,
}

impl Recorder {
    /// A recorder that sends a heartbeat once per `period`, and waits for the server for
    /// `end_timeout` after the command has ended. Reports invalid options on standard error; the
    /// command runs anyway.
    pub fn new(
        workflow: &str,
        access: &Access,
        spool: SpoolOption,
        period: Option<Duration>,
        end_timeout: Duration,
    ) -> Self {
        Self::try_new(workflow, access, spool, period, end_timeout).unwrap_or_else(|error| {
            message!("runledger: not recorded: {error:#}");
            Self::Nowhere
        })
    }

    fn try_new(
        workflow: &str,
        access: &Access,
        spool: SpoolOption,
        period: Option<Duration>,
        end_timeout: Duration,
    ) -> anyhow::Result<Self> {
        names::check("--workflow", workflow, names::REQUIRED)?;
        // Sent once: the command must not wait, and the spool directory holds what fails.
        let server = match access.ledger(Retry::NEVER) {
            Ok(server) => server,
            Err(error) => match access.server_without_key() {
                Some(server) => {
                    return Ok(Self::WithoutKey(WithoutKey::new(server, &spool.open()?, error)));
                }
                None => return Err(error),
            },
        };
        let queue = spool.open()?.queue(&server);
        let end_timeout = end_timeout.min(MAX_END_TIMEOUT);
        let silent_since = Cell::new(None);
        Ok(Self::Server(Destination { server, queue, period, end_timeout, silent_since }))
    }

    /// Stores the run before its command starts: if this process is killed, the next one tells the
    /// server of the run. Until the value is dropped, no other process does. Without the file, the
    /// run is recorded all the same.
    pub fn store(&self, pending: WorkflowRunDetail) -> Option<Claim> {
        match self {
            Self::Server(Destination { server, queue, .. }) => {
                queue.remove_unfinished();
                queue.store_running(pending, server.destination()).ok()
            }
            Self::WithoutKey(spool) => spool.store(pending),
            Self::Nowhere => None,
        }
    }

    /// Records that the command runs, and delivers the runs in the spool directory. With
    /// heartbeats, does so again and again and does not return.
    pub async fn accompany(&self, running: WorkflowRunDetail) {
        match self {
            Self::Server(destination) => destination.accompany(running).await,
            Self::WithoutKey(spool) => drop(spool.store(running)),
            Self::Nowhere => {}
        }
    }

    /// Records the run that has ended, and delivers the runs in the spool directory. If the server
    /// fails or is silent, leaves the run in the spool directory.
    pub async fn finish(&self, run: WorkflowRunDetail) {
        match self {
            Self::Server(destination) => destination.finish(run).await,
            Self::WithoutKey(spool) => spool.finish(run),
            Self::Nowhere => {}
        }
    }
}

impl Destination {
    async fn accompany(&self, running: WorkflowRunDetail) {
        // The file of the run before its start is replaced.
        let destination = self.server.destination();
        let mut stored = self.queue.store_running(running.clone(), destination).ok();
        let mut ticks = time::interval(self.period.unwrap_or(DEFAULT_PERIOD));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut is_recorded = false;
        while !is_recorded || self.period.is_some() {
            ticks.tick().await;
            let request = self.record_running(&running, is_recorded);
            let result = self.request(REQUEST_TIMEOUT, request).await;
            // What this process does not deliver, another one may.
            drop(stored.take());
            match result {
                Ok(()) => {
                    if !mem::replace(&mut is_recorded, true) {
                        self.queue.remove_running(&running.id);
                    }
                    let _ = time::timeout(WAITING_TIMEOUT, self.deliver_waiting()).await;
                }
                // The server does not accept it from another process either.
                Err(error) if error.is_permanent() => self.queue.remove_running(&running.id),
                // The end of the run is delivered in any case, and its errors are reported.
                Err(_) => {}
            }
        }
    }

    async fn record_running(
        &self,
        running: &WorkflowRunDetail,
        is_recorded: bool,
    ) -> Result<(), RemoteError> {
        if is_recorded {
            match self.server.heartbeat(&running.id).await {
                // An older server, or one that has lost the run, such as with a restored backup.
                Err(RemoteError::Refused { status: _, body: _ }) => {}
                result => return result,
            }
        }
        self.server.record(running).await
    }

    async fn finish(&self, run: WorkflowRunDetail) {
        // Stored before it is sent: this process may be killed meanwhile.
        let mut claim = match self.queue.store(run.clone(), self.server.destination()) {
            Ok(claim) => claim,
            Err(error) => return self.finish_without_spool(&run, &error).await,
        };
        let silence = self.silent_since.get().map(|start| start.elapsed());
        if let Some(silence) = silence.filter(|silence| *silence >= self.end_timeout) {
            message!(
                "runledger: no response within {} s; stored in {} until this server accepts it \
                 with this key",
                silence.as_secs(),
                claim.path().display()
            );
            return;
        }
        let deadline = Instant::now() + self.end_timeout;
        let delivery = time::timeout_at(deadline, claim.deliver(&self.server)).await;
        match delivery.unwrap_or_else(|_| Delivery::Failed(no_response(self.end_timeout))) {
            Delivery::Delivered => {
                let _ = time::timeout_at(deadline, self.deliver_waiting()).await;
            }
            Delivery::Refused(reason) => report_refused(&reason, &claim),
            Delivery::Failed(error) => {
                let file = claim.path().display();
                message!(
                    "runledger: {error}; stored in {file} until this server accepts it with this \
                     key"
                );
                if error.is_of_key() {
                    message!("runledger: with another key, send it: runledger spool send --all");
                }
            }
        }
    }

    async fn finish_without_spool(&self, run: &WorkflowRunDetail, spool_error: &anyhow::Error) {
        if let Err(error) = self.request(self.end_timeout, self.server.record(run)).await {
            message!("runledger: not recorded: {error}; not stored either: {spool_error:#}");
        }
    }

    /// Delivers the runs in the spool directory, oldest first, until one fails.
    async fn deliver_waiting(&self) {
        let entries = self.queue.entries().into_iter().filter(|entry| !entry.is_refused());
        for mut claim in entries.filter_map(Entry::claim) {
            match claim.deliver(&self.server).await {
                Delivery::Delivered => {}
                Delivery::Refused(reason) => report_refused(&reason, &claim),
                Delivery::Failed(_) => return,
            }
        }
    }

    /// The outcome of a request, which is given up after this time. Notes whether the server is
    /// silent, also if the request is dropped before its end.
    async fn request<T>(
        &self,
        timeout: Duration,
        request: impl Future<Output = Result<T, RemoteError>>,
    ) -> Result<T, RemoteError> {
        let start = Instant::now();
        self.silent_since.set(self.silent_since.get().or(Some(start)));
        let result = time::timeout(timeout, request).await;
        let result = result.unwrap_or_else(|_| Err(no_response(timeout)));
        // A connection that is refused at once costs no time at the end either.
        if !matches!(result, Err(RemoteError::NoResponse(_))) || start.elapsed() < self.end_timeout
        {
            self.silent_since.set(None);
        }
        result
    }
}

fn no_response(timeout: Duration) -> RemoteError {
    RemoteError::NoResponse(format!("no response within {} s", timeout.as_secs()))
}

fn report_refused(reason: &str, claim: &Claim) {
    message!("runledger: refused: {reason}; see {}", claim.path().display());
}

#[cfg(test)]
mod tests {
    use std::{net::SocketAddr, path::Path};

    use clap::Parser;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::{
        super::{
            heartbeat::HeartbeatTimeout,
            record::{Contents, Record},
        },
        *,
    };

    #[derive(Parser)]
    struct Options {
        #[command(flatten)]
        access: Access,
        #[command(flatten)]
        spool: SpoolOption,
    }

    const END_TIMEOUT: Duration = Duration::from_secs(2);

    /// A recorder for a server at this address, and the run of a command that runs.
    fn start(address: SocketAddr, spool: &Path) -> (Recorder, Record, WorkflowRunDetail) {
        let (url, spool) = (format!("http://{address}"), spool.to_str().unwrap());
        let arguments = ["", "--url", &url, "--key", "a-key", "--spool", spool];
        let Options { access, spool } = Options::parse_from(arguments);
        let heartbeat_timeout = HeartbeatTimeout::parse("3min").unwrap();
        let period = heartbeat_timeout.period();
        let recorder = Recorder::new("w", &access, spool, period, END_TIMEOUT);
        let contents = Contents { heartbeat_timeout, has_arguments: false };
        let mut record = Record::new("w".into(), &["true".into()], &contents);
        let running = record.started(None);
        (recorder, record, running)
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_has_been_silent_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (recorder, record, running) = start(address, folder.path());
        let command_runs = time::sleep(END_TIMEOUT * 2);
        tokio::select! {
            () = recorder.accompany(running) => panic!("the heartbeats ended"),
            () = command_runs => {}
        }
        let start = Instant::now();
        recorder.finish(record.not_started("")).await;
        assert_eq!(start.elapsed(), Duration::ZERO);
        let Recorder::Server(destination) = recorder else { panic!("no server") };
        let entries = destination.queue.entries();
        let [entry] = &*entries else { panic!("{entries:?}") };
        assert!(entry.read().unwrap().status.is_final());
    }

    #[tokio::test(start_paused = true)]
    async fn heartbeats_go_on_after_errors() {
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (recorder, _, running) = start(listener.local_addr().unwrap(), folder.path());
        let requests = async {
            let mut times = Vec::new();
            while times.len() < 3 {
                let (mut connection, _) = listener.accept().await.unwrap();
                times.push(Instant::now());
                let (mut request, mut buffer) = (Vec::new(), [0; 4096]);
                while !request.ends_with(b"}") {
                    let length = connection.read(&mut buffer).await.unwrap();
                    request.extend_from_slice(&buffer[..length]);
                }
                let response = "HTTP/1.1 401 Unauthorized\r\ncontent-type: application/json\r\n\
                                content-length: 13\r\nconnection: close\r\n\r\n{\"error\":\"x\"}";
                connection.write_all(response.as_bytes()).await.unwrap();
            }
            times
        };
        let times = tokio::select! {
            () = recorder.accompany(running) => panic!("the heartbeats ended"),
            times = requests => times,
        };
        for pause in times.windows(2).map(|pair| pair[1] - pair[0]) {
            assert!((59..=61).contains(&pause.as_secs()), "{pause:?}");
        }
    }
}
