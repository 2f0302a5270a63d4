//! What the page of the hall shows.

use std::collections::BTreeMap;

use askama::Template;
use jiff::{SignedDuration, Timestamp};
use queue_engine::{AtCounter, CounterFigures, CounterState, Floor, Hall, Seat, Shortage, Ticket, shortages};
use uuid::Uuid;
use wire::ids::{CounterId, OriginId, ServiceId};

use super::ages::Ages;
use super::tickets::{Stop, closed, stops};
use crate::desk;
use crate::pages::bar::Bar;
use crate::pages::console::words;
use crate::pages::drawn::At;
use crate::pages::french::{count, counter, label, service, service_of, span};
use crate::pages::session::Person;
use crate::presence::lost_for;
use crate::roles::Permission;
use crate::site::{Plan, Site};
use crate::store::StoreError;

/// The page.
#[derive(Template)]
#[template(path = "floor/page.html")]
pub(super) struct Page {
    bar: Bar,
    state: State,
}

/// What changes of it.
#[derive(Template)]
#[template(path = "floor/state.html")]
pub(super) struct State {
    at: At,
    message: Option<String>,
    helps: Vec<Help>,
    /// Counters whose page is gone while they have somebody.
    lost: Vec<Lost>,
    short: Vec<String>,
    closed: Option<String>,
    stops: Vec<Stop>,
    day_end: bool,
    waiting: String,
    longest: String,
    open: String,
    free: String,
    counters: Vec<Row>,
    services: Vec<Service>,
    parked: Vec<Parked>,
    /// The supervisor's own counter, where they sit at one.
    own: Option<String>,
}

struct Help {
    id: Uuid,
    help: String,
    borne: String,
    since: String,
}

struct Lost {
    counter: String,
    id: String,
    label: String,
    agent: Option<String>,
    silent: String,
}

/// A counter.
struct Row {
    id: String,
    name: String,
    agent: Option<String>,
    /// A class of the style sheet: what the mark before the words looks like.
    mark: &'static str,
    state: String,
    /// « A 42 »
    label: Option<String>,
    service: Option<String>,
    since: Option<String>,
    parked: usize,
    /// Whether there is something to free.
    busy: bool,
}

struct Service {
    name: String,
    waiting: usize,
    oldest: Option<String>,
    over: usize,
    ceiling: String,
    ages: Ages,
    said: String,
}

struct Parked {
    id: Uuid,
    back: Uuid,
    ticket: String,
    episode: u32,
    label: String,
    service: String,
    counter: String,
    reason: String,
    since: String,
    late: bool,
}

/// What is read of the store for it.
struct Names {
    seats: BTreeMap<CounterId, String>,
    heard: BTreeMap<CounterId, Timestamp>,
    bornes: BTreeMap<OriginId, String>,
}

impl Names {
    async fn read(site: &Site, now: Timestamp) -> Result<Self, StoreError> {
        let helped = site.look(|hall| hall.help().iter().any(|call| call.is_open()));
        let bornes = if helped { site.store.bornes(site.id).await? } else { Vec::new() };
        Ok(Self {
            seats: site.store.seats(site.id, now).await?.into_iter().collect(),
            heard: site.heard().await?,
            bornes: bornes.into_iter().map(|borne| (borne.id, borne.name)).collect(),
        })
    }
}

impl Page {
    pub(super) async fn draw(person: &Person, message: Option<String>) -> Result<Self, StoreError> {
        Ok(Self { bar: Bar::of(person, "/salle"), state: State::draw(person, message).await? })
    }
}

impl State {
    pub(super) async fn draw(person: &Person, message: Option<String>) -> Result<Self, StoreError> {
        let site = &*person.site;
        let (now, plan) = (site.clock.now(), site.plan());
        let names = Names::read(site, now).await?;
        let scene = Scene { plan: &plan, names: &names, now, at: &At::of(person) };
        let mut state = site.live.read(now, |hall| scene.draw(hall));
        state.message = message;
        state.stops = stops(site, now);
        state.closed = closed(site, now);
        state.day_end = person.may(Permission::DayEnd);
        state.own = person.counter.as_ref().map(|id| counter(&plan, id));
        Ok(state)
    }
}

#[derive(Clone, Copy)]
struct Scene<'a> {
    plan: &'a Plan,
    names: &'a Names,
    now: Timestamp,
    at: &'a At,
}

impl Scene<'_> {
    fn draw(self, hall: &Hall) -> State {
        let Self { plan, now, .. } = self;
        let counters: Vec<CounterId> = plan.catalogue.counters.iter().map(|counter| counter.id.clone()).collect();
        let services: Vec<ServiceId> = plan.catalogue.services.iter().map(|service| service.id.clone()).collect();
        let seats: Vec<Seat> = plan.catalogue.counters.iter().map(|counter| desk::seat(hall, counter)).collect();
        let floor = Floor::of(hall, &plan.policy, &counters, &services, now);
        let here = |figures: &CounterFigures| self.is_open(figures);
        let open = floor.counters.iter().filter(|figures| here(figures)).count();
        let free = floor.counters.iter().filter(|figures| here(figures) && !figures.is_busy()).count();
        let waiting: usize = floor.services.iter().map(|service| service.waiting).sum();
        let longest = floor.services.iter().filter_map(|service| service.oldest).max();
        State {
            at: self.at.clone(),
            message: None,
            helps: self.helps(hall),
            lost: floor.counters.iter().filter_map(|figures| self.lost(figures)).collect(),
            short: shortages(hall, &plan.policy, &seats, &services, now)
                .iter()
                .map(|s| self.short(s, &floor))
                .collect(),
            closed: None,
            stops: Vec::new(),
            day_end: false,
            waiting: waiting.to_string(),
            longest: longest.map_or_else(
                || "–".to_owned(),
                |wait| if wait.as_mins() < 1 { "<\u{a0}1\u{a0}min".to_owned() } else { span(wait) },
            ),
            open: format!("{open} sur {}", counters.len()),
            free: free.to_string(),
            counters: floor.counters.iter().map(|figures| self.row(figures)).collect(),
            services: floor.services.iter().map(|figures| self.service(figures)).collect(),
            parked: hall.parked().into_iter().filter_map(|ticket| self.parked(ticket)).collect(),
            own: None,
        }
    }

    /// Whether somebody sits there and receives: as the counter said, or else as whoever holds it.
    fn is_open(&self, figures: &CounterFigures) -> bool {
        figures.is_open() || (figures.state.is_none() && self.names.seats.contains_key(&figures.counter))
    }

    fn helps(self, hall: &Hall) -> Vec<Help> {
        let open = hall.help().into_iter().filter(|call| call.is_open());
        let help = |call: &queue_engine::HelpCall| Help {
            id: Uuid::new_v4(),
            help: call.id.to_string(),
            borne: call
                .origin()
                .and_then(|id| self.names.bornes.get(&id).cloned())
                .unwrap_or_else(|| "Une borne".to_owned()),
            since: call.since().map_or_else(String::new, |since| self.ago(since)),
        };
        open.map(help).collect()
    }

    fn ago(&self, since: Timestamp) -> String {
        span(self.now.duration_since(since))
    }

    fn lost(&self, figures: &CounterFigures) -> Option<Lost> {
        let has = figures.has.as_ref()?;
        let silent = lost_for(has, self.names.heard.get(&figures.counter).copied(), self.now)?;
        Some(Lost {
            counter: counter(self.plan, &figures.counter),
            id: figures.counter.to_string(),
            label: named(has),
            agent: self.names.seats.get(&figures.counter).cloned(),
            silent: span(silent),
        })
    }

    fn short(&self, short: &Shortage, floor: &Floor) -> String {
        let Shortage { service: id, oldest, foretold, ceiling, counters } = short;
        let name = service(self.plan, id);
        let ceiling_text = span(*ceiling);
        let over = |wait: &&SignedDuration| **wait > *ceiling;
        let why = match (foretold.as_ref().filter(over), oldest.as_ref().filter(over)) {
            (Some(wait), _) => format!("une personne qui arrive attendrait environ {}", span(*wait)),
            (None, Some(wait)) => format!("une personne attend depuis {}", span(*wait)),
            (None, None) => "l’attente dépasse le plafond".to_owned(),
        };
        // Whoever sits at a counter that has said nothing receives there all the same.
        let is_open = |id: &&CounterId| floor.counters.iter().any(|one| one.counter == **id && self.is_open(one));
        let closed: Vec<&CounterId> = counters.iter().filter(|id| !is_open(id)).collect();
        let open = match closed.as_slice() {
            [] => "tous les guichets de cette démarche sont ouverts".to_owned(),
            [one] => format!("ouvrez {}", counter(self.plan, one)),
            several => {
                let names: Vec<String> = several.iter().map(|id| counter(self.plan, id)).collect();
                format!("ouvrez un guichet ({})", names.join(", "))
            }
        };
        format!("{name}\u{a0}: {why} (plafond {ceiling_text})\u{a0}; {open}.")
    }

    fn row(&self, figures: &CounterFigures) -> Row {
        let CounterFigures { counter: id, state, since, has, parked } = figures;
        let since = has.as_ref().map_or(*since, |has| has.since);
        let (mark, words) = match (has, state) {
            (Some(has), _) if has.state == queue_engine::State::Serving => ("serving", "Reçoit".to_owned()),
            (Some(_), _) => ("called", "Appelle".to_owned()),
            (None, Some(CounterState::Open { .. })) => ("free", "Libre".to_owned()),
            (None, Some(CounterState::Paused { reason })) => {
                ("paused", format!("En pause ({})", words::paused(*reason).to_lowercase()))
            }
            (None, Some(CounterState::Closed)) => ("closed", "Fermé".to_owned()),
            (None, None) if self.is_open(figures) => ("free", "Libre".to_owned()),
            (None, None) => ("closed", "Fermé".to_owned()),
        };
        Row {
            id: id.to_string(),
            name: counter(self.plan, id),
            agent: self.names.seats.get(id).cloned(),
            mark,
            state: words,
            label: has.as_ref().map(named),
            service: has.as_ref().and_then(|has| has.service.as_ref()).map(|id| service(self.plan, id)),
            since: since.map(|since| self.ago(since)),
            parked: *parked,
            busy: has.is_some() || mark == "free" || mark == "paused",
        }
    }

    fn service(&self, figures: &queue_engine::ServiceFigures) -> Service {
        let name = service(self.plan, &figures.service);
        let people = count(figures.waiting, "personne attend", "personnes attendent");
        let said = match figures.oldest {
            None => "Personne n’attend.".to_owned(),
            Some(oldest) => format!("{people}, la plus longue attente est de {}.", span(oldest)),
        };
        Service {
            name,
            waiting: figures.waiting,
            oldest: figures.oldest.map(span),
            over: figures.over,
            ceiling: span(figures.ceiling),
            ages: Ages::of(figures),
            said,
        }
    }

    fn parked(&self, ticket: &Ticket) -> Option<Parked> {
        let parking = ticket.parking()?;
        Some(Parked {
            id: Uuid::new_v4(),
            back: Uuid::new_v4(),
            ticket: ticket.id.to_string(),
            episode: ticket.episode(),
            label: label(ticket),
            service: service_of(self.plan, ticket),
            counter: counter(self.plan, &parking.counter),
            reason: words::parked(parking.reason).to_lowercase(),
            since: self.ago(parking.since),
            late: parking.remind_at.is_some_and(|at| at <= self.now),
        })
    }
}

fn named(has: &AtCounter) -> String {
    has.label.map_or_else(|| "?".to_owned(), |label| label.display())
}
