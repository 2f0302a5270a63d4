//! `/salle`: the whole hall for whoever sees to it. Who waits, and too long; what each counter does; who asks for help; and
//! what only a supervisor does: free a counter, take over whom a colleague set aside, end the day.

mod ages;
mod closing;
mod counter;
mod tickets;
mod view;

use std::sync::Arc;

use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;
use uuid::Uuid;
use wire::ids::{HelpId, TicketId};

pub(super) use self::tickets::{clock_time, closed, stops};
use self::view::{Page, State as Shown};
use super::drawn::Stale;
use super::page::{Failure, render};
use super::session::Person;
use super::touched::{self, Stands};
use super::{DAY_CLOSED, OTHER_ACT, OVERTAKEN, REFUSED, stream};
use crate::app::App;
use crate::audit::{Action, Diff};
use crate::desk::{Act, Done, Refusal, Seen, Wanted, Who};
use crate::roles::Permission;
use crate::room::{Access, Rate, Room, Same};

/// The hall for supervisors.
pub(super) fn room(app: &Arc<App>) -> Room {
    const FLOOR: Access = Access::May(Permission::Floor);
    const DAY_END: Access = Access::May(Permission::DayEnd);
    Room::new(app, Rate::a_second(2))
        .drawn_by(Same::SITE, page)
        .get("/salle", FLOOR, page)
        .get("/salle/etat", FLOOR, state)
        .get("/salle/flux", FLOOR, stream)
        .get("/salle/guichet/{counter}", FLOOR, counter::page)
        .post("/salle/aide", FLOOR, help)
        .drawn_by(Same::DAY, page)
        .post("/salle/guichet/{counter}", FLOOR, counter::free)
        .post("/salle/remettre", FLOOR, put_back)
        // To the supervisor's own counter.
        .drawn_by(Same::ALL, page)
        .post("/salle/reprendre", FLOOR, take_over)
        .drawn_by(Same::DAY, tickets::page)
        .get("/salle/tickets", DAY_END, tickets::page)
        .post("/salle/tickets/arreter", DAY_END, tickets::stop)
        .post("/salle/tickets/fermer", DAY_END, tickets::close)
        .post("/salle/tickets/redonner", DAY_END, tickets::undo)
        .drawn_by(Same::DAY, closing::page)
        .get("/salle/cloture", DAY_END, closing::page)
        .post("/salle/cloture", DAY_END, closing::close)
        .post("/salle/cloture/rouvrir", DAY_END, closing::reopen)
}

type Answer = Result<Response, Failure>;

#[derive(Deserialize)]
struct HelpFields {
    id: Uuid,
    help: HelpId,
}

/// Somebody set aside.
#[derive(Deserialize)]
struct ParkedFields {
    id: Uuid,
    ticket: TicketId,
    episode: u32,
}

async fn page(person: Person, stale: Stale) -> Answer {
    let status = stale.status();
    show(status, &person, stale.sentence()).await
}

/// What changes of the page, for scripts that put it in place.
async fn state(person: Person) -> Answer {
    Ok(render(StatusCode::OK, &Shown::draw(&person, None).await?))
}

async fn stream(person: Person) -> Response {
    stream::changes(&person, Permission::Floor, ())
}

async fn help(person: Person, Form(HelpFields { id, help }): Form<HelpFields>) -> Answer {
    let done = person.site.act(who(&person), None, &Wanted { id, act: Act::AnswerHelp(help) }).await?;
    match done {
        Done::Now(_) | Done::Before { .. } | Done::Nobody => Ok(back()),
        Done::Refused(_) => {
            show(REFUSED, &person, Some("Quelqu’un y va déjà, ou la demande est annulée.".into())).await
        }
    }
}

/// To the supervisor's own counter.
async fn take_over(person: Person, Form(fields): Form<ParkedFields>) -> Answer {
    let ParkedFields { id, ticket, episode } = fields;
    let plan = person.site.plan();
    let own = person.counter.as_ref().and_then(|id| plan.catalogue.counter(id));
    let act = Act::Resume(Seen { ticket, episode });
    match person.site.act(who(&person), own, &Wanted { id, act }).await? {
        Done::Now(_) | Done::Before { .. } | Done::Nobody => Ok(Redirect::to("/guichet").into_response()),
        Done::Refused(refusal) => show(REFUSED, &person, Some(sentence(&refusal))).await,
    }
}

/// Into the queue, where they stood.
async fn put_back(State(app): State<Arc<App>>, person: Person, Form(fields): Form<ParkedFields>) -> Answer {
    let ParkedFields { id, ticket, episode } = fields;
    let place = Some(wire::event::QueuePlace::Own);
    let act = Act::Transfer { seen: Seen { ticket, episode }, service: None, counter: None, place };
    let was = Stands::now(&person, ticket);
    let done = person.site.act(who(&person), None, &Wanted { id, act }).await?;
    touched::keep(&app, &person, &done, Action::Transfer, was, Diff::none()).await;
    match done {
        Done::Now(_) | Done::Before { .. } | Done::Nobody => Ok(back()),
        Done::Refused(refusal) => show(REFUSED, &person, Some(sentence(&refusal))).await,
    }
}

/// Whoever may open these pages may act for any counter.
const fn who(person: &Person) -> Who {
    Who::Staff { account: Some(person.account), supervises: true }
}

fn back() -> Response {
    Redirect::to("/salle").into_response()
}

/// Why something was not done.
fn sentence(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Busy { .. } => "Votre guichet reçoit déjà une personne. Terminez d’abord avec elle.",
        Refusal::OtherAct => OTHER_ACT,
        Refusal::DayClosed => DAY_CLOSED,
        Refusal::Overtaken => OVERTAKEN,
        Refusal::Away => "Votre guichet est en pause ou fermé. Ouvrez-le d’abord.",
        Refusal::TooSoon(_)
        | Refusal::Moved(_)
        | Refusal::NotHere(_)
        | Refusal::NotPostponed(_)
        | Refusal::NotUndone(_)
        | Refusal::Answered { .. }
        | Refusal::Unknown(_)
        | Refusal::NotYours => "La situation a changé entre-temps. La voici à jour.",
    }
    .to_owned()
}

async fn show(status: StatusCode, person: &Person, message: Option<String>) -> Answer {
    Ok(render(status, &Page::draw(person, message).await?))
}
