//! What a day that was played comes to.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use wire::event::Actor;
use wire::ids::CounterId;

use super::Visitor;
use super::play::{Passed, Play, is_ordinary};
use super::report::{Commitment, Load, Promises, Report, Waits};
use crate::ticket::State;

impl Play<'_> {
    pub(super) fn report(&self) -> Report {
        let waits: Vec<i64> = self.day.visitors.iter().zip(&self.passed).map(|(v, p)| self.waited(v, p)).collect();
        let of = |counts: &dyn Fn(&Visitor) -> bool| {
            Waits::of(
                self.day.visitors.iter().zip(&waits).filter(|(visitor, _)| counts(visitor)).map(|(_, wait)| *wait),
            )
        };
        let services = self.day.visitors.iter().map(|visitor| &visitor.service);
        let by_service: BTreeMap<_, _> = services
            .map(|service| (service.clone(), ()))
            .collect::<BTreeMap<_, ()>>()
            .into_keys()
            .map(|service| {
                let waits = of(&|visitor| visitor.service == service);
                (service, waits)
            })
            .collect();
        let state = |state: State| self.hall.tickets().filter(|t| t.state(self.hall.day()) == state).count();
        let not_received = self.hall.tickets().filter(|ticket| ticket.cancelled_by() == Some(Actor::Policy)).count();
        Report {
            tickets: self.day.visitors.len(),
            served: state(State::Finished),
            absent: state(State::NoShow),
            gave_up: state(State::Cancelled) - not_received,
            not_received,
            left_waiting: state(State::Waiting),
            overtaken: self.overtaken(),
            all: of(&|_| true),
            by_service,
            with_priority: of(&|visitor| visitor.priority),
            with_appointment: of(&|visitor| !visitor.priority && visitor.expected_s.is_some()),
            ordinary: of(&is_ordinary),
            commitment: self.commitment(&waits),
            counters: self.counters(),
            promises: self.promises(&waits),
        }
    }

    /// How many of those to whom a wait is promised waited no longer. Who left or was never called counts as they waited.
    fn commitment(&self, waits: &[i64]) -> Commitment {
        let mut commitment = Commitment::default();
        for (visitor, wait) in self.day.visitors.iter().zip(waits) {
            if let Some(minutes) = self.day.commitment_min.get(&visitor.service) {
                commitment.people += 1;
                commitment.kept += usize::from(*wait <= i64::from(*minutes) * 60);
            }
        }
        commitment
    }

    /// A counter at which several agents sat one after the other is one counter.
    fn counters(&self) -> BTreeMap<CounterId, Load> {
        let mut counters: BTreeMap<CounterId, Load> = BTreeMap::new();
        for (seat, load) in self.seats.iter().zip(&self.loads) {
            let all = counters.entry(seat.counter.clone()).or_default();
            all.open_s += load.open_s;
            all.busy_s += load.busy_s;
            all.served += load.served;
        }
        counters
    }

    /// Until the first call, until they left, or the end; nobody waits before their appointment.
    fn waited(&self, visitor: &Visitor, passed: &Passed) -> i64 {
        let from = visitor.expected_s.map_or(visitor.comes_s, |second| second.max(visitor.comes_s));
        (passed.called.or(passed.left).unwrap_or(self.now) - from).max(0)
    }

    fn overtaken(&self) -> usize {
        let mut called: Vec<(i64, i64, &Visitor)> = self
            .day
            .visitors
            .iter()
            .zip(&self.passed)
            .map(|(visitor, passed)| (passed.called.unwrap_or(i64::MAX), visitor.comes_s, visitor))
            .collect();
        called.sort_by_key(|(called, comes, _)| (*called, *comes));
        let mut latest = BTreeMap::new();
        let mut overtaken = 0;
        for (_, comes, visitor) in called {
            let before = latest.entry(&visitor.service).or_insert(comes);
            overtaken += usize::from(*before > comes);
            *before = comes.max(*before);
        }
        overtaken
    }

    fn promises(&self, waits: &[i64]) -> Promises {
        let mut promises = Promises::default();
        let (mut error, mut waited) = (0, 0);
        for ((visitor, passed), wait) in self.day.visitors.iter().zip(&self.passed).zip(waits) {
            match passed.told {
                Some(told) => {
                    promises.told += 1;
                    error += (told.wait.as_secs() - wait).abs();
                    waited += wait;
                    let upper = SignedDuration::from_mins(i64::from(told.high_min));
                    promises.kept += usize::from(SignedDuration::from_secs(*wait) <= upper);
                }
                None => promises.untold += usize::from(is_ordinary(visitor)),
            }
        }
        let told = i64::try_from(promises.told).unwrap_or(i64::MAX).max(1);
        (promises.mean_error_s, promises.mean_wait_s) = (error / told, waited / told);
        promises
    }
}
