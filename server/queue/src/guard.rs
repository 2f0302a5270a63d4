//! What must have passed before a call is repeated or given up.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ticket::Ticket;

/// The rules of calls, as data.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallRules {
    /// How often a ticket rings, the call included, before it may be marked absent.
    pub no_show_min_calls: usize,
    /// How long after its first call it may be marked absent, in seconds.
    pub no_show_wait_s: u32,
    /// How far two rings of a ticket are apart, in seconds.
    pub recall_gap_s: u32,
}

impl Default for CallRules {
    fn default() -> Self {
        Self { no_show_min_calls: 2, no_show_wait_s: 90, recall_gap_s: 5 }
    }
}

/// Why something must wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TooSoon {
    /// It has not rung often enough.
    #[error("call it {0} more time(s) first")]
    Calls(usize),
    /// Not enough time has passed, in seconds.
    #[error("wait {0} s more")]
    Seconds(i64),
}

impl CallRules {
    /// Whether a called ticket may be marked absent.
    pub fn no_show(&self, ticket: &Ticket, now: Timestamp) -> Result<(), TooSoon> {
        let missing = self.no_show_min_calls.saturating_sub(ticket.rings());
        if missing > 0 {
            return Err(TooSoon::Calls(missing));
        }
        wait(ticket.call().map(|c| c.at), self.no_show_wait_s, now)
    }

    /// Whether a called ticket may ring again.
    pub fn recall(&self, ticket: &Ticket, now: Timestamp) -> Result<(), TooSoon> {
        wait(ticket.last_ring(), self.recall_gap_s, now)
    }
}

fn wait(since: Option<Timestamp>, seconds: u32, now: Timestamp) -> Result<(), TooSoon> {
    let Some(since) = since else { return Ok(()) };
    let left = SignedDuration::from_secs(i64::from(seconds)) - now.duration_since(since);
    if left.is_positive() { Err(TooSoon::Seconds((left.as_millis() as i64 + 999) / 1000)) } else { Ok(()) }
}
