//! Keys: 256 random bits that a program shows with each request. The store knows their hash only.

use std::fmt;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64URL_NOPAD;
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use jiff::SignedDuration;
use uuid::Uuid;
use wire::problem::ProblemKind;
use wire::token::Hash32;

use super::scope::Scope;
use crate::address::client;
use crate::app::App;
use crate::limits::subscriber;
use crate::refusal::Refusal;
use crate::site::Site;

/// How a key begins, so that whoever finds one knows what it is.
const PREFIX: &str = "acc_";

/// How often it is remembered that a key was used.
const USED_AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// The key itself.
pub(crate) struct Secret(pub(crate) [u8; 32]);

impl Secret {
    /// What the store knows of it.
    pub(crate) fn hash(&self) -> Hash32 {
        Hash32::of(&self.0)
    }

    /// As its program shows it.
    pub(crate) fn reveal(&self) -> String {
        format!("{PREFIX}{}", BASE64URL_NOPAD.encode(&self.0))
    }

    fn read(text: &str) -> Option<Self> {
        let bits = BASE64URL_NOPAD.decode(text.strip_prefix(PREFIX)?.as_bytes()).ok()?;
        bits.try_into().ok().map(Self)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// A program that asks.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// Its key.
    pub(crate) key: Uuid,
    /// What people call it.
    pub(crate) name: String,
    /// The key's site: nothing else is seen or changed.
    pub(crate) site: Arc<Site>,
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Refusal;

    /// Where no row of the table asked for a key there is nobody.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Refusal::key("this address takes no key"))
    }
}

/// Puts into a request which program asks, where its key is for this; or answers what it gets instead. Answers what its
/// requests are counted by.
pub(crate) async fn identify(app: &App, parts: &mut Parts, scope: Scope) -> Result<Hash32, Box<Response>> {
    let unknown = |detail: &str| {
        let mut response = Refusal::key(detail).into_response();
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        Box::new(response)
    };
    let refused = |refusal: Refusal| Box::new(refusal.into_response());
    let given = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let secret = given.and_then(|value| value.split_once(' ')).filter(|(kind, _)| kind.eq_ignore_ascii_case("bearer"));
    let secret = secret.and_then(|(_, key)| Secret::read(key.trim()));
    let secret =
        secret.ok_or_else(|| unknown("send the header `Authorization: Bearer acc_…` with a key of the site"))?;
    let (hash, now) = (secret.hash(), app.clock.now());
    // Who guesses is not looked up for ever.
    let from = subscriber(client(&parts.extensions, &parts.headers, &app.http.trusted_proxies));
    app.limits.keys.look(&from, now).map_err(|seconds| refused(Refusal::too_many(seconds)))?;
    let Some(key) = app.store.key(hash, now).await.map_err(|e| refused(e.into()))? else {
        app.limits.keys.take(from, now).map_err(|seconds| refused(Refusal::too_many(seconds)))?;
        return Err(unknown("this key is not known, or no longer: ask an administrator of the site for one"));
    };
    let site = app.site(key.site).ok_or_else(|| unknown("the key's site is not served here"))?;
    if !key.scopes.contains(&scope) {
        let detail = format!("the key may not be used for this: it takes one with `{}`", scope.as_str());
        return Err(refused(Refusal::new(ProblemKind::Scope, StatusCode::FORBIDDEN, detail)));
    }
    // A clock that was set back must not make every request write.
    if key.used_at.is_none_or(|at| now.duration_since(at).abs() >= USED_AGAIN) {
        app.store.key_used(key.id, now).await.map_err(|e| refused(e.into()))?;
    }
    parts.extensions.insert(Caller { key: key.id, name: key.name, site });
    Ok(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_shown() {
        let shown = Secret([7; 32]).reveal();
        assert_eq!(Secret::read(&shown).map(|secret| secret.0), Some([7; 32]));
        for wrong in ["", "acc_", &shown[4..], &shown[..46], &format!("{shown}A")] {
            assert!(Secret::read(wrong).is_none(), "{wrong}");
        }
        assert!(!format!("{:?}", Secret([7; 32])).contains('7'));
    }
}
