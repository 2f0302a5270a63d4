//! `/connexion` and `/deconnexion`.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::{Extensions, HeaderMap, StatusCode, header};
use serde::Deserialize;
use wire::ids::Language;
use wire::token::Hash32;

use super::page::{Failure, render};
use super::session::{Agent, LIFE, cookie, go, no_cookie};
use crate::app::{App, random};
use crate::limits::subscriber;
use crate::store::Session;
use crate::{address, password};

/// A hash of nobody's password, so that an unknown name takes as long as a wrong password.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5cy1zYWx0$oxhs9hnY+3g0+ojNAGIwhdMkCPYFSF4lyiyrDNXCTKc";

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page<'a> {
    site: &'a str,
    name: &'a str,
    wrong: Option<&'a str>,
}

#[derive(Deserialize)]
pub(super) struct Fields {
    name: String,
    password: String,
}

fn page(app: &App, status: StatusCode, name: &str, wrong: Option<&str>) -> Response {
    render(status, &Page { site: app.catalogue.site.name.get(Language::Fr), name, wrong })
}

pub(super) async fn form(State(app): State<Arc<App>>) -> Response {
    page(&app, StatusCode::OK, "", None)
}

pub(super) async fn sign_in(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    extensions: Extensions,
    Form(Fields { name, password }): Form<Fields>,
) -> Result<Response, Failure> {
    let now = app.clock.now();
    let from = subscriber(address::client(&extensions, &headers, &app.http.trusted_proxies));
    let limited = app.limits.sign_ins.take(from, now).and_then(|()| app.limits.accounts.take(name.clone(), now));
    if let Err(seconds) = limited {
        let wrong = format!("Trop d’essais. Attendez {seconds} s, puis recommencez.");
        let mut page = page(&app, StatusCode::TOO_MANY_REQUESTS, &name, Some(&wrong));
        page.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        return Ok(page);
    }
    let account = app.store.account(&name).await?;
    let kept = account.as_ref().map_or_else(|| NOBODY.to_owned(), |account| account.password.clone());
    if !verify(&app, password, kept).await || account.is_none() {
        tracing::info!("sign-in refused");
        let wrong = "Le nom ou le mot de passe n’est pas le bon.";
        return Ok(page(&app, StatusCode::UNAUTHORIZED, &name, Some(wrong)));
    }
    let Ok(bits) = random::<32>() else {
        return Ok(page(&app, StatusCode::SERVICE_UNAVAILABLE, &name, Some("Le serveur a un problème. Réessayez.")));
    };
    let session = Session { hash: Hash32::of(&bits), account: name, expires_at: now + LIFE };
    app.store.open_session(&session, now).await?;
    tracing::info!("sign-in");
    Ok(([(header::SET_COOKIE, cookie(app.is_secure(), &bits))], Redirect::to("/poste")).into_response())
}

/// On a thread for work that takes long, two at once at most.
async fn verify(app: &App, password: String, kept: String) -> bool {
    let Ok(_permit) = app.hashing.acquire().await else {
        return false;
    };
    tokio::task::spawn_blocking(move || password::verify(&password, &kept)).await.unwrap_or(false)
}

/// A counter that still holds a ticket is not left: its visitor would wait for nobody.
pub(super) async fn sign_out(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Agent(agent): Agent,
) -> Result<Response, Failure> {
    let now = app.clock.now();
    let held = |counter| app.live.read(now, |hall| hall.at_counter(counter).is_some());
    if agent.counter.as_ref().is_some_and(held) {
        return Ok(go(&headers, "/guichet"));
    }
    app.store.close_session(agent.session).await?;
    app.live.touch();
    Ok(([(header::SET_COOKIE, no_cookie(app.is_secure()))], Redirect::to("/connexion")).into_response())
}

#[cfg(test)]
mod tests {
    use argon2::password_hash::phc::PasswordHash;

    #[test]
    fn an_unknown_name_costs_as_much_as_a_wrong_password() {
        let nobody = PasswordHash::new(super::NOBODY).unwrap();
        let somebody = crate::password::hash("un mot de passe").unwrap();
        let somebody = PasswordHash::new(&somebody).unwrap();
        assert_eq!((nobody.algorithm, nobody.version), (somebody.algorithm, somebody.version));
        assert_eq!(nobody.params.to_string(), somebody.params.to_string());
        assert!(!crate::password::verify("x", super::NOBODY));
        assert_eq!(nobody.hash.map(|hash| hash.len()), somebody.hash.map(|hash| hash.len()));
    }
}
