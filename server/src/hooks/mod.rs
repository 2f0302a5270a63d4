//! Webhooks: other programs are told what happens to tickets, at least once each, signed.
//!
//! What is committed is read with the store's [changes](crate::store::Following::changes), turned into deliveries that are
//! durable before the next changes are read, and sent until the address has them. Of several servers one does it.
//!
//! | part | what it does |
//! |---|---|
//! | `outbox` | turns changes into deliveries, and sends what is due |
//! | `patience` | when a delivery is tried again, and when it is given up; pure |
//! | `sign` | what tells the receiver that it is from here |
//! | `reach` | which addresses are told at all |
//! | `send` | one attempt |

mod outbox;
mod patience;
mod reach;
mod send;
mod sign;

pub(crate) use self::outbox::{deliveries, keep_telling, known_kinds, trial};
pub(crate) use self::patience::after_failure;
pub use self::reach::{HookError, Reach};
pub(crate) use self::send::{Sender, Sent};
pub use self::sign::signature;
