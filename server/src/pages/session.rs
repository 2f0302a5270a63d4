//! Who is signed in, and where they sit.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Redirect, Response};
use data_encoding::BASE64URL_NOPAD;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use wire::catalogue::Counter;
use wire::ids::{AgentRef, CounterId, SiteId};
use wire::token::Hash32;

use super::page::{Failure, not_allowed, not_found};
use crate::app::App;
use crate::audit::{Action, Entry};
use crate::desk::gone;
use crate::roles::{Permission, Role, named};
use crate::room::Access;
use crate::site::Site;
use crate::store::{Grant, Seated};

/// How long an agent stays signed in.
pub(super) const LIFE: SignedDuration = SignedDuration::from_hours(10);

/// How long an administrator stays signed in without doing anything.
const IDLE: SignedDuration = SignedDuration::from_mins(30);

/// Use that follows use within this is not written down.
const USED_AGAIN: SignedDuration = SignedDuration::from_mins(1);

/// Until when a session lasts that is used now, if nobody uses it again; none: as long as it may.
pub(super) fn idle_until(grants: &[Grant], now: Timestamp) -> Option<Timestamp> {
    grants.iter().any(|grant| grant.role == Role::Administrator).then(|| now + IDLE)
}

/// Whether somebody is at the browser. Pages that renew themselves and streams go on by themselves.
fn is_use(parts: &Parts) -> bool {
    let accepts = parts.headers.get(header::ACCEPT).and_then(|accepts| accepts.to_str().ok());
    let streams = accepts.is_some_and(|accepts| accepts.contains("text/event-stream"));
    !parts.method.is_safe() || !(streams || parts.headers.contains_key("hx-request"))
}

/// With TLS the `__Host-` prefix ties the cookie to this host; without (a demonstration) browsers would refuse it.
const fn cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-sid" } else { "sid" }
}

/// The cookie that carries a session's 256 bits for as long as it lasts.
pub(super) fn cookie(secure: bool, bits: &[u8; 32]) -> String {
    write_cookie(secure, &BASE64URL_NOPAD.encode(bits), LIFE.as_secs())
}

/// The cookie that takes it away.
pub(super) fn no_cookie(secure: bool) -> String {
    write_cookie(secure, "", 0)
}

fn write_cookie(secure: bool, value: &str, seconds: i64) -> String {
    let name = cookie_name(secure);
    let tls = if secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{tls}")
}

/// The value of a cookie.
pub(super) fn cookie_value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(';'));
    Some(pairs.filter_map(|pair| pair.trim().split_once('=')).find(|(found, _)| *found == name)?.1)
}

fn session_hash(headers: &HeaderMap, secure: bool) -> Option<Hash32> {
    let value = cookie_value(headers, cookie_name(secure))?;
    let bits = BASE64URL_NOPAD.decode(value.as_bytes()).ok().filter(|bits| bits.len() == 32)?;
    Some(Hash32::of(&bits))
}

/// The session that a request's cookie names, where its route asks for none.
pub(super) async fn current(app: &App, headers: &HeaderMap) -> Result<Option<Seated>, Failure> {
    match session_hash(headers, app.is_secure()) {
        Some(hash) => Ok(app.store.session(hash, app.clock.now()).await?),
        None => Ok(None),
    }
}

/// Somebody who is signed in, wherever they work.
#[derive(Clone)]
pub(crate) struct SignedIn {
    /// The session's hash.
    pub(crate) session: Hash32,
    /// Their number.
    pub(crate) account: AgentRef,
    /// The name they sign in with.
    pub(crate) name: String,
    /// What they may do where.
    pub(crate) grants: Arc<[Grant]>,
    /// Where they work, once they have chosen.
    pub(crate) site: Option<Arc<Site>>,
    /// The counter they hold there.
    pub(crate) counter: Option<CounterId>,
    /// They must choose a password of their own before anything else.
    pub(crate) must_change: bool,
    /// Until when their password counts as given just now.
    pub(crate) fresh_until: Timestamp,
    /// Whether they have a role at another site.
    pub(crate) elsewhere: bool,
}

/// Somebody who is signed in, at a site.
#[derive(Clone)]
pub(crate) struct Person {
    /// The session's hash.
    pub(crate) session: Hash32,
    /// Their number.
    pub(crate) account: AgentRef,
    /// The name they sign in with.
    pub(crate) name: String,
    /// What they may do where.
    pub(crate) grants: Arc<[Grant]>,
    /// Where the page is about: where they work, or the site that its address names.
    pub(crate) site: Arc<Site>,
    /// The counter they hold.
    pub(crate) counter: Option<CounterId>,
    /// Until when their password counts as given just now.
    pub(crate) fresh_until: Timestamp,
    /// Whether they have a role at another site.
    pub(crate) elsewhere: bool,
}

/// Somebody who sits at a counter of the site.
pub(super) struct AtCounter {
    pub(super) person: Person,
    pub(super) counter: Counter,
}

impl SignedIn {
    /// What the audit chain keeps of something they did, wherever they work.
    pub(crate) fn did(&self, at: Timestamp, action: Action, object: impl Into<String>) -> Entry {
        let site = self.site.as_ref().map(|site| site.id);
        Entry { role: named(&self.grants, site), site, ..Entry::new(at, &self.name, action, object) }
    }

    /// Whether they have any role at a site.
    pub(crate) fn works_at(&self, site: SiteId) -> bool {
        self.grants.iter().any(|grant| grant.site.is_none_or(|at| at == site))
    }

    /// The same at the site where they work.
    pub(crate) fn person(&self) -> Option<Person> {
        let site = self.site.as_ref().filter(|site| self.works_at(site.id))?;
        Some(self.at(Arc::clone(site)))
    }

    fn at(&self, site: Arc<Site>) -> Person {
        let here = self.site.as_ref().is_some_and(|own| own.id == site.id);
        Person {
            session: self.session,
            account: self.account,
            name: self.name.clone(),
            grants: Arc::clone(&self.grants),
            counter: self.counter.clone().filter(|_| here),
            site,
            fresh_until: self.fresh_until,
            elsewhere: self.elsewhere,
        }
    }
}

impl Person {
    /// What the audit chain keeps of something they did here.
    pub(crate) fn did(&self, at: Timestamp, action: Action, object: impl Into<String>) -> Entry {
        let (role, site) = (named(&self.grants, Some(self.site.id)), Some(self.site.id));
        Entry { role, site, ..Entry::new(at, &self.name, action, object) }
    }

    /// Whether they may do this here.
    pub(crate) fn may(&self, permission: Permission) -> bool {
        self.grants.iter().any(|grant| grant.allows(self.site.id, permission))
    }

    /// Whether a route with this row is theirs to use here, however long ago they gave their password.
    pub(crate) fn opens(&self, access: Access) -> bool {
        access.permission().is_none_or(|permission| self.may(permission))
    }

    /// Whether they may do this at every site, and so at one that is not there yet.
    pub(crate) fn may_everywhere(&self, permission: Permission) -> bool {
        self.grants.iter().any(|grant| grant.site.is_none() && grant.role.may(permission))
    }

    /// The same, wherever they work.
    pub(crate) fn signed_in(&self) -> SignedIn {
        SignedIn {
            session: self.session,
            account: self.account,
            name: self.name.clone(),
            grants: Arc::clone(&self.grants),
            site: Some(Arc::clone(&self.site)),
            counter: self.counter.clone(),
            must_change: false,
            fresh_until: self.fresh_until,
            elsewhere: self.elsewhere,
        }
    }
}

/// Elsewhere, for browsers and for scripts that swap fragments alike.
pub(crate) fn go(headers: &HeaderMap, to: &str) -> Response {
    if headers.contains_key("hx-request") {
        let to = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/"));
        (StatusCode::OK, [(HeaderName::from_static("hx-redirect"), to)]).into_response()
    } else {
        Redirect::to(to).into_response()
    }
}

/// Where somebody goes who got their password for one time.
const OWN_PASSWORD: &str = "/moi";

/// Puts into a request who asks, where its route wants somebody who is signed in and may do this; or answers what they get
/// instead. `named` is the site in the address: one where they may not do it is as good as none.
pub(crate) async fn identify(
    app: &App,
    parts: &mut Parts,
    access: Access,
    named: Option<&str>,
) -> Result<Hash32, Box<Response>> {
    let signed_out = || Box::new(go(&parts.headers, "/connexion"));
    let hash = session_hash(&parts.headers, app.is_secure()).ok_or_else(signed_out)?;
    let session = app.store.session(hash, app.clock.now()).await;
    let failed = |e| Box::new(Failure::from(e).into_response());
    let Seated { session, account, name, grants, site, counter, fresh_until, must_change, idle_until: known } =
        session.map_err(failed)?.ok_or_else(signed_out)?;
    let lasts = idle_until(&grants, app.clock.now());
    let again = known.zip(lasts).is_some_and(|(known, lasts)| lasts.duration_since(known) < USED_AGAIN);
    if known != lasts && !again && is_use(parts) {
        app.store.used(session, lasts).await.map_err(failed)?;
    }
    if must_change && !matches!(parts.uri.path(), OWN_PASSWORD | "/deconnexion") {
        return Err(Box::new(go(&parts.headers, OWN_PASSWORD)));
    }
    let mut signed_in = SignedIn {
        session,
        account,
        name,
        grants: grants.into(),
        site: site.and_then(|site| app.site(site)),
        counter,
        must_change,
        fresh_until,
        elsewhere: false,
    };
    signed_in.elsewhere = app.sites().iter().filter(|site| signed_in.works_at(site.id)).count() > 1;
    if let Some(permission) = access.permission() {
        let person = match named {
            None => signed_in.person().ok_or_else(|| Box::new(go(&parts.headers, "/site")))?,
            Some(named) => {
                let site = named.parse().ok().and_then(|site| app.site(site));
                let may = |site: &Arc<Site>| signed_in.grants.iter().any(|grant| grant.allows(site.id, permission));
                match site.filter(may) {
                    Some(site) => signed_in.at(site),
                    None => return Err(Box::new(not_found().await)),
                }
            }
        };
        if !person.opens(access) {
            return Err(Box::new(not_allowed()));
        }
        parts.extensions.insert(person);
    }
    parts.extensions.insert(signed_in);
    Ok(session)
}

impl<S: Send + Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Response;

    /// Where no row of the table asked for a session there is nobody.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| go(&parts.headers, "/connexion"))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Person {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| go(&parts.headers, "/connexion"))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for AtCounter {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let person = Person::from_request_parts(parts, state).await?;
        let plan = person.site.plan();
        let found = person.counter.as_ref().and_then(|id| {
            plan.catalogue.counter(id).cloned().or_else(|| {
                let held = person.site.look(|hall| hall.at_counter(id).is_some());
                held.then(|| gone(id))
            })
        });
        match found {
            Some(counter) => {
                person.site.presence.heard(&counter.id);
                Ok(Self { person, counter })
            }
            None => Err(go(&parts.headers, "/poste")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_tls_the_cookie_is_tied_to_its_host() {
        let cookie = cookie(true, &[7; 32]);
        assert!(cookie.starts_with("__Host-sid="), "{cookie}");
        assert!(cookie.contains("; Path=/; HttpOnly; SameSite=Lax;") && cookie.ends_with("; Secure"), "{cookie}");
        assert!(!cookie.contains("Domain"), "{cookie}");
        assert!(no_cookie(true).contains("__Host-sid=; "));
    }

    #[test]
    fn only_a_cookie_of_256_bits_under_the_right_name_is_a_session() {
        let hash = |text: &str, secure| {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, text.parse().unwrap());
            session_hash(&headers, secure)
        };
        let good = cookie(false, &[7; 32]);
        let pair = good.split(';').next().unwrap();
        assert_eq!(hash(&format!("a=b; {pair}"), false), Some(Hash32::of(&[7; 32])));
        assert_eq!(hash(pair, true), None, "a plain cookie is not taken where TLS is spoken");
        assert_eq!(hash("sid=AAAA", false), None);
    }
}
