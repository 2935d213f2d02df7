//! The signals that this process receives for its command.

use std::{
    future::poll_fn,
    io::{self, IsTerminal},
    task::{Context, Poll, Waker},
};

use nix::sys::signal::Signal;
use tokio::signal::unix::{self, SignalKind};

use crate::ignored_signals::is_ignored;

/// Receives signals from its creation on, so that none of them ends the process.
pub struct Signals {
    streams: Vec<Stream>,
    received: Vec<Signal>,
}

struct Stream {
    arriving: unix::Signal,
    signal: Signal,
    /// Whether the command does not receive it from the terminal.
    is_to_forward: bool,
}

impl Signals {
    /// Replaces the default action of the signals. One that this process was started to ignore,
    /// as with `nohup`, stays ignored, by the command, too.
    ///
    /// # Errors
    /// If the system refuses a signal handler.
    pub fn listen() -> io::Result<Self> {
        // A terminal sends the signals of its keys to the command as well.
        let has_terminal = io::stdin().is_terminal() || io::stderr().is_terminal();
        let streams = [
            (SignalKind::terminate(), Signal::SIGTERM, true),
            (SignalKind::hangup(), Signal::SIGHUP, true),
            (SignalKind::user_defined1(), Signal::SIGUSR1, true),
            (SignalKind::user_defined2(), Signal::SIGUSR2, true),
            (SignalKind::interrupt(), Signal::SIGINT, !has_terminal),
            (SignalKind::quit(), Signal::SIGQUIT, !has_terminal),
        ];
        let streams =
            streams.into_iter().filter(|(_, signal, _)| is_ignored(*signal) != Some(true));
        let streams = streams.map(|(kind, signal, is_to_forward)| {
            Ok(Stream { arriving: unix::signal(kind)?, signal, is_to_forward })
        });
        Ok(Self { streams: streams.collect::<io::Result<_>>()?, received: Vec::new() })
    }

    /// Waits for the next signal that the command does not receive by itself.
    pub async fn next(&mut self) -> Signal {
        poll_fn(|context| self.poll(context)).await
    }

    /// All signals that have arrived.
    pub fn received(&mut self) -> &[Signal] {
        let mut context = Context::from_waker(Waker::noop());
        while self.poll(&mut context).is_ready() {}
        &self.received
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Signal> {
        for Stream { arriving, signal, is_to_forward } in &mut self.streams {
            while let Poll::Ready(Some(())) = arriving.poll_recv(context) {
                self.received.push(*signal);
                if *is_to_forward {
                    return Poll::Ready(*signal);
                }
            }
        }
        Poll::Pending
    }
}
