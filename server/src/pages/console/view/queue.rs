//! Who waits for this counter, in the order in which it calls them.

use askama::Template;
use jiff::SignedDuration;
use queue_engine::{Decision, Hall, Ticket, line};
use wire::ids::{Language, ServiceId};

use super::super::words::{Drawn, foreign, hour, label, people, service, span};
use super::{Scene, Unwatched};
use crate::pages::drawn::At;

/// As many of the queue as an agent reads.
const SHOWN_MAX: usize = 30;
/// A ticket that came this much later than it was taken was taken offline.
const LATE: SignedDuration = SignedDuration::from_mins(2);

#[derive(Template, Hash)]
#[template(path = "console/queue.html")]
pub(in crate::pages::console) struct Queue {
    at: At,
    waiting: Vec<Waiting>,
    /// How many there are besides.
    more: usize,
    services: Vec<Choice>,
}

#[derive(Hash)]
struct Waiting {
    drawn: Drawn,
    label: String,
    service: String,
    lang: Option<&'static str>,
    priority: bool,
    people: Option<String>,
    appointment: Option<String>,
    returned: bool,
    /// « Pris hors ligne à 10 h 12, reçu à 10 h 31 »
    late: Option<String>,
    /// The borne that gave it does not know the date.
    clock_doubtful: bool,
    waited: Unwatched<String>,
    /// Longer than the service's ceiling.
    over: bool,
}

/// A service to look at alone.
#[derive(Hash)]
struct Choice {
    id: String,
    name: String,
    chosen: bool,
}

impl Queue {
    pub(super) fn draw(scene: Scene<'_>, hall: &Hall, filter: Option<&ServiceId>) -> Self {
        let Scene { plan, counter, now, .. } = scene;
        // Of a single service as many are read as there may be.
        let most = if filter.is_some() { usize::MAX } else { SHOWN_MAX };
        let (line, unread) = line(hall, &plan.policy, &scene.seat(hall), now, most);
        let mut line: Vec<Decision> =
            line.into_iter().filter(|next| filter.is_none_or(|service| next.service == *service)).collect();
        let more = line.len().saturating_sub(SHOWN_MAX) + if filter.is_some() { 0 } else { unread };
        line.truncate(SHOWN_MAX);
        let waiting = line.iter().filter_map(|next| hall.ticket(&next.ticket).map(|ticket| row(scene, next, ticket)));
        let services = counter.services.iter().map(|id| Choice {
            id: id.to_string(),
            name: service(plan, id),
            chosen: filter == Some(id),
        });
        Self { at: scene.at(), waiting: waiting.collect(), more, services: services.collect() }
    }

    fn count(&self) -> usize {
        self.waiting.len() + self.more
    }

    fn filtered(&self) -> bool {
        self.services.iter().any(|choice| choice.chosen)
    }
}

fn row(scene: Scene<'_>, next: &Decision, ticket: &Ticket) -> Waiting {
    let Scene { site, plan, .. } = scene;
    let issue = ticket.issue();
    let late = issue.filter(|issue| issue.received_at.duration_since(issue.arrival) > LATE);
    let ceiling = i64::from(plan.policy.ceiling.of(&next.service)) * 60;
    Waiting {
        drawn: Drawn::of(ticket),
        label: label(ticket),
        service: short(scene, &next.service),
        lang: issue.and_then(|issue| foreign(issue.lang)),
        priority: issue.is_some_and(|issue| issue.priority),
        people: issue.and_then(|issue| people(issue.group)),
        appointment: issue.and_then(|issue| issue.appointment).map(|slot| hour(site, slot)),
        returned: ticket.place().is_some_and(|place| place.returned),
        late: late.map(|issue| {
            format!("Pris hors ligne à {}, reçu à {}", hour(site, issue.arrival), hour(site, issue.received_at))
        }),
        clock_doubtful: issue.is_some_and(|issue| issue.clock_doubtful),
        waited: Unwatched(span(next.waited_s)),
        over: next.waited_s > ceiling,
    }
}

/// A name that fits a row.
fn short(scene: Scene<'_>, id: &ServiceId) -> String {
    let known = scene.plan.catalogue.service(id).and_then(|service| service.short_name.as_ref());
    known.map_or_else(|| service(scene.plan, id), |name| name.get(Language::Fr).to_owned())
}
