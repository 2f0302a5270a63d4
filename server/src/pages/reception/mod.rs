//! `/accueil`: the reception desk. Tickets without a borne, found again, printed again, cancelled, put back; calls for help.

mod acts;
mod given;
mod ticket;
mod view;

use std::sync::Arc;

use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;
use wire::ids::TicketId;
use wire::label::Label;

use self::view::desk;
use super::drawn::Stale;
use super::page::{Failure, not_found, render};
use super::session::Person;
use super::stream;
use crate::app::App;
use crate::roles::Permission;
use crate::room::{Access, Rate, Room, Same};

/// The reception desk.
pub(super) fn room(app: &Arc<App>) -> Room {
    const RECEPTION: Access = Access::May(Permission::Reception);
    Room::new(app, Rate::a_second(5))
        .drawn_by(Same::SITE, page)
        .get("/accueil", RECEPTION, page)
        .get("/accueil/flux", RECEPTION, news)
        .get("/accueil/chercher", RECEPTION, search)
        .get("/accueil/ticket/{ticket}", RECEPTION, ticket_page)
        .post("/accueil/ticket", RECEPTION, acts::issue)
        .post("/accueil/aide", RECEPTION, acts::answer_help)
        .drawn_by(Same::DAY, page)
        .post("/accueil/dupliquer", RECEPTION, acts::reprint)
        .post("/accueil/annuler", RECEPTION, acts::cancel)
        .post("/accueil/retablir", RECEPTION, acts::reinstate)
        .post("/accueil/remettre", RECEPTION, acts::put_back)
        .post("/accueil/presenter", RECEPTION, acts::check_in)
        .post("/accueil/reporter", RECEPTION, acts::postpone)
}

type Answer = Result<Response, Failure>;

async fn page(person: Person, stale: Stale) -> Answer {
    let status = stale.status();
    Ok(render(status, &desk(&person, stale.sentence()).await?))
}

async fn ticket_page(person: Person, Path(ticket): Path<String>) -> Answer {
    show_ticket(&person, ticket.parse().ok(), StatusCode::OK, None).await
}

/// A ticket of today, or that there is none.
async fn show_ticket(person: &Person, id: Option<TicketId>, status: StatusCode, message: Option<String>) -> Answer {
    let found = match id {
        Some(id) => ticket::page(person, id, message).await?,
        None => None,
    };
    Ok(match found {
        Some(page) => render(status, &page),
        None => not_found().await,
    })
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    numero: String,
}

/// Finds a number as people say it: `A 42`, `a42`, with the series or without.
async fn search(person: Person, Query(Wanted { numero }): Query<Wanted>) -> Answer {
    let labels = read_labels(&numero);
    if labels.is_empty() {
        let text = format!("« {} » n’est pas un numéro comme A 42 ou A7 42.", numero.trim());
        return Ok(render(StatusCode::OK, &desk(&person, Some(text)).await?));
    }
    let found: Vec<TicketId> = person.site.look(|hall| {
        let is = |known: Label, asked: &Label| {
            let series = asked.series.is_none() || known.series == asked.series;
            known.prefix == asked.prefix && known.number == asked.number && series
        };
        let same = |known: Label| labels.iter().any(|asked| is(known, asked));
        let day = hall.day();
        let of_today = hall.tickets().filter(|ticket| ticket.issue().is_some_and(|it| it.day >= day && same(it.label)));
        of_today.map(|ticket| ticket.id).collect()
    });
    if let [one] = found.as_slice() {
        return Ok(Redirect::to(&format!("/accueil/ticket/{one}")).into_response());
    }
    let shown = numero.trim().to_uppercase();
    let text = if found.is_empty() {
        format!("Aucun ticket d’aujourd’hui ne porte le numéro {shown}.")
    } else {
        format!("{} tickets peuvent être le numéro {shown}. Lequel\u{a0}?", found.len())
    };
    let mut page = desk(&person, Some(text)).await?;
    page.find(&person, &found);
    Ok(render(StatusCode::OK, &page))
}

/// The numbers that a text may mean. As it is written on paper it means one; without its space `A742` may be number 742, or
/// number 42 of series 7.
fn read_labels(text: &str) -> Vec<Label> {
    let words: Vec<String> = text.split_whitespace().map(str::to_uppercase).collect();
    if let Ok(label) = words.join(" ").parse() {
        return vec![label];
    }
    let joined = words.concat();
    let Some((letter, rest)) = joined.split_at_checked(1) else { return Vec::new() };
    let plain = format!("{letter} {rest}");
    let of_series = rest.split_at_checked(1).map(|(series, number)| format!("{letter}{series} {number}"));
    [Some(plain), of_series].into_iter().flatten().filter_map(|label| label.parse().ok()).collect()
}

/// Says only that something changed: the page asks for what its reader may see. Bornes are told that somebody sits here. Who
/// lost the right hears no more.
async fn news(person: Person) -> Response {
    stream::changes(&person, Permission::Reception, person.site.reception.sit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_as_people_write_it() {
        let read = |text: &str| read_labels(text).iter().map(ToString::to_string).collect::<Vec<_>>();
        for (text, label) in [("A 42", "A 42"), ("a4", "A 4"), (" b2  7 ", "B2 7"), ("R 1000", "R 1000")] {
            assert_eq!(read(text), [label], "{text}");
        }
        assert_eq!(read("a742"), ["A 742", "A7 42"]);
        for text in ["", "42", "A", "A 042", "O 12", "<b>"] {
            assert!(read(text).is_empty(), "{text}");
        }
    }
}
