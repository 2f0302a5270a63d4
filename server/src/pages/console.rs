//! `/guichet`: the agent's console. Each action is a form of its own and works without scripts.

use std::sync::Arc;

use axum::Form;
use axum::extract::State;
use axum::response::sse::Event;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use queue_engine::policy::TooSoon;
use serde::Deserialize;
use uuid::Uuid;
use wire::catalogue::Counter;
use wire::ids::{HelpId, TicketId};

use super::console_view::view;
use super::page::{Failure, render};
use super::session::AtCounter;
use super::{REFUSED, stream};
use crate::app::App;
use crate::desk::{Moved, Next};
use crate::store::{Seated, Step, StepKind};

/// The ticket that the form was drawn for: a page that is out of date must not move another one.
#[derive(Deserialize)]
pub(super) struct TicketFields {
    ticket: TicketId,
    episode: u32,
}

/// Made with the page: the same form sent twice is one call.
#[derive(Deserialize)]
pub(super) struct CallFields {
    call_id: Uuid,
}

/// The ticket, and the call that follows where the agent goes straight on.
#[derive(Deserialize)]
pub(super) struct FinishFields {
    ticket: TicketId,
    episode: u32,
    #[serde(default)]
    call_id: Option<Uuid>,
}

#[derive(Deserialize)]
pub(super) struct HelpFields {
    help: HelpId,
}

type Answer = Result<Response, Failure>;

pub(super) async fn page(State(app): State<Arc<App>>, AtCounter { agent, counter }: AtCounter) -> Answer {
    show(&app, StatusCode::OK, &agent, &counter, None).await
}

/// Says only that something changed: the page asks for what its agent may see.
pub(super) async fn stream(State(app): State<Arc<App>>, AtCounter { agent, counter: _ }: AtCounter) -> Response {
    let watcher = Arc::clone(&app);
    stream::stream(&app, move || {
        let app = Arc::clone(&watcher);
        async move {
            let session = app.store.session(agent.session, app.clock.now()).await;
            session.ok().flatten().map(|_| Event::default().event("etat").data("1"))
        }
    })
}

pub(super) async fn call(
    State(app): State<Arc<App>>,
    AtCounter { agent, counter }: AtCounter,
    Form(CallFields { call_id }): Form<CallFields>,
) -> Answer {
    next(&app, &agent, &counter, call_id).await
}

async fn next(app: &App, agent: &Seated, counter: &Counter, call_id: Uuid) -> Answer {
    match app.call_next(counter, call_id).await? {
        Next::Called(_) => Ok(done()),
        Next::Nobody => {
            show(app, StatusCode::OK, agent, counter, Some("Personne n’attend pour ce guichet.".into())).await
        }
        Next::Busy => {
            let text = "Une personne est déjà appelée à ce guichet. Terminez d’abord avec elle.";
            show(app, REFUSED, agent, counter, Some(text.into())).await
        }
    }
}

pub(super) async fn recall(
    State(app): State<Arc<App>>,
    AtCounter { agent, counter }: AtCounter,
    Form(fields): Form<TicketFields>,
) -> Answer {
    step(&app, &agent, &counter, &fields, StepKind::Recall).await
}

pub(super) async fn start(
    State(app): State<Arc<App>>,
    AtCounter { agent, counter }: AtCounter,
    Form(fields): Form<TicketFields>,
) -> Answer {
    step(&app, &agent, &counter, &fields, StepKind::Start).await
}

pub(super) async fn no_show(
    State(app): State<Arc<App>>,
    AtCounter { agent, counter }: AtCounter,
    Form(fields): Form<TicketFields>,
) -> Answer {
    step(&app, &agent, &counter, &fields, StepKind::NoShow).await
}

pub(super) async fn finish(
    State(app): State<Arc<App>>,
    AtCounter { agent, counter }: AtCounter,
    Form(FinishFields { ticket, episode, call_id }): Form<FinishFields>,
) -> Answer {
    let Some(call_id) = call_id else {
        return step(&app, &agent, &counter, &TicketFields { ticket, episode }, StepKind::Finish).await;
    };
    let finish = Step { counter: counter.id.clone(), ticket, episode, kind: StepKind::Finish };
    match app.step(&finish).await? {
        // Not here: the form was sent twice, and the call below answers as it did before.
        Moved::Done | Moved::NotHere => next(&app, &agent, &counter, call_id).await,
        Moved::TooSoon(wait) => show(&app, REFUSED, &agent, &counter, Some(sentence(StepKind::Finish, wait))).await,
    }
}

pub(super) async fn help(
    State(app): State<Arc<App>>,
    AtCounter { agent, counter }: AtCounter,
    Form(HelpFields { help }): Form<HelpFields>,
) -> Answer {
    if app.answer_help(help).await? {
        return Ok(done());
    }
    let text = "Quelqu’un y va déjà, ou la demande est annulée.";
    show(&app, REFUSED, &agent, &counter, Some(text.into())).await
}

async fn step(app: &App, agent: &Seated, counter: &Counter, fields: &TicketFields, kind: StepKind) -> Answer {
    let step = Step { counter: counter.id.clone(), ticket: fields.ticket, episode: fields.episode, kind };
    match app.step(&step).await? {
        Moved::Done => Ok(done()),
        Moved::TooSoon(wait) => show(app, REFUSED, agent, counter, Some(sentence(kind, wait))).await,
        Moved::NotHere => {
            let text = "Ce numéro a changé d’état. Voici la situation à jour.";
            show(app, REFUSED, agent, counter, Some(text.into())).await
        }
    }
}

fn sentence(kind: StepKind, wait: TooSoon) -> String {
    match (kind, wait) {
        (StepKind::NoShow, TooSoon::Calls(1)) => "Rappelez ce numéro encore une fois avant de noter l’absence.".into(),
        (_, TooSoon::Calls(n)) => {
            format!("Rappelez ce numéro encore {n} fois avant de noter l’absence.")
        }
        (StepKind::NoShow, TooSoon::Seconds(s)) => {
            format!("Attendez encore {s} s avant de noter l’absence.")
        }
        (StepKind::Recall | StepKind::Start | StepKind::Finish, TooSoon::Seconds(s)) => {
            format!("Attendez encore {s} s avant de rappeler ce numéro.")
        }
    }
}

fn done() -> Response {
    Redirect::to("/guichet").into_response()
}

async fn show(app: &App, status: StatusCode, agent: &Seated, counter: &Counter, message: Option<String>) -> Answer {
    Ok(render(status, &view(app, agent, counter, message).await?))
}
