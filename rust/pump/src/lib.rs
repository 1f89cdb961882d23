//! The userspace data plane's threads.
