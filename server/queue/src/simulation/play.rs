//! A day served by a policy.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use uuid::Uuid;
use wire::event::{Actor, Event, EventBody, PauseReason, TicketIssued};
use wire::ids::{CounterId, Language, OriginId, TicketId};
use wire::label::{Label, LabelForm, Prefix, Series};
use wire::service_day::ServiceDay;
use wire::token::Hash32;

use super::report::{Load, Report};
use super::{Day, Presence, Visitor, WALK_S};
use crate::estimate::{Estimate, estimate};
use crate::fold::Received;
use crate::hall::Hall;
use crate::order::{Seat, choose};
use crate::policy::{AfterNoShow, Policy};
use crate::ticket::{State, Ticket};

/// How often a counter that has nobody looks again, in seconds: what is due then is not an event of the hall.
const LOOK_S: i64 = 60;

/// What happens next.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Next {
    Opens(usize),
    Pauses(usize),
    Closes(usize),
    Comes(usize),
    Starts(usize),
    Ends(usize),
    Rings(usize),
    GivesUp(usize),
    Leaves(usize),
    DayCloses,
    Look,
}

/// A counter while it is played.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Desk {
    Away,
    Free { since: i64 },
    Busy { since: i64, visitor: usize, stays: bool },
}

/// What became of a visitor.
#[derive(Clone, Default, Debug)]
pub(super) struct Passed {
    pub(super) called: Option<i64>,
    /// When they went, or were sent home, without having been called.
    pub(super) left: Option<i64>,
    calls: u32,
    pub(super) told: Option<Estimate>,
}

pub(super) struct Play<'a> {
    pub(super) day: &'a Day,
    policy: &'a Policy,
    takes_in: TakesIn<'a>,
    pub(super) seats: Vec<Seat>,
    pub(super) hall: Hall,
    log: Vec<Received>,
    pub(super) now: i64,
    order: u64,
    agenda: BinaryHeap<Reverse<(i64, u64, Next)>>,
    desks: Vec<Desk>,
    pub(super) loads: Vec<Load>,
    pub(super) passed: Vec<Passed>,
}

/// Whom a counter takes in though nobody receives for them: [`Seat::stranded`], in a hall as it is while a day is played.
pub type TakesIn<'a> = &'a dyn Fn(&Hall, &CounterId) -> BTreeSet<TicketId>;

/// Serves a day by a policy.
#[must_use]
pub fn play(day: &Day, policy: &Policy) -> Report {
    play_taking_in(day, policy, &|_, _| BTreeSet::new())
}

/// The same where counters take in whom nobody receives for.
#[must_use]
pub fn play_taking_in(day: &Day, policy: &Policy, takes_in: TakesIn<'_>) -> Report {
    Play::to_the_end(day, policy, takes_in).report()
}

/// What is written into the log of a hall where a day is served by a policy, in order.
#[must_use]
pub fn log_of(day: &Day, policy: &Policy) -> Vec<Received> {
    Play::to_the_end(day, policy, &|_, _| BTreeSet::new()).log
}

impl<'a> Play<'a> {
    fn to_the_end(day: &'a Day, policy: &'a Policy, takes_in: TakesIn<'a>) -> Self {
        let mut play = Self::new(day, policy, takes_in);
        while let Some(Reverse((second, _, next))) = play.agenda.pop() {
            play.now = second;
            play.happen(next);
            play.call();
        }
        play
    }

    fn new(day: &'a Day, policy: &'a Policy, takes_in: TakesIn<'a>) -> Self {
        let service_day = ServiceDay::of(day.opens_at, &TimeZone::UTC);
        let mut play = Self {
            day,
            policy,
            takes_in,
            seats: day.shifts.iter().map(|shift| shift.seat.clone()).collect(),
            hall: Hall::new(service_day, TimeZone::UTC),
            log: Vec::new(),
            now: 0,
            order: 0,
            agenda: BinaryHeap::new(),
            desks: vec![Desk::Away; day.shifts.len()],
            loads: vec![Load::default(); day.shifts.len()],
            passed: vec![Passed::default(); day.visitors.len()],
        };
        let second = |minute: u32| i64::from(minute) * 60;
        let mut last = 0;
        for (desk, shift) in day.shifts.iter().enumerate() {
            let closes = shift.open_min.last().map_or(0, |(_, to)| *to);
            last = last.max(second(closes));
            for (from, to) in &shift.open_min {
                play.plan(second(*from), Next::Opens(desk));
                play.plan(second(*to), if *to == closes { Next::Closes(desk) } else { Next::Pauses(desk) });
            }
        }
        for (visitor, known) in day.visitors.iter().enumerate() {
            play.plan(known.comes_s, Next::Comes(visitor));
            if let Some(second) = known.leaves_s {
                play.plan(second.max(known.comes_s), Next::Leaves(visitor));
            }
        }
        day.closed_s.iter().for_each(|second| play.plan(*second, Next::DayCloses));
        (0..last / LOOK_S).for_each(|look| play.plan(look * LOOK_S, Next::Look));
        play
    }

    fn plan(&mut self, second: i64, next: Next) {
        self.order += 1;
        self.agenda.push(Reverse((second, self.order, next)));
    }

    fn at(&self) -> Timestamp {
        self.day.at(self.now)
    }

    fn write(&mut self, body: EventBody) {
        let at = self.at();
        let event = Event { seq: self.log.len() as u64 + 1, at, body };
        let origin = OriginId(Uuid::from_u128(1));
        let written = Received { origin, received_at: at, clock_offset_ms: None, event };
        self.hall.apply(&written);
        self.log.push(written);
    }

    fn counter(&self, desk: usize) -> CounterId {
        self.seats[desk].counter.clone()
    }

    fn happen(&mut self, next: Next) {
        match next {
            Next::Opens(desk) => self.opens(desk),
            Next::Pauses(desk) => {
                let counter = self.counter(desk);
                self.write(EventBody::CounterPaused { counter, reason: PauseReason::Lunch });
                self.leaves(desk);
            }
            Next::Closes(desk) => {
                let counter = self.counter(desk);
                self.write(EventBody::CounterClosed { counter });
                self.leaves(desk);
            }
            Next::Comes(visitor) => self.comes(visitor),
            Next::Starts(desk) => {
                if let Some((_, ticket, episode)) = self.held(desk) {
                    self.write(EventBody::Started { ticket, episode });
                }
            }
            Next::Rings(desk) => {
                if let Some((_, ticket, episode)) = self.held(desk) {
                    self.write(EventBody::Recalled { ticket, episode });
                }
            }
            Next::Ends(desk) => {
                if let Some((_, ticket, episode)) = self.held(desk) {
                    self.write(EventBody::Finished { ticket, episode, inexact: false });
                    self.loads[desk].served += 1;
                }
                self.done(desk);
            }
            Next::GivesUp(desk) => {
                if let Some((_, ticket, episode)) = self.held(desk) {
                    self.gives_up(ticket, episode);
                }
                self.done(desk);
            }
            Next::Leaves(visitor) => self.goes_uncalled(visitor, Actor::Visitor),
            Next::DayCloses => (0..self.passed.len()).for_each(|visitor| self.goes_uncalled(visitor, Actor::Policy)),
            Next::Look => {}
        }
    }

    fn opens(&mut self, desk: usize) {
        let Seat { counter, agent, services, .. } = self.seats[desk].clone();
        self.write(EventBody::CounterOpened { counter, agent, services });
        self.desks[desk] = match self.desks[desk] {
            Desk::Busy { since, visitor, stays: _ } => Desk::Busy { since, visitor, stays: true },
            Desk::Away => {
                self.loads[desk].open_s -= self.now;
                Desk::Free { since: self.now }
            }
            free @ Desk::Free { .. } => free,
        };
    }

    /// Nobody is sent away from a counter: whoever is there is served first.
    fn leaves(&mut self, desk: usize) {
        self.desks[desk] = match self.desks[desk] {
            Desk::Busy { since, visitor, stays: _ } => Desk::Busy { since, visitor, stays: false },
            Desk::Free { .. } => {
                self.loads[desk].open_s += self.now;
                Desk::Away
            }
            Desk::Away => Desk::Away,
        };
    }

    fn done(&mut self, desk: usize) {
        let Desk::Busy { since, stays, .. } = self.desks[desk] else { return };
        self.loads[desk].busy_s += self.now - since;
        self.desks[desk] = Desk::Free { since: self.now };
        if !stays {
            self.leaves(desk);
        }
    }

    fn held(&self, desk: usize) -> Option<(usize, TicketId, u32)> {
        let Desk::Busy { visitor, .. } = self.desks[desk] else { return None };
        let ticket = ticket_id(visitor);
        Some((visitor, ticket, self.hall.ticket(&ticket)?.episode()))
    }

    fn comes(&mut self, visitor: usize) {
        let known = &self.day.visitors[visitor];
        let now = self.at();
        if is_ordinary(known) {
            let told = estimate(&self.hall, self.policy, &self.seats, &known.service, now, now);
            self.passed[visitor].told = told.ok();
        }
        let number = u32::try_from(visitor).unwrap_or(u32::MAX).saturating_add(1);
        self.write(EventBody::TicketIssued(TicketIssued {
            ticket: ticket_id(visitor),
            label: Label::new(Prefix::APPOINTMENT, Series::FIRST, LabelForm::Plain, number),
            day: self.hall.day(),
            service: known.service.clone(),
            lang: Language::Fr,
            token: Hash32([0; 32]),
            paperless: false,
            uncertain: false,
            priority: known.priority,
            group: known.group,
            appointment: known.expected_s.map(|second| self.day.at(second)),
            needs: known.needs.clone(),
        }));
    }

    fn gives_up(&mut self, ticket: TicketId, episode: u32) {
        let now = self.at();
        let after = self.hall.ticket(&ticket).map(|known| self.policy.after_no_show(known, now));
        self.write(EventBody::NoShow { ticket, episode });
        if let Some(AfterNoShow::Back { not_before }) = after {
            let (episode, by, not_before) = (episode + 1, Actor::Policy, Some(not_before));
            self.write(EventBody::Reinstated { ticket, episode, by, not_before });
        }
    }

    /// Whoever waits or is away between two calls goes; whoever is called or at the counter stays.
    fn goes_uncalled(&mut self, visitor: usize, by: Actor) {
        let ticket = ticket_id(visitor);
        let known = self.hall.ticket(&ticket).filter(|known| known.state(self.hall.day()) == State::Waiting);
        if let Some(episode) = known.map(Ticket::episode) {
            self.passed[visitor].left = Some(self.now);
            self.write(EventBody::Cancelled { ticket, episode, by });
        }
    }

    /// Every free counter calls whom the policy says, the one free for longest first.
    fn call(&mut self) {
        if self.hall.waiting().next().is_none() {
            return;
        }
        let free = |desk: &Desk| if let Desk::Free { since } = desk { Some(*since) } else { None };
        let mut desks: Vec<(i64, usize)> =
            self.desks.iter().enumerate().filter_map(|(desk, state)| free(state).map(|since| (since, desk))).collect();
        desks.sort_unstable();
        for (_, desk) in desks {
            // An agent who takes over sends nobody away whom the one before still receives.
            if self.hall.at_counter(&self.seats[desk].counter).is_some() {
                continue;
            }
            let stranded = (self.takes_in)(&self.hall, &self.seats[desk].counter);
            let seat = Seat { stranded, ..self.seats[desk].clone() };
            if let Some(chosen) = choose(&self.hall, self.policy, &seat, self.at()) {
                self.called(desk, chosen.ticket, chosen.episode);
            }
        }
    }

    fn called(&mut self, desk: usize, ticket: TicketId, episode: u32) {
        let call = Uuid::from_u64_pair(2, self.log.len() as u64);
        self.write(EventBody::Called { ticket, episode, counter: self.counter(desk), call });
        let visitor = visitor_of(ticket);
        self.desks[desk] = Desk::Busy { since: self.now, visitor, stays: true };
        let passed = &mut self.passed[visitor];
        passed.called.get_or_insert(self.now);
        passed.calls += 1;
        let known = &self.day.visitors[visitor];
        let comes = match known.presence {
            Presence::There => true,
            Presence::Missed => passed.calls > 1,
            Presence::Gone => false,
        };
        if comes {
            self.plan(self.now + WALK_S, Next::Starts(desk));
            self.plan(self.now + WALK_S + known.takes_s, Next::Ends(desk));
            return;
        }
        let rules = self.policy.no_show;
        let gap = i64::from(rules.recall_gap_s.max(1));
        let rings = i64::from(rules.min_calls.max(1)) - 1;
        (1..=rings).for_each(|ring| self.plan(self.now + ring * gap, Next::Rings(desk)));
        self.plan(self.now + i64::from(rules.wait_s).max(rings * gap), Next::GivesUp(desk));
    }
}

pub(super) const fn is_ordinary(visitor: &Visitor) -> bool {
    !visitor.priority && visitor.expected_s.is_none()
}

const fn ticket_id(visitor: usize) -> TicketId {
    TicketId(Uuid::from_u64_pair(1, visitor as u64))
}

fn visitor_of(ticket: TicketId) -> usize {
    usize::try_from(ticket.0.as_u64_pair().1).unwrap_or(usize::MAX)
}
