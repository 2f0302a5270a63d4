//! `/admin/sites`: the sites of the organisation, and making one.

use std::sync::Arc;

use askama::Template;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use wire::catalogue::{Catalogue, Site};
use wire::ids::{Language, SiteId};

use super::field::Group;
use super::form::{Form, Sent};
use super::frame::Frame;
use crate::app::App;
use crate::audit::Action;
use crate::pages::REFUSED;
use crate::pages::first::{NewSite, create};
use crate::pages::page::{Failure, render};
use crate::pages::session::Person;
use crate::roles::Permission;

#[derive(Template)]
#[template(path = "admin/sites.html")]
struct Page {
    frame: Frame,
    sites: Vec<Row>,
    /// The form of a new site, for those who may make one.
    new: Option<Vec<Group>>,
    /// Its identity, drawn with the form.
    id: SiteId,
    wrong: bool,
}

struct Row {
    id: String,
    name: String,
    here: bool,
}

pub(super) async fn page(State(app): State<Arc<App>>, person: Person) -> Result<Response, Failure> {
    let mut new = NewSite::like(&person.site.plan().catalogue);
    let form = Form::draw(|form| new.declare(form));
    show(&app, StatusCode::OK, &person, form, new.id).await
}

async fn show(app: &App, status: StatusCode, person: &Person, form: Form<'_>, id: SiteId) -> Result<Response, Failure> {
    let draft = person.site.draft().await?;
    let frame = Frame::of(person, "/admin/sites", &draft).await?;
    let mine = person.signed_in();
    let sites = app.sites().into_iter().filter(|site| mine.works_at(site.id)).map(|site| Row {
        id: site.id.to_string(),
        name: site.plan().catalogue.site.name.get(Language::Fr).to_owned(),
        here: site.id == person.site.id,
    });
    let sites = sites.collect();
    let wrong = !form.is_well();
    let new = person.may(Permission::NewSites).then_some(form.groups);
    Ok(render(status, &Page { frame, sites, new, id, wrong }))
}

/// A new site: empty, or with the services of this one.
pub(super) async fn add(State(app): State<Arc<App>>, person: Person, body: Bytes) -> Result<Response, Failure> {
    let sent = Sent::parse(&body);
    let published = person.site.published().await?;
    let mut new = NewSite::like(&published);
    new.id = sent.get("id").parse().unwrap_or(new.id);
    let mut form = Form::read(&sent, |form| new.declare(form));
    new.check(&app, &mut form);
    if !form.is_well() {
        return show(&app, REFUSED, &person, form, new.id).await;
    }
    let blank = new.catalogue();
    let catalogue = if new.alike {
        let Site { id, name, address, public_url, time_zone, .. } = blank.site;
        let site = Site { id, name, address, public_url, time_zone, ..published.site };
        Catalogue { version: blank.version, site, ..published }
    } else {
        blank
    };
    if create(&app, &catalogue, Some(person.account)).await? {
        let name = catalogue.site.name.get(Language::Fr);
        app.audit(person.signed_in().did(app.clock.now(), Action::Publication, name)).await;
    }
    Ok(Redirect::to("/admin/sites").into_response())
}
