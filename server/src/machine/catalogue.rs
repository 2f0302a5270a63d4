//! `GET /v1/catalogue`: what is published of the borne's site, as it was signed.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use wire::publication::SignedCatalogue;

use super::signed;
use crate::app::App;
use crate::refusal::Refusal;

pub(super) async fn catalogue(State(app): State<Arc<App>>, request: Request) -> Result<Json<SignedCatalogue>, Refusal> {
    let signed = signed::open(&app, request).await?;
    Ok(Json(signed.site.signed(&app).await?))
}
