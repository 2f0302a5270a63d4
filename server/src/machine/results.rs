//! `POST /v1/results`: what became of what technicians asked of a borne.

use std::sync::Arc;

use axum::extract::{Request, State};
use http::StatusCode;
use wire::outcome::{MAX_BODY, Outcome, OutcomeError};

use super::signed::{self, Signed};
use crate::app::App;
use crate::refusal::Refusal;

pub(super) async fn results(State(app): State<Arc<App>>, request: Request) -> Result<StatusCode, Refusal> {
    let signed = signed::open_up_to(&app, request, MAX_BODY).await?;
    let borne = signed.borne;
    app.telling(borne, take(&app, signed).await).await.map(|()| StatusCode::NO_CONTENT)
}

async fn take(app: &App, signed: Signed) -> Result<(), Refusal> {
    let told: Outcome = super::parse(&signed.body)?;
    told.check().map_err(|wrong| match wrong {
        OutcomeError::Version(sent) => Refusal::version(sent),
        OutcomeError::Large => Refusal::too_large(wrong.to_string()),
        OutcomeError::NoPng => Refusal::bad_request(wrong.to_string()),
    })?;
    if !app.store.claim_nonce(signed.borne, signed.nonce).await? {
        return Err(Refusal::replay());
    }
    if app.end_asked(&signed.sender, told).await? { Ok(()) } else { Err(Refusal::not_found("command")) }
}
