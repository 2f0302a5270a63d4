//! `/a/{display}`: the hall's screens. A machine is given a display by a one-time code typed at `/afficher`; its token reads
//! and does nothing else. It gets whole snapshots, so that a missed one does no harm.

mod enrol;
mod files;
mod line;
mod setup;
mod snapshot;
mod token;
mod words;

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::sse::Event;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use http::{StatusCode, header};
use serde::Deserialize;
use wire::ids::Language;

pub(crate) use self::line::Lines;
use self::setup::Setup;
use self::token::Shown;
pub(crate) use self::token::screen;
use self::words::Word;
use super::page::{Failure, render};
use super::{REFUSED, assets, fonts, stream};
use crate::app::App;
use crate::room::{Access, Rate, Room};

/// The hall's screens.
pub(super) fn room(app: &Arc<App>) -> Room {
    Room::new(app, Rate::a_second(2))
        .get("/afficher", Access::Public, enrol::form)
        .post("/afficher", Access::Public, enrol::enrol)
        .get("/a/travailleur.js", Access::Public, files::worker)
        .get("/a/{display}", Access::Display, page)
        .get("/a/{display}/flux", Access::Display, changes)
        .post("/a/{display}/etat", Access::Display, report)
        .get("/a/{display}/manifeste", Access::Display, files::manifest)
        .get("/a/{display}/son/{clip}", Access::Display, files::sound)
        .get("/a/{display}/media/{file}", Access::Display, files::media)
}

#[derive(Template)]
#[template(path = "display/page.html")]
struct Page<'a> {
    id: &'a str,
    name: &'a str,
    site: &'a str,
    zone: &'a str,
    class: &'static str,
    title: &'static str,
    empty: &'a str,
    version: String,
    lines: usize,
    capital: String,
    counter: String,
    /// JSON: what the script needs to show pictures.
    media: String,
    fonts: String,
    words: Vec<Word>,
}

async fn page(State(app): State<Arc<App>>, shown: Shown) -> Response {
    let plan = shown.site.plan();
    let (catalogue, display) = (&plan.catalogue, &shown.display);
    let setup = Setup::of(catalogue, display, &app.screens.media);
    let board = setup.board(catalogue, display);
    let french = crate::words::display::words(Language::Fr);
    // Over a counter its name stands there when nobody is expected.
    let empty = board.over().and_then(|id| catalogue.counter(id)).map(|counter| counter.name.get(Language::Fr));
    let page = Page {
        id: display.id.as_str(),
        name: display.name.get(Language::Fr),
        site: catalogue.site.name.get(Language::Fr),
        zone: &catalogue.site.time_zone,
        class: setup.class(),
        title: french.title,
        empty: empty.unwrap_or(french.empty),
        version: setup.version(),
        lines: setup.sizes.lines,
        capital: format!("{:.3}", setup.sizes.capital_vmax),
        counter: format!("{:.3}", setup.sizes.counter),
        media: serde_json::to_string(&setup.media).unwrap_or_default(),
        fonts: fonts::urls().join(" "),
        words: words::of_page(catalogue),
    };
    let cookie = shown.cookie(app.is_secure());
    // Renewed with each start: browsers keep no cookie for ever.
    ([(header::SET_COOKIE, cookie)], render(StatusCode::OK, &page)).into_response()
}

/// How a screen asks for its stream.
#[derive(Deserialize)]
struct Asked {
    /// It was replaced, and waits until no other stream is open.
    #[serde(default)]
    attend: bool,
}

/// Snapshots, as long as the machine may read them and no newer stream has its place.
async fn changes(State(app): State<Arc<App>>, shown: Shown, Query(Asked { attend }): Query<Asked>) -> Response {
    let (site, screen) = (Arc::clone(&shown.site), shown.screen.token);
    if attend && app.screens.lines.is_open(screen) {
        return REFUSED.into_response();
    }
    let line = app.screens.lines.take(screen);
    let replaced = line.replaced.clone().cancelled_owned();
    let told = Arc::new(snapshot::Teller::new(app, shown));
    let told = stream::checked(&site, move || {
        let told = Arc::clone(&told);
        async move { told.next().await }
    });
    // The page must not come back at once: it would take the place back from the one that has just got it.
    let last = futures_util::stream::once(async move {
        line.replaced.is_cancelled().then(|| Event::default().event("remplace").data("1"))
    });
    let told = told.take_until(replaced).chain(last.filter_map(std::future::ready));
    stream::answer(&site, told)
}

/// What a screen says of itself.
#[derive(Deserialize)]
struct Report {
    /// Absent where another page has the screen's place: that one is heard, or is not.
    son: Option<Heard>,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Heard {
    Ouvert,
    Coupe,
}

async fn report(
    State(app): State<Arc<App>>,
    shown: Shown,
    axum::Form(report): axum::Form<Report>,
) -> Result<StatusCode, Failure> {
    let Some(son) = report.son else { return Ok(StatusCode::NO_CONTENT) };
    let (sounds, now) = (son == Heard::Ouvert, app.clock.now());
    if shown.screen.sounds != Some(sounds) {
        tracing::info!(display = %shown.display.id, sounds, "a screen tells whether it is heard");
    }
    app.store.screen_seen(shown.screen.token, sounds, now).await?;
    app.screens.muted.told(&shown.screen, sounds, now);
    Ok(StatusCode::NO_CONTENT)
}

/// The script and the style a page is made of, for its version.
fn parts() -> [String; 2] {
    [assets::url("display.js"), assets::url("css/display.css")]
}
