//! The userspace data plane's threads: TUN devices and sockets on one side, SAs and policies on the other.
//!
//! ```text
//! TUN of an interface --> outbound thread --> Database::seal --> raw protocol 50 | UDP 4500
//! raw protocol 50     --> inbound thread  --> Database::open --> TUN of the SA's interface
//! UDP 4500            --> inbound thread  --> Database::open --> TUN of the SA's interface
//!                                         \-> IKE datagrams  --> Inbox --> control plane
//! clock thread        --> Database::expire
//! ```
//!
//! One thread reads each descriptor, so packets of a flow keep their order. Threads work in batches (everything that
//! waits, up to [`sys::BATCH`]), share nothing but the database and the inbox, and never call Python. What cannot
//! be sealed, opened or sent is dropped and counted; nothing passes unprotected.

mod clock;
mod inbound;
mod inbox;
mod outbound;
mod plane;
mod shared;
mod sys;
mod worker;

pub use clock::now;
pub use inbox::IkeDatagram;
pub use plane::{DataPlane, PumpError, Sockets};
