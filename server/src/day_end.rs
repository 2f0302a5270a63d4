//! The end of a service day: staff close it, and whoever still waits is told so; or the next one begins, and what nobody
//! ended is ended then, without counting for how long things take.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use queue_engine::{Hall, Rank, State, Ticket};
use uuid::Uuid;
use wire::event::Actor;
use wire::ids::{AgentRef, CounterId, TicketId};
use wire::service_day::ServiceDay;

use crate::desk::{Act, Done, Seen, Wanted, Who, gone};
use crate::site::Site;
use crate::store::{ClosedDay, ClosingMessage, StoreError};

/// How the service day was closed, as far as this server knows: a copy of what the store holds of it.
#[derive(Debug, Default)]
pub(crate) struct Closing(Mutex<Option<(ServiceDay, ClosedDay)>>);

impl Closing {
    pub(crate) fn new(day: ServiceDay, closed: Option<ClosedDay>) -> Self {
        Self(Mutex::new(closed.map(|closed| (day, closed))))
    }

    fn of(&self, day: ServiceDay) -> Option<ClosedDay> {
        let held = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.filter(|(known, _)| *known == day).map(|(_, closed)| closed)
    }

    /// Takes what the store holds. False where it is the same.
    pub(crate) fn replace(&self, day: ServiceDay, closed: Option<ClosedDay>) -> bool {
        let stored = closed.map(|closed| (day, closed));
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let differs = *held != stored;
        *held = stored;
        differs
    }
}

/// The tickets that wait or are set aside, as they are now.
fn left(hall: &Hall) -> Vec<Seen> {
    hall.queue().into_iter().chain(hall.parked()).map(seen).collect()
}

/// Those of them that no member of staff put there after the day was closed: tickets that came late from a borne without
/// network, and whoever a closing that was broken off did not come to.
fn left_over(hall: &Hall, closed: &ClosedDay) -> Vec<Seen> {
    let waiting = hall.queue().into_iter().chain(hall.parked());
    let staffs = |ticket: &&Ticket| {
        ticket.put_there_by() == Some(Actor::Staff) && ticket.since().is_some_and(|since| since >= closed.at)
    };
    waiting.filter(|ticket| !staffs(ticket)).map(seen).collect()
}

fn seen(ticket: &Ticket) -> Seen {
    Seen { ticket: ticket.id, episode: ticket.episode() }
}

/// Whether it was the closing of the day that ended a ticket: nothing else gives one up by itself.
pub(crate) fn was_ended(ticket: &Ticket, day: ServiceDay) -> bool {
    ticket.state(day) == State::Cancelled && ticket.cancelled_by() == Some(Actor::Policy)
}

impl Site {
    /// How today was closed, if it was.
    pub(crate) fn closed_today(&self, now: Timestamp) -> Option<ClosedDay> {
        self.closing_of_day.of(self.live.read(now, Hall::day))
    }

    /// Reads once more how today was closed. Answers whether that is new.
    pub(crate) async fn read_closing(&self, now: Timestamp) -> Result<bool, StoreError> {
        let day = self.live.read(now, Hall::day);
        Ok(self.closing_of_day.replace(day, self.store.closed_day(self.id, day).await?))
    }

    /// Closes the day: no more tickets, and whoever waits or is set aside is not called any more. Who is at a counter is
    /// received to the end. Asked once more it ends what has come since. Answers for how many people it was the end.
    pub(crate) async fn close_day(&self, by: AgentRef, message: ClosingMessage) -> Result<usize, StoreError> {
        let now = self.clock.now();
        let (day, left) = self.live.read(now, |hall| (hall.day(), left(hall)));
        let expired = u32::try_from(left.len()).unwrap_or(u32::MAX);
        // The message first: whoever looks at their phone while the others are ended reads why.
        self.store.close_day(self.id, day, &ClosedDay { at: now, by: Some(by), message, expired }).await?;
        self.read_closing(now).await?;
        let ended = self.each(left, Act::Cancel).await?;
        tracing::info!(site = %self.id, %day, ended, "the day is closed");
        self.live.touch();
        Ok(ended)
    }

    /// Ends what a closed day has left over since. Answers for how many people it was the end.
    pub(crate) async fn end_left_over(&self) -> Result<usize, StoreError> {
        let now = self.clock.now();
        if self.closed_today(now).is_none() {
            return Ok(0);
        }
        // Another server may have opened the day again a moment ago.
        self.read_closing(now).await?;
        let Some(closed) = self.closed_today(now) else { return Ok(0) };
        let left = self.live.read(now, |hall| left_over(hall, &closed));
        self.each(left, Act::Cancel).await
    }

    /// Opens a day again that was closed by mistake: whoever it ended for is where they were, and tickets are given.
    pub(crate) async fn reopen_day(&self) -> Result<usize, StoreError> {
        let now = self.clock.now();
        let day = self.live.read(now, Hall::day);
        self.learn_of_others(now).await?;
        // People first: where this is broken off the day is closed still, and asked once more it does the rest.
        let mut back = self.bring_back(now).await?;
        self.store.reopen_day(self.id, day).await?;
        self.read_closing(now).await?;
        // Whoever another server was about to end: it ends nobody any more.
        self.learn_of_others(now).await?;
        back += self.bring_back(now).await?;
        tracing::info!(site = %self.id, %day, back, "the day is open again");
        self.live.touch();
        Ok(back)
    }

    /// Puts everybody whom the closing ended back where they were. Answers with how many.
    async fn bring_back(&self, now: Timestamp) -> Result<usize, StoreError> {
        let mut back = 0;
        loop {
            let ended = |hall: &Hall| hall.tickets().filter(|it| was_ended(it, hall.day())).map(seen).collect();
            let ended: Vec<Seen> = self.live.read(now, ended);
            let mut done = self.each(ended.clone(), Act::Undo).await?;
            if done == 0 {
                // What was taken back to an end has nothing before it: those people are in the queue again from now on.
                done = self.each(ended, Act::Reinstate).await?;
            }
            if done == 0 {
                return Ok(back);
            }
            back += done;
        }
    }

    /// Does the same with each ticket. Answers with how many: who has moved on meanwhile is left alone.
    async fn each(&self, tickets: Vec<Seen>, act: impl Fn(Seen) -> Act) -> Result<usize, StoreError> {
        let mut done = 0;
        for seen in tickets {
            let wanted = Wanted { id: Uuid::new_v4(), act: act(seen) };
            done += usize::from(matches!(self.act(Who::House, None, &wanted).await?, Done::Now(_)));
        }
        Ok(done)
    }

    /// Ends what the day before today left: people at counters whom nobody ended, and the day itself where nobody closed it.
    pub(crate) async fn end_yesterday(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        for (seen, counter, rank) in self.live.read(now, held_over) {
            let act = match rank {
                Rank::Serving => Act::Finish { seen, inexact: true },
                Rank::Called | Rank::Waiting | Rank::Parked | Rank::Cancelled | Rank::NoShow | Rank::Finished => {
                    Act::NoShow(seen)
                }
            };
            let plan = self.plan();
            let known = plan.catalogue.counter(&counter).cloned().unwrap_or_else(|| gone(&counter));
            let done = self.act(Who::House, Some(&known), &Wanted { id: Uuid::new_v4(), act }).await?;
            if let Done::Refused(refusal) = done {
                tracing::warn!(ticket = %seen.ticket, %refusal, "a ticket of another day stays at its counter");
            }
        }
        let yesterday = self.live.read(now, Hall::day).days_before(1);
        if self.store.closed_day(self.id, yesterday).await?.is_some() {
            return Ok(());
        }
        let hall = self.hall_of(yesterday).await?;
        let expired = u32::try_from(left(&hall).len()).unwrap_or(u32::MAX);
        let at = yesterday.end(&self.zone);
        let closed = ClosedDay { at, by: None, message: ClosingMessage::default(), expired };
        if self.store.close_day(self.id, yesterday, &closed).await? {
            tracing::info!(site = %self.id, day = %yesterday, expired, "the day ended by itself");
        }
        Ok(())
    }

    /// The hall as a day left it.
    pub(crate) async fn hall_of(&self, day: ServiceDay) -> Result<Hall, StoreError> {
        let begins = day.begin(&self.zone);
        let mut events = self.store.events_since(self.id, self.read_from(begins)).await?;
        events.retain(|received| received.received_at < day.end(&self.zone));
        let zone = self.zone.clone();
        // Folding a long day takes a core for a moment: streams are not to wait for it.
        let folded = tokio::task::spawn_blocking(move || {
            let mut hall = Hall::new(day, zone);
            events.iter().for_each(|event| hall.apply(event));
            hall.roll(day);
            hall
        });
        folded.await.map_err(|e| StoreError::Unavailable(e.into()))
    }
}

/// The tickets of earlier days that counters still hold.
fn held_over(hall: &Hall) -> Vec<(Seen, CounterId, Rank)> {
    let earlier = |ticket: &&Ticket| ticket.issue().is_some_and(|issue| issue.day < hall.day());
    let seen = |id: TicketId, episode| Seen { ticket: id, episode };
    let held = hall.held().filter(earlier).filter_map(|ticket| {
        let counter = ticket.call()?.counter.clone();
        Some((seen(ticket.id, ticket.episode()), counter, ticket.rank()))
    });
    held.collect()
}
