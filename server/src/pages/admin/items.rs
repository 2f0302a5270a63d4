//! Pages of what a site has several of: a list, a form each, adding, putting in order, removing.
//!
//! A form says what it was drawn from. Where somebody else has changed that meanwhile, it comes back with both: what was
//! typed in its fields, what is kept beside them.

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use wire::catalogue::Catalogue;
use wire::token::Hash32;

use super::diff::{Line, lines};
use super::field::Group;
use super::form::{Form, Sent};
use super::frame::Frame;
use super::words::NEW;
use crate::pages::REFUSED;
use crate::pages::page::{Failure, not_found, render};
use crate::pages::session::Person;
use crate::publish::NotChanged;

/// What pages call a kind of things.
pub(super) struct Words {
    /// Its address: `/admin/services`.
    pub(super) path: &'static str,
    /// « Démarches »
    pub(super) many: &'static str,
    /// « Démarche », as differences name one.
    pub(super) one: &'static str,
    /// « Ajouter une démarche »
    pub(super) add: &'static str,
    /// « Supprimer cette démarche »
    pub(super) remove: &'static str,
    /// What they are, for somebody who never saw the page.
    pub(super) intro: &'static str,
    /// What removing one means.
    pub(super) removal: &'static str,
    /// Whether their order means something.
    pub(super) ordered: bool,
    /// The address and the name of a page about them that is no form of one.
    pub(super) beside: Option<(&'static str, &'static str)>,
}

/// Something that a site has several of.
pub(super) trait Item: Clone + PartialEq + Serialize + Send + Sync + 'static {
    const WORDS: Words;
    /// All of them.
    fn all(catalogue: &Catalogue) -> &[Self];
    /// Changes them.
    fn edit(catalogue: &mut Catalogue, edit: impl FnOnce(&mut Vec<Self>));
    /// What an address calls this one, which stands at an index.
    fn key(&self, index: usize) -> String;
    /// What makes it the same one in another version.
    fn identity(&self, index: usize) -> String {
        self.key(index)
    }
    /// What people call it.
    fn title(&self) -> String;
    /// A line about it.
    fn summary(&self, catalogue: &Catalogue) -> String;
    /// One that is not there yet.
    fn blank(catalogue: &Catalogue) -> Self;
    /// Declares its fields.
    fn declare(&mut self, form: &mut Form<'_>, catalogue: &Catalogue);
    /// Completes what a form cannot say, once it is read.
    fn settle(&mut self, before: Option<&Self>, catalogue: &Catalogue);
    /// Takes what is removed out of what names it.
    fn forget(&self, catalogue: &mut Catalogue);
}

/// What a form was drawn from, in a few characters.
pub(super) fn mark(value: &impl Serialize) -> String {
    let text = serde_json::to_string(value).unwrap_or_default();
    Hash32::of(text.as_bytes()).to_string().chars().take(16).collect()
}

pub(super) fn find<T: Item>(catalogue: &Catalogue, key: &str) -> Option<(usize, T)> {
    let found = T::all(catalogue).iter().enumerate().find(|(index, item)| item.key(*index) == key);
    found.map(|(index, item)| (index, item.clone()))
}

#[derive(Template)]
#[template(path = "admin/list.html")]
struct ListPage {
    frame: Frame,
    words: Words,
    rows: Vec<Row>,
    saved: bool,
}

struct Row {
    key: String,
    title: String,
    summary: String,
    mark: String,
    first: bool,
    last: bool,
}

/// What a page is told by the one that led to it.
#[derive(Deserialize)]
pub(super) struct Told {
    #[serde(default)]
    pub(super) fait: Option<String>,
}

#[derive(Template)]
#[template(path = "admin/edit.html")]
struct EditPage {
    frame: Frame,
    words: Words,
    title: String,
    action: String,
    is_new: bool,
    mark: String,
    groups: Vec<Group>,
    translations: Vec<Group>,
    wrong: bool,
    /// What somebody else has changed meanwhile.
    meanwhile: Option<Vec<Line>>,
}

pub(super) async fn list<T: Item>(person: Person, Query(told): Query<Told>) -> Result<Response, Failure> {
    let draft = person.site.draft().await?;
    let frame = Frame::of(&person, T::WORDS.path, &draft).await?;
    let all = T::all(&draft.catalogue);
    let row = |(index, item): (usize, &T)| Row {
        key: item.key(index),
        title: item.title(),
        summary: item.summary(&draft.catalogue),
        mark: mark(item),
        first: index == 0,
        last: index + 1 == all.len(),
    };
    let rows = all.iter().enumerate().map(row).collect();
    Ok(render(StatusCode::OK, &ListPage { frame, words: T::WORDS, rows, saved: told.fait.is_some() }))
}

pub(super) async fn edit<T: Item>(person: Person, Path(key): Path<String>) -> Result<Response, Failure> {
    let draft = person.site.draft().await?;
    let catalogue = &draft.catalogue;
    let item = if key == NEW { Some(T::blank(catalogue)) } else { find(catalogue, &key).map(|(_, item)| item) };
    let Some(mut item) = item else { return Ok(not_found().await) };
    let mark = if key == NEW { String::new() } else { mark(&item) };
    let form = Form::draw(|form| item.declare(form, catalogue));
    let frame = Frame::of(&person, T::WORDS.path, &draft).await?;
    Ok(show::<T>(StatusCode::OK, frame, &item, &key, mark, form, None))
}

fn show<T: Item>(
    status: StatusCode,
    frame: Frame,
    item: &T,
    key: &str,
    mark: String,
    form: Form<'_>,
    meanwhile: Option<Vec<Line>>,
) -> Response {
    let is_new = key == NEW;
    let page = EditPage {
        frame,
        words: T::WORDS,
        title: if is_new { T::WORDS.add.to_owned() } else { item.title() },
        action: format!("{}/{key}", T::WORDS.path),
        is_new,
        mark,
        wrong: !form.is_well(),
        groups: form.groups,
        translations: form.translations,
        meanwhile,
    };
    render(status, &page)
}

/// Why an item was not changed.
enum Refused {
    /// It is not there any more.
    Gone,
    /// What was typed cannot be.
    Wrong,
    /// Somebody else has changed it.
    Changed,
}

pub(super) async fn save<T: Item>(person: Person, Path(key): Path<String>, body: Bytes) -> Result<Response, Failure> {
    let sent = Sent::parse(&body);
    let saved = person
        .site
        .change(person.account, |catalogue| match sent.get("faire") {
            "supprimer" => remove::<T>(catalogue, &key, &sent),
            "monter" => shift::<T>(catalogue, &key, &sent, true),
            "descendre" => shift::<T>(catalogue, &key, &sent, false),
            _ => write::<T>(catalogue, &key, &sent),
        })
        .await;
    let refused = match saved {
        Ok(()) => return Ok(Redirect::to(&format!("{}?fait=1", T::WORDS.path)).into_response()),
        Err(NotChanged::Store(e)) => return Err(e.into()),
        Err(NotChanged::Refused(refused)) => refused,
    };
    let draft = person.site.draft().await?;
    let catalogue = &draft.catalogue;
    let frame = Frame::of(&person, T::WORDS.path, &draft).await?;
    let kept = find::<T>(catalogue, &key).map(|(_, item)| item);
    match (refused, kept) {
        (Refused::Wrong, kept) => {
            let mut item = kept.unwrap_or_else(|| T::blank(catalogue));
            let shown = item.clone();
            let form = Form::read(&sent, |form| item.declare(form, catalogue));
            Ok(show(REFUSED, frame, &shown, &key, sent.get("vu").to_owned(), form, None))
        }
        // What was typed is not lost: it becomes a new one.
        (Refused::Gone | Refused::Changed, None) => {
            let mut item = T::blank(catalogue);
            let form = Form::read(&sent, |form| item.declare(form, catalogue));
            Ok(show(REFUSED, frame, &item, NEW, String::new(), form, Some(Vec::new())))
        }
        (Refused::Gone | Refused::Changed, Some(kept)) => {
            let mut typed = kept.clone();
            let form = Form::read(&sent, |form| typed.declare(form, catalogue));
            let now = Form::draw(|form| kept.clone().declare(form, catalogue));
            let meanwhile = lines(&form, &now);
            Ok(show(REFUSED, frame, &kept, &key, mark(&kept), form, Some(meanwhile)))
        }
    }
}

fn write<T: Item>(catalogue: &mut Catalogue, key: &str, sent: &Sent) -> Result<(), Refused> {
    let before = if key == NEW {
        None
    } else {
        let (index, item) = find::<T>(catalogue, key).ok_or(Refused::Gone)?;
        if mark(&item) != sent.get("vu") {
            return Err(Refused::Changed);
        }
        Some((index, item))
    };
    let mut item = before.as_ref().map_or_else(|| T::blank(catalogue), |(_, item)| item.clone());
    if !Form::read(sent, |form| item.declare(form, catalogue)).is_well() {
        return Err(Refused::Wrong);
    }
    item.settle(before.as_ref().map(|(_, item)| item), catalogue);
    let words_of = |item: &T| {
        let form = Form::draw(|form| item.clone().declare(form, catalogue));
        form.fields().map(|field| (field.name.clone(), field.words())).collect::<Vec<_>>()
    };
    match before {
        Some((index, _)) => T::edit(catalogue, |all| all[index] = item),
        // A form sent twice adds one.
        None => {
            let new = words_of(&item);
            if T::all(catalogue).iter().all(|other| words_of(other) != new) {
                T::edit(catalogue, |all| all.push(item));
            }
        }
    }
    Ok(())
}

fn remove<T: Item>(catalogue: &mut Catalogue, key: &str, sent: &Sent) -> Result<(), Refused> {
    // Removed twice is removed.
    let Some((index, item)) = find::<T>(catalogue, key) else { return Ok(()) };
    if mark(&item) != sent.get("vu") {
        return Err(Refused::Changed);
    }
    T::edit(catalogue, |all| {
        all.remove(index);
    });
    item.forget(catalogue);
    Ok(())
}

fn shift<T: Item>(catalogue: &mut Catalogue, key: &str, sent: &Sent, up: bool) -> Result<(), Refused> {
    let Some((index, item)) = find::<T>(catalogue, key) else { return Ok(()) };
    // A page that stood open would move another one.
    if mark(&item) != sent.get("vu") {
        return Ok(());
    }
    let other = if up { index.checked_sub(1) } else { Some(index + 1) };
    if let Some(other) = other.filter(|other| *other < T::all(catalogue).len()) {
        T::edit(catalogue, |all| all.swap(index, other));
    }
    Ok(())
}
