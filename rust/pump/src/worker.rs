//! A thread that handles one descriptor's input, survives what goes wrong in it, and stops when told.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::eventfd::{EfdFlags, EventFd};

use crate::inbox::Inbox;

/// How long a thread rests after an error, and the tick of one that waits for no input, in milliseconds.
const PAUSE: u8 = 250;

/// A running thread. Dropping it stops the thread and waits for its end.
pub(crate) struct Worker {
    stop: Arc<EventFd>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Calls `pass` whenever `input` is readable (every `PAUSE` ms without an input), until dropped.
    ///
    /// `pass` handles a batch and returns `WouldBlock` once nothing is left. A panic in it costs the batch, is
    /// reported to `inbox`, and the thread goes on.
    pub(crate) fn spawn(
        name: String,
        inbox: Arc<Inbox>,
        input: Option<OwnedFd>,
        pass: impl FnMut() -> io::Result<()> + Send + 'static,
    ) -> io::Result<Self> {
        let stop = Arc::new(EventFd::from_value_and_flags(0, EfdFlags::EFD_CLOEXEC)?);
        let stopped = Arc::clone(&stop);
        let thread = thread::Builder::new()
            .name(name.clone())
            .spawn(move || run(&name, &inbox, input.as_ref(), &stopped, pass))?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It fails only when the counter is full, and then the descriptor is readable anyway.
        let _ = self.stop.write(1);
        if let Some(thread) = self.thread.take() {
            // The thread's body catches panics, so there is no outcome to look at.
            let _ = thread.join();
        }
    }
}

fn run(
    name: &str,
    inbox: &Inbox,
    input: Option<&OwnedFd>,
    stop: &EventFd,
    mut pass: impl FnMut() -> io::Result<()>,
) {
    let mut failing = false;
    loop {
        let waiting = if failing { None } else { input };
        if wait(waiting, stop) {
            return;
        }
        match catch_unwind(AssertUnwindSafe(&mut pass)) {
            Ok(Ok(())) => failing = false,
            Ok(Err(error)) if harmless(&error) => failing = false,
            Ok(Err(error)) => {
                if !failing {
                    inbox.report(format!("{name}: {error}; trying again until it works"));
                }
                failing = true;
            }
            Err(_) => {
                inbox.report(format!("{name}: a batch of packets was dropped, because handling it panicked"));
                failing = true;
            }
        }
    }
}

/// Waits for input or the tick; true says to stop.
fn wait(input: Option<&OwnedFd>, stop: &EventFd) -> bool {
    let stop = PollFd::new(stop.as_fd(), PollFlags::POLLIN);
    let outcome = match input {
        Some(input) => {
            let mut fds = [stop, PollFd::new(input.as_fd(), PollFlags::POLLIN)];
            poll(&mut fds, PollTimeout::NONE).map(|_| fds[0].any())
        }
        None => {
            let mut fds = [stop];
            poll(&mut fds, PollTimeout::from(PAUSE)).map(|_| fds[0].any())
        }
    };
    outcome.ok().flatten().unwrap_or(false)
}

fn harmless(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    const LONG: Duration = Duration::from_secs(10);

    #[test]
    fn a_panic_is_reported_and_the_thread_goes_on() {
        let inbox = Arc::new(Inbox::new().unwrap());
        let (sender, passes) = mpsc::channel();
        let mut count = 0;
        let worker = Worker::spawn("w".to_owned(), Arc::clone(&inbox), None, move || {
            count += 1;
            sender.send(count).unwrap();
            assert!(count > 1, "the first pass panics");
            Ok(())
        });
        assert_eq!(passes.recv_timeout(LONG), Ok(1));
        assert_eq!(passes.recv_timeout(LONG), Ok(2));
        drop(worker);
        let reported = inbox.take_faults();
        assert_eq!(reported.len(), 1);
        assert!(reported[0].contains("panicked"), "{reported:?}");
    }

    #[test]
    fn an_error_that_lasts_is_reported_once() {
        let inbox = Arc::new(Inbox::new().unwrap());
        let (sender, passes) = mpsc::channel();
        let worker = Worker::spawn("w".to_owned(), Arc::clone(&inbox), None, move || {
            sender.send(()).unwrap();
            Err(io::Error::from_raw_os_error(libc::EIO))
        });
        for _ in 0..3 {
            passes.recv_timeout(LONG).unwrap();
        }
        drop(worker);
        assert_eq!(inbox.take_faults().len(), 1);
    }
}
