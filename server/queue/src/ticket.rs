//! One ticket: what is known of it, whatever came first.

use std::collections::BTreeSet;

use jiff::Timestamp;
use wire::event::{Actor, PrintOutcome, Rank};
use wire::ids::{Language, NeedId, OriginId, ServiceId, TicketId};
use wire::label::Label;
use wire::service_day::ServiceDay;
use wire::token::Hash32;

use crate::course::{Course, Parking, Place};
use crate::passage::{Call, Mark, Opening, Passage, Stamp};
use crate::sorted::Sorted;

/// What a ticket is to people.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum State {
    /// Its issue has not arrived yet: only later events about it are known.
    Unissued,
    /// In the queue.
    Waiting,
    /// Set aside; a counter takes it again.
    Parked,
    /// Its service day ended before anybody called it: it counts in statistics only (rule R11).
    Expired,
    /// Given up before it was called.
    Cancelled,
    /// On the display.
    Called,
    /// At the counter.
    Serving,
    /// Nobody came.
    NoShow,
    /// Served.
    Finished,
}

/// How a ticket came to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Issue {
    /// When it counts from: min(writer's time + offset, received at) (rule R11), and never before `day` where the clock
    /// is doubtful.
    pub arrival: Timestamp,
    /// Whose log holds it.
    pub origin: OriginId,
    /// Where in that log.
    pub seq: u64,
    /// When the server learnt of it.
    pub received_at: Timestamp,
    /// The number people see.
    pub label: Label,
    /// The service day it counts in: its writer's, or where its writer's clock is doubtful that of the receipt.
    pub day: ServiceDay,
    /// Whether its writer's clock wants looking at: nobody vouched for it, or it was days ahead.
    pub clock_doubtful: bool,
    /// What for, at first: [`Ticket::place`] says what for by now.
    pub service: ServiceId,
    /// The language of the visit.
    pub lang: Language,
    /// Whether the visitor says that they have priority.
    pub priority: bool,
    /// How many people came together, 1 to 9 whatever its writer said.
    pub group: u8,
    /// When the person is expected, where they have an appointment: as the issue says, or who checked them in.
    pub appointment: Option<Timestamp>,
    /// What a counter must have to receive them.
    pub needs: BTreeSet<NeedId>,
}

/// What is known of a ticket's last paper.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Paper {
    /// A borne has taken it upon itself to print it.
    Asked,
    /// It was printed.
    Printed,
    /// It was not.
    NotPrinted,
    /// The printer does not say.
    Unknown,
}

impl Paper {
    pub(crate) const fn of(outcome: PrintOutcome) -> Self {
        match outcome {
            PrintOutcome::Printed => Self::Printed,
            PrintOutcome::NotPrinted => Self::NotPrinted,
            PrintOutcome::Unknown => Self::Unknown,
        }
    }
}

/// What is known of a ticket.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ticket {
    /// Identity.
    pub id: TicketId,
    issue: Option<Issue>,
    /// The hashes of its links, in order.
    links: Vec<Hash32>,
    /// Since when the person is known to have come for an appointment, and when that is: the last word on it.
    checked_in: Option<(Mark, Timestamp)>,
    /// What became of its last paper.
    paper: Option<(Mark, Paper)>,
    voided: bool,
    passages: Sorted<u32, Passage>,
    course: Course,
}

impl Ticket {
    pub(crate) fn new(id: TicketId) -> Self {
        let mut passages = Sorted::default();
        passages.entry(1, Passage::default);
        let course = Course::of(None, &passages);
        Self { id, issue: None, links: Vec::new(), checked_in: None, paper: None, voided: false, passages, course }
    }

    /// How it came to be, once that is known.
    #[must_use]
    pub const fn issue(&self) -> Option<&Issue> {
        self.issue.as_ref()
    }

    /// The present passage through the queue, from 1.
    #[must_use]
    pub const fn episode(&self) -> u32 {
        self.course.episode
    }

    /// How far the present passage is.
    #[must_use]
    pub const fn rank(&self) -> Rank {
        self.course.rank
    }

    /// Since when it is that far, once anything is known that says so.
    #[must_use]
    pub const fn since(&self) -> Option<Timestamp> {
        self.course.since
    }

    /// Where it stands, or last stood, in the queue; none until its issue is known.
    #[must_use]
    pub const fn place(&self) -> Option<&Place> {
        self.course.place.as_ref()
    }

    /// Where and why it is set aside, where it is.
    #[must_use]
    pub fn parking(&self) -> Option<&Parking> {
        self.course.parked.as_ref().filter(|_| self.rank() == Rank::Parked)
    }

    /// What it is to people on a service day. Giving up counts only while nobody has called.
    #[must_use]
    pub fn state(&self, today: ServiceDay) -> State {
        match (self.rank(), &self.issue) {
            (Rank::Waiting | Rank::Parked, _) if self.voided => State::Cancelled,
            (Rank::Waiting | Rank::Parked, None) => State::Unissued,
            (Rank::Waiting | Rank::Parked, Some(issue)) if issue.day < today => State::Expired,
            (Rank::Waiting, Some(_)) => State::Waiting,
            (Rank::Parked, Some(_)) => State::Parked,
            (Rank::Cancelled, _) => State::Cancelled,
            (Rank::Called, _) => State::Called,
            (Rank::Serving, _) => State::Serving,
            (Rank::NoShow, _) => State::NoShow,
            (Rank::Finished, _) => State::Finished,
        }
    }

    /// Whether a counter holds it: called or being served.
    #[must_use]
    pub const fn is_held(&self) -> bool {
        matches!(self.rank(), Rank::Called | Rank::Serving)
    }

    /// The call of the present passage, or the one that an action taken back went back to.
    #[must_use]
    pub fn call(&self) -> Option<&Call> {
        self.course.hold.as_ref().map(|hold| &hold.call)
    }

    /// The passage that call was made in: with the number of rings it tells a call from another.
    #[must_use]
    pub fn call_episode(&self) -> Option<u32> {
        self.course.hold.as_ref().map(|hold| hold.episode)
    }

    /// Calls of the present passage that did not hold: another log called the ticket too, and [`Ticket::call`] won.
    pub fn lost_calls(&self) -> impl Iterator<Item = &Call> {
        self.passages.last().into_iter().flat_map(|(_, passage)| passage.lost())
    }

    /// How often it rang: the call and each recall.
    #[must_use]
    pub fn rings(&self) -> usize {
        self.course.hold.as_ref().map_or(0, |hold| hold.rings)
    }

    /// When it last rang.
    #[must_use]
    pub fn last_ring(&self) -> Option<Timestamp> {
        self.last_ring_mark().map(|(at, _)| at)
    }

    /// When the person who is at the counter came to it.
    #[must_use]
    pub fn started(&self) -> Option<Timestamp> {
        self.course.hold.as_ref().and_then(|hold| hold.started)
    }

    /// The call that was taken back, and when, while nothing has happened since.
    #[must_use]
    pub fn undone_call(&self) -> Option<(Timestamp, &Call)> {
        let (_, passage) = self.passages.last()?;
        let (opening, mark) = passage.opening()?;
        let Opening::Undone { back_to, .. } = opening else { return None };
        if self.course.hold.is_some() {
            return None;
        }
        let left = self.passages.iter().rev().take_while(|(episode, _)| *episode >= back_to);
        let call = left.filter_map(|(_, passage)| passage.winner()).find(|call| !call.silent)?;
        Some((mark.at, call))
    }

    /// Who brought it where it stands now; none where it stands as it was taken. What was taken back is staff's: a visitor may
    /// take back what they did, and is then where others had left them.
    #[must_use]
    pub fn put_there_by(&self) -> Option<Actor> {
        let (_, passage) = self.passages.last()?;
        let (opening, _) = passage.opening()?;
        match opening {
            Opening::Parked { .. }
            | Opening::Transferred { .. }
            | Opening::Redirected { .. }
            | Opening::Undone { .. } => Some(Actor::Staff),
            Opening::Postponed { by, .. } | Opening::Reinstated { by, .. } => Some(*by),
        }
    }

    /// Who gave it up, while it is given up: the person, staff, or the closing of the day ([`Actor::Policy`]).
    #[must_use]
    pub const fn cancelled_by(&self) -> Option<Actor> {
        self.course.cancelled_by
    }

    /// How often nobody came.
    #[must_use]
    pub const fn no_shows(&self) -> u32 {
        self.course.no_shows
    }

    /// How often it let others go first.
    #[must_use]
    pub const fn postponed(&self) -> u32 {
        self.course.postponed
    }

    /// The same with the place in its log, which orders rings of one instant.
    pub(crate) fn last_ring_mark(&self) -> Option<(Timestamp, Stamp)> {
        self.course.hold.as_ref().and_then(|hold| hold.last_ring)
    }

    pub(crate) const fn course(&self) -> &Course {
        &self.course
    }

    pub(crate) fn claim_issue(&mut self, issue: Issue) {
        // Two logs that claim one ticket: every replica keeps the same claim. Of two copies the one received first.
        let order = |issue: &Issue| (issue.origin, issue.seq, issue.received_at);
        if self.issue.as_ref().is_none_or(|known| order(known) > order(&issue)) {
            self.issue = Some(issue);
            self.expect();
        }
    }

    pub(crate) fn check_in(&mut self, mark: Mark, appointment: Timestamp) {
        match &mut self.checked_in {
            Some((known, _)) if known.stamp == mark.stamp => known.at = known.at.min(mark.at),
            Some((known, _)) if known.stamp > mark.stamp => {}
            Some(_) | None => self.checked_in = Some((mark, appointment)),
        }
        self.expect();
    }

    /// What was said at the check-in goes before what was known at the issue.
    fn expect(&mut self) {
        if let (Some(issue), Some((_, appointment))) = (&mut self.issue, self.checked_in) {
            issue.appointment = Some(appointment);
        }
    }

    /// When somebody noted that the person has come for an appointment.
    #[must_use]
    pub fn checked_in(&self) -> Option<Timestamp> {
        self.checked_in.map(|(mark, _)| mark.at)
    }

    pub(crate) fn tell_paper(&mut self, mark: Mark, paper: Paper) {
        match &mut self.paper {
            Some((known, _)) if known.stamp == mark.stamp => known.at = known.at.min(mark.at),
            Some((known, _)) if known.stamp > mark.stamp => {}
            Some(_) | None => self.paper = Some((mark, paper)),
        }
    }

    /// What became of its last paper, and since when that is known.
    #[must_use]
    pub fn paper(&self) -> Option<(Timestamp, Paper)> {
        self.paper.map(|(mark, paper)| (mark.at, paper))
    }

    /// Gives it a link more. Answers whether it is new.
    pub(crate) fn link(&mut self, link: Hash32) -> bool {
        let place = self.links.binary_search(&link);
        if let Err(place) = place {
            self.links.reserve_exact(usize::from(self.links.is_empty()));
            self.links.insert(place, link);
        }
        place.is_err()
    }

    pub(crate) fn links(&self) -> &[Hash32] {
        &self.links
    }

    pub(crate) const fn void(&mut self) {
        self.voided = true;
    }

    /// The passage an event speaks of.
    pub(crate) fn passage(&mut self, episode: u32) -> &mut Passage {
        self.passages.entry(episode, Passage::default)
    }

    /// Works its way out anew. Answers what it was before.
    pub(crate) fn settle(&mut self) -> Course {
        std::mem::replace(&mut self.course, Course::of(self.issue.as_ref(), &self.passages))
    }

    /// Whether it waits, or is set aside, on whatever day.
    pub(crate) const fn is_open(&self) -> bool {
        !self.voided && self.issue.is_some() && matches!(self.rank(), Rank::Waiting | Rank::Parked)
    }
}
