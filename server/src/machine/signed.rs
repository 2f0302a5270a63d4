//! Requests that a borne signed.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use axum::body::Body;
use ed25519_dalek::{Signature, VerifyingKey};
use http::request::Parts;
use wire::ids::OriginId;
use wire::signature::{self, Params, WINDOW_S};
use wire::sync::{MAX_BODY, MAX_INFLATED};

use super::body;
use super::pulse::Before;
use crate::app::App;
use crate::refusal::Refusal;
use crate::site::Site;
use crate::store::Borne;

/// A request whose signature holds. Whether its counter grows is for the store to say.
pub(super) struct Signed {
    pub(super) borne: OriginId,
    /// As it was known when the request came.
    pub(super) sender: Borne,
    pub(super) before: Before,
    pub(super) site: Arc<Site>,
    pub(super) nonce: u64,
    /// Inflated.
    pub(super) body: Vec<u8>,
}

/// What a request says about its sender, in its headers.
struct Claim {
    digest: String,
    params: Params,
    signature: [u8; 64],
    id: OriginId,
}

/// Reads a signed request: who claims to send it, body as sent, digest, signature, rights, time, rate, and only then
/// what it says. Technicians are told of refusals, except of those who claim to be nobody that is known: these are
/// counted.
pub(super) async fn open(app: &App, request: axum::extract::Request) -> Result<Signed, Refusal> {
    open_up_to(app, request, MAX_BODY).await
}

/// The same with a body of so many bytes as sent.
pub(super) async fn open_up_to(app: &App, request: axum::extract::Request, most: usize) -> Result<Signed, Refusal> {
    let (parts, sent) = request.into_parts();
    let count = |refusal| {
        app.strangers.fetch_add(1, Ordering::Relaxed);
        refusal
    };
    let claim = claim(&parts).map_err(count)?;
    let before = app.pulse.before();
    let borne = match app.pulse.borne(claim.id, Instant::now()) {
        Some(known) => known,
        None => app.store.borne(claim.id).await?.ok_or_else(|| count(Refusal::revoked()))?,
    };
    let (site, body) = app.telling(borne.id, check(app, &borne, &parts, &claim, (sent, most)).await).await?;
    Ok(Signed { borne: borne.id, sender: borne, before, site, nonce: claim.params.nonce, body })
}

fn claim(parts: &Parts) -> Result<Claim, Refusal> {
    let text = |name: &str| {
        let missing = || Refusal::signature(format!("the header {name} is missing"));
        parts.headers.get(name).and_then(|value| value.to_str().ok()).ok_or_else(missing)
    };
    let digest = text("content-digest")?.to_owned();
    let unreadable = |e: signature::SignatureError| Refusal::signature(e.to_string());
    let params = Params::parse(text("signature-input")?).map_err(unreadable)?;
    let signature = signature::parse_header(text("signature")?).map_err(unreadable)?;
    let id = params.keyid.parse().map_err(|_| Refusal::signature("keyid is the borne's identity, a UUID"))?;
    Ok(Claim { digest, params, signature, id })
}

async fn check(
    app: &App,
    borne: &Borne,
    parts: &Parts,
    claim: &Claim,
    (sent, most): (Body, usize),
) -> Result<(Arc<Site>, Vec<u8>), Refusal> {
    let Claim { digest, params, signature, id } = claim;
    // Only now: strangers' bodies are not worth their memory.
    let sent = body::read(app, sent, most).await?;
    if *digest != signature::content_digest(&sent) {
        return Err(Refusal::signature("Content-Digest is not `sha-256=:…:` of the body as sent"));
    }
    let base = params.base(&signature::Request {
        method: parts.method.as_str(),
        authority: &authority(parts),
        path: parts.uri.path(),
        query: parts.uri.query().unwrap_or(""),
        content_digest: digest,
    });
    let wrong = |_| Refusal::signature("the signature is not that of this borne's key over this request");
    let key = VerifyingKey::from_bytes(&borne.public_key.0).map_err(wrong)?;
    key.verify_strict(base.as_bytes(), &Signature::from_bytes(signature)).map_err(wrong)?;
    if borne.revoked_at.is_some() {
        return Err(Refusal::revoked());
    }
    let now = app.clock.now();
    app.limits.devices.take(*id, now).map_err(Refusal::too_many)?;
    if now.as_second().abs_diff(params.created) > WINDOW_S.unsigned_abs() {
        return Err(Refusal::clock(params.created, now));
    }
    let body = body::inflate(&parts.headers, sent, MAX_INFLATED)?;
    let site = app.site(borne.site).ok_or_else(Refusal::revoked)?;
    Ok((site, body))
}

/// The host as the client wrote it. Clients leave their scheme's default port out, and which scheme a proxy in front
/// spoke is not known here, so nothing is taken off.
fn authority(parts: &Parts) -> String {
    let host = parts.headers.get(http::header::HOST).and_then(|value| value.to_str().ok());
    parts.uri.authority().map(|a| a.as_str()).or(host).unwrap_or("").to_ascii_lowercase()
}
