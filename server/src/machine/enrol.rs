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
    app.limits.enrolments.take(subscriber(from), now).map_err(Refusal::too_many)?;
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
    let enrolling = Enrolling {
        code: asked.code.hash(),
        site: app.catalogue.site.id,
        id: OriginId(Uuid::now_v7()),
        public_key: asked.public_key,
        name: asked.name,
        at: now,
        day_begins: app.day_begins(now),
    };
    match app.store.enrol(&enrolling).await? {
        Enrolled::Done { id, series } => {
            tracing::info!(borne = %id, series = series.digit(), fingerprint = asked.public_key.fingerprint(), "borne enrolled");
            Ok(Json(EnrolReply {
                borne: id,
                site: app.catalogue.site.id,
                series,
                server_key: app.public_key(),
                server_time: now,
            }))
        }
        Enrolled::WrongCode => Err(Refusal::new(
            ProblemKind::EnrolmentCode,
            StatusCode::FORBIDDEN,
            "the code is wrong, spent or older than 24 hours: ask for a new one (accueil-server enrol-code)",
        )),
        Enrolled::NoSeriesLeft => Err(Refusal::new(
            ProblemKind::NoSeriesLeft,
            StatusCode::CONFLICT,
            "six bornes hold the six series of this site: revoke one; its series is free on the next service day",
        )),
    }
}
