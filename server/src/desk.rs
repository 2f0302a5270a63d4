//! What agents do: each action is one transaction, then the hall learns of it.

use jiff::Timestamp;
use queue_engine::policy::TooSoon;
use queue_engine::{CounterState, Hall, Received, Seat, Ticket, choose};
use uuid::Uuid;
use wire::catalogue::Counter;
use wire::event::{Event, EventBody};
use wire::ids::{HelpId, TicketId};

use crate::app::App;
use crate::store::{CallOutcome, NewCall, Step, StepKind, StoreError};

/// How often a call looks for another ticket when somebody else was faster.
const ATTEMPTS: usize = 20;

/// What became of "call the next".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// This ticket, now or by the same call before.
    Called(TicketId),
    /// Nobody waits for this counter.
    Nobody,
    /// The counter still holds a ticket.
    Busy,
}

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moved {
    /// It is done.
    Done,
    /// It must wait.
    TooSoon(TooSoon),
    /// The counter does not hold that ticket in the state the step begins from.
    NotHere,
}

/// What a counter can do, and who sits there: as whoever opened it said, else as the catalogue does.
pub(crate) fn seat(hall: &Hall, counter: &Counter) -> Seat {
    let mut seat =
        Seat { counter: counter.id.clone(), agent: None, services: counter.services.iter().cloned().collect() };
    if let Some((_, CounterState::Open { agent, services })) = hall.counter(&counter.id) {
        seat.agent = *agent;
        if !services.is_empty() {
            seat.services.retain(|service| services.contains(service));
        }
    }
    seat
}

impl App {
    /// Calls the next ticket to a counter. The same `call` again answers the same ticket.
    pub(crate) async fn call_next(&self, counter: &Counter, call: Uuid) -> Result<Next, StoreError> {
        let _turn = self.desk_turn.lock().await;
        if let Some(ticket) = self.store.called_by(call).await? {
            return Ok(Next::Called(ticket));
        }
        for _ in 0..ATTEMPTS {
            let now = self.clock.now();
            let (chosen, held) = self.live.read(now, |hall| {
                let chosen = choose(hall, &self.policy, &seat(hall, counter), now);
                (chosen, hall.at_counter(&counter.id).is_some())
            });
            if held {
                return Ok(Next::Busy);
            }
            let Some(chosen) = chosen else {
                return Ok(Next::Nobody);
            };
            let wanted = NewCall { call, ticket: chosen.ticket, episode: chosen.episode, counter: counter.id.clone() };
            match self.store.call(self.desk, now, &wanted).await? {
                CallOutcome::Made(event) => {
                    self.learn(now, event);
                    return Ok(Next::Called(chosen.ticket));
                }
                CallOutcome::Repeated(ticket) => return Ok(Next::Called(ticket)),
                CallOutcome::Taken => self.catch_up(now).await?,
                CallOutcome::Busy => {
                    self.catch_up(now).await?;
                    // A ticket of a day that is over: it has left the hall and must not block the counter.
                    if self.live.read(now, |hall| hall.at_counter(&counter.id).is_none()) {
                        self.store.free_counter(&counter.id).await?;
                    }
                }
            }
        }
        Ok(Next::Nobody)
    }

    /// Moves a counter's ticket on.
    pub(crate) async fn step(&self, step: &Step) -> Result<Moved, StoreError> {
        let _turn = self.desk_turn.lock().await;
        let now = self.clock.now();
        let allowed = self.live.read(now, |hall| match (hall.ticket(&step.ticket), step.kind) {
            (None, _) => None,
            (Some(ticket), StepKind::Recall) => Some(self.policy.may_ring(ticket, now)),
            (Some(ticket), StepKind::NoShow) => Some(self.policy.may_be_absent(ticket, now)),
            (Some(_), StepKind::Start | StepKind::Finish) => Some(Ok(())),
        });
        match allowed {
            None => return Ok(Moved::NotHere),
            Some(Err(too_soon)) => return Ok(Moved::TooSoon(too_soon)),
            Some(Ok(())) => {}
        }
        match self.store.step(self.desk, now, step).await? {
            Some(event) => {
                self.learn(now, event);
                Ok(Moved::Done)
            }
            None => Ok(Moved::NotHere),
        }
    }

    /// Receives one person from call to end, for simulations and measurements. `None` where nobody waits.
    pub async fn serve_one(&self, counter: &Counter) -> Result<Option<TicketId>, StoreError> {
        let Next::Called(ticket) = self.call_next(counter, Uuid::new_v4()).await? else {
            return Ok(None);
        };
        let episode = self.live.read(self.clock.now(), |hall| hall.ticket(&ticket).map_or(1, Ticket::episode));
        for kind in [StepKind::Start, StepKind::Finish] {
            self.step(&Step { counter: counter.id.clone(), ticket, episode, kind }).await?;
        }
        Ok(Some(ticket))
    }

    /// Tells a borne that somebody is on the way. False where the call is over or unknown.
    pub(crate) async fn answer_help(&self, help: HelpId) -> Result<bool, StoreError> {
        let _turn = self.desk_turn.lock().await;
        let now = self.clock.now();
        if !self.live.read(now, |hall| hall.help().iter().any(|call| call.id == help && call.is_open())) {
            return Ok(false);
        }
        let event = self.store.append(self.desk, now, EventBody::HelpAnswered { help }).await?;
        self.learn(now, event);
        Ok(true)
    }

    fn learn(&self, now: Timestamp, event: Event) {
        self.live.apply(now, &[Received { origin: self.desk, received_at: now, clock_offset_ms: None, event }]);
    }
}
