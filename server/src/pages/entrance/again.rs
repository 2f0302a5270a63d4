//! Confirming who one is. What somebody had typed is carried along, so that nothing is lost when a quarter of an hour was
//! not enough.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::request::Parts;
use http::{Extensions, HeaderMap, Method, StatusCode};
use serde::Deserialize;

use super::sign_in::{Checked, FRESH, check};
use crate::app::App;
use crate::audit::Action;
use crate::pages::page::{Failure, render};
use crate::pages::session::{Person, SignedIn, go};

/// The field that holds the password in a form that was sent once more.
const FIELD: &str = "encore";

#[derive(Template)]
#[template(path = "entrance/again.html")]
struct Page<'a> {
    name: &'a str,
    action: &'a str,
    back: &'a str,
    fields: Vec<(String, String)>,
    /// Another service signs them in.
    elsewhere: bool,
    wrong: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Back {
    #[serde(default)]
    vers: String,
}

#[derive(Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    vers: String,
    encore: String,
}

/// An address of this server: nobody is sent elsewhere from here.
pub(super) fn local(to: &str) -> &str {
    // Browsers leave tabs and line ends out of addresses: what is left could begin with two slashes.
    let inside = to.starts_with('/') && !to.starts_with("//") && to.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    if inside { to } else { "/" }
}

pub(super) async fn page(
    State(app): State<Arc<App>>,
    person: SignedIn,
    Query(Back { vers }): Query<Back>,
) -> Result<Response, Failure> {
    ask(&app, &person, "/connexion/encore", local(&vers), vec![("vers".to_owned(), vers.clone())], None).await
}

pub(super) async fn confirmed(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    extensions: Extensions,
    person: SignedIn,
    Form(Fields { vers, encore }): Form<Fields>,
) -> Result<Response, Failure> {
    match prove(&app, &headers, &extensions, &person, encore).await? {
        None => Ok(Redirect::to(local(&vers)).into_response()),
        wrong @ Some(_) => {
            let back = local(&vers);
            ask(&app, &person, "/connexion/encore", back, vec![("vers".to_owned(), vers.clone())], wrong).await
        }
    }
}

/// Before a page or form of somebody whose password was given too long ago. Answers the form to go on with, or what they
/// get instead.
pub(crate) async fn confirm(app: &App, person: &Person, parts: &Parts, form: Vec<u8>) -> Result<Vec<u8>, Response> {
    let fresh = person.fresh_until > app.clock.now();
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    if parts.method != Method::POST {
        if fresh {
            return Ok(form);
        }
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("vers", path).finish();
        return Err(go(&parts.headers, &format!("/connexion/encore?{query}")));
    }
    let pairs = form_urlencoded::parse(&form).into_owned();
    let (password, fields): (Vec<_>, Vec<_>) = pairs.partition(|(name, _)| name == FIELD);
    // Another page may have been confirmed since this one asked: the password in it is nobody's business any more.
    if fresh {
        return Ok(if password.is_empty() { form } else { written(fields) });
    }
    let signed_in = &person.signed_in();
    let wrong = match password.into_iter().next() {
        None => None,
        Some((_, password)) => match prove(app, &parts.headers, &parts.extensions, signed_in, password).await {
            Ok(None) => return Ok(written(fields)),
            Ok(wrong) => wrong,
            Err(failure) => return Err(failure.into_response()),
        },
    };
    Err(ask(app, signed_in, path, path, fields, wrong).await.unwrap_or_else(IntoResponse::into_response))
}

fn written(fields: Vec<(String, String)>) -> Vec<u8> {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish().into_bytes()
}

/// Takes a password; says what is wrong with it.
async fn prove(
    app: &App,
    headers: &HeaderMap,
    extensions: &Extensions,
    person: &SignedIn,
    password: String,
) -> Result<Option<String>, Failure> {
    Ok(match check(app, headers, extensions, &person.name, password).await? {
        Checked::Is(_) => {
            let now = app.clock.now();
            app.store.freshen(person.session, now + FRESH, now).await?;
            app.audit(person.did(now, Action::SignInAgain, "mot de passe")).await;
            None
        }
        Checked::Wrong => Some("Ce mot de passe n’est pas le bon.".to_owned()),
        Checked::TooMany(seconds) => Some(format!("Trop d’essais. Attendez {seconds} s, puis recommencez.")),
    })
}

async fn ask(
    app: &App,
    person: &SignedIn,
    action: &str,
    back: &str,
    fields: Vec<(String, String)>,
    wrong: Option<String>,
) -> Result<Response, Failure> {
    let account = app.store.account(&person.name).await?;
    let elsewhere = account.is_some_and(|account| account.password.is_none());
    let name = &person.name;
    Ok(render(StatusCode::FORBIDDEN, &Page { name, action, back, fields, elsewhere, wrong }))
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn nobody_is_sent_elsewhere() {
        assert_eq!(local("/admin/services?x=1"), "/admin/services?x=1");
        for to in [
            "https://example.org",
            "//example.org",
            "/\\example.org",
            "admin",
            "",
            "/a\r\nb",
            "/\t/example.org",
            "/\t\\x",
        ] {
            assert_eq!(local(to), "/", "{to}");
        }
    }
}
