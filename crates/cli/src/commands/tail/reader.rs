//! Notices when the reader of standard output is gone, such as `head` after its last line, also
//! while there is nothing to write.

use tokio::sync::oneshot;

/// Waits until the other end of the pipe that standard output is has been closed. Of anything but
/// a pipe or a socket, waits forever.
pub async fn gone() {
    let (sender, receiver) = oneshot::channel();
    // A thread, because Tokio watches such a file in nonblocking mode only, which other processes
    // that share it would notice. It ends with this process.
    std::thread::spawn(move || {
        if wait() {
            // Without a receiver, `tail` has ended.
            let _ = sender.send(());
        }
    });
    if receiver.await.is_err() {
        std::future::pending().await
    }
}

/// Blocks until the reader is gone; `false` if that cannot be known.
#[cfg(unix)]
fn wait() -> bool {
    use std::{io, os::fd::AsFd};

    use nix::{
        errno::Errno,
        poll::{PollFd, PollFlags, PollTimeout, poll},
    };

    let stdout = io::stdout();
    // A reader that is gone is an error, which is always reported.
    let mut files = [PollFd::new(stdout.as_fd(), PollFlags::empty())];
    loop {
        match poll(&mut files, PollTimeout::NONE) {
            Err(Errno::EINTR) => {}
            result => return result.is_ok(),
        }
    }
}

#[cfg(not(unix))]
fn wait() -> bool {
    false
}
