use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

/// Nanoseconds of the system's monotonic clock, the one behind Python's `time.monotonic`.
pub fn now() -> u64 {
    // CLOCK_MONOTONIC cannot fail; were it so, SAs would end at once, which is the safe side.
    clock_gettime(ClockId::CLOCK_MONOTONIC)
        .ok()
        .and_then(|time| u64::try_from(Duration::from(time).as_nanos()).ok())
        .unwrap_or(u64::MAX)
}
