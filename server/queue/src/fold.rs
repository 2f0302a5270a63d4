//! How events become the hall.

use jiff::{SignedDuration, Timestamp};
use wire::event::{CommandAnswer, Event, EventBody, Rank, TicketIssued};
use wire::ids::{CounterId, HelpId, OriginId, TicketId};
use wire::service_day::ServiceDay;
use wire::signature::WINDOW_S;
use wire::token::Hash32;

use crate::counter::CounterState;
use crate::hall::Hall;
use crate::help::HelpCall;
use crate::ledger::Standing;
use crate::passage::{Mark, Opening, Passage};
use crate::ticket::{Issue, Paper, Ticket};

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

    fn mark(&self) -> Mark {
        Mark { stamp: (self.event.at, self.origin, self.event.seq), at: self.effective_at() }
    }
}

impl Hall {
    /// Takes an event in. Twice is as good as once, and any order ends in the same hall.
    pub fn apply(&mut self, received: &Received) {
        let mark = received.mark();
        let (at, (_, origin, seq)) = (mark.at, mark.stamp);
        match &received.event.body {
            EventBody::TicketIssued(issued) => self.issue(received, issued),
            EventBody::TicketVoided { ticket, by: _ } => self.change(*ticket, Ticket::void),
            EventBody::Called { ticket, episode, counter, call } => {
                self.passage(*ticket, *episode, |passage| passage.call(counter, *call, false, mark));
            }
            EventBody::Resumed { ticket, episode, counter, call } => {
                self.passage(*ticket, *episode, |passage| passage.call(counter, *call, true, mark));
            }
            EventBody::Recalled { ticket, episode } => self.passage(*ticket, *episode, |passage| passage.recall(mark)),
            EventBody::Started { ticket, episode } => self.reach(*ticket, *episode, Rank::Serving, mark),
            EventBody::NoShow { ticket, episode } => self.reach(*ticket, *episode, Rank::NoShow, mark),
            EventBody::Finished { ticket, episode, inexact } => self.passage(*ticket, *episode, |passage| {
                passage.inexact |= inexact;
                passage.reach(Rank::Finished, mark);
            }),
            EventBody::Cancelled { ticket, episode, by } => {
                self.passage(*ticket, *episode, |passage| passage.cancel(*by, mark));
            }
            EventBody::Parked { ticket, episode, counter, reason, remind_at } => {
                let (counter, reason, remind_at) = (counter.clone(), *reason, *remind_at);
                self.open(*ticket, *episode, Opening::Parked { counter, reason, remind_at }, mark);
            }
            EventBody::Transferred { ticket, episode, service, counter, place } => {
                let (service, counter, place) = (service.clone(), counter.clone(), *place);
                self.open(*ticket, *episode, Opening::Transferred { service, counter, place }, mark);
            }
            EventBody::Redirected { ticket, episode, service } => {
                self.open(*ticket, *episode, Opening::Redirected { service: service.clone() }, mark);
            }
            EventBody::Postponed { ticket, episode, by, arrival, not_before } => {
                let (by, arrival, not_before) = (*by, *arrival, *not_before);
                self.open(*ticket, *episode, Opening::Postponed { by, arrival, not_before }, mark);
            }
            EventBody::Reinstated { ticket, episode, by, not_before } => {
                let (by, not_before) = (*by, *not_before);
                self.open(*ticket, *episode, Opening::Reinstated { by, not_before }, mark);
            }
            EventBody::Undone { ticket, episode, back_to, rank } => {
                let (back_to, rank) = (*back_to, *rank);
                self.open(*ticket, *episode, Opening::Undone { back_to, rank }, mark);
            }
            EventBody::CounterOpened { counter, agent, services } => {
                self.note(counter, mark, CounterState::Open { agent: *agent, services: services.clone() });
            }
            EventBody::CounterPaused { counter, reason } => {
                self.note(counter, mark, CounterState::Paused { reason: *reason });
            }
            EventBody::CounterClosed { counter } => self.note(counter, mark, CounterState::Closed),
            EventBody::HelpRequested { help } => {
                let request = &mut self.help_mut(*help).request;
                *request = Some(request.map_or((at, origin), |known| known.min((at, origin))));
            }
            EventBody::HelpCancelled { help } => self.help_mut(*help).cancelled = true,
            EventBody::HelpAnswered { help, by } => {
                let answered = &mut self.help_mut(*help).answered;
                *answered = Some(answered.map_or((at, *by), |known| known.min((at, *by))));
            }
            EventBody::Reprinted { ticket, token } => {
                if let Some(link) = token {
                    self.link(*ticket, *link);
                }
            }
            EventBody::CheckedIn { ticket, appointment } => {
                self.change(*ticket, |ticket| ticket.check_in(mark, *appointment));
            }
            EventBody::DeviceChanged { device, condition } => {
                let known = self.devices.entry((origin, *device)).or_insert((seq, *condition, at));
                if seq > known.0 || (seq == known.0 && at < known.2) {
                    *known = (seq, *condition, at);
                }
            }
            EventBody::TicketPrinted { ticket, outcome } => self.paper(*ticket, mark, Paper::of(*outcome)),
            EventBody::CommandAnswered { ticket: Some(ticket), answer, .. } => match answer {
                CommandAnswer::Taken => self.paper(*ticket, mark, Paper::Asked),
                CommandAnswer::Expired | CommandAnswer::Refused | CommandAnswer::Other => {
                    self.paper(*ticket, mark, Paper::NotPrinted);
                }
            },
            // Kept in the log; they move nobody in the queue.
            EventBody::ClockUncertain { .. } | EventBody::CommandAnswered { ticket: None, .. } | EventBody::Unknown => {
            }
        }
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
            appointment: issued.appointment,
            needs: issued.needs.clone(),
        };
        self.change(issued.ticket, |ticket| ticket.claim_issue(issue));
        self.link(issued.ticket, issued.token);
    }

    /// A ticket's link more. Those before it hold.
    fn link(&mut self, ticket: TicketId, link: Hash32) {
        let known = self.tickets.entry(ticket).or_insert_with(|| Box::new(Ticket::new(ticket)));
        if known.link(link) {
            self.ledger.links.insert((link, ticket));
        }
    }

    /// What became of a ticket's paper: the last word on it. It moves nobody in the queue (rule R4).
    fn paper(&mut self, ticket: TicketId, mark: Mark, paper: Paper) {
        self.tickets.entry(ticket).or_insert_with(|| Box::new(Ticket::new(ticket))).tell_paper(mark, paper);
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

    fn open(&mut self, ticket: TicketId, episode: u32, opening: Opening, mark: Mark) {
        self.passage(ticket, episode, |passage| passage.open(opening, mark));
    }

    fn reach(&mut self, ticket: TicketId, episode: u32, rank: Rank, mark: Mark) {
        self.passage(ticket, episode, |passage| passage.reach(rank, mark));
    }

    fn passage(&mut self, ticket: TicketId, episode: u32, change: impl FnOnce(&mut Passage)) {
        // There is none before the first.
        self.change(ticket, |ticket| change(ticket.passage(episode.max(1))));
    }

    fn change(&mut self, id: TicketId, change: impl FnOnce(&mut Ticket)) {
        let ticket = self.tickets.entry(id).or_insert_with(|| Box::new(Ticket::new(id)));
        let was = Standing::of(ticket);
        change(ticket);
        let course = ticket.settle();
        self.ledger.follow(ticket, was, &course);
    }

    fn note(&mut self, counter: &CounterId, mark: Mark, state: CounterState) {
        self.counters.entry(counter.clone()).or_default().note(mark, state);
    }

    fn help_mut(&mut self, id: HelpId) -> &mut HelpCall {
        self.help.entry(id).or_insert_with(|| HelpCall::new(id))
    }
}
