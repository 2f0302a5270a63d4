//! What programs can do: the same acts at the same desk as those of people, so that displays, consoles and phones see them.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use wire::catalogue::Counter;
use wire::event::PauseReason;
use wire::ids::{Language, NeedId, ServiceId, TicketId};

use super::key::Caller;
use super::once::Asked;
use super::tickets::Ticket;
use crate::app::App;
use crate::audit::{Action, Entry};
use crate::desk::{Act, Done, Made, NewTicket, Seen, Wanted, Who};
use crate::refusal::{Refusal, chain};
use crate::site::Site;
use crate::store::Acted;

/// A ticket to give.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Issue {
    /// What for.
    service: String,
    /// The language of the visit; French where nothing is said.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "fr")]
    language: Language,
    /// Whether the visitor says that they have priority.
    #[serde(default)]
    priority: bool,
    /// How many people come together, 1 to 9.
    #[serde(default = "alone")]
    #[schema(minimum = 1, maximum = 9)]
    group: u8,
    /// When the person is expected, where they have an appointment.
    appointment: Option<Timestamp>,
    /// What a counter must have to receive them.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    needs: BTreeSet<NeedId>,
}

const fn alone() -> u8 {
    1
}

/// A ticket that was given.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Issued {
    /// The ticket.
    ticket: Ticket,
    /// The address of its page for a phone. It is told this once: where the same request is repeated it is null.
    link: Option<String>,
}

/// A ticket after an act.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Changed {
    /// The ticket; absent where nobody waits for the counter, or it is known no more.
    ticket: Option<Ticket>,
}

/// Nothing more to say.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// Which passage of a ticket is meant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Passage {
    /// `episode` of the ticket as it was seen: where it has moved on since nothing is done. Absent: as it is now.
    episode: Option<u32>,
}

/// Somebody with an appointment has come.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckIn {
    /// When they are expected.
    appointment: Timestamp,
    /// `episode` of the ticket as it was seen.
    episode: Option<u32>,
}

/// A counter opens.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Opening {
    /// What for; empty: whatever it can receive for.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    services: BTreeSet<ServiceId>,
}

/// A counter pauses.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Pausing {
    /// Why.
    #[schema(value_type = String, example = "break")]
    reason: PauseReason,
}

/// Whom to call.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Calling {
    /// This ticket; absent: whom the rules of calls say.
    ticket: Option<Uuid>,
    /// `episode` of that ticket as it was seen.
    episode: Option<u32>,
}

/// How a service ends.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Ending {
    /// How long it took says nothing.
    #[serde(default)]
    inexact: bool,
    /// `episode` of the ticket as it was seen.
    episode: Option<u32>,
}

/// Gives a ticket of the desk's own series.
#[utoipa::path(post, path = "/api/v1/tickets", tag = "acts", security(("key" = ["tickets:write"])), request_body = Issue,
    params(super::document::Name),
    responses((status = 201, body = Issued), (status = "default", response = super::document::Refused)))]
pub(super) async fn issue(State(app): State<Arc<App>>, asked: Asked) -> Result<Response, Refusal> {
    let wanted: Issue = asked.read()?;
    let site = Arc::clone(&asked.caller.site);
    let service: ServiceId = wanted.service.parse().map_err(|_| Refusal::not_found("service"))?;
    let now = app.clock.now();
    let intake = site.intake(now);
    if intake.services.iter().all(|places| places.service != service) {
        return Err(Refusal::not_found("service"));
    }
    if !(1..=9).contains(&wanted.group) {
        return Err(Refusal::bad_request("`group` is a number from 1 to 9"));
    }
    let full = intake.has_ended(now) || intake.is_full(&service);
    let new = NewTicket {
        service,
        lang: wanted.language,
        priority: wanted.priority,
        group: wanted.group,
        appointment: wanted.appointment,
        needs: wanted.needs,
        paperless: true,
    };
    let give = async |id| {
        if full && app.store.acted(id).await?.is_none() {
            return Err(Refusal::conflict("this service gives no more tickets today"));
        }
        let made = act(&site, None, id, Act::Issue(new)).await?;
        let ticket = made.ticket.and_then(|id| Ticket::find(&site, id));
        let ticket = ticket.ok_or_else(|| Refusal::conflict("the ticket is known no more"))?;
        let label = made.ticket.and_then(|id| site.look(|hall| Some(hall.ticket(&id)?.issue()?.label)));
        let link = made.token.zip(label).map(|(token, label)| site.plan().catalogue.ticket_link(&token, &label));
        Ok((StatusCode::CREATED, Issued { ticket, link }))
    };
    asked.once(&app, give).await
}

/// Gives a ticket up that nobody has called.
#[utoipa::path(post, path = "/api/v1/tickets/{ticket}/cancel", tag = "acts", security(("key" = ["tickets:write"])),
    params(super::document::Name, ("ticket" = Uuid, Path, description = "Its identity")), request_body = Passage,
    responses((status = 200, body = Changed), (status = "default", response = super::document::Refused)))]
pub(super) async fn cancel(
    State(app): State<Arc<App>>,
    Path(ticket): Path<String>,
    asked: Asked,
) -> Result<Response, Refusal> {
    let Passage { episode } = asked.read()?;
    of_ticket(&app, &asked, &ticket, episode, Act::Cancel).await
}

/// Puts a ticket that was absent or given up into the queue again.
#[utoipa::path(post, path = "/api/v1/tickets/{ticket}/reinstate", tag = "acts", security(("key" = ["tickets:write"])),
    params(super::document::Name, ("ticket" = Uuid, Path, description = "Its identity")), request_body = Passage,
    responses((status = 200, body = Changed), (status = "default", response = super::document::Refused)))]
pub(super) async fn reinstate(
    State(app): State<Arc<App>>,
    Path(ticket): Path<String>,
    asked: Asked,
) -> Result<Response, Refusal> {
    let Passage { episode } = asked.read()?;
    of_ticket(&app, &asked, &ticket, episode, Act::Reinstate).await
}

/// Notes that somebody who waits has an appointment, and has come for it.
#[utoipa::path(post, path = "/api/v1/tickets/{ticket}/check-in", tag = "acts", security(("key" = ["tickets:write"])),
    params(super::document::Name, ("ticket" = Uuid, Path, description = "Its identity")), request_body = CheckIn,
    responses((status = 200, body = Changed), (status = "default", response = super::document::Refused)))]
pub(super) async fn check_in(
    State(app): State<Arc<App>>,
    Path(ticket): Path<String>,
    asked: Asked,
) -> Result<Response, Refusal> {
    let CheckIn { appointment, episode } = asked.read()?;
    of_ticket(&app, &asked, &ticket, episode, |seen| Act::CheckIn { seen, appointment }).await
}

/// The counter receives people.
#[utoipa::path(post, path = "/api/v1/counters/{counter}/open", tag = "acts", security(("key" = ["counters:write"])),
    params(super::document::Name, ("counter" = String, Path, description = "Its identity")), request_body = Opening,
    responses((status = 200, body = Changed), (status = "default", response = super::document::Refused)))]
pub(super) async fn open(
    State(app): State<Arc<App>>,
    Path(counter): Path<String>,
    asked: Asked,
) -> Result<Response, Refusal> {
    let Opening { services } = asked.read()?;
    of_counter(&app, &asked, &counter, |_, _| Ok(Act::Open { services })).await
}

/// The counter receives nobody for a while.
#[utoipa::path(post, path = "/api/v1/counters/{counter}/pause", tag = "acts", security(("key" = ["counters:write"])),
    params(super::document::Name, ("counter" = String, Path, description = "Its identity")), request_body = Pausing,
    responses((status = 200, body = Changed), (status = "default", response = super::document::Refused)))]
pub(super) async fn pause(
    State(app): State<Arc<App>>,
    Path(counter): Path<String>,
    asked: Asked,
) -> Result<Response, Refusal> {
    let Pausing { reason } = asked.read()?;
    of_counter(&app, &asked, &counter, |_, _| Ok(Act::Pause(reason))).await
}

/// Nobody sits at the counter any more.
#[utoipa::path(post, path = "/api/v1/counters/{counter}/close", tag = "acts", security(("key" = ["counters:write"])),
    params(super::document::Name, ("counter" = String, Path, description = "Its identity")), request_body = Nothing,
    responses((status = 200, body = Changed), (status = "default", response = super::document::Refused)))]
pub(super) async fn close(
    State(app): State<Arc<App>>,
    Path(counter): Path<String>,
    asked: Asked,
) -> Result<Response, Refusal> {
    let Nothing {} = asked.read()?;
    of_counter(&app, &asked, &counter, |_, _| Ok(Act::Close)).await
}

/// Calls somebody to the counter: whom the rules of calls say, or one ticket. Where nobody waits `ticket` is null.
#[utoipa::path(post, path = "/api/v1/counters/{counter}/call", tag = "acts", security(("key" = ["counters:write"])),
    params(super::document::Name, ("counter" = String, Path, description = "Its identity")), request_body = Calling,
    responses((status = 200, body = Changed), (status = "default", response = super::document::Refused)))]
pub(super) async fn call(
    State(app): State<Arc<App>>,
    Path(counter): Path<String>,
    asked: Asked,
) -> Result<Response, Refusal> {
    let Calling { ticket, episode } = asked.read()?;
    let wanted = |site: &Site, _: &Counter| match ticket {
        None => Ok(Act::Call),
        Some(ticket) => seen(site, TicketId(ticket), episode).map(Act::CallThis),
    };
    of_counter(&app, &asked, &counter, wanted).await
}

/// Rings once more for whom the counter has called.
#[utoipa::path(post, path = "/api/v1/counters/{counter}/recall", tag = "acts", security(("key" = ["counters:write"])),
    params(super::document::Name, ("counter" = String, Path, description = "Its identity")), request_body = Passage,
    responses((status = 200, body = Changed), (status = "default", response = super::document::Refused)))]
pub(super) async fn recall(
    State(app): State<Arc<App>>,
    Path(counter): Path<String>,
    asked: Asked,
) -> Result<Response, Refusal> {
    let Passage { episode } = asked.read()?;
    of_counter(&app, &asked, &counter, |site, counter| held(site, counter, episode).map(Act::Recall)).await
}

/// The person is at the counter.
#[utoipa::path(post, path = "/api/v1/counters/{counter}/start", tag = "acts", security(("key" = ["counters:write"])),
    params(super::document::Name, ("counter" = String, Path, description = "Its identity")), request_body = Passage,
    responses((status = 200, body = Changed), (status = "default", response = super::document::Refused)))]
pub(super) async fn start(
    State(app): State<Arc<App>>,
    Path(counter): Path<String>,
    asked: Asked,
) -> Result<Response, Refusal> {
    let Passage { episode } = asked.read()?;
    of_counter(&app, &asked, &counter, |site, counter| held(site, counter, episode).map(Act::Start)).await
}

/// The person has been served at the counter.
#[utoipa::path(post, path = "/api/v1/counters/{counter}/finish", tag = "acts", security(("key" = ["counters:write"])),
    params(super::document::Name, ("counter" = String, Path, description = "Its identity")), request_body = Ending,
    responses((status = 200, body = Changed), (status = "default", response = super::document::Refused)))]
pub(super) async fn finish(
    State(app): State<Arc<App>>,
    Path(counter): Path<String>,
    asked: Asked,
) -> Result<Response, Refusal> {
    let Ending { inexact, episode } = asked.read()?;
    let end = |site: &Site, counter: &Counter| held(site, counter, episode).map(|seen| Act::Finish { seen, inexact });
    of_counter(&app, &asked, &counter, end).await
}

/// Nobody came to the counter.
#[utoipa::path(post, path = "/api/v1/counters/{counter}/no-show", tag = "acts", security(("key" = ["counters:write"])),
    params(super::document::Name, ("counter" = String, Path, description = "Its identity")), request_body = Passage,
    responses((status = 200, body = Changed), (status = "default", response = super::document::Refused)))]
pub(super) async fn no_show(
    State(app): State<Arc<App>>,
    Path(counter): Path<String>,
    asked: Asked,
) -> Result<Response, Refusal> {
    let Passage { episode } = asked.read()?;
    of_counter(&app, &asked, &counter, |site, counter| held(site, counter, episode).map(Act::NoShow)).await
}

/// Does something to a ticket.
async fn of_ticket(
    app: &App,
    asked: &Asked,
    ticket: &str,
    episode: Option<u32>,
    wanted: impl FnOnce(Seen) -> Act,
) -> Result<Response, Refusal> {
    let site = &asked.caller.site;
    let ticket = TicketId(ticket.parse().map_err(|_| Refusal::not_found("ticket"))?);
    let seen = seen(site, ticket, episode)?;
    let once = async |id| {
        let wanted = wanted(seen);
        let noted = noted(&wanted);
        let made = act(site, None, id, wanted).await?;
        note(app, asked, noted, &made).await;
        changed(site, made)
    };
    asked.once(app, once).await
}

/// Does something at a counter. What it is to be done to may have left the counter by this very request.
async fn of_counter(
    app: &App,
    asked: &Asked,
    counter: &str,
    wanted: impl FnOnce(&Site, &Counter) -> Result<Act, Refusal>,
) -> Result<Response, Refusal> {
    let site = &asked.caller.site;
    let plan = site.plan();
    let counter = counter.parse().ok().and_then(|id| plan.catalogue.counter(&id));
    let counter = counter.ok_or_else(|| Refusal::not_found("counter"))?;
    let once = async |id| {
        let before = app.store.acted(id).await?;
        let made = match before {
            Some(Acted { ticket, .. }) => Made { ticket, ..Made::default() },
            None => {
                let wanted = wanted(site, counter)?;
                let noted = noted(&wanted);
                let made = act(site, Some(counter), id, wanted).await?;
                note(app, asked, noted, &made).await;
                made
            }
        };
        changed(site, made)
    };
    asked.once(app, once).await
}

/// A ticket as the program saw it, or as it is now.
fn seen(site: &Site, ticket: TicketId, episode: Option<u32>) -> Result<Seen, Refusal> {
    let now = site.look(|hall| hall.ticket(&ticket).map(queue_engine::Ticket::episode));
    let now = now.ok_or_else(|| Refusal::not_found("ticket"))?;
    Ok(Seen { ticket, episode: episode.unwrap_or(now) })
}

/// Whom a counter has called or receives.
fn held(site: &Site, counter: &Counter, episode: Option<u32>) -> Result<Seen, Refusal> {
    let held = site.look(|hall| hall.at_counter(&counter.id).map(|ticket| (ticket.id, ticket.episode())));
    let (ticket, now) = held.ok_or_else(|| Refusal::conflict("the counter has called nobody"))?;
    Ok(Seen { ticket, episode: episode.unwrap_or(now) })
}

/// What of an act is kept of those who do it: what passes somebody over, and what ends somebody's wait.
const fn noted(act: &Act) -> Option<Action> {
    match act {
        Act::CallThis(_) => Some(Action::Chosen),
        Act::NoShow(_) => Some(Action::NoShow),
        Act::Cancel(_) => Some(Action::Cancel),
        Act::Call
        | Act::Recall(_)
        | Act::Start(_)
        | Act::Finish { .. }
        | Act::Park { .. }
        | Act::Resume(_)
        | Act::Transfer { .. }
        | Act::Redirect { .. }
        | Act::Postpone(_)
        | Act::Reinstate(_)
        | Act::CheckIn { .. }
        | Act::Undo(_)
        | Act::Issue(_)
        | Act::Reprint(_)
        | Act::Open { .. }
        | Act::Pause(_)
        | Act::Close
        | Act::AnswerHelp(_) => None,
    }
}

/// Keeps which program did it.
async fn note(app: &App, asked: &Asked, noted: Option<Action>, made: &Made) {
    let (Some(action), Some(ticket)) = (noted, made.ticket) else {
        return;
    };
    let Caller { name, site, .. } = &asked.caller;
    let entry = Entry::new(app.clock.now(), name, action, ticket.to_string());
    let entry = Entry { role: "api".to_owned(), site: Some(site.id), ..entry };
    let label = site.look(|hall| Some(hall.ticket(&ticket)?.issue()?.label));
    app.audit(match label {
        Some(label) => entry.of_ticket(label.to_string()),
        None => entry,
    })
    .await;
}

fn changed(site: &Site, made: Made) -> Result<(StatusCode, Changed), Refusal> {
    Ok((StatusCode::OK, Changed { ticket: made.ticket.and_then(|id| Ticket::find(site, id)) }))
}

/// What the desk makes of it. A program is staff without an account.
async fn act(site: &Site, counter: Option<&Counter>, id: Uuid, act: Act) -> Result<Made, Refusal> {
    let who = Who::Staff { account: None, supervises: false };
    match site.act(who, counter, &Wanted { id, act }).await? {
        Done::Now(made) => Ok(made),
        Done::Before { ticket } => Ok(Made { ticket, ..Made::default() }),
        Done::Nobody => Ok(Made::default()),
        Done::Refused(refusal) => Err(Refusal::conflict(chain(&refusal))),
    }
}
