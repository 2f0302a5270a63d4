//! Tickets of the service day, and the calls that displays show.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use jiff::Timestamp;
use queue_engine::{Hall, State as Standing};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use wire::ids::TicketId;

use super::hall::List;
use super::key::Caller;
use super::page::{Asked, Asking, Page, Place, take};
use crate::app::App;
use crate::refusal::Refusal;
use crate::site::Site;

/// As many calls as are told.
const CALLS: usize = 50;

/// What a ticket is to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum TicketState {
    /// In the queue.
    Waiting,
    /// Set aside; a counter takes it again.
    Parked,
    /// Its service day ended before anybody called it.
    Expired,
    /// Given up before it was called.
    Cancelled,
    /// On the displays.
    Called,
    /// At the counter.
    Serving,
    /// Nobody came.
    NoShow,
    /// Served.
    Finished,
}

/// A ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Ticket {
    /// Identity.
    pub(super) id: Uuid,
    /// The number that people see.
    #[schema(example = "A 42")]
    pub(super) label: String,
    /// How it stands.
    pub(super) state: TicketState,
    /// Since when.
    pub(super) since: Option<Timestamp>,
    /// What it is for by now.
    pub(super) service: String,
    /// The service day it counts in.
    #[schema(example = "2026-11-21")]
    pub(super) day: String,
    /// When the person came.
    pub(super) arrival: Timestamp,
    /// When the server learnt of it; later where a borne had no network.
    pub(super) received_at: Timestamp,
    /// Counts its passages through the queue, from 1.
    pub(super) episode: u32,
    /// How many people came together.
    pub(super) group: u8,
    /// When the person is expected, where they have an appointment.
    pub(super) appointment: Option<Timestamp>,
    /// The counter that called it last.
    pub(super) counter: Option<String>,
    /// How often it rang there.
    pub(super) rings: u32,
}

/// A call as displays show it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Call {
    /// The ticket.
    ticket: Uuid,
    /// The number that people see.
    #[schema(example = "A 42")]
    label: String,
    /// Where to go.
    counter: String,
    /// When it last rang.
    at: Timestamp,
    /// How often it rang.
    rings: u32,
    /// Of which passage through the queue.
    episode: u32,
}

impl Ticket {
    /// What is told of a ticket; nothing before it is known how it came to be.
    pub(super) fn of(hall: &Hall, ticket: &queue_engine::Ticket) -> Option<Self> {
        let issue = ticket.issue()?;
        let state = match ticket.state(hall.day()) {
            Standing::Unissued => return None,
            Standing::Waiting => TicketState::Waiting,
            Standing::Parked => TicketState::Parked,
            Standing::Expired => TicketState::Expired,
            Standing::Cancelled => TicketState::Cancelled,
            Standing::Called => TicketState::Called,
            Standing::Serving => TicketState::Serving,
            Standing::NoShow => TicketState::NoShow,
            Standing::Finished => TicketState::Finished,
        };
        let service = ticket.place().map_or(&issue.service, |place| &place.service);
        Some(Self {
            id: ticket.id.0,
            label: issue.label.to_string(),
            state,
            since: ticket.since(),
            service: service.as_str().to_owned(),
            day: issue.day.to_string(),
            arrival: issue.arrival,
            received_at: issue.received_at,
            episode: ticket.episode(),
            group: issue.group,
            appointment: issue.appointment,
            counter: ticket.call().map(|call| call.counter.as_str().to_owned()),
            rings: u32::try_from(ticket.rings()).unwrap_or(u32::MAX),
        })
    }

    /// The same by its identity.
    pub(super) fn find(site: &Site, id: TicketId) -> Option<Self> {
        site.look(|hall| hall.ticket(&id).and_then(|ticket| Self::of(hall, ticket)))
    }
}

/// Which tickets.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// `next` of the page before; without it, the first page.
    after: Option<String>,
    /// How many at most: 1 to 500, 100 where nothing is said.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<usize>,
    /// Only those that stand so now.
    state: Option<TicketState>,
    /// Only those for this service.
    service: Option<String>,
}

/// Tickets of the service day, in the order in which the server learnt of them.
#[utoipa::path(get, path = "/api/v1/tickets", tag = "tickets", security(("key" = ["tickets:read"])), params(Wanted),
    responses((status = 200, body = Page<Ticket>), (status = "default", response = super::document::Refused)))]
pub(super) async fn tickets(
    State(app): State<Arc<App>>,
    caller: Caller,
    Asking(Wanted { after, limit, state, service }): Asking<Wanted>,
) -> Result<Json<Page<Ticket>>, Refusal> {
    let asked = Asked { after, limit };
    let (limit, mut reached) = (asked.limit()?, asked.after()?);
    let follow: Vec<(Place, Ticket)> = caller.site.live.read_marked(app.clock.now(), |hall, seen| {
        let entry = |ticket: &queue_engine::Ticket| {
            let issue = ticket.issue()?;
            let place = Place { origin: issue.origin, seq: issue.seq, received_at: issue.received_at };
            // What is known of a log beyond a gap waits until the gap is filled.
            let follows = place.seq > reached.of(place.origin) && place.seq <= seen(place.origin);
            let told = follows.then(|| Ticket::of(hall, ticket)).flatten()?;
            let fits = state.is_none_or(|state| told.state == state);
            (fits && service.as_ref().is_none_or(|service| *service == told.service)).then_some((place, told))
        };
        hall.tickets().filter_map(entry).collect()
    });
    let (data, more) = take(follow, limit, &mut reached);
    Ok(Json(Page { data, next: reached.write(), more }))
}

/// One ticket of the service day.
#[utoipa::path(get, path = "/api/v1/tickets/{ticket}", tag = "tickets", security(("key" = ["tickets:read"])),
    params(("ticket" = Uuid, Path, description = "Its identity")),
    responses((status = 200, body = Ticket), (status = "default", response = super::document::Refused)))]
pub(super) async fn ticket(caller: Caller, Path(ticket): Path<String>) -> Result<Json<Ticket>, Refusal> {
    let id = ticket.parse().map(TicketId).ok();
    id.and_then(|id| Ticket::find(&caller.site, id)).map(Json).ok_or_else(|| Refusal::not_found("ticket"))
}

/// The last calls, as displays show them, newest first.
#[utoipa::path(get, path = "/api/v1/calls", tag = "tickets", security(("key" = ["tickets:read"])),
    responses((status = 200, body = List<Call>), (status = "default", response = super::document::Refused)))]
pub(super) async fn calls(caller: Caller) -> Json<List<Call>> {
    let calls = caller.site.look(|hall| hall.last_calls(CALLS));
    let call = |call: queue_engine::LastCall| Call {
        ticket: call.ticket.0,
        label: call.label.to_string(),
        counter: call.counter.as_str().to_owned(),
        at: call.at,
        rings: u32::try_from(call.rings).unwrap_or(u32::MAX),
        episode: call.episode,
    };
    Json(List { data: calls.into_iter().map(call).collect() })
}
