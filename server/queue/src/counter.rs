//! What a counter's log says of it: open, paused or closed.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use wire::event::PauseReason;
use wire::ids::{AgentRef, OriginId, ServiceId};

use crate::passage::Mark;

/// How a counter is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CounterState {
    /// It receives people.
    Open {
        /// Who sits there, where that was said; never a name.
        agent: Option<AgentRef>,
        /// What it receives for; empty: whatever the counter and the agent can do.
        services: BTreeSet<ServiceId>,
    },
    /// It receives nobody for a while.
    Paused {
        /// Why.
        reason: PauseReason,
    },
    /// Nobody sits there.
    Closed,
}

impl CounterState {
    /// Whether it receives people.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Open { .. })
    }
}

/// What is known of a counter: each log's entries. Within a log its order counts, between logs the later time.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct CounterLog(BTreeMap<OriginId, BTreeMap<u64, (Mark, CounterState)>>);

impl CounterLog {
    pub(crate) fn note(&mut self, mark: Mark, state: CounterState) {
        let (_, origin, seq) = mark.stamp;
        let (known, _) = self.0.entry(origin).or_default().entry(seq).or_insert((mark, state));
        known.at = known.at.min(mark.at);
    }

    /// How it is, and since when.
    pub(crate) fn last(&self) -> Option<(Timestamp, &CounterState)> {
        let last = self.0.values().filter_map(|log| log.last_key_value().map(|(_, entry)| entry));
        last.max_by_key(|(mark, _)| mark.stamp).map(|(mark, state)| (mark.at, state))
    }

    /// Every change that was told, in order of time.
    pub(crate) fn changes(&self) -> Vec<(Timestamp, &CounterState)> {
        let mut changes: Vec<_> = self.0.values().flat_map(BTreeMap::values).collect();
        changes.sort_by_key(|(mark, _)| (mark.at, mark.stamp));
        changes.into_iter().map(|(mark, state)| (mark.at, state)).collect()
    }

    /// Lets go of what was told before an instant. Answers whether anything is left.
    pub(crate) fn forget(&mut self, before: Timestamp) -> bool {
        for log in self.0.values_mut() {
            log.retain(|_, (mark, _)| mark.at >= before);
        }
        self.0.retain(|_, log| !log.is_empty());
        !self.0.is_empty()
    }
}
