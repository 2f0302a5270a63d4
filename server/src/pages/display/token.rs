//! A screen's token: a cookie that reads one display and is taken away at once.

use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::response::{IntoResponse, Redirect, Response};
use data_encoding::BASE64URL_NOPAD;
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use jiff::SignedDuration;
use wire::catalogue::Display;
use wire::token::Hash32;

use crate::app::App;
use crate::pages::page::{Failure, not_found};
use crate::site::Site;
use crate::store::Screen;

/// As long as browsers keep a cookie; each start renews it.
const LIFE: SignedDuration = SignedDuration::from_hours(400 * 24);

/// With TLS the `__Host-` prefix ties the cookie to this host; without (a demonstration) browsers would refuse it.
const fn cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-ecran" } else { "ecran" }
}

/// The cookie that carries a token's 256 bits.
pub(super) fn cookie(secure: bool, bits: &[u8; 32]) -> String {
    let (name, value, seconds) = (cookie_name(secure), BASE64URL_NOPAD.encode(bits), LIFE.as_secs());
    let tls = if secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{tls}")
}

fn token(headers: &HeaderMap, secure: bool) -> Option<[u8; 32]> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(';'));
    let value = pairs.filter_map(|pair| pair.trim().split_once('=')).find(|(name, _)| *name == cookie_name(secure))?.1;
    BASE64URL_NOPAD.decode(value.as_bytes()).ok()?.try_into().ok()
}

/// A machine whose token holds, and the token.
#[derive(Clone)]
pub(crate) struct Holder {
    screen: Screen,
    bits: [u8; 32],
}

impl Holder {
    /// Whose token it is.
    pub(crate) const fn token(&self) -> Hash32 {
        self.screen.token
    }
}

/// Who asks, where a route is a display's; or what they get instead: a page goes to where a code is typed.
pub(crate) async fn screen(app: &App, parts: &Parts) -> Result<Holder, Box<Response>> {
    let unknown = || {
        let accepts = parts.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
        let page = parts.method.is_safe() && accepts.is_some_and(|accepts| accepts.contains("text/html"));
        let answer =
            if page { Redirect::to("/afficher").into_response() } else { StatusCode::UNAUTHORIZED.into_response() };
        Box::new(answer)
    };
    let bits = token(&parts.headers, app.is_secure()).ok_or_else(unknown)?;
    let screen = app.store.screen(Hash32::of(&bits)).await;
    let screen = screen.map_err(|e| Box::new(Failure::from(e).into_response()))?.ok_or_else(unknown)?;
    Ok(Holder { screen, bits })
}

/// A machine, and the display that it shows.
#[derive(Clone)]
pub(super) struct Shown {
    pub(super) screen: Screen,
    pub(super) site: Arc<Site>,
    pub(super) display: Display,
    bits: [u8; 32],
}

impl Shown {
    /// The same cookie, for as long again.
    pub(super) fn cookie(&self, secure: bool) -> String {
        cookie(secure, &self.bits)
    }
}

impl FromRequestParts<Arc<App>> for Shown {
    type Rejection = Response;

    /// The display of the address must be the token's: another one, of this site or of none, is not found.
    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let Some(Holder { screen, bits }) = parts.extensions.get::<Holder>().cloned() else {
            return Err(StatusCode::UNAUTHORIZED.into_response());
        };
        let asked = RawPathParams::from_request_parts(parts, app).await.ok();
        let asked = asked.iter().flatten().find(|(name, _)| *name == "display").map(|(_, value)| value.to_owned());
        let site = app.site(screen.site).filter(|_| asked.as_deref() == Some(screen.display.as_str()));
        let found = site.and_then(|site| {
            let display = site.plan().catalogue.display(&screen.display).cloned();
            display.map(|display| (site, display))
        });
        match found {
            Some((site, display)) => Ok(Self { screen, site, display, bits }),
            None => Err(not_found().await),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_a_screens_own_and_reads_back() {
        let written = cookie(true, &[7; 32]);
        assert!(written.starts_with("__Host-ecran=") && written.ends_with("; Secure"), "{written}");
        assert!(written.contains("; HttpOnly; SameSite=Lax; Max-Age=34560000"), "{written}");
        let read = |text: &str, secure| {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, text.parse().unwrap());
            token(&headers, secure)
        };
        let pair = written.split(';').next().unwrap();
        assert_eq!(read(&format!("sid=x; {pair}"), true), Some([7; 32]));
        assert_eq!(read(pair, false), None);
        assert_eq!(read("__Host-ecran=AAAA", true), None);
    }
}
