//! What a screen is told: numbers, counters and sentences, nothing about people.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::response::sse::Event;
use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use queue_engine::{Hall, LastCall, Seat, estimate};
use serde::Serialize;
use tokio::sync::Mutex;
use wire::catalogue::{Catalogue, Layout, Localised};
use wire::ids::{CounterId, Language};
use wire::opening::Opening;
use wire::service_day::ServiceDay;

use super::setup::Setup;
use super::token::Shown;
use super::words::{Told, told};
use crate::announce::Board;
use crate::app::App;
use crate::desk;
use crate::pages::stream::Next;
use crate::site::{Plan, Site};
use crate::speech::Phrase;
use crate::words::closing;
use crate::words::display::Range;

/// For how long after the hours a hall that still has people stays lit.
const LINGERS: SignedDuration = SignedDuration::from_hours(2);
/// For how long after the hours a screen says that it is closed, and before them.
const SAYS_CLOSED: SignedDuration = SignedDuration::from_mins(30);
const SAYS_OPENING: SignedDuration = SignedDuration::from_hours(1);
/// As many services as are named in a sentence.
const NAMED_MAX: usize = 3;

/// What a screen knows.
#[derive(Serialize)]
struct Snapshot {
    /// Of the page: another one is loaded anew.
    version: String,
    calls: Vec<Call>,
    rings: Vec<Call>,
    undone: Vec<Undone>,
    /// Whether tickets are given, in every language; nothing where they are given as usual.
    notice: Vec<Told>,
    /// Sentences about waits, each in every language.
    waits: Vec<Vec<Told>>,
    /// What is said while nobody is received.
    closed: Option<Vec<Told>>,
    /// Whether not even that is.
    black: bool,
    /// From when on a screen that hears nothing any more is black.
    dark_at: Option<i64>,
    /// From when on the numbers are of yesterday.
    day_ends: i64,
}

/// A snapshot as it is sent.
#[derive(Serialize)]
struct Sent<'a> {
    /// Now, in milliseconds: the machine's own clock may be wrong.
    as_of: i64,
    #[serde(flatten)]
    snapshot: &'a Snapshot,
}

#[derive(Serialize)]
struct Call {
    /// The ring's number.
    n: String,
    label: String,
    counter: String,
    /// The hall, where the screen shows several.
    #[serde(skip_serializing_if = "Option::is_none")]
    zone: Option<String>,
    /// When it rang, in milliseconds.
    at: i64,
    /// Where its sounds are, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    clips: Vec<String>,
}

#[derive(Serialize)]
struct Undone {
    label: String,
    at: i64,
}

/// Tells one machine what has changed.
pub(super) struct Teller {
    app: Arc<App>,
    shown: Shown,
    last: Mutex<String>,
}

impl Teller {
    pub(super) fn new(app: Arc<App>, shown: Shown) -> Self {
        Self { app, shown, last: Mutex::default() }
    }

    /// The next snapshot, where it differs from the last one. Its rights are looked at each time.
    pub(super) async fn next(&self) -> Next {
        let Shown { screen, site, .. } = &self.shown;
        if !matches!(self.app.store.screen(screen.token).await, Ok(Some(_))) {
            return Next::End;
        }
        let plan = site.plan();
        // A display that is published no more has nothing to show.
        let Some(display) = plan.catalogue.display(&screen.display) else {
            return Next::End;
        };
        let setup = Setup::of(&plan.catalogue, display, &self.app.screens.media);
        let board = setup.board(&plan.catalogue, display);
        let now = self.app.clock.now();
        let snapshot = snapshot(site, &plan, board, &setup, now);
        let Ok(text) = serde_json::to_string(&snapshot) else {
            return Next::End;
        };
        let mut last = self.last.lock().await;
        if *last == text {
            return Next::Same;
        }
        *last = text;
        let sent = Sent { as_of: now.as_millisecond(), snapshot: &snapshot };
        Event::default().event("appels").json_data(sent).map_or(Next::End, Next::Tell)
    }
}

fn snapshot(site: &Site, plan: &Plan, board: Board<'_>, setup: &Setup, now: Timestamp) -> Snapshot {
    let Board { catalogue, display } = board;
    let (announced, waits, in_use) = site.live.read(now, |hall| {
        let in_use = hall.waiting().next().is_some() || hall.held().next().is_some();
        (board.announced(hall, setup.sizes.lines, now), ranges(plan, board, hall, now), in_use)
    });
    let call = |call: &LastCall, clips| Call {
        n: format!("{}.{}", call.entry.0.0.simple(), call.entry.1),
        label: call.label.display(),
        counter: counter_name(catalogue, &call.counter).get(Language::Fr).to_owned(),
        zone: zone_name(board, &call.counter),
        at: call.at.as_millisecond(),
        clips,
    };
    let rings = announced.rings.iter().map(|ring| {
        let phrases = phrases(catalogue, ring);
        let clips = phrases.iter().map(|phrase| format!("/a/{}/son/{}.wav", display.id, phrase.clip()));
        call(ring, clips.collect())
    });
    let undone = announced.undone.iter();
    let light = Light::of(catalogue, site, in_use, now);
    Snapshot {
        version: setup.version(),
        calls: announced.calls.iter().map(|shown| call(shown, Vec::new())).collect(),
        rings: rings.collect(),
        undone: undone.map(|gone| Undone { label: gone.label.display(), at: gone.at.as_millisecond() }).collect(),
        notice: notice(site, catalogue, now),
        waits: waits_told(catalogue, &waits),
        closed: light.closed,
        black: light.black,
        dark_at: light.dark_at,
        day_ends: day_ends(site, now),
    }
}

/// When the numbers of today are over.
fn day_ends(site: &Site, now: Timestamp) -> i64 {
    ServiceDay(site.day_after(now)).begin(&site.zone).as_millisecond()
}

/// What a call says, in its sounds' order.
pub(super) fn phrases(catalogue: &Catalogue, call: &LastCall) -> Vec<Phrase> {
    Phrase::of_call(call.label, &counter_name(catalogue, &call.counter), call.lang)
}

fn counter_name(catalogue: &Catalogue, id: &CounterId) -> Localised {
    let known = catalogue.counter(id).map(|counter| counter.name.clone());
    known.unwrap_or_else(|| Localised::french(&format!("Guichet {id}")))
}

/// The hall, on screens that send people to several.
fn zone_name(board: Board<'_>, counter: &CounterId) -> Option<String> {
    let several = board.display.layout == Layout::Directions || !board.display.zones.is_empty();
    let zone = board.catalogue.counter(counter)?.zone.as_ref().filter(|_| several)?;
    // In its own hall a call needs no direction.
    let elsewhere = board.display.layout == Layout::Directions || !board.display.zones.contains(zone);
    let zone = board.catalogue.zone(zone).filter(|_| elsewhere)?;
    Some(zone.name.get(Language::Fr).to_owned())
}

/// How long people wait for what is received before this screen, by service; sensitive services are not among them where
/// they would have to be named.
fn ranges(plan: &Plan, board: Board<'_>, hall: &Hall, now: Timestamp) -> Vec<(Option<Localised>, Range)> {
    let Board { catalogue, display } = board;
    if board.over().is_some() {
        return Vec::new();
    }
    let seats: Vec<Seat> = catalogue.counters.iter().map(|counter| desk::seat(hall, counter)).collect();
    let here = catalogue.counters.iter().filter(|counter| catalogue.shows(display, counter));
    let here: BTreeSet<_> = here.flat_map(|counter| &counter.services).collect();
    let known: Vec<_> = catalogue
        .services
        .iter()
        .filter(|service| here.contains(&service.id))
        .filter_map(|service| {
            let told = estimate(hall, &plan.policy, &seats, &service.id, now, now).ok()?;
            Some((service, Range { low_min: told.low_min, high_min: told.high_min }))
        })
        .collect();
    let different: BTreeSet<Range> = known.iter().map(|(_, range)| *range).collect();
    match different.first().filter(|_| different.len() == 1) {
        Some(same) => vec![(None, *same)],
        None => {
            let named = known.into_iter().filter(|(service, _)| !service.sensitive);
            named.map(|(service, range)| (Some(service.name.clone()), range)).collect()
        }
    }
}

fn waits_told(catalogue: &Catalogue, ranges: &[(Option<Localised>, Range)]) -> Vec<Vec<Told>> {
    let sentence = |(service, range): &(Option<Localised>, Range)| {
        told(catalogue, |words, lang| words.wait(*range, service.as_ref().map(|name| name.get(lang))))
    };
    ranges.iter().map(sentence).collect()
}

/// What the hall reads of tickets; nothing while they are given as usual. A service that is sensitive is not named.
fn notice(site: &Site, catalogue: &Catalogue, now: Timestamp) -> Vec<Told> {
    if let Some(closed) = site.closed_today(now) {
        return told(catalogue, |_, lang| closing::text(closed.message, lang).to_owned());
    }
    let intake = site.intake(now);
    if intake.has_ended(now) {
        return told(catalogue, |words, _| words.ended());
    }
    let full = intake.services.iter().filter(|places| intake.is_full(&places.service));
    let full: Vec<_> = full.filter_map(|places| catalogue.service(&places.service)).collect();
    let closes = intake.closes_at.map(|at| site.local(at));
    if full.is_empty() && closes.is_none() {
        return Vec::new();
    }
    told(catalogue, |words, lang| {
        let nameless = full.len() > NAMED_MAX || full.iter().any(|service| service.sensitive);
        let named = full.iter().filter(|_| !nameless);
        let names: Vec<&str> =
            named.map(|service| service.short_name.as_ref().unwrap_or(&service.name).get(lang)).collect();
        let stops = closes.map(|at| words.stops(lang, at));
        let full = (!full.is_empty()).then(|| words.full(&names));
        stops.into_iter().chain(full).collect::<Vec<_>>().join(" ")
    })
}

/// Whether the screen is lit.
#[derive(Default)]
struct Light {
    closed: Option<Vec<Told>>,
    black: bool,
    dark_at: Option<i64>,
}

impl Light {
    fn of(catalogue: &Catalogue, site: &Site, in_use: bool, now: Timestamp) -> Self {
        let Some(hours) = catalogue.hours() else {
            return Self::default();
        };
        let local = site.local(now);
        let instant = |at: DateTime| at.to_zoned(site.zone.clone()).ok().map(|at| at.timestamp());
        let open_before = |by| matches!(hours.at(site.local(now - by)), Opening::Open { .. });
        match hours.at(local) {
            Opening::Open { .. } => {
                let end = hours.on(local.date()).last().map(|stretch| local.date().to_datetime(stretch.to));
                let dark_at = end.and_then(instant).map(|at| (at + SAYS_CLOSED).as_millisecond());
                Self { dark_at, ..Self::default() }
            }
            Opening::Closed { .. } if in_use && open_before(LINGERS) => {
                Self { dark_at: Some(day_ends(site, now)), ..Self::default() }
            }
            Opening::Closed { next } => {
                let opens_soon = next.and_then(instant).is_some_and(|at| at.duration_since(now) <= SAYS_OPENING);
                Self {
                    closed: Some(told(catalogue, |words, lang| words.closed(lang, local, next))),
                    black: !opens_soon && !open_before(SAYS_CLOSED),
                    dark_at: None,
                }
            }
        }
    }
}
