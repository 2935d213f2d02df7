//! Captures the log of this process and the messages of panics.

use std::{
    io,
    sync::{Mutex, PoisonError},
};

use tracing_subscriber::filter::LevelFilter;

static CAPTURED: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Starts capturing.
pub fn capture() {
    tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(|| Capture)
        .init();
    std::panic::set_hook(Box::new(|panic| keep(format!("{panic}\n").as_bytes())));
}

/// The captured text. Panics are printed again from now on.
pub fn end() -> String {
    drop(std::panic::take_hook());
    String::from_utf8_lossy(&CAPTURED.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
}

fn keep(bytes: &[u8]) {
    CAPTURED.lock().unwrap_or_else(PoisonError::into_inner).extend(bytes);
}

struct Capture;

impl io::Write for Capture {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        keep(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
