//! What staff and visitors do at a site: each act is decided from the hall, committed, and then learnt.
//!
//! `decide` is pure: it says what an act writes, and what must still be so when it is written. The store compares that
//! with what all servers wrote. Where somebody was faster this server learns of it and decides anew; then the act is refused,
//! or another ticket is called.

mod act;
mod decide;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use queue_engine::{Decision, Hall, Received};
use uuid::Uuid;
use wire::catalogue::Counter;
use wire::event::{Event, EventBody};
use wire::ids::TicketId;
use wire::token::{Hash32, TicketToken};

pub use self::act::{Act, Done, Made, NewTicket, Refusal, Seen, Standing, Wanted, Who};
use self::decide::{Drawn, Intent, View, decide};
pub(crate) use self::decide::{gone, seat, seat_of};
use crate::app::random;
use crate::site::Site;
use crate::store::{Acted, NewCall, Outcome, StoreError, ticket_of};

/// How often an act is decided anew when somebody else was faster.
const ATTEMPTS: usize = 20;

/// What one attempt came to.
enum Attempt {
    Done(Done),
    /// Somebody was faster.
    Slower,
}

impl Site {
    /// Does something at the site's desk, durably, before it answers. `counter` is where whoever asks sits, or the one that
    /// they act for. The same form's id again does nothing more, whichever server it comes to.
    pub async fn act(&self, who: Who, counter: Option<&Counter>, wanted: &Wanted) -> Result<Done, StoreError> {
        self.act_from(None, who, counter, wanted).await
    }

    /// The same of somebody who sits at the counter: nobody is called there once their session has left it.
    pub(crate) async fn act_from(
        &self,
        seat: Option<Hash32>,
        who: Who,
        counter: Option<&Counter>,
        wanted: &Wanted,
    ) -> Result<Done, StoreError> {
        let drawn = draw()?;
        for _ in 0..ATTEMPTS {
            match self.attempt(seat, who, counter, wanted, &drawn).await? {
                Attempt::Done(done) => return Ok(done),
                Attempt::Slower => {
                    self.learn_of_others(self.clock.now()).await?;
                }
            }
        }
        // What the hall shows and what the store holds differ for longer than others' acts explain.
        tracing::warn!(act = %wanted.id, "an act is given up: others were faster each time");
        Ok(Done::Refused(Refusal::Overtaken))
    }

    /// Why a ticket was called here in a passage, as it was decided then.
    pub async fn why(&self, ticket: TicketId, episode: u32) -> Result<Option<Decision>, StoreError> {
        self.store.why(self.id, ticket, episode).await
    }

    /// Looks at the hall as it is now.
    pub fn look<R>(&self, look: impl FnOnce(&Hall) -> R) -> R {
        self.live.read(self.clock.now(), look)
    }

    /// Receives one person from call to end, for simulations and measurements. `None` where nobody waits.
    pub async fn serve_one(&self, counter: &Counter) -> Result<Option<TicketId>, StoreError> {
        let who = Who::Staff { account: None, supervises: false };
        let act = async |act| self.act(who, Some(counter), &Wanted { id: Uuid::new_v4(), act }).await;
        let Done::Now(Made { ticket: Some(ticket), .. }) = act(Act::Call).await? else {
            return Ok(None);
        };
        let seen = Seen { ticket, episode: self.look(|hall| hall.ticket(&ticket).map_or(1, |known| known.episode())) };
        act(Act::Start(seen)).await?;
        act(Act::Finish { seen, inexact: false }).await?;
        Ok(Some(ticket))
    }

    async fn attempt(
        &self,
        seat: Option<Hash32>,
        who: Who,
        counter: Option<&Counter>,
        wanted: &Wanted,
        drawn: &Drawn,
    ) -> Result<Attempt, StoreError> {
        let (now, plan) = (self.clock.now(), self.plan());
        let closed = self.closed_today(now).is_some();
        let decided =
            self.live.read(now, |hall| decide(View { hall, plan: &plan, who, counter, now, closed }, wanted, drawn));
        let (outcome, free) = match decided {
            Ok(Intent::Call(call)) => {
                let call = NewCall { seat, ..call };
                (self.store.call(self.desk, now, &call).await?, Some(call.counter))
            }
            Ok(Intent::Make(made)) => (self.store.make(self.desk, now, &made).await?, made.free),
            Ok(Intent::Issue(ticket)) => (self.store.issue(self.desk, now, wanted.id, &ticket).await?, None),
            Ok(Intent::Nothing) => return self.unless_before(wanted, now, Done::Now(Made::default())).await,
            Ok(Intent::Nobody) => return self.unless_before(wanted, now, Done::Nobody).await,
            Err(refusal) => return self.unless_before(wanted, now, Done::Refused(refusal)).await,
        };
        match outcome {
            Outcome::Made(events) => {
                let (ticket, token) = told(&events, drawn);
                self.learn(now, &events);
                Ok(Attempt::Done(Done::Now(Made { events, ticket, token })))
            }
            Outcome::Before(acted) => {
                // It may have been asked of another server, which has died since.
                self.learn_of_others(now).await?;
                Ok(Attempt::Done(self.before(wanted, acted)))
            }
            Outcome::Taken => Ok(Attempt::Slower),
            Outcome::Left => Ok(Attempt::Done(Done::Refused(Refusal::Away))),
            Outcome::Busy => {
                self.learn_of_others(now).await?;
                if let Some(counter) = free {
                    // A ticket of days ago has left the hall and must not block its counter.
                    self.store.free_counter(self.id, &counter, self.read_from(now)).await?;
                }
                Ok(Attempt::Slower)
            }
        }
    }

    /// What a form answers that was sent before; another one under its identity is none.
    fn before(&self, wanted: &Wanted, Acted { ticket, site, kind }: Acted) -> Done {
        let here = site.is_none_or(|site| site == self.id);
        if here && kind.is_none_or(|kind| kind == wanted.act.kind()) {
            Done::Before { ticket }
        } else {
            Done::Refused(Refusal::OtherAct)
        }
    }

    /// What the hall refuses may be what this very form has done, or what another server has made possible.
    async fn unless_before(&self, wanted: &Wanted, now: Timestamp, done: Done) -> Result<Attempt, StoreError> {
        let before = self.store.acted(wanted.id).await?;
        let learnt = self.learn_of_others(now).await?;
        Ok(match before {
            Some(acted) => Attempt::Done(self.before(wanted, acted)),
            None if learnt => Attempt::Slower,
            None => Attempt::Done(done),
        })
    }

    /// Takes in what other servers' staff did, as it stands in the log that all of them write. What is older than the hall
    /// stays out of it. Answers whether there was anything.
    pub(crate) async fn learn_of_others(&self, now: Timestamp) -> Result<bool, StoreError> {
        let events = self.store.log(self.desk, self.live.seen(self.desk) + 1).await?;
        Ok(self.live.apply(now, self.read_from(now), &events) > 0)
    }

    fn learn(&self, now: Timestamp, events: &[Event]) {
        let received = |event: &Event| Received {
            origin: self.desk,
            received_at: now,
            clock_offset_ms: None,
            event: event.clone(),
        };
        let events: Vec<Received> = events.iter().map(received).collect();
        if self.live.apply(now, self.read_from(now), &events) < events.len() {
            tracing::debug!("what was written here had come with the changes already");
        }
    }
}

/// What an act may need that is new.
fn draw() -> Result<Drawn, StoreError> {
    let bits = random().map_err(|e| StoreError::Unavailable(e.into()))?;
    Ok(Drawn { ticket: TicketId(Uuid::now_v7()), token: TicketToken::from_random(bits) })
}

/// Whom events are about, and the secret of the link that they give.
fn told(events: &[Event], drawn: &Drawn) -> (Option<TicketId>, Option<TicketToken>) {
    let gives = |event: &Event| matches!(event.body, EventBody::TicketIssued(_) | EventBody::Reprinted { .. });
    let token = events.iter().any(gives).then_some(drawn.token);
    (events.iter().find_map(|event| ticket_of(&event.body)), token)
}
