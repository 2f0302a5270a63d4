//! Who is signed in, and where they sit.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Redirect, Response};
use data_encoding::BASE64URL_NOPAD;
use http::request::Parts;
use http::{HeaderMap, HeaderName, Method, StatusCode, header};
use jiff::SignedDuration;
use wire::catalogue::Counter;
use wire::token::Hash32;

use super::page::{Failure, too_many};
use crate::app::App;
use crate::store::Seated;

/// How long an agent stays signed in.
pub(super) const LIFE: SignedDuration = SignedDuration::from_hours(10);

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

fn session_hash(headers: &HeaderMap, secure: bool) -> Option<Hash32> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(';'));
    let value = pairs.filter_map(|pair| pair.trim().split_once('=')).find(|(name, _)| *name == cookie_name(secure))?.1;
    let bits = BASE64URL_NOPAD.decode(value.as_bytes()).ok().filter(|bits| bits.len() == 32)?;
    Some(Hash32::of(&bits))
}

/// Somebody who is signed in.
pub(super) struct Agent(pub(super) Seated);

/// Somebody who sits at a counter of the site.
pub(super) struct AtCounter {
    pub(super) agent: Seated,
    pub(super) counter: Counter,
}

/// Elsewhere, for browsers and for scripts that swap fragments alike.
pub(super) fn go(headers: &HeaderMap, to: &'static str) -> Response {
    if headers.contains_key("hx-request") {
        (StatusCode::OK, [(HeaderName::from_static("hx-redirect"), to)]).into_response()
    } else {
        Redirect::to(to).into_response()
    }
}

impl FromRequestParts<Arc<App>> for Agent {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let signed_out = || go(&parts.headers, "/connexion");
        let hash = session_hash(&parts.headers, app.is_secure()).ok_or_else(signed_out)?;
        let now = app.clock.now();
        let session = app.store.session(hash, now).await.map_err(|e| Failure::from(e).into_response())?;
        let session = session.ok_or_else(signed_out)?;
        if parts.method == Method::POST {
            app.limits.posts.take(hash, now).map_err(too_many)?;
        }
        Ok(Self(session))
    }
}

impl FromRequestParts<Arc<App>> for AtCounter {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let Agent(agent) = Agent::from_request_parts(parts, app).await?;
        let counter = agent.counter.as_ref().and_then(|id| app.catalogue.counter(id)).cloned();
        match counter {
            Some(counter) => Ok(Self { agent, counter }),
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
