//! What the hall is asked again and again, kept beside the tickets so that no question walks through all of them.
//!
//! It holds nothing of its own: it is what the tickets' courses say, entered when a ticket changes and taken out before.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use wire::event::Rank;
use wire::ids::{CounterId, ServiceId, TicketId};
use wire::token::Hash32;

use crate::course::Course;
use crate::passage::Stamp;
use crate::ticket::Ticket;

/// What took up counters.
type Given = BTreeMap<(Timestamp, TicketId), TakenUp>;

/// How long a ticket took up a counter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct TakenUp {
    pub(crate) took: SignedDuration,
    /// How many people came together.
    pub(crate) group: u8,
    /// Whether they came.
    pub(crate) served: bool,
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Ledger {
    /// Who waits, on whatever day.
    pub(crate) waiting: BTreeSet<TicketId>,
    /// Who is set aside, on whatever day.
    pub(crate) parked: BTreeSet<TicketId>,
    /// Whom a counter holds.
    pub(crate) held: BTreeSet<TicketId>,
    /// The turns each counter has used up, in order.
    pub(crate) turns: BTreeMap<CounterId, BTreeMap<Stamp, TicketId>>,
    /// What took up counters, by when it ended.
    pub(crate) given: BTreeMap<ServiceId, Given>,
    /// Which ticket a link leads to, by the hash of its secret.
    pub(crate) links: BTreeSet<(Hash32, TicketId)>,
    /// The waits that ended.
    pub(crate) entered: BTreeMap<ServiceId, BTreeMap<(Timestamp, TicketId), SignedDuration>>,
}

/// Where a ticket is looked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Standing {
    Waiting,
    Parked,
    Held,
    Elsewhere,
}

impl Standing {
    pub(crate) fn of(ticket: &Ticket) -> Self {
        match ticket.rank() {
            Rank::Waiting if ticket.is_open() => Self::Waiting,
            Rank::Parked if ticket.is_open() => Self::Parked,
            Rank::Called | Rank::Serving => Self::Held,
            Rank::Waiting | Rank::Parked | Rank::Cancelled | Rank::NoShow | Rank::Finished => Self::Elsewhere,
        }
    }
}

impl Ledger {
    /// Enters what has changed of a ticket since it stood and went otherwise.
    pub(crate) fn follow(&mut self, ticket: &Ticket, was: Standing, before: &Course) {
        let (id, course) = (ticket.id, ticket.course());
        let stands = Standing::of(ticket);
        if was != stands {
            if let Some(standing) = self.standing(was) {
                standing.remove(&id);
            }
            if let Some(standing) = self.standing(stands) {
                standing.insert(id);
            }
        }
        if before.turns != course.turns {
            self.strike_turns(before);
            for turn in &course.turns {
                self.turns.entry(turn.counter.clone()).or_default().insert(turn.stamp, id);
            }
        }
        if before.given != course.given {
            self.strike_given(id, before);
            for given in &course.given {
                let taken_up = TakenUp { took: given.took, group: given.group, served: given.served };
                self.given.entry(given.service.clone()).or_default().insert((given.at, id), taken_up);
            }
        }
        if before.entered != course.entered {
            self.strike_entered(id, before);
            if let Some(entered) = &course.entered {
                let waits = self.entered.entry(entered.service.clone()).or_default();
                waits.insert((entered.at, id), entered.waited);
            }
        }
    }

    /// Takes out all that was entered for a ticket.
    pub(crate) fn strike(&mut self, ticket: &Ticket) {
        if let Some(standing) = self.standing(Standing::of(ticket)) {
            standing.remove(&ticket.id);
        }
        for link in ticket.links() {
            self.links.remove(&(*link, ticket.id));
        }
        self.strike_turns(ticket.course());
        self.strike_given(ticket.id, ticket.course());
        self.strike_entered(ticket.id, ticket.course());
    }

    const fn standing(&mut self, standing: Standing) -> Option<&mut BTreeSet<TicketId>> {
        match standing {
            Standing::Waiting => Some(&mut self.waiting),
            Standing::Parked => Some(&mut self.parked),
            Standing::Held => Some(&mut self.held),
            Standing::Elsewhere => None,
        }
    }

    fn strike_turns(&mut self, course: &Course) {
        course.turns.iter().for_each(|turn| strike(&mut self.turns, &turn.counter, &turn.stamp));
    }

    fn strike_given(&mut self, id: TicketId, course: &Course) {
        course.given.iter().for_each(|given| strike(&mut self.given, &given.service, &(given.at, id)));
    }

    fn strike_entered(&mut self, id: TicketId, course: &Course) {
        course.entered.iter().for_each(|entered| strike(&mut self.entered, &entered.service, &(entered.at, id)));
    }
}

/// Takes one entry out, and the page with its last one.
fn strike<K: Ord + Clone, L: Ord, V>(pages: &mut BTreeMap<K, BTreeMap<L, V>>, key: &K, line: &L) {
    if let Some(page) = pages.get_mut(key) {
        page.remove(line);
        if page.is_empty() {
            pages.remove(key);
        }
    }
}
