//! Writing the log without delaying requests: they put their lines into a buffer, and a thread
//! writes what has come together. A line is written some milliseconds after its event, and at the
//! end of the process in any case; a process that is killed loses the lines of those milliseconds.

use std::{
    io::{self, Write},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

use tracing_subscriber::fmt::MakeWriter;

/// How long the thread lets lines come together.
const DELAY: Duration = Duration::from_millis(5);
/// The maximum size of the lines that are not written yet, in bytes. Requests then wait: a log that
/// is read too slowly loses no line.
const MAX_BUFFERED_BYTES: usize = 1024 * 1024;

/// Where lines are put.
#[derive(Clone)]
pub struct LineWriter(Arc<Shared>);

/// Writes the last lines when it is dropped.
pub struct LogThread {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    buffer: Mutex<Buffer>,
    /// Signaled when the buffer has its first line, is full, or is closed.
    filled: Condvar,
    /// Signaled when the thread has taken the lines.
    emptied: Condvar,
}

#[derive(Default)]
struct Buffer {
    lines: Vec<u8>,
    is_closed: bool,
}

impl LineWriter {
    /// Starts a thread that writes to `output`.
    ///
    /// # Errors
    /// If the system refuses the thread.
    pub fn start(output: impl Write + Send + 'static) -> io::Result<(Self, LogThread)> {
        let shared = Arc::new(Shared {
            buffer: Mutex::default(),
            filled: Condvar::new(),
            emptied: Condvar::new(),
        });
        let of_thread = Arc::clone(&shared);
        let thread = thread::Builder::new().name("runledger-log".into());
        let thread = thread.spawn(move || of_thread.write_to(output))?;
        Ok((Self(Arc::clone(&shared)), LogThread { shared, thread: Some(thread) }))
    }
}

impl Write for &LineWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let shared = &*self.0;
        let has_no_space = |buffer: &mut Buffer| {
            !buffer.is_closed
                && buffer.lines.len() + line.len() > MAX_BUFFERED_BYTES
                && !buffer.lines.is_empty()
        };
        let mut buffer = shared.lock();
        if has_no_space(&mut buffer) {
            shared.filled.notify_one();
            let emptied = shared.emptied.wait_while(buffer, has_no_space);
            buffer = emptied.unwrap_or_else(PoisonError::into_inner);
        }
        if buffer.is_closed {
            // The thread has ended: these are lines of what ends after it.
            return io::stderr().write(line);
        }
        let is_first = buffer.lines.is_empty();
        buffer.lines.extend_from_slice(line);
        drop(buffer);
        if is_first {
            shared.filled.notify_one();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for LineWriter {
    type Writer = &'a Self;

    fn make_writer(&'a self) -> &'a Self {
        self
    }
}

impl Shared {
    /// Writes lines until the buffer is closed and empty. A line that cannot be written, to a full
    /// disk for example, is lost: there is nowhere to say so.
    fn write_to(&self, mut output: impl Write) {
        let mut lines = Vec::new();
        loop {
            let is_closed = self.take(&mut lines);
            self.emptied.notify_all();
            let _ = output.write_all(&lines).and_then(|()| output.flush());
            if is_closed {
                return;
            }
            lines.clear();
        }
    }

    /// Waits for lines, and for others that follow them, and takes all. Returns whether the buffer
    /// is closed.
    fn take(&self, lines: &mut Vec<u8>) -> bool {
        let is_idle = |buffer: &mut Buffer| buffer.lines.is_empty() && !buffer.is_closed;
        let may_wait =
            |buffer: &mut Buffer| buffer.lines.len() < MAX_BUFFERED_BYTES / 2 && !buffer.is_closed;
        let buffer = self.filled.wait_while(self.lock(), is_idle);
        let buffer = buffer.unwrap_or_else(PoisonError::into_inner);
        let waited = self.filled.wait_timeout_while(buffer, DELAY, may_wait);
        let (mut buffer, _) = waited.unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut buffer.lines, lines);
        buffer.is_closed
    }

    fn lock(&self) -> MutexGuard<'_, Buffer> {
        self.buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for LogThread {
    fn drop(&mut self) {
        self.shared.lock().is_closed = true;
        self.shared.filled.notify_one();
        self.shared.emptied.notify_all();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    /// An output that sends what is written.
    struct Output(Sender<Vec<u8>>);

    impl Write for Output {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.send(bytes.to_vec()).map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn started() -> (LineWriter, LogThread, Receiver<Vec<u8>>) {
        let (output, written) = channel();
        let (writer, thread) = LineWriter::start(Output(output)).expect("a thread");
        (writer, thread, written)
    }

    #[test]
    fn every_line_is_written_whole_and_in_the_order_of_its_thread() {
        let (writer, log, written) = started();
        let line = |thread: usize, number: usize| format!("{thread} {number} {:0200}\n", 0);
        thread::scope(|scope| {
            for thread in 0..4 {
                let mut writer = &writer;
                // Together they are larger than the buffer.
                let mut write = move || {
                    (0..2000).try_for_each(|at| writer.write_all(line(thread, at).as_bytes()))
                };
                scope.spawn(move || write().expect("written"));
            }
        });
        drop(log);
        let text = String::from_utf8(written.try_iter().flatten().collect()).expect("UTF-8");
        for thread in 0..4 {
            let own = text.lines().filter(|line| line.starts_with(&thread.to_string()));
            let expected = (0..2000).map(|number| line(thread, number));
            assert!(own.eq(expected.map(|line| line.trim_end().to_owned())), "thread {thread}");
        }
        assert_eq!(text.lines().count(), 8000);
    }

    #[test]
    fn a_line_is_written_while_the_process_goes_on() {
        let (writer, _log, written) = started();
        (&writer).write_all(b"one\n").expect("written");
        assert_eq!(written.recv().expect("a line"), b"one\n");
    }

    #[test]
    fn an_output_that_fails_does_not_fail_the_writer() {
        let (writer, log, written) = started();
        drop(written);
        for _ in 0..10_000 {
            (&writer).write_all(&[b'a'; 1000]).expect("no error");
        }
        drop(log);
    }
}
