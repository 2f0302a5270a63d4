//! Pages of what a site has one of: a form of several fields of the catalogue.

use askama::Template;
use axum::body::Bytes;
use axum::extract::Query;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use wire::catalogue::Catalogue;

use super::diff::{Line, lines};
use super::field::Group;
use super::form::{Form, Sent};
use super::frame::Frame;
use super::items::{Told, mark};
use super::preview::{Day, fortnight};
use crate::pages::REFUSED;
use crate::pages::page::{Failure, render};
use crate::pages::session::Person;
use crate::publish::{Draft, NotChanged};

/// A page with one form.
pub(super) trait Single: Send + Sync + 'static {
    /// Its address.
    const PATH: &'static str;
    /// Its title.
    const TITLE: &'static str;
    /// What it is for.
    const INTRO: &'static str;
    /// Whether the next fourteen days follow from it.
    const PREVIEW: bool = false;
    /// Declares its fields.
    fn declare(catalogue: &mut Catalogue, form: &mut Form<'_>);
    /// Completes what a form cannot say, once it is read.
    fn settle(_before: &Catalogue, _catalogue: &mut Catalogue) {}
}

#[derive(Template)]
#[template(path = "admin/single.html")]
struct Page {
    frame: Frame,
    title: &'static str,
    intro: &'static str,
    action: &'static str,
    mark: String,
    groups: Vec<Group>,
    translations: Vec<Group>,
    wrong: bool,
    saved: bool,
    meanwhile: Option<Vec<Line>>,
    days: Vec<Day>,
}

/// What the page's form was drawn from: its own fields, not the whole catalogue.
fn mark_of<T: Single>(catalogue: &Catalogue) -> String {
    let form = Form::draw(|form| T::declare(&mut catalogue.clone(), form));
    mark(&form.fields().map(|field| (field.name.clone(), field.words())).collect::<Vec<_>>())
}

pub(super) async fn page<T: Single>(person: Person, Query(told): Query<Told>) -> Result<Response, Failure> {
    let draft = person.site.draft().await?;
    let form = Form::draw(|form| T::declare(&mut draft.catalogue.clone(), form));
    show::<T>(StatusCode::OK, &person, &draft, form, told.fait.is_some(), None).await
}

pub(super) async fn save<T: Single>(person: Person, body: Bytes) -> Result<Response, Failure> {
    let sent = Sent::parse(&body);
    let saved = person
        .site
        .change(person.account, |catalogue| {
            if mark_of::<T>(catalogue) != sent.get("vu") {
                return Err(true);
            }
            let before = catalogue.clone();
            let well = Form::read(&sent, |form| T::declare(catalogue, form)).is_well();
            T::settle(&before, catalogue);
            if well { Ok(()) } else { Err(false) }
        })
        .await;
    let changed = match saved {
        Ok(()) => return Ok(Redirect::to(&format!("{}?fait=1", T::PATH)).into_response()),
        Err(NotChanged::Store(e)) => return Err(e.into()),
        Err(NotChanged::Refused(changed)) => changed,
    };
    let draft = person.site.draft().await?;
    let form = Form::read(&sent, |form| T::declare(&mut draft.catalogue.clone(), form));
    let meanwhile = changed.then(|| lines(&form, &Form::draw(|form| T::declare(&mut draft.catalogue.clone(), form))));
    show::<T>(REFUSED, &person, &draft, form, false, meanwhile).await
}

async fn show<T: Single>(
    status: StatusCode,
    person: &Person,
    draft: &Draft,
    form: Form<'_>,
    saved: bool,
    meanwhile: Option<Vec<Line>>,
) -> Result<Response, Failure> {
    let today = person.site.clock.now().to_zoned(person.site.zone.clone()).date();
    let page = Page {
        frame: Frame::of(person, T::PATH, draft).await?,
        title: T::TITLE,
        intro: T::INTRO,
        action: T::PATH,
        mark: mark_of::<T>(&draft.catalogue),
        wrong: !form.is_well(),
        groups: form.groups,
        translations: form.translations,
        saved,
        meanwhile,
        days: if T::PREVIEW { fortnight(&draft.catalogue, today) } else { Vec::new() },
    };
    Ok(render(status, &page))
}
