//! `/poste` and `/guichet`: where agents choose a counter and receive people. Each action is a form of its own and works
//! without scripts; with them, pieces of the page are renewed where they stand, and forms that ask for more open beside it.

mod acts;
mod here;
mod panels;
mod seat;
mod sentences;
mod stream;
mod view;
mod why;
pub(super) mod words;

use std::sync::Arc;

use axum::response::Response;
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;

use self::here::{Answer, Here, cookie};
use self::view::{Names, Pieces};
use super::drawn::Stale;
use super::page::render;
use super::session::{AtCounter, Person, go};
use crate::app::App;
use crate::roles::Permission;
use crate::room::{Access, Rate, Room, Same};

/// Counters: choosing one, calling and receiving at it.
pub(super) fn room(app: &Arc<App>) -> Room {
    const COUNTER: Access = Access::May(Permission::Counter);
    Room::new(app, Rate::a_second(5))
        .drawn_by(Same::SITE, seat::form)
        .get("/poste", COUNTER, seat::form)
        .post("/poste", COUNTER, seat::take)
        .drawn_by(Same::COUNTER, anew)
        .get("/guichet", COUNTER, page)
        .get("/guichet/flux", COUNTER, stream::stream)
        .get("/guichet/aide", COUNTER, help)
        .get("/guichet/cours", COUNTER, current)
        .get("/guichet/barre", COUNTER, bar)
        .get("/guichet/parkes", COUNTER, aside)
        .get("/guichet/file", COUNTER, queue)
        .get("/guichet/pourquoi/{ticket}/{episode}", COUNTER, panels::why)
        .get("/guichet/choisir", COUNTER, panels::choose)
        .get("/guichet/attente", COUNTER, panels::park)
        .get("/guichet/transferer", COUNTER, panels::transfer)
        .get("/guichet/rediriger", COUNTER, panels::redirect)
        .get("/guichet/rendez-vous", COUNTER, panels::appointment)
        .get("/guichet/pause", COUNTER, panels::pause)
        .get("/guichet/clavier", COUNTER, panels::keys)
        .post("/guichet/ouvrir", COUNTER, acts::open)
        .post("/guichet/pause", COUNTER, acts::pause)
        .post("/guichet/fermer", COUNTER, acts::close)
        .post("/guichet/appeler", COUNTER, acts::call)
        .post("/guichet/aide", COUNTER, acts::help)
        .drawn_by(Same::ALL, anew)
        .post("/guichet/choisir", COUNTER, acts::choose)
        .post("/guichet/rappeler", COUNTER, acts::recall)
        .post("/guichet/demarrer", COUNTER, acts::start)
        .post("/guichet/terminer", COUNTER, acts::finish)
        .post("/guichet/absent", COUNTER, acts::no_show)
        .post("/guichet/attente", COUNTER, acts::park)
        .post("/guichet/reprendre", COUNTER, acts::resume)
        .post("/guichet/transferer", COUNTER, acts::transfer)
        .post("/guichet/rediriger", COUNTER, acts::redirect)
        .post("/guichet/annuler", COUNTER, acts::undo)
        .post("/guichet/rendez-vous", COUNTER, acts::appointment)
}

/// The one service of the queue that an agent looks at; empty: all of them again.
#[derive(Deserialize)]
struct Filter {
    service: Option<String>,
}

async fn page(mut here: Here, axum::extract::Query(filter): axum::extract::Query<Filter>) -> Answer {
    let kept = here.look_at(filter.service);
    let mut answer = here.page(StatusCode::OK, None).await?;
    answer.headers_mut().extend(kept.map(|kept| (header::SET_COOKIE, cookie(kept))));
    Ok(answer)
}

/// The counter as it is now; the choice of one, for whoever sits at none.
async fn anew(person: Person, stale: Stale, headers: HeaderMap, here: Result<Here, Response>) -> Answer {
    match here {
        Ok(here) => {
            let status = stale.status();
            here.page(status, stale.sentence()).await
        }
        // The console has no place for it.
        Err(_) if headers.contains_key("hx-request") => Ok(go(&headers, "/poste")),
        Err(_) => seat::form(person, stale).await,
    }
}

async fn pieces(here: &Here) -> Result<Pieces, super::page::Failure> {
    let names = Names::read(&here.person.site).await?;
    Ok(Pieces::draw(here.scene(), &names, here.filter.as_ref()))
}

async fn help(here: Here) -> Answer {
    Ok(render(StatusCode::OK, &pieces(&here).await?.help))
}

async fn current(here: Here) -> Answer {
    let current = here.with_notes(pieces(&here).await?.current).await?;
    Ok(render(StatusCode::OK, &current))
}

async fn bar(here: Here) -> Answer {
    Ok(render(StatusCode::OK, &pieces(&here).await?.bar))
}

async fn aside(here: Here) -> Answer {
    Ok(render(StatusCode::OK, &pieces(&here).await?.aside))
}

async fn queue(mut here: Here, axum::extract::Query(filter): axum::extract::Query<Filter>) -> Answer {
    let kept = here.look_at(filter.service);
    let mut answer = render(StatusCode::OK, &pieces(&here).await?.queue);
    answer.headers_mut().extend(kept.map(|kept| (header::SET_COOKIE, cookie(kept))));
    Ok(answer)
}
