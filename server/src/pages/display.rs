//! `/a/{display}`: the hall's screen. It gets whole snapshots, so that a missed one does no harm.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::response::sse::Event;
use http::StatusCode;
use serde::Serialize;
use wire::catalogue::Display;
use wire::ids::{CounterId, Language};

use super::intake::hall_notice;
use super::page::{not_found, render};
use super::stream;
use crate::app::App;

/// As many lines as fit in capitals of 61 mm on a 43-inch panel.
const LINES: usize = 4;

#[derive(Template)]
#[template(path = "display.html")]
struct Page<'a> {
    id: &'a str,
    name: &'a str,
    site: &'a str,
    zone: &'a str,
    calls: Vec<Shown>,
    notice: Option<String>,
}

/// What a display knows: numbers and counters, nothing about people; and whether tickets are given.
#[derive(Serialize)]
struct Snapshot {
    calls: Vec<Shown>,
    notice: Option<String>,
}

#[derive(Serialize)]
struct Shown {
    /// The same number rung again has another key.
    key: String,
    label: String,
    counter: String,
    /// How long ago, so that a screen that was off does not announce what is over.
    age_s: i64,
}

fn calls(app: &App) -> Vec<Shown> {
    let now = app.clock.now();
    let last = app.live.read(now, |hall| hall.last_calls(LINES));
    let counter = |id: &CounterId| {
        let known = app.catalogue.counter(id);
        known.map_or_else(|| format!("Guichet {id}"), |counter| counter.name.get(Language::Fr).to_owned())
    };
    let shown = last.into_iter().map(|call| Shown {
        key: format!("{}/{}/{}", call.label, call.episode, call.rings),
        label: call.label.display(),
        counter: counter(&call.counter),
        age_s: now.duration_since(call.at).as_secs(),
    });
    shown.collect()
}

fn find<'a>(app: &'a App, id: &str) -> Option<&'a Display> {
    app.catalogue.displays.iter().find(|display| display.id.as_str() == id)
}

pub(super) async fn page(State(app): State<Arc<App>>, Path(id): Path<String>) -> Response {
    let Some(display) = find(&app, &id) else {
        return not_found().await;
    };
    let page = Page {
        id: display.id.as_str(),
        name: display.name.get(Language::Fr),
        site: app.catalogue.site.name.get(Language::Fr),
        zone: &app.catalogue.site.time_zone,
        calls: calls(&app),
        notice: hall_notice(&app, app.clock.now()),
    };
    render(StatusCode::OK, &page)
}

pub(super) async fn stream(State(app): State<Arc<App>>, Path(id): Path<String>) -> Response {
    if find(&app, &id).is_none() {
        return not_found().await;
    }
    let watcher = Arc::clone(&app);
    stream::stream(&app, move || {
        let snapshot = Snapshot { calls: calls(&watcher), notice: hall_notice(&watcher, watcher.clock.now()) };
        std::future::ready(Event::default().event("appels").json_data(snapshot).ok())
    })
}
