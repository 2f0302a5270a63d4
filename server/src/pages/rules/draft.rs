//! `/regles/brouillon`: the rules as a form.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;

use super::{Answer, note};
use crate::app::App;
use crate::pages::REFUSED;
use crate::pages::bar::Bar;
use crate::pages::page::render;
use crate::pages::session::Person;
use crate::rules::fields::{Field, Kind, Section, sections};
use crate::rules::form::{Typed, Wrong};
use crate::store::PublicationKind;

#[derive(Template)]
#[template(path = "rules/draft.html")]
struct Page {
    bar: Bar,
    message: Option<String>,
    revision: String,
    sections: Vec<Drawn>,
    /// Fields that cannot be read, with what to write.
    wrong: Vec<Wrong>,
}

struct Drawn {
    title: String,
    intro: Option<&'static str>,
    fields: Vec<DrawnField>,
    folded: bool,
    open: bool,
}

struct DrawnField {
    field: Field,
    wrong: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct GiveUpFields {
    revision: u64,
}

pub(super) async fn page(person: Person) -> Answer {
    let site = &person.site;
    let draft = site.store.draft(site.id, PublicationKind::Policy).await?;
    let typed = match site.drafted().await? {
        Some(drafted) => Typed::from_policy(&drafted.policy),
        None => Typed::from_policy(&site.plan().policy),
    };
    show(StatusCode::OK, &person, &draft.revision.to_string(), &typed, Vec::new(), None).await
}

pub(super) async fn save(person: Person, Form(pairs): Form<Vec<(String, String)>>) -> Answer {
    let typed = Typed::of(pairs);
    let seen = typed.get("revision").to_owned();
    let names = person.site.names().await?;
    let policy = match typed.policy(&names) {
        Ok(policy) => policy,
        Err(wrong) => {
            let text = "Certains champs ne peuvent pas être lus. Rien n’est enregistré.";
            return show(REFUSED, &person, &seen, &typed, wrong, Some(text.into())).await;
        }
    };
    let revision = seen.parse().unwrap_or(u64::MAX);
    if person.site.draft_rules(person.account, revision, Some(&policy)).await? {
        return Ok(Redirect::to("/regles").into_response());
    }
    // What was typed is kept; whoever saves once more has read this.
    let newest = person.site.store.draft(person.site.id, PublicationKind::Policy).await?.revision.to_string();
    let text = "Un collègue a changé le brouillon entre-temps. Vos réponses sont ci-dessous\u{a0}: enregistrer remplace les siennes.";
    show(REFUSED, &person, &newest, &typed, Vec::new(), Some(text.into())).await
}

pub(super) async fn give_up(
    State(app): State<Arc<App>>,
    person: Person,
    Form(GiveUpFields { revision }): Form<GiveUpFields>,
) -> Answer {
    // Given up or changed by somebody else: the page shows which.
    if person.site.draft_rules(person.account, revision, None).await? {
        note(&app, &person, "brouillon abandonné").await;
    }
    Ok(Redirect::to("/regles").into_response())
}

async fn show(
    status: StatusCode,
    person: &Person,
    revision: &str,
    typed: &Typed,
    wrong: Vec<Wrong>,
    message: Option<String>,
) -> Result<Response, super::Failure> {
    let names = person.site.names().await?;
    let drawn = |section: Section| {
        let fields: Vec<DrawnField> = section
            .fields
            .into_iter()
            .map(|field| {
                let wrong = wrong.iter().find(|wrong| wrong.field == field.name).map(|wrong| wrong.text.clone());
                DrawnField { field, wrong }
            })
            .collect();
        let open = fields.iter().any(|field| field.wrong.is_some() || field.field.is_said());
        Drawn { title: section.title, intro: section.intro, fields, folded: section.folded, open }
    };
    let page = Page {
        bar: Bar::of(person, "/regles"),
        message,
        revision: revision.to_owned(),
        sections: sections(typed, &names).into_iter().map(drawn).collect(),
        wrong,
    };
    Ok(render(status, &page))
}
