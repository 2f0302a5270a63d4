//! `POST /v1/enrol`: a code becomes an identity and a series. TLS protects the code; nothing is signed.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use http::StatusCode;
use uuid::Uuid;
use wire::enrolment::{EnrolReply, EnrolRequest, VERSION};
use wire::ids::OriginId;
use wire::problem::ProblemKind;

use super::body;
use crate::address;
use crate::app::App;
use crate::limits::subscriber;
use crate::refusal::Refusal;
use crate::store::{Enrolled, Enrolling};

/// Far more than a request needs, in bytes.
const BODY_MAX: usize = 4 << 10;

/// The longest name, in characters.
const NAME_MAX: usize = 40;

pub(super) async fn enrol(State(app): State<Arc<App>>, request: Request) -> Result<Json<EnrolReply>, Refusal> {
    let now = app.clock.now();
    let from = address::client(request.extensions(), request.headers(), &app.http.trusted_proxies);
    let from = subscriber(from);
    app.limits.enrolments.take(from, now).map_err(Refusal::too_many)?;
    app.limits.wrong_codes.look(&from, now).map_err(Refusal::too_many)?;
    let asked: EnrolRequest = super::parse(&body::read(&app, request.into_body(), BODY_MAX).await?)?;
    if asked.v != VERSION {
        return Err(Refusal::version(asked.v));
    }
    if !(1..=NAME_MAX).contains(&asked.name.chars().count()) || asked.name.chars().any(char::is_control) {
        return Err(Refusal::bad_request(format!("name has 1 to {NAME_MAX} printable characters")));
    }
    if ed25519_dalek::VerifyingKey::from_bytes(&asked.public_key.0).is_err() {
        return Err(Refusal::bad_request("public_key is no point of Ed25519"));
    }
    let hash = asked.code.hash();
    let site = match app.store.site_of_code(hash).await? {
        Some(site) => app.site(site),
        // Nobody's: it counts against the open codes of the only site. Of several, none pays for what may be another's.
        None => Some(app.sites()).filter(|sites| sites.len() == 1).and_then(|mut sites| sites.pop()),
    };
    let mut enrolled = (Enrolled::WrongCode, None);
    if let Some(site) = site {
        let enrolling = Enrolling {
            code: hash,
            site: site.id,
            id: OriginId(Uuid::now_v7()),
            public_key: asked.public_key,
            name: asked.name.clone(),
            at: now,
            day_begins: site.day_begins(now),
        };
        enrolled = (app.store.enrol(&enrolling).await?, Some(site.id));
    } else if app.limits.wrong_codes.take(from, now).is_ok() {
        tracing::warn!("an enrolment code that is no site's was refused");
    }
    match enrolled {
        (Enrolled::Done { id, series }, Some(site)) => {
            tracing::info!(borne = %id, series = series.digit(), fingerprint = asked.public_key.fingerprint(), "borne enrolled");
            Ok(Json(EnrolReply { borne: id, site, series, server_key: app.public_key(), server_time: now }))
        }
        (Enrolled::WrongCode | Enrolled::Done { .. }, _) => Err(Refusal::new(
            ProblemKind::EnrolmentCode,
            StatusCode::FORBIDDEN,
            "the code is wrong, spent or older than 24 hours: ask for a new one (accueil-server enrol-code)",
        )),
        (Enrolled::NoSeriesLeft, _) => Err(Refusal::new(
            ProblemKind::NoSeriesLeft,
            StatusCode::CONFLICT,
            "six bornes hold the six series of this site: revoke one; its series is free on the next service day",
        )),
    }
}
