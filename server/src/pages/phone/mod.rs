//! `/t/{token}`: the ticket on a phone. It needs no script, sets no cookie and speaks to nobody else. A token that leads
//! nowhere, whether it never was, is over or has not reached this server, gets one and the same page: no oracle.

mod change;
mod news;
mod view;
mod visit;

use std::sync::Arc;

use axum::response::Response;
use http::{HeaderName, HeaderValue, StatusCode, header};

use self::view::{Page, Shown, show};
use self::visit::{Link, Visit};
use super::page::render;
use crate::app::App;
use crate::room::{Access, Rate, Room};

/// Tickets on phones, under addresses that may be written in either case: scanners spell some codes in capitals.
pub(super) fn room(app: &Arc<App>) -> Room {
    const TICKET: Access = Access::Ticket;
    Room::new(app, Rate::a_second(5))
        .get("/t/{token}", TICKET, page)
        .get("/T/{token}", TICKET, page)
        .get("/t/{token}/{label}", TICKET, page)
        .get("/T/{token}/{label}", TICKET, page)
        .get("/t/{token}/flux", TICKET, news::stream)
        .get("/t/{token}/renoncer", TICKET, change::ask_to_give_up)
        .post("/t/{token}/renoncer", TICKET, change::give_up)
        .post("/t/{token}/garder", TICKET, change::take_back)
        .get("/t/{token}/plus-tard", TICKET, change::ask_for_more_time)
        .post("/t/{token}/plus-tard", TICKET, change::more_time)
}

async fn page(visit: Visit) -> Response {
    answer(&visit, StatusCode::OK, None)
}

/// The ticket as it stands, below a sentence where there is one.
fn answer(visit: &Visit, status: StatusCode, sentence: Option<&'static str>) -> Response {
    let mut page = show(visit);
    page.sentence = sentence;
    let has_form = matches!(page.shown, Shown::GivenUp { .. });
    private(render(status, &page), has_form)
}

/// Where a token leads nowhere.
fn nowhere(visit: &Visit) -> Response {
    answer(visit, StatusCode::OK, None)
}

/// Nothing of a ticket's page is found again elsewhere. Browsers that tell nobody where they come from send forms with
/// `Origin: null`, which would be taken for foreign ones: pages with a form tell it to this server, and to no other.
fn private(mut page: Response, has_form: bool) -> Response {
    let headers = page.headers_mut();
    let referrer = if has_form { "same-origin" } else { "no-referrer" };
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static(referrer));
    headers.insert(header::VARY, HeaderValue::from_static("accept-language"));
    headers.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex"));
    page
}

/// Too many requests for one ticket, or for tickets that are none.
fn too_often(visit: &Visit, seconds: u32) -> Response {
    let mut page = private(render(StatusCode::TOO_MANY_REQUESTS, &Page::too_often(visit)), false);
    page.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    page
}

/// What a change needs: the ticket, or the page of those that lead nowhere.
fn known(visit: &Visit) -> Result<&Link, Box<Response>> {
    visit.link.as_ref().ok_or_else(|| Box::new(nowhere(visit)))
}
