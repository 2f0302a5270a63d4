//! The borne's only source of randomness: the system's.

use uuid::{Builder, Uuid};

use crate::clock::Clock;

/// Random bytes of the system.
#[must_use]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if let Err(error) = getrandom::fill(&mut bytes) {
        // Without randomness a ticket's page would be anyone's: there is nothing sensible left to do.
        unreachable!("the system gives no random bytes: {error}");
    }
    bytes
}

/// A UUIDv7 of the borne's clock.
#[must_use]
pub fn uuid_v7(clock: &Clock) -> Uuid {
    let millis = u64::try_from(clock.now().as_millisecond()).unwrap_or(0);
    Builder::from_unix_timestamp_millis(millis, &bytes()).into_uuid()
}

/// A UUIDv4, which holds no time.
#[must_use]
pub fn uuid_v4() -> Uuid {
    Builder::from_random_bytes(bytes()).into_uuid()
}

/// A number below a bound, near enough to even for a delay.
#[must_use]
pub fn below(bound: u64) -> u64 {
    if bound == 0 { 0 } else { u64::from_le_bytes(bytes()) % bound }
}
