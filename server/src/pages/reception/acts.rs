//! What is done at the reception desk.

use std::sync::Arc;

use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use queue_engine::NotPostponed;
use serde::Deserialize;
use uuid::Uuid;
use wire::command::PrintTicket;
use wire::event::QueuePlace;
use wire::ids::{HelpId, Language, OriginId, ServiceId, TicketId};
use wire::token::TicketToken;

use super::view::{desk, printers};
use super::{Answer, given, show_ticket};
use crate::app::App;
use crate::audit::{Action, Diff};
use crate::desk::{Act, Done, Made, NewTicket, Refusal, Seen, Wanted, Who};
use crate::pages::floor::clock_time;
use crate::pages::page::{Failure, render};
use crate::pages::session::Person;
use crate::pages::touched::{self, Stands};
use crate::pages::{DAY_CLOSED, OTHER_ACT, OVERTAKEN, REFUSED};
use crate::roles::Permission;
use crate::store::StoreError;

/// How a ticket reaches its holder: a borne's printer (its identity), or this screen, from which it can be printed too.
const ON_SCREEN: &str = "ecran";

#[derive(Deserialize)]
pub(super) struct NewFields {
    id: Uuid,
    service: ServiceId,
    lang: String,
    #[serde(default = "alone")]
    group: u8,
    /// There where the box is ticked.
    priority: Option<String>,
    by: String,
}

const fn alone() -> u8 {
    1
}

/// The ticket as the page showed it.
#[derive(Deserialize)]
pub(super) struct TicketFields {
    id: Uuid,
    ticket: TicketId,
    episode: u32,
    /// How another paper reaches its holder.
    #[serde(default)]
    by: String,
}

impl TicketFields {
    const fn seen(&self) -> Seen {
        Seen { ticket: self.ticket, episode: self.episode }
    }
}

/// Who has come for an appointment.
#[derive(Deserialize)]
pub(super) struct AppointmentFields {
    id: Uuid,
    ticket: TicketId,
    episode: u32,
    /// When it is, local time of today: `10:40`.
    at: String,
}

#[derive(Deserialize)]
pub(super) struct HelpFields {
    id: Uuid,
    help: HelpId,
}

pub(super) async fn issue(person: Person, Form(fields): Form<NewFields>) -> Answer {
    let site = &*person.site;
    let intake = site.intake(site.clock.now());
    // A form that is sent again shows what it did.
    let fresh = site.store.acted(fields.id).await?.is_none();
    let text = if fresh && intake.closed.is_some() {
        Some(
            "La journée est close : aucun ticket n’est donné. Un responsable peut la rouvrir sur la page « Clore la journée ».",
        )
    } else if fresh && intake.is_full(&fields.service) {
        Some(
            "Cette démarche ne donne plus de tickets aujourd’hui. Redonnez-en d’abord sur la page « Tickets d’aujourd’hui ».",
        )
    } else if !(1..=9).contains(&fields.group) {
        Some("Un ticket vaut pour 1 à 9 personnes. Corrigez le nombre de personnes.")
    } else {
        None
    };
    if let Some(text) = text {
        return refuse(&person, text).await;
    }
    let by = match read_way(&person, &fields.by).await? {
        Ok(by) => by,
        Err(text) => return refuse(&person, text).await,
    };
    let offered = site.plan().catalogue.languages();
    let new = NewTicket {
        service: fields.service,
        lang: offered.into_iter().find(|lang| lang.tag() == fields.lang).unwrap_or(Language::Fr),
        priority: fields.priority.is_some(),
        group: fields.group,
        appointment: None,
        needs: [].into(),
        paperless: by.is_none(),
    };
    match act(&person, fields.id, Act::Issue(new)).await? {
        Done::Now(made) => hand_over(&person, made, by, false).await,
        Done::Before { ticket } => Ok(to_ticket(ticket)),
        Done::Refused(Refusal::OtherAct) => refuse(&person, OTHER_ACT).await,
        Done::Refused(Refusal::Overtaken) => refuse(&person, OVERTAKEN).await,
        Done::Nobody | Done::Refused(_) => {
            refuse(&person, "Cette démarche n’est plus proposée. Choisissez-en une autre.").await
        }
    }
}

pub(super) async fn reprint(person: Person, Form(fields): Form<TicketFields>) -> Answer {
    let by = match read_way(&person, &fields.by).await? {
        Ok(by) => by,
        Err(text) => return show_ticket(&person, Some(fields.ticket), REFUSED, Some(text.to_owned())).await,
    };
    match act(&person, fields.id, Act::Reprint(fields.seen())).await? {
        Done::Now(made) => hand_over(&person, made, by, true).await,
        Done::Before { .. } | Done::Nobody => Ok(to_ticket(Some(fields.ticket))),
        Done::Refused(refusal) => refused(&person, fields.ticket, &refusal).await,
    }
}

pub(super) async fn cancel(State(app): State<Arc<App>>, person: Person, Form(fields): Form<TicketFields>) -> Answer {
    kept(&app, &person, fields, Action::Cancel, Act::Cancel).await
}

/// Takes back that somebody was absent or cancelled.
pub(super) async fn reinstate(State(app): State<Arc<App>>, person: Person, Form(fields): Form<TicketFields>) -> Answer {
    kept(&app, &person, fields, Action::Undo, Act::Reinstate).await
}

/// Who was set aside at a counter that is no more waits again, where they stood.
pub(super) async fn put_back(State(app): State<Arc<App>>, person: Person, Form(fields): Form<TicketFields>) -> Answer {
    let own = Some(QueuePlace::Own);
    let act = |seen| Act::Transfer { seen, service: None, counter: None, place: own };
    kept(&app, &person, fields, Action::Transfer, act).await
}

pub(super) async fn check_in(person: Person, Form(fields): Form<AppointmentFields>) -> Answer {
    let AppointmentFields { id, ticket, episode, at } = fields;
    let site = &*person.site;
    let day = site.look(queue_engine::Hall::day);
    let Some(appointment) = clock_time(&at).and_then(|time| site.time_of(day, time)) else {
        let text = format!("« {} » n’est pas une heure comme 10:40.", at.trim());
        return show_ticket(&person, Some(ticket), REFUSED, Some(text)).await;
    };
    step(&person, TicketFields { id, ticket, episode, by: String::new() }, |seen| Act::CheckIn { seen, appointment })
        .await
}

pub(super) async fn postpone(person: Person, Form(fields): Form<TicketFields>) -> Answer {
    step(&person, fields, Act::Postpone).await
}

pub(super) async fn answer_help(person: Person, Form(HelpFields { id, help }): Form<HelpFields>) -> Answer {
    match act(&person, id, Act::AnswerHelp(help)).await? {
        Done::Now(_) | Done::Before { .. } | Done::Nobody => Ok(Redirect::to("/accueil").into_response()),
        Done::Refused(_) => refuse(&person, "Quelqu’un y va déjà, ou la demande est annulée.").await,
    }
}

async fn step(person: &Person, fields: TicketFields, wanted: impl Fn(Seen) -> Act) -> Answer {
    let done = act(person, fields.id, wanted(fields.seen())).await?;
    stepped(person, fields.ticket, done).await
}

/// The same where it is also kept who did it to whom.
async fn kept(
    app: &App,
    person: &Person,
    fields: TicketFields,
    action: Action,
    wanted: impl Fn(Seen) -> Act,
) -> Answer {
    let was = Stands::now(person, fields.ticket);
    let done = act(person, fields.id, wanted(fields.seen())).await?;
    touched::keep(app, person, &done, action, was, Diff::none()).await;
    stepped(person, fields.ticket, done).await
}

async fn stepped(person: &Person, ticket: TicketId, done: Done) -> Answer {
    match done {
        Done::Now(_) | Done::Before { .. } | Done::Nobody => Ok(to_ticket(Some(ticket))),
        Done::Refused(refusal) => refused(person, ticket, &refusal).await,
    }
}

async fn act(person: &Person, id: Uuid, act: Act) -> Result<Done, StoreError> {
    let who = Who::Staff { account: Some(person.account), supervises: person.may(Permission::Floor) };
    person.site.act(who, None, &Wanted { id, act }).await
}

/// Which borne prints, or none for this screen; or why it cannot be.
async fn read_way(person: &Person, by: &str) -> Result<Result<Option<OriginId>, &'static str>, Failure> {
    if by == ON_SCREEN {
        return Ok(Ok(None));
    }
    let known = by.parse::<OriginId>().ok();
    let printers = printers(&person.site).await?;
    let found = printers.into_iter().find(|printer| Some(printer.id) == known);
    Ok(found.map(|printer| Some(printer.id)).ok_or("Cette borne n’est plus là. Choisissez-en une autre."))
}

/// A new link on its way: to a borne's printer, or shown here this once.
async fn hand_over(person: &Person, made: Made, by: Option<OriginId>, duplicate: bool) -> Answer {
    let (Some(ticket), Some(token)) = (made.ticket, made.token) else { return Ok(to_ticket(made.ticket)) };
    if let Some(borne) = by {
        if let Some(paper) = paper(person, ticket, token, duplicate) {
            person.site.ask_to_print(borne, paper).await?;
            person.site.live.touch();
        }
        return Ok(to_ticket(Some(ticket)));
    }
    Ok(match given::page(person, ticket, &token, duplicate) {
        Some(page) => render(StatusCode::OK, &page),
        None => to_ticket(Some(ticket)),
    })
}

fn paper(person: &Person, ticket: TicketId, token: TicketToken, duplicate: bool) -> Option<PrintTicket> {
    person.site.look(|hall| {
        let known = hall.ticket(&ticket)?;
        let issue = known.issue()?;
        Some(PrintTicket {
            ticket,
            label: issue.label,
            service: known.place()?.service.clone(),
            lang: issue.lang,
            issued_at: issue.arrival,
            token,
            duplicate,
            group: issue.group,
            priority: issue.priority,
        })
    })
}

fn to_ticket(ticket: Option<TicketId>) -> Response {
    match ticket {
        Some(ticket) => Redirect::to(&format!("/accueil/ticket/{ticket}")).into_response(),
        None => Redirect::to("/accueil").into_response(),
    }
}

async fn refuse(person: &Person, text: &str) -> Answer {
    Ok(render(REFUSED, &desk(person, Some(text.to_owned())).await?))
}

async fn refused(person: &Person, ticket: TicketId, refusal: &Refusal) -> Answer {
    let text = match refusal {
        Refusal::NotPostponed(NotPostponed::TooOften(n)) => {
            format!("Cette personne a déjà laissé passer {n} fois\u{a0}: c’est le plus souvent possible.")
        }
        Refusal::NotPostponed(NotPostponed::NobodyBehind) => "Personne n’attend après ce numéro.".to_owned(),
        Refusal::OtherAct => OTHER_ACT.to_owned(),
        Refusal::DayClosed => DAY_CLOSED.to_owned(),
        Refusal::Overtaken => OVERTAKEN.to_owned(),
        Refusal::NotPostponed(NotPostponed::Appointment) => "Un rendez-vous garde sa place.".to_owned(),
        Refusal::NotPostponed(NotPostponed::NotWaiting)
        | Refusal::Moved(_)
        | Refusal::TooSoon(_)
        | Refusal::Busy { .. }
        | Refusal::Away
        | Refusal::NotHere(_)
        | Refusal::NotUndone(_)
        | Refusal::Answered { .. }
        | Refusal::NotYours
        | Refusal::Unknown(_) => "Ce numéro a changé d’état. Voici la situation à jour.".to_owned(),
    };
    show_ticket(person, Some(ticket), REFUSED, Some(text)).await
}
