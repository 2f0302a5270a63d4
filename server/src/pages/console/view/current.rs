//! Whom the counter has.

use askama::Template;
use jiff::Timestamp;
use queue_engine::policy::TooSoon;
use queue_engine::{Hall, Rank, Ticket};

use super::super::words::{Drawn, at_counter, clock, foreign, hour, label, minutes, people, service_of};
use super::{Scene, Unwatched};
use crate::pages::drawn::At;
use crate::store::Note;

#[derive(Template, Hash)]
#[template(path = "console/current.html")]
pub(in crate::pages::console) struct Current {
    at: At,
    held: Option<Held>,
    /// Read apart: they change with the ticket's passage only.
    pub(in crate::pages::console) notes: Unwatched<Vec<Note>>,
    /// What the counter says of itself while it receives nobody.
    away: Option<String>,
    /// Calls of this counter that another one had made too.
    lost: Vec<String>,
}

#[derive(Hash)]
pub(in crate::pages::console) struct Held {
    pub(in crate::pages::console) drawn: Drawn,
    label: String,
    service: String,
    lang: Option<&'static str>,
    priority: bool,
    people: Option<String>,
    appointment: Option<String>,
    returned: bool,
    waited: String,
    /// Since the call or the start, in seconds.
    elapsed: Unwatched<i64>,
    rings: usize,
    serving: bool,
    /// Rings that are missing before an absence.
    rings_missing: usize,
    /// Seconds before an absence may be noted.
    absent_in: Unwatched<i64>,
}

impl Held {
    fn ordinal(&self) -> &'static str {
        if self.rings == 1 { "er" } else { "e" }
    }

    fn clock(&self) -> String {
        clock(self.elapsed.0)
    }
}

impl Current {
    pub(super) fn draw(scene: Scene<'_>, hall: &Hall) -> Self {
        let held = hall.at_counter(&scene.counter.id).map(|ticket| held(scene, ticket));
        let recent = |at: Timestamp| scene.now.duration_since(at).as_secs() < LOST_SHOWN_S;
        let lost = hall.lost_calls(&scene.counter.id).into_iter().filter(|call| recent(call.lost.at));
        let lost = lost.map(|call| {
            let by = at_counter(scene.plan, &call.winner.counter);
            format!("{} était déjà appelé {by}. Appelez le suivant.", label(call.ticket))
        });
        let lost = if held.is_some() { Vec::new() } else { lost.collect() };
        Self { at: scene.at(), held, notes: Unwatched(Vec::new()), away: scene.away(hall), lost }
    }

    /// Whose notes are to be read.
    pub(in crate::pages::console) fn drawn(&self) -> Option<Drawn> {
        self.held.as_ref().map(|held| held.drawn)
    }
}

/// How long a counter is told why it is free again.
const LOST_SHOWN_S: i64 = 120;

fn held(scene: Scene<'_>, ticket: &Ticket) -> Held {
    let Scene { site, plan, now, .. } = scene;
    let called = ticket.call().map_or(now, |call| call.at);
    let serving = ticket.rank() == Rank::Serving;
    let since = if serving { ticket.started().unwrap_or(called) } else { called };
    let issue = ticket.issue();
    let (rings_missing, absent_in) = match plan.policy.may_be_absent(ticket, now) {
        Ok(()) => (0, 0),
        Err(TooSoon::Calls(rings)) => (rings, 0),
        Err(TooSoon::Seconds(seconds)) => (0, seconds),
    };
    Held {
        drawn: Drawn::of(ticket),
        label: label(ticket),
        service: service_of(plan, ticket),
        lang: issue.and_then(|issue| foreign(issue.lang)),
        priority: issue.is_some_and(|issue| issue.priority),
        people: issue.and_then(|issue| people(issue.group)),
        appointment: issue.and_then(|issue| issue.appointment).map(|slot| hour(site, slot)),
        returned: ticket.place().is_some_and(|place| place.returned),
        waited: issue.map_or_else(String::new, |issue| minutes(issue.arrival, called)),
        elapsed: Unwatched(now.duration_since(since).as_secs().max(0)),
        rings: ticket.rings(),
        serving,
        rings_missing,
        absent_in: Unwatched(absent_in),
    }
}
