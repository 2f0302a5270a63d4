//! What there is at the site: services, counters, displays, and how long people wait.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use queue_engine::{CounterState, Seat, estimate};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use wire::catalogue::Localised;
use wire::ids::Language;

use super::key::Caller;
use super::tickets::{Ticket, TicketState};
use crate::app::App;
use crate::desk;

/// Everything of a kind that there is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct List<T> {
    /// All of it.
    pub(super) data: Vec<T>,
}

/// A reception site.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Site {
    /// Identity.
    id: Uuid,
    /// Its name, in French.
    name: String,
    /// Where its clock stands (IANA).
    #[schema(example = "Europe/Paris")]
    time_zone: String,
    /// Where people read about their tickets.
    public_url: String,
    /// The service day, which begins at four in the morning.
    #[schema(example = "2026-11-21")]
    day: String,
    /// From when on no ticket is given, where reception closes early today.
    closes_at: Option<Timestamp>,
    /// Whether nobody gets a ticket any more today.
    ended: bool,
}

/// What people come for.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Service {
    /// Identity.
    id: String,
    /// Its names, by language; French is always there.
    names: BTreeMap<String, String>,
    /// How its tickets begin.
    #[schema(example = "A")]
    letter: String,
    /// How many tickets it gives a day at most.
    quota: Option<u32>,
    /// How many it has given today.
    given: u32,
    /// Whether it gives no more today.
    full: bool,
}

/// How long somebody would wait who came now.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Wait {
    /// For which service.
    service: String,
    /// How many wait for it.
    ahead: u32,
    /// The lower edge, in minutes; absent where too little is known.
    low_min: Option<u32>,
    /// The upper edge, in minutes; absent where too little is known.
    high_min: Option<u32>,
    /// When this was worked out.
    as_of: Timestamp,
}

/// How a counter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Openness {
    /// It receives people.
    Open,
    /// It receives nobody for a while.
    Paused,
    /// Nobody sits there.
    Closed,
}

/// A counter.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Counter {
    /// Identity.
    id: String,
    /// Its names, by language; French is always there.
    names: BTreeMap<String, String>,
    /// What it can receive for.
    services: BTreeSet<String>,
    /// How it is.
    state: Openness,
    /// Since when.
    since: Option<Timestamp>,
    /// Whom it has called or receives.
    ticket: Option<Ticket>,
}

/// A display of the hall.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Display {
    /// Identity.
    id: String,
    /// Its names, by language; French is always there.
    names: BTreeMap<String, String>,
}

pub(super) fn names(text: &Localised) -> BTreeMap<String, String> {
    text.iter().map(|(lang, text)| (lang.tag().to_owned(), text.to_owned())).collect()
}

/// The key's site.
#[utoipa::path(get, path = "/api/v1/sites", tag = "hall", security(("key" = ["hall:read"])),
    responses((status = 200, body = List<Site>), (status = "default", response = super::document::Refused)))]
pub(super) async fn sites(State(app): State<Arc<App>>, caller: Caller) -> Json<List<Site>> {
    let (now, plan) = (app.clock.now(), caller.site.plan());
    let (intake, site) = (caller.site.intake(now), &plan.catalogue.site);
    let site = Site {
        id: site.id.0,
        name: site.name.get(Language::Fr).to_owned(),
        time_zone: site.time_zone.clone(),
        public_url: site.public_url.clone(),
        day: caller.site.look(|hall| hall.day().to_string()),
        closes_at: intake.closes_at,
        ended: intake.has_ended(now),
    };
    Json(List { data: vec![site] })
}

/// What people come for, and whether it still gives tickets today.
#[utoipa::path(get, path = "/api/v1/services", tag = "hall", security(("key" = ["hall:read"])),
    responses((status = 200, body = List<Service>), (status = "default", response = super::document::Refused)))]
pub(super) async fn services(State(app): State<Arc<App>>, caller: Caller) -> Json<List<Service>> {
    let now = app.clock.now();
    let (plan, intake) = (caller.site.plan(), caller.site.intake(now));
    let ended = intake.has_ended(now);
    let services = plan.catalogue.services.iter().zip(&intake.services).map(|(service, places)| Service {
        id: service.id.as_str().to_owned(),
        names: names(&service.name),
        letter: char::from(service.letter).to_string(),
        quota: places.quota,
        given: places.taken,
        full: ended || intake.is_full(&service.id),
    });
    Json(List { data: services.collect() })
}

/// How long somebody would wait who came now, by service.
#[utoipa::path(get, path = "/api/v1/waits", tag = "hall", security(("key" = ["hall:read"])),
    responses((status = 200, body = List<Wait>), (status = "default", response = super::document::Refused)))]
pub(super) async fn waits(State(app): State<Arc<App>>, caller: Caller) -> Json<List<Wait>> {
    let (now, plan) = (app.clock.now(), caller.site.plan());
    let data = caller.site.look(|hall| {
        let seats: Vec<Seat> = plan.catalogue.counters.iter().map(|counter| desk::seat(hall, counter)).collect();
        let wait = |service: &wire::catalogue::Service| {
            let known = estimate(hall, &plan.policy, &seats, &service.id, now, now).ok();
            Wait {
                service: service.id.as_str().to_owned(),
                ahead: hall.ahead(&service.id),
                low_min: known.map(|wait| wait.low_min),
                high_min: known.map(|wait| wait.high_min),
                as_of: now,
            }
        };
        plan.catalogue.services.iter().map(wait).collect()
    });
    Json(List { data })
}

/// Counters, how they are, and whom they have.
#[utoipa::path(get, path = "/api/v1/counters", tag = "hall", security(("key" = ["hall:read"])),
    responses((status = 200, body = List<Counter>), (status = "default", response = super::document::Refused)))]
pub(super) async fn counters(caller: Caller) -> Json<List<Counter>> {
    let plan = caller.site.plan();
    let data = caller.site.look(|hall| {
        let counter = |counter: &wire::catalogue::Counter| {
            let known = hall.counter(&counter.id);
            let held = hall.at_counter(&counter.id).and_then(|ticket| Ticket::of(hall, ticket));
            Counter {
                id: counter.id.as_str().to_owned(),
                names: names(&counter.name),
                services: counter.services.iter().map(|service| service.as_str().to_owned()).collect(),
                state: match known {
                    Some((_, CounterState::Open { .. })) => Openness::Open,
                    Some((_, CounterState::Paused { .. })) => Openness::Paused,
                    Some((_, CounterState::Closed)) | None => Openness::Closed,
                },
                since: known.map(|(at, _)| at),
                ticket: held.filter(|held| matches!(held.state, TicketState::Called | TicketState::Serving)),
            }
        };
        plan.catalogue.counters.iter().map(counter).collect()
    });
    Json(List { data })
}

/// Displays of the hall.
#[utoipa::path(get, path = "/api/v1/displays", tag = "hall", security(("key" = ["hall:read"])),
    responses((status = 200, body = List<Display>), (status = "default", response = super::document::Refused)))]
pub(super) async fn displays(caller: Caller) -> Json<List<Display>> {
    let plan = caller.site.plan();
    let displays = plan.catalogue.displays.iter();
    let display = |display: &wire::catalogue::Display| Display {
        id: display.id.as_str().to_owned(),
        names: names(&display.name),
    };
    Json(List { data: displays.map(display).collect() })
}
