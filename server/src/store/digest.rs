//! What a piece of a log holds, told by one hash: two stores that hold the same tell the same.

use sha2::{Digest, Sha256};
use wire::event::content_hash;
use wire::token::Hash32;

use super::LogDigest;
use super::rooms::ERASED;

/// A digest that grows with each event, in the order of their numbers.
#[derive(Default)]
pub(super) struct Digesting {
    events: u64,
    hash: Sha256,
    wrong: u64,
}

impl Digesting {
    pub(super) fn add(&mut self, seq: u64, hash: &[u8], raw: &str) {
        self.events += 1;
        self.hash.update(seq.to_be_bytes());
        self.hash.update(hash);
        // The hash stays that of the bytes that were sent.
        let erased = || raw.contains(&ERASED.to_string());
        if content_hash(raw).0 != hash && !erased() {
            self.wrong += 1;
        }
    }

    pub(super) fn end(self) -> LogDigest {
        LogDigest { events: self.events, hash: Hash32(self.hash.finalize().into()), wrong: self.wrong }
    }
}
