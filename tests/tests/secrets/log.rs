//! All that this process says: every line of its log, and every panic's message.

use std::{
    io,
    sync::{Mutex, PoisonError},
};

use tracing_subscriber::filter::LevelFilter;

static SAID: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// From here on everything is kept.
pub fn capture() {
    tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(|| Said)
        .init();
    std::panic::set_hook(Box::new(|panic| keep(format!("{panic}\n").as_bytes())));
}

/// What was said until now. Panics are told to whoever runs the test again.
pub fn end() -> String {
    drop(std::panic::take_hook());
    String::from_utf8_lossy(&SAID.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
}

fn keep(bytes: &[u8]) {
    SAID.lock().unwrap_or_else(PoisonError::into_inner).extend(bytes);
}

struct Said;

impl io::Write for Said {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        keep(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
