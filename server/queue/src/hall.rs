//! The hall: every ticket of a service day, folded from events.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use wire::event::{Condition, Device, Event, EventBody, TicketIssued};
use wire::ids::{CounterId, HelpId, OriginId, ServiceId, TicketId};
use wire::label::Label;
use wire::service_day::ServiceDay;
use wire::signature::WINDOW_S;

use crate::help::HelpCall;
use crate::ticket::{Call, Issue, Rank, State, Ticket};

/// As far ahead as a clock may be that nobody doubts: its requests are answered.
const AHEAD: SignedDuration = SignedDuration::from_secs(WINDOW_S);

/// As many people as may come with one ticket.
const GROUP_MAX: u8 = 9;

/// An event with what its reader knows about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Received {
    /// Whose log it comes from.
    pub origin: OriginId,
    /// When the reader got it.
    pub received_at: Timestamp,
    /// The reader's time minus the writer's clock, in milliseconds, where it has been measured.
    pub clock_offset_ms: Option<i64>,
    /// What happened.
    pub event: Event,
}

impl Received {
    /// When it counts from: min(writer's time + offset, received at) (rule R11).
    #[must_use]
    pub fn effective_at(&self) -> Timestamp {
        let offset = SignedDuration::from_millis(self.clock_offset_ms.unwrap_or(0));
        let corrected = self.event.at.checked_add(offset).unwrap_or(self.received_at);
        corrected.min(self.received_at)
    }
}

/// A call as a display shows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LastCall {
    /// Which ticket.
    pub ticket: TicketId,
    /// Of which passage.
    pub episode: u32,
    /// The number.
    pub label: Label,
    /// Where to go.
    pub counter: CounterId,
    /// How often it rang: a higher figure is another call.
    pub rings: usize,
    /// When it last rang.
    pub at: Timestamp,
}

/// The state of a site's hall on a service day.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hall {
    day: ServiceDay,
    zone: TimeZone,
    tickets: BTreeMap<TicketId, Ticket>,
    help: BTreeMap<HelpId, HelpCall>,
    /// The last word of each borne on each of its devices: its place in the log, the condition, and since when.
    devices: BTreeMap<(OriginId, Device), (u64, Condition, Timestamp)>,
}

impl Hall {
    /// An empty hall in a site's time zone.
    #[must_use]
    pub const fn new(day: ServiceDay, zone: TimeZone) -> Self {
        Self { day, zone, tickets: BTreeMap::new(), help: BTreeMap::new(), devices: BTreeMap::new() }
    }

    /// The service day.
    #[must_use]
    pub const fn day(&self) -> ServiceDay {
        self.day
    }

    /// Takes an event in. Twice is as good as once, and any order ends in the same hall.
    pub fn apply(&mut self, received: &Received) {
        let at = received.effective_at();
        let id = (received.origin, received.event.seq);
        match &received.event.body {
            EventBody::TicketIssued(issued) => self.issue(received, issued),
            EventBody::TicketVoided { ticket, by: _ } => self.ticket_mut(*ticket).voided = true,
            EventBody::Called { ticket, episode, counter, call } => {
                let made = Call { at, origin: id.0, seq: id.1, counter: counter.clone(), call: *call };
                let ticket = self.ticket_mut(*ticket);
                ticket.reach(*episode, Rank::Called, at);
                if let Some(passage) = ticket.passage_of(*episode) {
                    let earlier =
                        |known: &Call| (known.at, known.origin, known.seq) <= (made.at, made.origin, made.seq);
                    if !passage.call.as_ref().is_some_and(earlier) {
                        passage.call = Some(made);
                    }
                }
            }
            EventBody::Recalled { ticket, episode } => {
                if let Some(passage) = self.ticket_mut(*ticket).passage_of(*episode) {
                    passage.recalls.insert(id, at);
                }
            }
            EventBody::Started { ticket, episode } => self.ticket_mut(*ticket).reach(*episode, Rank::Serving, at),
            EventBody::Finished { ticket, episode } => self.ticket_mut(*ticket).reach(*episode, Rank::Finished, at),
            EventBody::NoShow { ticket, episode } => self.ticket_mut(*ticket).reach(*episode, Rank::NoShow, at),
            EventBody::HelpRequested { help } => {
                let request = &mut self.help_mut(*help).request;
                *request = Some(request.map_or((at, id.0), |known| known.min((at, id.0))));
            }
            EventBody::HelpCancelled { help } => self.help_mut(*help).cancelled = true,
            EventBody::HelpAnswered { help } => {
                let answered = &mut self.help_mut(*help).answered;
                *answered = Some(answered.map_or(at, |known| known.min(at)));
            }
            EventBody::DeviceChanged { device, condition } => {
                let known = self.devices.entry((id.0, *device)).or_insert((id.1, *condition, at));
                if id.1 >= known.0 {
                    *known = (id.1, *condition, at);
                }
            }
            // Kept in the log; they move nobody in the queue.
            EventBody::TicketPrinted { .. }
            | EventBody::Reprinted { .. }
            | EventBody::ClockUncertain { .. }
            | EventBody::Unknown => {}
        }
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
        self.tickets.retain(|_, t| t.is_held() || t.issue.as_ref().is_some_and(|issue| issue.day >= day));
        let begins = day.begin(&self.zone);
        self.help.retain(|_, h| h.since().is_some_and(|since| since >= begins));
        expired
    }

    /// Lets go of tickets that a counter was given before an instant and never let go of. Answers how many.
    pub fn forget(&mut self, before: Timestamp) -> usize {
        let known = self.tickets.len();
        self.tickets.retain(|_, t| !t.is_held() || t.call().is_some_and(|call| call.at >= before));
        known - self.tickets.len()
    }

    /// A ticket, whatever its state.
    #[must_use]
    pub fn ticket(&self, id: &TicketId) -> Option<&Ticket> {
        self.tickets.get(id)
    }

    /// Every ticket known, in the order of their identities.
    pub fn tickets(&self) -> impl Iterator<Item = &Ticket> {
        self.tickets.values()
    }

    /// Today's tickets that nobody has called, in no particular order.
    pub fn waiting(&self) -> impl Iterator<Item = &Ticket> {
        self.tickets.values().filter(|t| t.state(self.day) == State::Waiting)
    }

    /// Today's queue, in the order of rule R11.
    #[must_use]
    pub fn queue(&self) -> Vec<&Ticket> {
        let mut queue: Vec<&Ticket> = self.waiting().collect();
        queue.sort_by_key(|t| (t.issue.as_ref().map(Issue::place), t.id));
        queue
    }

    /// How many people wait for a service.
    #[must_use]
    pub fn ahead(&self, service: &ServiceId) -> u32 {
        let count = self.waiting().filter(|t| t.issue.as_ref().is_some_and(|i| &i.service == service)).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// How many of a service's places were taken today: its tickets, save those given up before they were called.
    #[must_use]
    pub fn taken(&self, service: &ServiceId) -> u32 {
        let counts = |t: &&Ticket| {
            let today = t.issue.as_ref().is_some_and(|i| i.day == self.day && &i.service == service);
            today && t.state(self.day) != State::Voided
        };
        u32::try_from(self.tickets.values().filter(counts).count()).unwrap_or(u32::MAX)
    }

    /// The ticket a counter holds, the one called first where replicas disagree.
    #[must_use]
    pub fn at_counter(&self, counter: &CounterId) -> Option<&Ticket> {
        let held = self.tickets.values().filter(|t| t.is_held());
        held.filter(|t| t.call().is_some_and(|c| &c.counter == counter)).min_by_key(|t| (t.call().map(|c| c.at), t.id))
    }

    /// What a display shows: the last calls, newest first, one line a ticket.
    #[must_use]
    pub fn last_calls(&self, most: usize) -> Vec<LastCall> {
        let mut rung: Vec<&Ticket> =
            self.tickets.values().filter(|t| t.issue.is_some() && t.call().is_some()).collect();
        rung.sort_by_key(|t| (Reverse(t.last_ring_mark()), t.id));
        rung.into_iter().take(most).filter_map(Self::last_call).collect()
    }

    fn last_call(ticket: &Ticket) -> Option<LastCall> {
        let (issue, call) = (ticket.issue()?, ticket.call()?);
        Some(LastCall {
            ticket: ticket.id,
            episode: ticket.episode(),
            label: issue.label,
            counter: call.counter.clone(),
            rings: ticket.rings(),
            at: ticket.last_ring()?,
        })
    }

    /// Calls for help, oldest first, that nobody has taken back.
    #[must_use]
    pub fn help(&self) -> Vec<&HelpCall> {
        let mut calls: Vec<&HelpCall> = self.help.values().filter(|h| h.request.is_some() && !h.cancelled).collect();
        calls.sort_by_key(|h| (h.request, h.id));
        calls
    }

    fn issue(&mut self, received: &Received, issued: &TicketIssued) {
        let (day, clock_doubtful) = self.counting_day(received.received_at, issued);
        let issue = Issue {
            arrival: if clock_doubtful { self.doubtful_arrival(received, day) } else { received.effective_at() },
            origin: received.origin,
            seq: received.event.seq,
            received_at: received.received_at,
            label: issued.label,
            day,
            clock_doubtful,
            service: issued.service.clone(),
            lang: issued.lang,
            priority: issued.priority,
            group: issued.group.clamp(1, GROUP_MAX),
        };
        let known = &mut self.ticket_mut(issued.ticket).issue;
        // Two logs that claim one ticket: every replica keeps the same claim.
        if known.as_ref().is_none_or(|k| (k.origin, k.seq) > (issue.origin, issue.seq)) {
            *known = Some(issue);
        }
    }

    /// The service day a ticket counts in, and whether its writer's clock is doubtful. A clock that nobody vouches for may
    /// name any day, and no ticket is received before its day: both count in the day of the receipt, so that a person who
    /// waits is never hidden from those who call.
    fn counting_day(&self, received_at: Timestamp, issued: &TicketIssued) -> (ServiceDay, bool) {
        if issued.uncertain {
            return (ServiceDay::of(received_at, &self.zone), true);
        }
        let latest = ServiceDay::of(received_at.checked_add(AHEAD).unwrap_or(received_at), &self.zone);
        (issued.day.min(latest), issued.day > latest)
    }

    /// When a ticket of a doubtful clock counts from: its corrected time where that falls into its day, else the receipt.
    /// Without a measured offset the clock says nothing at all.
    fn doubtful_arrival(&self, received: &Received, day: ServiceDay) -> Timestamp {
        let corrected = received.clock_offset_ms.map(|_| received.effective_at());
        corrected.filter(|at| *at >= day.begin(&self.zone)).unwrap_or(received.received_at)
    }

    fn ticket_mut(&mut self, id: TicketId) -> &mut Ticket {
        self.tickets.entry(id).or_insert_with(|| Ticket::new(id))
    }

    fn help_mut(&mut self, id: HelpId) -> &mut HelpCall {
        self.help.entry(id).or_insert_with(|| HelpCall::new(id))
    }
}
