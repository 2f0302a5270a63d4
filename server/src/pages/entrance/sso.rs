//! `/connexion/sso`: signing in by another service, and confirming there who one is.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::{Extensions, HeaderMap, StatusCode, header};
use serde::Deserialize;

use super::again::local;
use super::sign_in::{FRESH, open};
use crate::address;
use crate::app::{App, random};
use crate::audit::{Action, Diff, Entry};
use crate::identity::claims::numbered;
use crate::identity::oidc::{Known, Provider, Refused, WAY_S, Way};
use crate::limits::subscriber;
use crate::pages::page::{Failure, not_found, render, too_many};
use crate::pages::session::{cookie, cookie_value, current};
use crate::refusal::chain;
use crate::roles::named;
use crate::store::{Account, NewAccount};

/// Where the provider sends people back to.
pub(super) const BACK: &str = "/connexion/sso/retour";
/// As many people of one name as get a number.
const NAMESAKES: u32 = 50;

/// A page with a sentence and the ways on.
#[derive(Template)]
#[template(path = "entrance/sso.html")]
struct Page<'a> {
    title: &'a str,
    sentence: &'a str,
    /// Whether beginning again may help.
    again: bool,
}

#[derive(Deserialize)]
pub(super) struct Asked {
    vers: Option<String>,
}

/// What the provider answers through the browser.
#[derive(Deserialize)]
pub(super) struct Answer {
    #[serde(default)]
    state: String,
    code: Option<String>,
    error: Option<String>,
}

const fn way_name(secure: bool) -> &'static str {
    if secure { "__Host-sso" } else { "sso" }
}

fn way_cookie(secure: bool, value: &str, seconds: i64) -> String {
    let (name, tls) = (way_name(secure), if secure { "; Secure" } else { "" });
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{tls}")
}

/// To the provider. With `vers`, to show once more who one is.
pub(super) async fn send(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    extensions: Extensions,
    Query(Asked { vers }): Query<Asked>,
) -> Response {
    let Some(provider) = &app.provider else {
        return not_found().await;
    };
    if let Err(seconds) = limited(&app, &headers, &extensions) {
        return too_many(seconds);
    }
    let again = vers.map(|to| local(&to).to_owned());
    match provider.send(back(&app, &headers), again, app.clock.now().as_second()).await {
        Ok((to, way)) => {
            let kept = way_cookie(app.is_secure(), &way.write(), WAY_S);
            ([(header::SET_COOKIE, kept)], Redirect::to(&to)).into_response()
        }
        Err(refused) => tell(&refused),
    }
}

/// Back from the provider.
pub(super) async fn come_back(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    extensions: Extensions,
    Query(answer): Query<Answer>,
) -> Result<Response, Failure> {
    let Some(provider) = &app.provider else {
        return Ok(not_found().await);
    };
    if let Err(seconds) = limited(&app, &headers, &extensions) {
        return Ok(too_many(seconds));
    }
    let way = cookie_value(&headers, way_name(app.is_secure())).and_then(Way::read);
    let mut response = match take(&app, provider, &headers, way, answer).await {
        Ok((known, None)) => enter(&app, known).await?,
        Ok((known, Some(to))) => confirm(&app, &headers, &known, &to).await?,
        Err(refused) => tell(&refused),
    };
    // It serves once, whatever came of it.
    if let Ok(gone) = way_cookie(app.is_secure(), "", 0).parse() {
        response.headers_mut().append(header::SET_COOKIE, gone);
    }
    Ok(response)
}

fn limited(app: &App, headers: &HeaderMap, extensions: &Extensions) -> Result<(), u32> {
    let from = subscriber(address::client(extensions, headers, &app.http.trusted_proxies));
    app.limits.sign_ins.take(from, app.clock.now())
}

fn back(app: &App, headers: &HeaderMap) -> String {
    let urls = app.public_urls();
    let base = address::asked_for(headers, &urls).unwrap_or("").trim_end_matches('/');
    format!("{base}{BACK}")
}

async fn take(
    app: &App,
    provider: &Provider,
    headers: &HeaderMap,
    way: Option<Way>,
    answer: Answer,
) -> Result<(Known, Option<String>), Refused> {
    let begun = way.filter(|way| way.is_of(&answer.state, app.clock.now().as_second()));
    let way = begun.ok_or(Refused::NotBegun)?;
    if let Some(error) = answer.error {
        return Err(Refused::Provider(error));
    }
    let code = answer.code.ok_or(Refused::NotBegun)?;
    let again = way.again.clone();
    Ok((provider.take(back(app, headers), way, code).await?, again))
}

/// Opens a session. Who comes for the first time gets an account; what they may do follows the provider each time.
async fn enter(app: &App, known: Known) -> Result<Response, Failure> {
    let now = app.clock.now();
    let account = app.store.account_by_subject(&known.subject).await?;
    let refuse = async |title, sentence| {
        app.audit(Entry::new(now, &known.name, Action::SignInRefused, "sso")).await;
        Ok(page(StatusCode::FORBIDDEN, title, sentence, false))
    };
    if account.as_ref().is_some_and(|account| account.disabled_at.is_some()) {
        let text = "Votre compte est fermé ici. Demandez à un administrateur de le rouvrir.";
        return refuse("Compte fermé", text).await;
    }
    let Some(account) = admitted(app, account, &known).await? else {
        let text = "Vous êtes bien reconnu, mais aucun rôle ne vous est donné ici. Demandez-en un à un administrateur.";
        return refuse("Aucun rôle", text).await;
    };
    let Ok(bits) = random::<32>() else {
        let text = "Le serveur a un problème. Réessayez dans un instant.";
        return Ok(page(StatusCode::SERVICE_UNAVAILABLE, "Connexion impossible", text, true));
    };
    open(app, &account, &bits).await?;
    tracing::info!("sign-in by the provider");
    let entry = Entry::new(now, &account.name, Action::SignIn, "sso");
    app.audit(Entry { role: named(&account.grants, None), ..entry }).await;
    Ok(([(header::SET_COOKIE, cookie(app.is_secure(), &bits))], Redirect::to("/")).into_response())
}

/// The account with the roles that the provider gives, or nothing where it gives none: what somebody had is taken then.
async fn admitted(app: &App, account: Option<Account>, known: &Known) -> Result<Option<Account>, Failure> {
    let account = match account {
        Some(account) => account,
        None if known.grants.is_empty() => return Ok(None),
        None => make(app, known).await?,
    };
    let mut before = account.grants.clone();
    before.sort_unstable();
    if before != known.grants {
        app.store.set_grants(account.id, &known.grants).await?;
        let diff = Diff::none().with("rôles", named(&before, None), named(&known.grants, None));
        app.audit(Entry::new(app.clock.now(), "sso", Action::Account, &account.name).changing(diff)).await;
    }
    if known.grants.is_empty() {
        app.store.close_sessions_of(account.id).await?;
        return Ok(None);
    }
    Ok(Some(Account { grants: known.grants.clone(), ..account }))
}

/// An account under a name that nobody has: somebody's local account is never taken for theirs.
async fn make(app: &App, known: &Known) -> Result<Account, Failure> {
    let mut name = known.name.clone();
    for n in 2..NAMESAKES {
        if app.store.account(&name).await?.is_none() {
            break;
        }
        name = numbered(&known.name, n);
    }
    let oidc_subject = Some(known.subject.clone());
    let id = app.store.put_account(&NewAccount { name: name.clone(), oidc_subject, ..NewAccount::default() }).await?;
    Ok(Account {
        id,
        name,
        password: None,
        oidc_subject: Some(known.subject.clone()),
        must_change: false,
        disabled_at: None,
        grants: Vec::new(),
    })
}

/// Lets a session count as fresh, where it is theirs who came back.
async fn confirm(app: &App, headers: &HeaderMap, known: &Known, to: &str) -> Result<Response, Failure> {
    let now = app.clock.now();
    let session = current(app, headers).await?;
    let account = app.store.account_by_subject(&known.subject).await?;
    let same = session.zip(account).filter(|(session, account)| session.account == account.id);
    let Some((session, account)) = same else {
        let text = "Ce n’est pas le compte avec lequel vous êtes connecté ici. Rien n’a changé.";
        return Ok(page(StatusCode::FORBIDDEN, "Un autre compte", text, true));
    };
    app.store.freshen(session.session, now + FRESH, now).await?;
    let entry = Entry::new(now, &account.name, Action::SignInAgain, "sso");
    app.audit(Entry { role: named(&account.grants, session.site), site: session.site, ..entry }).await;
    Ok(Redirect::to(local(to)).into_response())
}

fn tell(refused: &Refused) -> Response {
    tracing::warn!(error = %chain(refused), "sign-in by the provider refused");
    let (status, title, text) = match refused {
        Refused::Down(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "Service de connexion indisponible",
            "Le service de connexion de votre organisation ne répond pas comme il devrait. Réessayez dans un instant, \
             ou utilisez un compte local.",
        ),
        Refused::NotBegun => (
            StatusCode::BAD_REQUEST,
            "Connexion à recommencer",
            "Cette connexion n’a pas été commencée dans ce navigateur, ou il y a trop longtemps, ou elle a déjà servi.",
        ),
        Refused::Provider(_) => (
            StatusCode::FORBIDDEN,
            "Connexion refusée",
            "Le service de connexion de votre organisation ne vous a pas laissé entrer.",
        ),
        Refused::Word(_) => (
            StatusCode::FORBIDDEN,
            "Connexion refusée",
            "La réponse du service de connexion n’est pas valable. Recommencez ; si cela se reproduit, prévenez \
             l’administrateur du serveur.",
        ),
    };
    page(status, title, text, true)
}

fn page(status: StatusCode, title: &str, sentence: &str, again: bool) -> Response {
    render(status, &Page { title, sentence, again })
}
