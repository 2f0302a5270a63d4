//! What is kept of what staff did to somebody's ticket: who did it, what the ticket was before, and what it is now.

use queue_engine::{State, Ticket};
use wire::ids::TicketId;

use super::french::label;
use super::session::Person;
use crate::app::App;
use crate::audit::{Action, Diff, Entry};
use crate::desk::Done;

/// A ticket as it stands, as far as the audit chain compares it.
pub(super) struct Stands {
    ticket: TicketId,
    state: Option<&'static str>,
    service: Option<String>,
    counter: Option<String>,
}

impl Stands {
    /// As it is now: before something is done to it.
    pub(super) fn now(person: &Person, ticket: TicketId) -> Self {
        person.site.look(|hall| {
            let known = hall.ticket(&ticket);
            let place = known.and_then(Ticket::place);
            let held = known.filter(|known| known.is_held()).and_then(Ticket::call).map(|call| &call.counter);
            let aside = known.and_then(Ticket::parking).map(|parking| &parking.counter);
            let wanted = place.and_then(|place| place.counter.as_ref());
            Self {
                ticket,
                state: known.map(|known| in_french(known.state(hall.day()))),
                service: place.map(|place| place.service.to_string()),
                counter: held.or(aside).or(wanted).map(ToString::to_string),
            }
        })
    }

    fn until(self, now: Self, diff: Diff) -> Diff {
        let differ = |diff: Diff, name: &str, before: Option<String>, after: Option<String>| {
            if before == after { diff } else { diff.with(name, before, after) }
        };
        let diff = differ(diff, "état", self.state.map(str::to_owned), now.state.map(str::to_owned));
        let diff = differ(diff, "démarche", self.service, now.service);
        differ(diff, "guichet", self.counter, now.counter)
    }
}

/// Keeps who did something to a ticket, once, with what else there is to say of it.
pub(super) async fn keep(app: &App, person: &Person, done: &Done, action: Action, was: Stands, diff: Diff) {
    let Done::Now(made) = done else { return };
    // Where everything was so already nobody did anything.
    if made.events.is_empty() {
        return;
    }
    let ticket = was.ticket;
    let diff = was.until(Stands::now(person, ticket), diff);
    let label = person.site.look(|hall| hall.ticket(&ticket).map(label));
    let entry = person.did(app.clock.now(), action, ticket.to_string()).changing(diff);
    app.audit(Entry { label, ..entry }).await;
}

/// What a ticket is, in the words of the audit chain.
pub(super) const fn in_french(state: State) -> &'static str {
    match state {
        State::Unissued => "inconnu",
        State::Waiting => "attend",
        State::Parked => "mis en attente",
        State::Expired => "d’un autre jour",
        State::Cancelled => "annulé",
        State::Called => "appelé",
        State::Serving => "reçu",
        State::NoShow => "absent",
        State::Finished => "terminé",
    }
}
