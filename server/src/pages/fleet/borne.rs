//! One borne: all that it says, what was told of it, and the end of its rights.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use http::StatusCode;
use serde::Deserialize;
use uuid::Uuid;
use wire::ids::OriginId;
use wire::report::Mounting;

use super::Answer;
use super::actions::Asking;
use super::table::{Mark, Row, Told};
use crate::app::App;
use crate::audit::{Action, Diff};
use crate::fleet::judge::faults;
use crate::fleet::{Known, words};
use crate::pages::REFUSED;
use crate::pages::backups::{grouped, moment, size};
use crate::pages::bar::Bar;
use crate::pages::page::{not_found, render};
use crate::pages::session::Person;

/// As many alarms of the site as are looked through, and as many of the borne as are shown.
const LOOKED_THROUGH: u32 = 1_000;
const SHOWN: usize = 30;

#[derive(Template)]
#[template(path = "fleet/borne.html")]
struct Page {
    bar: Bar,
    row: Row,
    /// Why the borne is not retired.
    wrong: Option<String>,
    /// What is wrong, and what to do about it.
    held: Vec<(Mark, &'static str)>,
    /// When its rights ended.
    revoked: Option<String>,
    fingerprint: String,
    enrolled: String,
    report: Option<Facts>,
    devices: Vec<(&'static str, &'static str, bool)>,
    alarms: Vec<Told>,
    /// What may be asked of it, and what was.
    asking: Asking,
}

struct Facts {
    at: String,
    started: String,
    version: String,
    schema: u32,
    catalogue: u64,
    wanted_catalogue: u64,
    disk: Option<String>,
    mounting: Option<Hangs>,
}

/// How a borne's panel hangs.
pub(super) struct Hangs {
    /// The height of its lower edge.
    pub(super) bottom: String,
    /// Where it is touched.
    pub(super) touch: String,
}

impl Hangs {
    pub(super) fn of(mounting: Mounting) -> Self {
        Self {
            bottom: format!("{} du sol", millimetres(mounting.bottom_mm)),
            touch: mounting.touch_mm().map_or_else(
                || "hors de portée de la main".to_owned(),
                |(low, high)| format!("de {} à {} du sol", millimetres(low), millimetres(high)),
            ),
        }
    }
}

/// « 1 220 mm »
fn millimetres(mm: u16) -> String {
    format!("{}\u{a0}mm", grouped(mm.into()))
}

/// What somebody typed to be sure.
#[derive(Deserialize)]
pub(super) struct Sure {
    name: String,
}

pub(super) async fn page(State(app): State<Arc<App>>, person: Person, Path(borne): Path<Uuid>) -> Answer {
    show(&app, StatusCode::OK, &person, OriginId(borne), None).await
}

/// Ends a borne's rights.
pub(super) async fn revoke(
    State(app): State<Arc<App>>,
    person: Person,
    Path(borne): Path<Uuid>,
    Form(Sure { name }): Form<Sure>,
) -> Answer {
    let id = OriginId(borne);
    let Some(borne) = app.store.borne(id).await?.filter(|borne| borne.site == person.site.id) else {
        return Ok(not_found().await);
    };
    if name.trim() != borne.name.trim() {
        let wrong =
            format!("Ce n’est pas son nom. Rien n’a changé. Écrivez «\u{a0}{}\u{a0}» pour la retirer.", borne.name);
        return show(&app, REFUSED, &person, id, Some(wrong)).await;
    }
    let now = app.clock.now();
    if app.store.revoke(id, now).await? {
        let diff = Diff::none().with("état", "enrôlée", "révoquée");
        app.audit(person.did(now, Action::Borne, id.to_string()).changing(diff)).await;
    }
    Ok(Redirect::to(&format!("{}/{id}", super::ADDRESS)).into_response())
}

pub(super) async fn show(
    app: &App,
    status: StatusCode,
    person: &Person,
    id: OriginId,
    wrong: Option<String>,
) -> Answer {
    let (site, now) = (&person.site, app.clock.now());
    let (norm, all) = (app.norm_of(site, now).await?, app.bornes_of(site).await?);
    let Some(known) = all.iter().find(|known| known.borne.id == id) else {
        return Ok(not_found().await);
    };
    let Known { borne, report, .. } = known;
    let alarms = app.store.alarms(site.id, LOOKED_THROUGH).await?;
    let own = alarms.iter().filter(|alarm| alarm.origin == Some(id)).take(SHOWN);
    let facts = report.as_ref().map(|(at, report)| Facts {
        at: moment(*at, &site.zone),
        started: moment(report.started_at, &site.zone),
        version: report.version.clone(),
        schema: report.schema,
        catalogue: report.catalogue,
        wanted_catalogue: norm.catalogue.0,
        disk: report.disk.map(|disk| format!("{} libres sur {}", size(disk.free), size(disk.total))),
        mounting: report.panel.map(Hangs::of),
    });
    let faults = faults(known, &norm, now);
    let held = faults.iter().map(|fault| (Mark::of(fault), words::remedy(fault.kind()))).collect();
    let devices = report.iter().flat_map(|(_, report)| &report.devices);
    let page = Page {
        bar: Bar::of(person, super::ADDRESS),
        row: Row::of(known, &norm, now),
        wrong,
        held,
        revoked: borne.revoked_at.map(|at| moment(at, &site.zone)),
        fingerprint: borne.public_key.fingerprint(),
        enrolled: moment(borne.enrolled_at, &site.zone),
        report: facts,
        devices: devices
            .map(|device| {
                let works = matches!(device.condition, wire::event::Condition::Works);
                (words::device(device.kind), words::condition(device.kind, device.condition), works)
            })
            .collect(),
        asking: Asking::draw(app, person, id).await?,
        alarms: own.filter_map(|alarm| Told::of(alarm, site, &all)).collect(),
    };
    Ok(render(status, &page))
}
