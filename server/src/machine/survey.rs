//! `POST /v1/survey`: counts of anonymous answers. Who sent them is checked and forgotten.

use std::sync::Arc;

use axum::extract::{Request, State};
use http::StatusCode;
use wire::survey::{MAX_CELLS, SurveyCell, VERSION};

use super::signed::{self, Signed};
use crate::app::App;
use crate::refusal::Refusal;
use crate::site::Plan;

pub(super) async fn survey(State(app): State<Arc<App>>, request: Request) -> Result<StatusCode, Refusal> {
    let signed = signed::open(&app, request).await?;
    let borne = signed.borne;
    app.telling(borne, take(&app, signed).await).await.map(|()| StatusCode::NO_CONTENT)
}

async fn take(app: &App, signed: Signed) -> Result<(), Refusal> {
    let cells: Vec<SurveyCell> = super::parse(&signed.body)?;
    let Some(first) = cells.first() else {
        return Err(Refusal::bad_request("an upload holds one cell or more"));
    };
    if cells.len() > MAX_CELLS {
        return Err(Refusal::too_large(format!("{} cells, {MAX_CELLS} at most", cells.len())));
    }
    let plan = signed.site.plan();
    for (index, cell) in cells.iter().enumerate() {
        check(&plan, cell, first).map_err(|wrong| Refusal::bad_request(format!("cells[{index}]: {wrong}")))?;
    }
    // A transaction of its own: the borne's row and the cells are never written together.
    if !app.store.claim_nonce(signed.borne, signed.nonce).await? {
        return Err(Refusal::replay());
    }
    app.store.add_cells(signed.site.id, first.batch_id, &cells).await?;
    Ok(())
}

fn check(plan: &Plan, cell: &SurveyCell, first: &SurveyCell) -> Result<(), String> {
    if cell.v != VERSION {
        return Err(format!("version {} is not spoken here: use version {VERSION}", cell.v));
    }
    if cell.batch_id != first.batch_id {
        return Err("batch_id differs from the first cell's: one upload is one batch".to_owned());
    }
    if cell.batch_id.get_version_num() != 4 {
        return Err("batch_id must be random (UUIDv4): other versions tell a time or a place".to_owned());
    }
    if cell.count == 0 {
        return Err("count starts at 1".to_owned());
    }
    // Answers wait up to a week on a borne: those of a survey that has been replaced since count as well.
    let Some(survey) = plan.catalogue.survey.as_ref().filter(|survey| survey.id == cell.survey) else {
        return Ok(());
    };
    if let Some(service) = cell.service.as_ref().filter(|service| plan.catalogue.service(service).is_none()) {
        return Err(format!("there is no service `{service}` here"));
    }
    let choices: Vec<usize> = survey.questions.iter().map(|question| question.answers.len()).collect();
    let answers = &cell.vector.0;
    let fits = |(answer, most): (&u8, &usize)| usize::from(*answer) <= *most;
    if answers.len() != choices.len() || !answers.iter().zip(&choices).all(fits) {
        return Err("vector does not fit the survey's questions".to_owned());
    }
    Ok(())
}
