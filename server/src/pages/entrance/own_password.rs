//! `/moi`: one's own password. Who got theirs for one time changes it before anything else.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::{Extensions, HeaderMap, StatusCode};
use serde::Deserialize;

use super::sign_in::{Checked, check};
use crate::app::App;
use crate::audit::Action;
use crate::pages::REFUSED;
use crate::pages::page::{Failure, render, too_many};
use crate::pages::session::SignedIn;
use crate::password::{self, LENGTH_MAX, LENGTH_MIN};

#[derive(Template)]
#[template(path = "entrance/own_password.html")]
struct Page<'a> {
    name: &'a str,
    /// Another service signs them in.
    elsewhere: bool,
    must_change: bool,
    least: usize,
    wrong: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Fields {
    old: String,
    new: String,
    again: String,
}

pub(super) async fn page(State(app): State<Arc<App>>, person: SignedIn) -> Result<Response, Failure> {
    show(&app, StatusCode::OK, &person, None).await
}

pub(super) async fn change(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    extensions: Extensions,
    person: SignedIn,
    Form(Fields { old, new, again }): Form<Fields>,
) -> Result<Response, Failure> {
    let wrong = if new != again {
        Some("Les deux nouveaux mots de passe ne sont pas les mêmes.".to_owned())
    } else if new == old {
        Some("Le nouveau mot de passe est le même que l’ancien.".to_owned())
    } else if new.chars().count() < LENGTH_MIN || new.len() > LENGTH_MAX {
        Some(format!(
            "Le nouveau mot de passe a {LENGTH_MIN} caractères au moins, et n’est pas plus long qu’une phrase."
        ))
    } else {
        None
    };
    if wrong.is_some() {
        return show(&app, REFUSED, &person, wrong).await;
    }
    match check(&app, &headers, &extensions, &person.name, old).await? {
        Checked::Is(_) => {}
        Checked::Wrong => {
            return show(&app, REFUSED, &person, Some("Le mot de passe actuel n’est pas le bon.".to_owned())).await;
        }
        Checked::TooMany(seconds) => return Ok(too_many(seconds)),
    }
    // Two at once at most: each takes 19 MiB and a core.
    let _permit = app.hashing.acquire().await;
    let Ok(Ok(hash)) = tokio::task::spawn_blocking(move || password::hash(&new)).await else {
        return show(
            &app,
            REFUSED,
            &person,
            Some("Ce mot de passe ne convient pas. Choisissez-en un autre.".to_owned()),
        )
        .await;
    };
    app.store.set_password(person.account, &hash, false, Some(person.session)).await?;
    tracing::info!("a password was changed by its owner");
    app.audit(person.did(app.clock.now(), Action::Password, &person.name)).await;
    Ok(Redirect::to("/").into_response())
}

async fn show(app: &App, status: StatusCode, person: &SignedIn, wrong: Option<String>) -> Result<Response, Failure> {
    let account = app.store.account(&person.name).await?;
    let elsewhere = account.is_some_and(|account| account.password.is_none());
    let (name, must_change) = (person.name.as_str(), person.must_change);
    Ok(render(status, &Page { name, elsewhere, must_change, least: LENGTH_MIN, wrong }))
}
