//! Figures for Prometheus, on a listener of their own that only those see who watch over the server: what it is asked and
//! how long it takes, and how each borne is. Nothing of visitors.

mod text;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{StatusCode, header};
use jiff::Timestamp;
use wire::event::Condition;
use wire::report::{PaperLevel, Report, UpdateOutcome};

use self::text::{Kind, Page};
use crate::app::App;
use crate::fleet::judge::faults;
use crate::fleet::words;
use crate::refusal::chain;
use crate::site::Site;
use crate::store::StoreError;

/// The upper edges of durations, in seconds.
const EDGES: [f64; 8] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];

/// What is counted since the start.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    /// By the first part of a route.
    rooms: Mutex<BTreeMap<String, Room>>,
    events: AtomicU64,
    streams: AtomicI64,
    looks: AtomicU64,
    failed_looks: AtomicU64,
}

/// The requests of some routes.
#[derive(Debug, Default)]
struct Room {
    /// By the first digit of their status.
    classes: [u64; 6],
    /// How many took no longer than each edge, all of them, and the seconds they took together.
    up_to: [u64; EDGES.len()],
    count: u64,
    seconds: f64,
}

/// A stream that is open for as long as this lives.
pub(crate) struct Stream(Arc<Figures>);

impl Drop for Stream {
    fn drop(&mut self) {
        self.0.streams.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Figures {
    /// A request was answered. Of a route only the first part is told, of nothing that is no route anything.
    pub(crate) fn answered(&self, route: Option<&str>, status: StatusCode, took: Duration) {
        let name = route.map_or("-", |route| route.split('/').nth(1).unwrap_or_default());
        let seconds = took.as_secs_f64();
        let mut rooms = self.rooms();
        // Without a copy of the name: this is on the way of each heartbeat.
        if !rooms.contains_key(name) {
            rooms.insert(name.to_owned(), Room::default());
        }
        let Some(room) = rooms.get_mut(name) else { return };
        if let Some(class) = room.classes.get_mut(usize::from(status.as_u16() / 100)) {
            *class += 1;
        }
        room.count += 1;
        room.seconds += seconds;
        let under = EDGES.iter().zip(&mut room.up_to).filter(|(edge, _)| seconds <= **edge);
        under.for_each(|(_, count)| *count += 1);
    }

    fn rooms(&self) -> MutexGuard<'_, BTreeMap<String, Room>> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Events of bornes were kept.
    pub(crate) fn ingested(&self, events: usize) {
        self.events.fetch_add(u64::try_from(events).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// A job of the house was looked at.
    pub(crate) fn looked(&self, well: bool) {
        self.looks.fetch_add(1, Ordering::Relaxed);
        self.failed_looks.fetch_add(u64::from(!well), Ordering::Relaxed);
    }

    /// A live page was opened.
    pub(crate) fn stream(self: &Arc<Self>) -> Stream {
        self.streams.fetch_add(1, Ordering::Relaxed);
        Stream(Arc::clone(self))
    }

    fn write(&self, page: &mut Page) {
        page.family(
            "accueil_requests_total",
            Kind::Counter,
            "Requests by the first part of their route and status class.",
        );
        let rooms = self.rooms();
        for (room, of_room) in rooms.iter() {
            for (class, count) in of_room.classes.iter().enumerate().filter(|(_, count)| **count > 0) {
                page.value(&[("room", room), ("status", &format!("{class}xx"))], *count as f64);
            }
        }
        page.family("accueil_request_seconds", Kind::Histogram, "How long requests took.");
        for (room, of_room) in rooms.iter() {
            for (edge, count) in EDGES.iter().zip(of_room.up_to) {
                page.part("_bucket", &[("room", room), ("le", &edge.to_string())], count as f64);
            }
            page.part("_bucket", &[("room", room), ("le", "+Inf")], of_room.count as f64);
            page.part("_sum", &[("room", room)], of_room.seconds);
            page.part("_count", &[("room", room)], of_room.count as f64);
        }
        let read = |figure: &AtomicU64| figure.load(Ordering::Relaxed) as f64;
        page.single("accueil_events_ingested_total", Kind::Counter, "Events of bornes kept.", read(&self.events));
        page.single("accueil_housekeeping_total", Kind::Counter, "Jobs looked at.", read(&self.looks));
        page.single("accueil_housekeeping_failed_total", Kind::Counter, "Jobs that failed.", read(&self.failed_looks));
        let streams = self.streams.load(Ordering::Relaxed) as f64;
        page.single("accueil_streams_open", Kind::Gauge, "Live pages open at this server.", streams);
    }
}

/// What the private listener serves.
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new().route("/metrics", get(metrics)).with_state(app)
}

async fn metrics(State(app): State<Arc<App>>) -> Response {
    let mut page = Page::default();
    let now = app.clock.now();
    app.figures.write(&mut page);
    let up = app.store.ping().await.is_ok();
    page.single(
        "accueil_store_up",
        Kind::Gauge,
        "Whether the store answers, and takes what is written.",
        f64::from(u8::from(up)),
    );
    let started = app.started_at.as_second() as f64;
    page.single("accueil_start_time_seconds", Kind::Gauge, "When the server started.", started);
    let mut bornes = Vec::new();
    for site in app.sites() {
        match of_site(&app, &site, now).await {
            Ok(found) => bornes.extend(found),
            Err(e) => tracing::error!(site = %site.id, error = %chain(&e), "the bornes' figures cannot be read"),
        }
    }
    write_bornes(&mut page, &bornes);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], page.into_text()).into_response()
}

/// A borne's identity, its site's, how long ago it was heard of in seconds, how many faults it has, and what it said.
struct Borne {
    id: String,
    site: String,
    heard: Option<f64>,
    faults: usize,
    report: Option<Report>,
}

async fn of_site(app: &App, site: &Site, now: Timestamp) -> Result<Vec<Borne>, StoreError> {
    let (norm, known) = (app.norm_of(site, now).await?, app.bornes_of(site).await?);
    let here = known.into_iter().filter(|known| known.borne.revoked_at.is_none());
    let borne = |known: crate::fleet::Known| Borne {
        faults: faults(&known, &norm, now).len(),
        id: known.borne.id.to_string(),
        site: site.id.to_string(),
        heard: known.heard_at.map(|at| at.as_millisecond() as f64 / 1_000.0),
        report: known.report.map(|(_, report)| report),
    };
    Ok(here.map(borne).collect())
}

fn write_bornes(page: &mut Page, bornes: &[Borne]) {
    type Read = fn(&Borne) -> Option<f64>;
    let of_report: [(&str, &str, Read); 14] = [
        ("accueil_borne_heard_timestamp_seconds", "When the borne was last heard of.", |b| b.heard),
        ("accueil_borne_faults", "How much is wrong with it.", |b| Some(b.faults as f64)),
        ("accueil_borne_start_time_seconds", "When its program started.", |b| {
            Some(b.report.as_ref()?.started_at.as_second() as f64)
        }),
        ("accueil_borne_catalogue_version", "Which catalogue it serves.", |b| {
            Some(b.report.as_ref()?.catalogue as f64)
        }),
        ("accueil_borne_paper_low", "Whether its roll ends soon or has ended.", |b| {
            paper(b, |level| matches!(level, PaperLevel::Low | PaperLevel::Out))
        }),
        ("accueil_borne_paper_out", "Whether it has no paper.", |b| paper(b, |level| level == PaperLevel::Out)),
        ("accueil_borne_prints_unknown", "Prints since its start of unknown outcome.", |b| {
            Some(b.report.as_ref()?.unknown_prints as f64)
        }),
        ("accueil_borne_events_unsent", "Events that it keeps back.", |b| Some(b.report.as_ref()?.unsent as f64)),
        ("accueil_borne_oldest_unsent_timestamp_seconds", "When the oldest of them happened.", |b| {
            Some(b.report.as_ref()?.oldest_unsent?.as_second() as f64)
        }),
        ("accueil_borne_clock_uncertain", "Whether nobody vouches for its clock.", |b| {
            Some(f64::from(u8::from(b.report.as_ref()?.clock_uncertain)))
        }),
        ("accueil_borne_store_fails", "Whether its store takes nothing, so that it gives no tickets.", |b| {
            Some(f64::from(u8::from(b.report.as_ref()?.store_fails)))
        }),
        ("accueil_borne_update_taken_back", "Whether it took the last update back.", |b| {
            let update = b.report.as_ref()?.update.as_ref()?;
            Some(f64::from(u8::from(update.outcome == UpdateOutcome::TakenBack)))
        }),
        ("accueil_borne_disk_free_bytes", "What may still be written.", |b| Some(b.report.as_ref()?.disk?.free as f64)),
        ("accueil_borne_disk_bytes", "How large its disk is.", |b| Some(b.report.as_ref()?.disk?.total as f64)),
    ];
    for (name, help, read) in of_report {
        page.family(name, Kind::Gauge, help);
        for borne in bornes {
            if let Some(value) = read(borne) {
                page.value(&[("borne", &borne.id), ("site", &borne.site)], value);
            }
        }
    }
    page.family("accueil_borne_device_works", Kind::Gauge, "Whether a device works.");
    for (borne, device) in
        bornes.iter().flat_map(|b| b.report.iter().flat_map(move |r| r.devices.iter().map(move |d| (b, d))))
    {
        let works = matches!(device.condition, Condition::Works | Condition::PaperLow);
        let labels = [("borne", &*borne.id), ("site", &borne.site), ("device", words::device_name(device.kind))];
        page.value(&labels, f64::from(u8::from(works)));
    }
    page.family("accueil_borne_info", Kind::Gauge, "Which version it runs.");
    for (borne, report) in bornes.iter().filter_map(|b| Some((b, b.report.as_ref()?))) {
        page.value(&[("borne", &borne.id), ("site", &borne.site), ("version", &report.version)], 1.0);
    }
}

fn paper(borne: &Borne, is: fn(PaperLevel) -> bool) -> Option<f64> {
    let level = borne.report.as_ref()?.paper;
    (level != PaperLevel::Unknown).then(|| f64::from(u8::from(is(level))))
}
