//! `/t/{token}/flux`: that a ticket has moved on. What it then says, the page asks for itself.

use std::future::ready;
use std::sync::{Arc, Mutex, PoisonError};

use axum::response::sse::Event;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use queue_engine::Rank;
use wire::ids::TicketId;

use super::visit::{Link, Visit};
use crate::pages::stream::{Next, answer, checked};
use crate::site::Site;

/// How far a ticket is: what makes its holder look up. How many people stand before it changes all the time, and is left
/// to the page's own refresh.
type Standing = (u32, Rank, usize);

pub(super) async fn stream(visit: Visit) -> Response {
    // Told to come no more, a browser does not: where a token leads nowhere nothing will be told of it.
    let Some(Link { site, ticket, .. }) = visit.link else { return StatusCode::NO_CONTENT.into_response() };
    let told = Arc::clone(&site);
    let last: Mutex<Option<Standing>> = Mutex::default();
    let told = checked(&site, move || {
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        let now = standing(&told, ticket);
        let next = match now {
            None => Next::End,
            Some(_) if *last == now => Next::Same,
            Some(_) => Next::Tell(Event::default().event("etat").data("1")),
        };
        *last = now;
        ready(next)
    });
    answer(&site, told)
}

fn standing(site: &Site, ticket: TicketId) -> Option<Standing> {
    site.look(|hall| hall.ticket(&ticket).map(|ticket| (ticket.episode(), ticket.rank(), ticket.rings())))
}
