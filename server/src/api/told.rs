//! Events as other programs see them: what happened to tickets, counters and calls for help. What says something of a
//! person (priority, needs, secrets of links, who sits where) is left out.

use jiff::Timestamp;
use queue_engine::{Hall, Received};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use wire::event::{EventBody, TicketIssued};
use wire::ids::{CounterId, ServiceId, SiteId, TicketId};

use crate::alarms::Subject;
use crate::store::AlarmKind;

/// What happened, as programs are told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub enum EventKind {
    /// Somebody took a ticket.
    #[serde(rename = "ticket.issued")]
    TicketIssued,
    /// A ticket no longer counts.
    #[serde(rename = "ticket.voided")]
    TicketVoided,
    /// Somebody with an appointment has come.
    #[serde(rename = "ticket.checked_in")]
    TicketCheckedIn,
    /// A ticket was printed once more.
    #[serde(rename = "ticket.reprinted")]
    TicketReprinted,
    /// A ticket was called to a counter.
    #[serde(rename = "ticket.called")]
    TicketCalled,
    /// The same call rang once more.
    #[serde(rename = "ticket.recalled")]
    TicketRecalled,
    /// The person is at the counter.
    #[serde(rename = "ticket.started")]
    TicketStarted,
    /// The person has been served.
    #[serde(rename = "ticket.finished")]
    TicketFinished,
    /// Nobody came.
    #[serde(rename = "ticket.no_show")]
    TicketNoShow,
    /// The person was asked to wait aside.
    #[serde(rename = "ticket.parked")]
    TicketParked,
    /// A person who waited aside is at a counter again.
    #[serde(rename = "ticket.resumed")]
    TicketResumed,
    /// The person goes on to another service or counter.
    #[serde(rename = "ticket.transferred")]
    TicketTransferred,
    /// The ticket was taken for the wrong service.
    #[serde(rename = "ticket.redirected")]
    TicketRedirected,
    /// The ticket lets others go first.
    #[serde(rename = "ticket.postponed")]
    TicketPostponed,
    /// Somebody who was absent waits again.
    #[serde(rename = "ticket.reinstated")]
    TicketReinstated,
    /// The ticket was given up.
    #[serde(rename = "ticket.cancelled")]
    TicketCancelled,
    /// The last action on a ticket was taken back.
    #[serde(rename = "ticket.undone")]
    TicketUndone,
    /// A counter receives people.
    #[serde(rename = "counter.opened")]
    CounterOpened,
    /// A counter receives nobody for a while.
    #[serde(rename = "counter.paused")]
    CounterPaused,
    /// Nobody sits at a counter any more.
    #[serde(rename = "counter.closed")]
    CounterClosed,
    /// Somebody asks for a person.
    #[serde(rename = "help.requested")]
    HelpRequested,
    /// They no longer need one.
    #[serde(rename = "help.cancelled")]
    HelpCancelled,
    /// A person is on the way.
    #[serde(rename = "help.answered")]
    HelpAnswered,
    /// Something is wrong with a borne.
    #[serde(rename = "alarm.began")]
    AlarmBegan,
    /// It no longer is.
    #[serde(rename = "alarm.ended")]
    AlarmEnded,
}

impl EventKind {
    /// Every kind, in the order in which they happen.
    pub const ALL: [Self; 25] = [
        Self::TicketIssued,
        Self::TicketCheckedIn,
        Self::TicketReprinted,
        Self::TicketPostponed,
        Self::TicketCalled,
        Self::TicketRecalled,
        Self::TicketStarted,
        Self::TicketFinished,
        Self::TicketNoShow,
        Self::TicketParked,
        Self::TicketResumed,
        Self::TicketTransferred,
        Self::TicketRedirected,
        Self::TicketReinstated,
        Self::TicketCancelled,
        Self::TicketVoided,
        Self::TicketUndone,
        Self::CounterOpened,
        Self::CounterPaused,
        Self::CounterClosed,
        Self::HelpRequested,
        Self::HelpCancelled,
        Self::HelpAnswered,
        Self::AlarmBegan,
        Self::AlarmEnded,
    ];

    /// What it is called outside.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TicketIssued => "ticket.issued",
            Self::TicketVoided => "ticket.voided",
            Self::TicketCheckedIn => "ticket.checked_in",
            Self::TicketReprinted => "ticket.reprinted",
            Self::TicketCalled => "ticket.called",
            Self::TicketRecalled => "ticket.recalled",
            Self::TicketStarted => "ticket.started",
            Self::TicketFinished => "ticket.finished",
            Self::TicketNoShow => "ticket.no_show",
            Self::TicketParked => "ticket.parked",
            Self::TicketResumed => "ticket.resumed",
            Self::TicketTransferred => "ticket.transferred",
            Self::TicketRedirected => "ticket.redirected",
            Self::TicketPostponed => "ticket.postponed",
            Self::TicketReinstated => "ticket.reinstated",
            Self::TicketCancelled => "ticket.cancelled",
            Self::TicketUndone => "ticket.undone",
            Self::CounterOpened => "counter.opened",
            Self::CounterPaused => "counter.paused",
            Self::CounterClosed => "counter.closed",
            Self::HelpRequested => "help.requested",
            Self::HelpCancelled => "help.cancelled",
            Self::HelpAnswered => "help.answered",
            Self::AlarmBegan => "alarm.began",
            Self::AlarmEnded => "alarm.ended",
        }
    }
}

/// Something that happened at a site. Further fields may come; ignore those that you do not know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Told {
    /// Identity: an event that comes twice is one event.
    #[schema(example = "019aa5f0-7c00-7000-8000-0000000000aa.42")]
    pub id: String,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: EventKind,
    /// At which site.
    pub site: Uuid,
    /// When, as far as its writer's clock can be trusted.
    pub at: Timestamp,
    /// When the server learnt of it; later where a borne had no network.
    pub received_at: Timestamp,
    /// The ticket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket: Option<Uuid>,
    /// The number that people see, while the server knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "A 42")]
    pub label: Option<String>,
    /// Counts a ticket's passages through the queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub episode: Option<u32>,
    /// What the ticket is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Which counter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counter: Option<String>,
    /// When the person is expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub appointment: Option<Timestamp>,
    /// The call for help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<Uuid>,
    /// What is wrong, or was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alarm: Option<ToldAlarm>,
}

/// What is wrong with a borne.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ToldAlarm {
    /// Which borne.
    pub borne: Uuid,
    /// What technicians call it.
    pub name: String,
    /// What, for programs. More may come.
    #[schema(example = "paper-out")]
    pub kind: String,
    /// What, for people, in French.
    #[schema(example = "Plus de papier")]
    pub text: String,
    /// Whether an end of it follows; else it is of one moment.
    pub lasts: bool,
}

impl Told {
    /// What programs are told of an alarm.
    pub(crate) fn of_alarm(
        about: &Subject<'_>,
        event: EventKind,
        kind: AlarmKind,
        text: String,
        at: Timestamp,
    ) -> Self {
        let alarm = ToldAlarm {
            borne: about.origin.0,
            name: about.name.to_owned(),
            kind: kind.as_str().to_owned(),
            text,
            lasts: kind.lasts(),
        };
        Self {
            id: format!("{}.{}.{}.{}", event.as_str(), about.origin, alarm.kind, at.as_millisecond()),
            kind: event,
            site: about.site.0,
            at,
            received_at: at,
            ticket: None,
            label: None,
            episode: None,
            service: None,
            counter: None,
            appointment: None,
            help: None,
            alarm: Some(alarm),
        }
    }
}

/// What an event is about.
#[derive(Default)]
struct About<'a> {
    ticket: Option<TicketId>,
    episode: Option<u32>,
    service: Option<&'a ServiceId>,
    counter: Option<&'a CounterId>,
    appointment: Option<Timestamp>,
    help: Option<Uuid>,
}

fn ticket<'a>(ticket: TicketId) -> About<'a> {
    About { ticket: Some(ticket), ..About::default() }
}

fn passage<'a>(of: TicketId, episode: u32) -> About<'a> {
    About { episode: Some(episode), ..ticket(of) }
}

/// What programs are told of an event; nothing of devices, clocks and paper, nor of what this version does not know.
pub(crate) fn told(site: SiteId, received: &Received, hall: &Hall) -> Option<Told> {
    let (kind, about) = read(&received.event.body)?;
    let known = about.ticket.and_then(|id| hall.ticket(&id)).and_then(|known| known.issue());
    let label = if let EventBody::TicketIssued(issued) = &received.event.body {
        Some(issued.label.to_string())
    } else {
        known.map(|issue| issue.label.to_string())
    };
    Some(Told {
        id: format!("{}.{}", received.origin, received.event.seq),
        kind,
        site: site.0,
        at: received.effective_at(),
        received_at: received.received_at,
        ticket: about.ticket.map(|ticket| ticket.0),
        label,
        episode: about.episode,
        service: about.service.map(|service| service.as_str().to_owned()),
        counter: about.counter.map(|counter| counter.as_str().to_owned()),
        appointment: about.appointment,
        help: about.help,
        alarm: None,
    })
}

fn read(body: &EventBody) -> Option<(EventKind, About<'_>)> {
    use EventKind as K;
    let told = match body {
        EventBody::TicketIssued(TicketIssued { ticket: of, service, appointment, .. }) => {
            (K::TicketIssued, About { service: Some(service), appointment: *appointment, ..ticket(*of) })
        }
        EventBody::TicketVoided { ticket: of, .. } => (K::TicketVoided, ticket(*of)),
        EventBody::CheckedIn { ticket: of, appointment } => {
            (K::TicketCheckedIn, About { appointment: Some(*appointment), ..ticket(*of) })
        }
        EventBody::Reprinted { ticket: of, .. } => (K::TicketReprinted, ticket(*of)),
        EventBody::Called { ticket: of, episode, counter, .. } => {
            (K::TicketCalled, About { counter: Some(counter), ..passage(*of, *episode) })
        }
        EventBody::Recalled { ticket: of, episode } => (K::TicketRecalled, passage(*of, *episode)),
        EventBody::Started { ticket: of, episode } => (K::TicketStarted, passage(*of, *episode)),
        EventBody::Finished { ticket: of, episode, .. } => (K::TicketFinished, passage(*of, *episode)),
        EventBody::NoShow { ticket: of, episode } => (K::TicketNoShow, passage(*of, *episode)),
        EventBody::Parked { ticket: of, episode, counter, .. } => {
            (K::TicketParked, About { counter: Some(counter), ..passage(*of, *episode) })
        }
        EventBody::Resumed { ticket: of, episode, counter, .. } => {
            (K::TicketResumed, About { counter: Some(counter), ..passage(*of, *episode) })
        }
        EventBody::Transferred { ticket: of, episode, service, counter, .. } => {
            let about = passage(*of, *episode);
            (K::TicketTransferred, About { service: service.as_ref(), counter: counter.as_ref(), ..about })
        }
        EventBody::Redirected { ticket: of, episode, service } => {
            (K::TicketRedirected, About { service: Some(service), ..passage(*of, *episode) })
        }
        EventBody::Postponed { ticket: of, episode, .. } => (K::TicketPostponed, passage(*of, *episode)),
        EventBody::Reinstated { ticket: of, episode, .. } => (K::TicketReinstated, passage(*of, *episode)),
        EventBody::Cancelled { ticket: of, episode, .. } => (K::TicketCancelled, passage(*of, *episode)),
        EventBody::Undone { ticket: of, episode, .. } => (K::TicketUndone, passage(*of, *episode)),
        EventBody::CounterOpened { counter, .. } => (K::CounterOpened, at_counter(counter)),
        EventBody::CounterPaused { counter, .. } => (K::CounterPaused, at_counter(counter)),
        EventBody::CounterClosed { counter } => (K::CounterClosed, at_counter(counter)),
        EventBody::HelpRequested { help } => (K::HelpRequested, About { help: Some(help.0), ..About::default() }),
        EventBody::HelpCancelled { help } => (K::HelpCancelled, About { help: Some(help.0), ..About::default() }),
        EventBody::HelpAnswered { help, .. } => (K::HelpAnswered, About { help: Some(help.0), ..About::default() }),
        EventBody::TicketPrinted { .. }
        | EventBody::CommandAnswered { .. }
        | EventBody::ClockUncertain { .. }
        | EventBody::DeviceChanged { .. }
        | EventBody::Unknown => return None,
    };
    Some(told)
}

fn at_counter(counter: &CounterId) -> About<'_> {
    About { counter: Some(counter), ..About::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_document() {
        for kind in EventKind::ALL {
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{}\"", kind.as_str()));
        }
    }
}
