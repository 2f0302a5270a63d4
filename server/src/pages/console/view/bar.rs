//! Calling the next one, whom that would be, and taking the last action back.

use askama::Template;
use jiff::SignedDuration;
use queue_engine::{Hall, Rank, Ticket, ranking};

use super::super::words::{Drawn, at_counter, hour, label, service, service_of};
use super::{Scene, Unwatched};
use crate::pages::drawn::At;

#[derive(Template, Hash)]
#[template(path = "console/bar.html")]
pub(in crate::pages::console) struct Bar {
    at: At,
    mode: Mode,
    next: Option<Next>,
    last: Option<Last>,
}

#[derive(Hash)]
enum Mode {
    /// Paused or closed: why, since when.
    Away(String),
    Free,
    /// Somebody is called who has not come yet.
    Called,
    /// Somebody is being served: their number.
    Serving(String),
}

#[derive(Hash)]
struct Next {
    drawn: Drawn,
    label: String,
    service: String,
}

/// What the counter did last, while it can be taken back.
#[derive(Hash)]
struct Last {
    drawn: Drawn,
    text: String,
    /// For so many seconds more.
    left: Unwatched<i64>,
}

impl Bar {
    pub(super) fn draw(scene: Scene<'_>, hall: &Hall) -> Self {
        let mode = match (hall.at_counter(&scene.counter.id), scene.away(hall)) {
            (Some(held), _) if held.rank() == Rank::Serving => Mode::Serving(label(held)),
            (Some(_), _) => Mode::Called,
            (None, Some(away)) => Mode::Away(away),
            (None, None) => Mode::Free,
        };
        let first = ranking(hall, &scene.plan.policy, &scene.seat(hall), scene.now, 1).into_iter().next();
        let next = first.and_then(|decision| {
            let ticket = hall.ticket(&decision.ticket)?;
            let service = service(scene.plan, &decision.service);
            Some(Next { drawn: Drawn::of(ticket), label: label(ticket), service })
        });
        Self { at: scene.at(), mode, next, last: last(scene, hall) }
    }
}

/// The counter's last action, where it is recent enough to be taken back.
fn last(scene: Scene<'_>, hall: &Hall) -> Option<Last> {
    let Scene { plan, counter, now, .. } = scene;
    let window = SignedDuration::from_secs(i64::from(plan.policy.undo.staff_s));
    let recent = |ticket: &&Ticket| ticket.since().is_some_and(|at| now.duration_since(at) <= window);
    let own = |ticket: &Ticket| {
        let undo = plan.policy.undo(hall, ticket, now).ok().filter(|undo| !undo.by_visitor)?;
        let here = ticket.is_held() && ticket.call().is_some_and(|call| call.counter == counter.id);
        (here || undo.counter.as_ref() == Some(&counter.id)).then_some(())
    };
    let mine = hall.tickets().filter(recent).filter(|ticket| own(ticket).is_some());
    let ticket = mine.max_by_key(|ticket| (ticket.since(), ticket.id))?;
    let left = window - now.duration_since(ticket.since()?);
    let text = done(scene, ticket);
    Some(Last { drawn: Drawn::of(ticket), text, left: Unwatched((left.as_millis().max(0) as i64 + 999) / 1000) })
}

/// What was done, as the ticket now is.
fn done(scene: Scene<'_>, ticket: &Ticket) -> String {
    let Scene { site, plan, counter, .. } = scene;
    let name = label(ticket);
    let place = ticket.place();
    match ticket.rank() {
        Rank::Called => format!("{name} appelé."),
        Rank::Serving if ticket.started().is_some() => format!("{name} commencé."),
        Rank::Serving => format!("{name} repris."),
        Rank::Finished => format!("{name} terminé."),
        Rank::NoShow => format!("{name} noté absent."),
        Rank::Cancelled => format!("{name} annulé."),
        Rank::Parked => format!("{name} mis en attente ici."),
        Rank::Waiting => match place.map(|place| (place.returned, place.not_before, place.counter.as_ref())) {
            Some((true, Some(at), _)) => format!("{name} noté absent, de retour dans la file à {}.", hour(site, at)),
            Some((_, _, Some(other))) if *other != counter.id => {
                format!("{name} transféré {}.", at_counter(plan, other))
            }
            Some(_) | None => format!("{name} renvoyé dans la file\u{a0}: {}.", service_of(plan, ticket)),
        },
    }
}
