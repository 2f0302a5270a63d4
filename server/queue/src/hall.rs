//! The hall: every ticket of a service day, folded from events.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use uuid::Uuid;
use wire::event::{Condition, Device};
use wire::ids::{CounterId, HelpId, OriginId, ServiceId, TicketId};
use wire::service_day::ServiceDay;
use wire::token::Hash32;

use crate::counter::{CounterLog, CounterState};
use crate::help::HelpCall;
use crate::ledger::Ledger;
use crate::passage::Call;
use crate::ticket::{State, Ticket};

/// A call that did not hold, because another log had called the ticket too.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LostCall<'a> {
    /// Whom both wanted.
    pub ticket: &'a Ticket,
    /// The one that did not hold.
    pub lost: &'a Call,
    /// The one that does.
    pub winner: &'a Call,
}

/// The state of a site's hall on a service day.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hall {
    pub(crate) day: ServiceDay,
    pub(crate) zone: TimeZone,
    pub(crate) tickets: BTreeMap<TicketId, Box<Ticket>>,
    pub(crate) ledger: Ledger,
    pub(crate) counters: BTreeMap<CounterId, CounterLog>,
    pub(crate) help: BTreeMap<HelpId, HelpCall>,
    /// The last word of each borne on each of its devices: its place in the log, the condition, and since when.
    pub(crate) devices: BTreeMap<(OriginId, Device), (u64, Condition, Timestamp)>,
}

impl Hall {
    /// An empty hall in a site's time zone.
    #[must_use]
    pub fn new(day: ServiceDay, zone: TimeZone) -> Self {
        Self {
            day,
            zone,
            tickets: BTreeMap::new(),
            ledger: Ledger::default(),
            counters: BTreeMap::new(),
            help: BTreeMap::new(),
            devices: BTreeMap::new(),
        }
    }

    /// The service day.
    #[must_use]
    pub const fn day(&self) -> ServiceDay {
        self.day
    }

    /// The devices that somebody has to look after: whose, which, how it is, since when.
    pub fn ailing(&self) -> impl Iterator<Item = (OriginId, Device, Condition, Timestamp)> {
        let told = self.devices.iter().map(|((origin, device), (_, how, at))| (*origin, *device, *how, *at));
        told.filter(|(_, _, condition, _)| *condition != Condition::Works)
    }

    /// Begins a service day: tickets and calls for help of earlier ones leave, save those a counter still holds. Answers
    /// how many tickets expired.
    pub fn roll(&mut self, day: ServiceDay) -> usize {
        self.day = day;
        let expired = self.tickets.values().filter(|t| t.state(day) == State::Expired).count();
        self.retain(|t| t.is_held() || t.issue().is_some_and(|issue| issue.day >= day));
        let begins = day.begin(&self.zone);
        self.help.retain(|_, h| h.since().is_some_and(|since| since >= begins));
        self.counters.retain(|_, log| log.forget(begins));
        expired
    }

    /// Lets go of tickets that a counter was given before an instant and never let go of. Answers how many.
    pub fn forget(&mut self, before: Timestamp) -> usize {
        let known = self.tickets.len();
        self.retain(|t| !t.is_held() || t.call().is_some_and(|call| call.at >= before));
        known - self.tickets.len()
    }

    fn retain(&mut self, keep: impl Fn(&Ticket) -> bool) {
        let Self { tickets, ledger, .. } = self;
        tickets.retain(|_, ticket| {
            let kept = keep(ticket);
            if !kept {
                ledger.strike(ticket);
            }
            kept
        });
    }

    /// A ticket, whatever its state.
    #[must_use]
    pub fn ticket(&self, id: &TicketId) -> Option<&Ticket> {
        self.tickets.get(id).map(Box::as_ref)
    }

    /// The ticket that a link leads to, by the hash of the link's secret. A link ends with its ticket's service day; until
    /// then every link of a ticket holds, however many it was given.
    #[must_use]
    pub fn by_link(&self, link: &Hash32) -> Option<&Ticket> {
        let least = (*link, TicketId(Uuid::nil()));
        let mut tickets = self.ledger.links.range(least..).take_while(|(known, _)| known == link);
        let holds = |ticket: &&Ticket| ticket.issue().is_some_and(|issue| issue.day >= self.day);
        tickets.find_map(|(_, id)| self.ticket(id).filter(holds))
    }

    /// Every ticket known, in the order of their identities.
    pub fn tickets(&self) -> impl Iterator<Item = &Ticket> {
        self.tickets.values().map(Box::as_ref)
    }

    /// Today's tickets that nobody has called, in no particular order.
    pub fn waiting(&self) -> impl Iterator<Item = &Ticket> {
        let waiting = self.ledger.waiting.iter().filter_map(|id| self.ticket(id));
        waiting.filter(|t| t.state(self.day) == State::Waiting)
    }

    /// Today's queue in the order of arrival (rule R11): [`line`](crate::line) tells in which order a counter calls it.
    #[must_use]
    pub fn queue(&self) -> Vec<&Ticket> {
        let mut queue: Vec<&Ticket> = self.waiting().collect();
        queue.sort_by_key(|t| {
            let arrival = t.place().map(|place| place.arrival);
            (arrival, t.issue().map(|issue| (issue.origin, issue.seq)), t.id)
        });
        queue
    }

    /// Today's tickets set aside, the one longest aside first.
    #[must_use]
    pub fn parked(&self) -> Vec<&Ticket> {
        let parked = self.ledger.parked.iter().filter_map(|id| self.ticket(id));
        let mut parked: Vec<&Ticket> = parked.filter(|t| t.state(self.day) == State::Parked).collect();
        parked.sort_by_key(|t| (t.parking().map(|parking| parking.since), t.id));
        parked
    }

    /// How many people wait for a service.
    #[must_use]
    pub fn ahead(&self, service: &ServiceId) -> u32 {
        let count = self.waiting().filter(|t| t.place().is_some_and(|place| &place.service == service)).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// How many of a service's places were taken today: its tickets, save those given up before they were called.
    #[must_use]
    pub fn taken(&self, service: &ServiceId) -> u32 {
        let counts = |t: &&Ticket| {
            let today = t.issue().is_some_and(|i| i.day == self.day && &i.service == service);
            today && t.state(self.day) != State::Cancelled
        };
        u32::try_from(self.tickets().filter(counts).count()).unwrap_or(u32::MAX)
    }

    /// Every ticket that a counter holds, in no particular order.
    pub fn held(&self) -> impl Iterator<Item = &Ticket> {
        self.ledger.held.iter().filter_map(|id| self.ticket(id))
    }

    /// The ticket a counter holds, the one called first where replicas disagree.
    #[must_use]
    pub fn at_counter(&self, counter: &CounterId) -> Option<&Ticket> {
        self.all_at_counter(counter).into_iter().next()
    }

    /// Every ticket a counter holds, the one called first before the others: more than one where it was called to by two
    /// logs that did not know of each other.
    #[must_use]
    pub fn all_at_counter(&self, counter: &CounterId) -> Vec<&Ticket> {
        let mut held: Vec<&Ticket> =
            self.held().filter(|t| t.call().is_some_and(|call| &call.counter == counter)).collect();
        held.sort_by_key(|t| (t.call().map(|call| call.stamp), t.id));
        held
    }

    /// Calls of a counter that did not hold, as long as nobody has moved their tickets on to another passage: why it is
    /// free again.
    #[must_use]
    pub fn lost_calls(&self, counter: &CounterId) -> Vec<LostCall<'_>> {
        let mut lost: Vec<LostCall<'_>> = self
            .tickets()
            .filter_map(|ticket| ticket.call().map(|winner| (ticket, winner)))
            .flat_map(|(ticket, winner)| ticket.lost_calls().map(move |lost| LostCall { ticket, lost, winner }))
            .filter(|call| &call.lost.counter == counter)
            .collect();
        lost.sort_by_key(|call| call.lost.stamp);
        lost
    }

    /// The ticket that a call was made for, and whether the call holds.
    #[must_use]
    pub fn called_by(&self, call: Uuid) -> Option<(&Ticket, bool)> {
        let holds = |t: &&Ticket| t.call().is_some_and(|known| known.call == call);
        let lost = |t: &&Ticket| t.lost_calls().any(|known| known.call == call);
        let holding = self.tickets().find(holds).map(|t| (t, true));
        holding.or_else(|| self.tickets().find(lost).map(|t| (t, false)))
    }

    /// How a counter is, and since when; none where nothing was said of it today.
    #[must_use]
    pub fn counter(&self, counter: &CounterId) -> Option<(Timestamp, &CounterState)> {
        let begins = self.day.begin(&self.zone);
        self.counters.get(counter)?.last().filter(|(since, _)| *since >= begins)
    }

    /// Whether a counter calls people: nothing was said of it today, or that it is open.
    #[must_use]
    pub fn receives(&self, counter: &CounterId) -> bool {
        self.counter(counter).is_none_or(|(_, state)| state.is_open())
    }

    /// Every change of a counter that was told today, in order of time.
    #[must_use]
    pub fn counter_changes(&self, counter: &CounterId) -> Vec<(Timestamp, &CounterState)> {
        let begins = self.day.begin(&self.zone);
        let mut changes = self.counters.get(counter).map_or_else(Vec::new, CounterLog::changes);
        changes.retain(|(at, _)| *at >= begins);
        changes
    }

    /// Calls for help, oldest first, that nobody has taken back.
    #[must_use]
    pub fn help(&self) -> Vec<&HelpCall> {
        let mut calls: Vec<&HelpCall> = self.help.values().filter(|h| h.request.is_some() && !h.cancelled).collect();
        calls.sort_by_key(|h| (h.request, h.id));
        calls
    }
}
