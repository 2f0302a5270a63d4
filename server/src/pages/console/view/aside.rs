//! Who is set aside for this counter, and what is good to know beside: bornes that need somebody, tickets that are limited.

use askama::Template;
use queue_engine::{Hall, Ticket};
use wire::event::{Condition, Device};

use super::super::words::{Drawn, label, minutes, parked};
use super::{Names, Scene, Unwatched};
use crate::pages::drawn::At;
use crate::pages::floor::{closed, stops};

#[derive(Template, Hash)]
#[template(path = "console/aside.html")]
pub(in crate::pages::console) struct Aside {
    at: At,
    parked: Vec<Parked>,
    ailing: Vec<Ailing>,
    stops: Vec<String>,
    /// Whether nobody may be taken again just now.
    busy: bool,
}

#[derive(Hash)]
struct Parked {
    drawn: Drawn,
    label: String,
    reason: &'static str,
    since: Unwatched<String>,
    /// The agent asked to be reminded by now.
    due: bool,
}

/// A printer that somebody should go to.
#[derive(Hash)]
struct Ailing {
    borne: Unwatched<String>,
    what: &'static str,
    since: Unwatched<String>,
}

impl Aside {
    pub(super) fn draw(scene: Scene<'_>, hall: &Hall, names: &Names) -> Self {
        let ailing = hall.ailing().filter(|(_, device, _, _)| *device == Device::Printer);
        let ailing = ailing.filter_map(|(origin, _, condition, since)| {
            let (borne, since) = (Unwatched(names.of(Some(origin))), Unwatched(minutes(since, scene.now)));
            ailment(condition).map(|what| Ailing { borne, what, since })
        });
        let parked = hall.parked().into_iter().filter_map(|ticket| aside(scene, ticket));
        Self {
            at: scene.at(),
            parked: parked.collect(),
            ailing: ailing.collect(),
            stops: Vec::new(),
            busy: hall.at_counter(&scene.counter.id).is_some(),
        }
    }

    /// Adds how tickets are limited, which is not the hall's to say.
    pub(in crate::pages::console) fn with_stops(mut self, scene: Scene<'_>) -> Self {
        let stops = stops(scene.site, scene.now).into_iter().map(|stop| stop.text);
        self.stops = closed(scene.site, scene.now).into_iter().chain(stops).collect();
        self
    }
}

fn aside(scene: Scene<'_>, ticket: &Ticket) -> Option<Parked> {
    let parking = ticket.parking().filter(|parking| parking.counter == scene.counter.id)?;
    Some(Parked {
        drawn: Drawn::of(ticket),
        label: label(ticket),
        reason: parked(parking.reason),
        since: Unwatched(minutes(parking.since, scene.now)),
        due: parking.remind_at.is_some_and(|at| at <= scene.now),
    })
}

/// What to do at a printer.
const fn ailment(condition: Condition) -> Option<&'static str> {
    match condition {
        Condition::PaperLow => Some("le rouleau de papier est bientôt fini"),
        Condition::PaperOut => Some("plus de papier"),
        Condition::CoverOpen => Some("le capot de l’imprimante est ouvert"),
        Condition::CutterJammed => Some("le massicot est bloqué"),
        Condition::Offline | Condition::Gone => Some("l’imprimante ne répond plus"),
        Condition::Works | Condition::Other => None,
    }
}
