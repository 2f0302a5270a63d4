//! `/connexion` and `/deconnexion`.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::{Extensions, HeaderMap, StatusCode, header};
use jiff::SignedDuration;
use serde::Deserialize;
use uuid::Uuid;
use wire::ids::{Language, SiteId};
use wire::token::Hash32;

use crate::app::{App, random};
use crate::audit::{Action, Entry};
use crate::desk::{Act, Done, Wanted, Who};
use crate::limits::subscriber;
use crate::pages::page::{Failure, render};
use crate::pages::session::{LIFE, SignedIn, cookie, go, idle_until, no_cookie};
use crate::roles::{Permission, named};
use crate::store::{Account, SeatOutcome, Session};
use crate::{address, password};

/// A hash of nobody's password, so that an unknown name takes as long as a wrong password.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5cy1zYWx0$oxhs9hnY+3g0+ojNAGIwhdMkCPYFSF4lyiyrDNXCTKc";

/// How long after giving their password somebody may change what concerns everybody.
pub(super) const FRESH: SignedDuration = SignedDuration::from_mins(15);

#[derive(Template)]
#[template(path = "entrance/sign_in.html")]
struct Page<'a> {
    site: &'a str,
    name: &'a str,
    wrong: Option<&'a str>,
    /// The service that signs people in beside local accounts.
    provider: Option<&'a str>,
}

#[derive(Deserialize)]
pub(super) struct Fields {
    name: String,
    password: String,
}

fn page(app: &App, status: StatusCode, name: &str, wrong: Option<&str>) -> Response {
    // Where a server serves several, which one is not known yet.
    let sites = app.sites();
    let plan = sites.first().filter(|_| sites.len() == 1).map(|site| site.plan());
    let site = plan.as_ref().map_or("Accueil", |plan| plan.catalogue.site.name.get(Language::Fr));
    let provider = app.provider.as_ref().map(|provider| provider.name.as_str());
    render(status, &Page { site, name, wrong, provider })
}

pub(super) async fn form(State(app): State<Arc<App>>) -> Result<Response, Failure> {
    // Where an organisation says who its people are, nobody has to be told first.
    if app.provider.is_none() && app.is_new().await? {
        return Ok(Redirect::to("/premiers-pas").into_response());
    }
    Ok(page(&app, StatusCode::OK, "", None))
}

pub(super) async fn sign_in(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    extensions: Extensions,
    Form(Fields { name, password }): Form<Fields>,
) -> Result<Response, Failure> {
    let account = match check(&app, &headers, &extensions, &name, password).await? {
        Checked::Is(account) => *account,
        Checked::Wrong => {
            tracing::info!("sign-in refused");
            refused(&app, &headers, &extensions, &name).await?;
            let wrong = "Le nom ou le mot de passe n’est pas le bon.";
            return Ok(page(&app, StatusCode::UNAUTHORIZED, &name, Some(wrong)));
        }
        Checked::TooMany(seconds) => {
            let wrong = format!("Trop d’essais. Attendez {seconds} s, puis recommencez.");
            let mut page = page(&app, StatusCode::TOO_MANY_REQUESTS, &name, Some(&wrong));
            page.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            return Ok(page);
        }
    };
    let Ok(bits) = random::<32>() else {
        return Ok(page(&app, StatusCode::SERVICE_UNAVAILABLE, &name, Some("Le serveur a un problème. Réessayez.")));
    };
    open(&app, &account, &bits).await?;
    tracing::info!("sign-in");
    let entry = Entry::new(app.clock.now(), &account.name, Action::SignIn, "mot de passe");
    app.audit(Entry { role: named(&account.grants, None), ..entry }).await;
    Ok(([(header::SET_COOKIE, cookie(app.is_secure(), &bits))], Redirect::to("/")).into_response())
}

/// Keeps that somebody was not let in, and from where. A name that is none here is not kept: people type passwords there.
async fn refused(app: &App, headers: &HeaderMap, extensions: &Extensions, name: &str) -> Result<(), Failure> {
    let from = address::client(extensions, headers, &app.http.trusted_proxies).to_string();
    let known = app.store.account(name).await?.map_or_else(|| "?".to_owned(), |account| account.name);
    app.audit(Entry::new(app.clock.now(), known, Action::SignInRefused, from)).await;
    Ok(())
}

/// Opens a session of these bits, at the account's site where it has only one.
pub(crate) async fn open(app: &App, account: &Account, bits: &[u8; 32]) -> Result<(), Failure> {
    let now = app.clock.now();
    let session = Session {
        hash: Hash32::of(bits),
        account: account.id,
        site: only(app, account),
        fresh_until: now + FRESH,
        expires_at: now + LIFE,
    };
    app.store.open_session(&session, now).await?;
    if let Some(idle_until) = idle_until(&account.grants, now) {
        app.store.used(session.hash, Some(idle_until)).await?;
    }
    Ok(())
}

/// The site where somebody has a role, if there is just one.
fn only(app: &App, account: &Account) -> Option<SiteId> {
    let mut sites = app
        .sites()
        .into_iter()
        .map(|site| site.id)
        .filter(|site| account.grants.iter().any(|grant| grant.site.is_none_or(|at| at == *site)));
    sites.next().filter(|_| sites.next().is_none())
}

/// What a name and a password are.
pub(super) enum Checked {
    /// Theirs.
    Is(Box<Account>),
    /// Nobody's, or of somebody who is shut out.
    Wrong,
    /// Not looked at: try again after so many seconds.
    TooMany(u32),
}

/// Whether a password is that of an account, as often as people mistype.
pub(super) async fn check(
    app: &App,
    headers: &HeaderMap,
    extensions: &Extensions,
    name: &str,
    password: String,
) -> Result<Checked, Failure> {
    let now = app.clock.now();
    let from = subscriber(address::client(extensions, headers, &app.http.trusted_proxies));
    let limited = app.limits.sign_ins.take(from, now).and_then(|()| app.limits.accounts.take(name.to_owned(), now));
    if let Err(seconds) = limited {
        return Ok(Checked::TooMany(seconds));
    }
    let account = app.store.account(name).await?.filter(|account| account.disabled_at.is_none());
    let kept = account.as_ref().and_then(|account| account.password.clone());
    let known = kept.is_some();
    let right = verify(app, password, kept.unwrap_or_else(|| NOBODY.to_owned())).await;
    Ok(account.filter(|_| right && known).map_or(Checked::Wrong, |account| Checked::Is(Box::new(account))))
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
    person: SignedIn,
) -> Result<Response, Failure> {
    let now = app.clock.now();
    // Who may not receive people any more cannot finish with anybody either: whoever sits down next does.
    let receives = person.person().is_some_and(|person| person.may(Permission::Counter));
    if let (true, Some(site), Some(counter)) = (receives, &person.site, &person.counter) {
        // First nobody is called there any more, then nobody sits there: the other way round somebody could be called to an
        // empty chair, and whoever sits down meanwhile would find it closed.
        if let Some(counter) = site.plan().catalogue.counter(counter) {
            let who = Who::Staff { account: Some(person.account), supervises: false };
            let close = Wanted { id: Uuid::new_v4(), act: Act::Close };
            if let Done::Refused(_) = site.act(who, Some(counter), &close).await? {
                return Ok(go(&headers, "/guichet"));
            }
        }
        if app.store.leave_seat(person.session, now).await? == SeatOutcome::TicketOpen {
            return Ok(go(&headers, "/guichet"));
        }
    }
    app.store.close_session(person.session).await?;
    app.audit(person.did(now, Action::SignOut, "")).await;
    if let Some(site) = &person.site {
        site.live.touch();
    }
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
