//! What an agent does: one form, one act.

use axum::Form;
use axum::response::{IntoResponse, Redirect};
use queue_engine::{Hall, State};
use serde::{Deserialize, Deserializer};
use uuid::Uuid;
use wire::event::{ParkReason, PauseReason, QueuePlace};
use wire::ids::{CounterId, HelpId, ServiceId, TicketId};

use super::here::{Answer, Here, back};
use super::sentences::Asked;
use super::words::{CHOSEN, label};
use crate::audit::{Action, Diff};
use crate::desk::{Act, Done, Refusal, Seen};
use crate::store::{NOTE_MAX, Note, SeatOutcome, StoreError};

/// Made with the form: the same form sent twice is one act.
#[derive(Deserialize)]
pub(super) struct Fields {
    id: Uuid,
}

/// The same, with the ticket that the form was drawn for: a page that is out of date must not move another one.
#[derive(Clone, Copy, Deserialize)]
pub(super) struct TicketFields {
    id: Uuid,
    ticket: TicketId,
    episode: u32,
}

impl TicketFields {
    const fn seen(self) -> Seen {
        Seen { ticket: self.ticket, episode: self.episode }
    }
}

#[derive(Deserialize)]
pub(super) struct FinishFields {
    id: Uuid,
    ticket: TicketId,
    episode: u32,
    /// How long it took says nothing.
    #[serde(default)]
    inexact: bool,
    /// The call that follows, where the agent goes straight on.
    #[serde(default)]
    next: Option<Uuid>,
}

#[derive(Deserialize)]
pub(super) struct ChooseFields {
    id: Uuid,
    label: String,
    reason: String,
}

#[derive(Deserialize)]
pub(super) struct ParkFields {
    id: Uuid,
    ticket: TicketId,
    episode: u32,
    reason: ParkReason,
}

/// Fields that are left empty are absent.
#[derive(Deserialize)]
pub(super) struct TransferFields {
    id: Uuid,
    ticket: TicketId,
    episode: u32,
    #[serde(default, deserialize_with = "filled")]
    service: Option<ServiceId>,
    #[serde(default, deserialize_with = "filled")]
    counter: Option<CounterId>,
    #[serde(default)]
    place: Option<QueuePlace>,
    #[serde(default)]
    note: String,
}

#[derive(Deserialize)]
pub(super) struct RedirectFields {
    id: Uuid,
    ticket: TicketId,
    episode: u32,
    service: ServiceId,
}

#[derive(Deserialize)]
pub(super) struct HelpFields {
    id: Uuid,
    help: HelpId,
}

#[derive(Deserialize)]
pub(super) struct PauseFields {
    id: Uuid,
    reason: PauseReason,
}

#[derive(Deserialize)]
pub(super) struct AppointmentFields {
    id: Uuid,
    ticket: TicketId,
    episode: u32,
    state: Presence,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Presence {
    /// The person is there.
    Present,
    /// The person has not come.
    Absent,
}

fn filled<'de, D: Deserializer<'de>, T: std::str::FromStr>(from: D) -> Result<Option<T>, D::Error>
where
    T::Err: std::fmt::Display,
{
    let text = String::deserialize(from)?;
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(serde::de::Error::custom) }
}

pub(super) async fn open(here: Here, Form(Fields { id }): Form<Fields>) -> Answer {
    here.done(id, Act::Open { services: [].into() }).await
}

pub(super) async fn pause(here: Here, Form(PauseFields { id, reason }): Form<PauseFields>) -> Answer {
    here.done(id, Act::Pause(reason)).await
}

/// Closes the counter and leaves it to others.
pub(super) async fn close(here: Here, Form(Fields { id }): Form<Fields>) -> Answer {
    let done = here.act(id, Act::Close).await?;
    if let Done::Refused(refusal) = done {
        return here.refuse(Asked::Leave, &refusal).await;
    }
    let site = &here.person.site;
    if site.store.leave_seat(here.person.session, site.clock.now()).await? == SeatOutcome::TicketOpen {
        return Ok(back());
    }
    site.live.touch();
    Ok(Redirect::to("/poste").into_response())
}

pub(super) async fn call(here: Here, Form(Fields { id }): Form<Fields>) -> Answer {
    here.done(id, Act::Call).await
}

pub(super) async fn recall(here: Here, Form(fields): Form<TicketFields>) -> Answer {
    here.done(fields.id, Act::Recall(fields.seen())).await
}

pub(super) async fn start(here: Here, Form(fields): Form<TicketFields>) -> Answer {
    here.done(fields.id, Act::Start(fields.seen())).await
}

pub(super) async fn finish(here: Here, Form(fields): Form<FinishFields>) -> Answer {
    let FinishFields { id, ticket, episode, inexact, next } = fields;
    let act = Act::Finish { seen: Seen { ticket, episode }, inexact };
    let Some(next) = next else {
        return here.done(id, act).await;
    };
    match here.act(id, act).await? {
        // Moved: the page was out of date, and the call below answers as the hall is now.
        Done::Now(_) | Done::Before { .. } | Done::Nobody | Done::Refused(Refusal::Moved(_)) => {
            here.done(next, Act::Call).await
        }
        Done::Refused(refusal) => here.refuse(Asked::Other, &refusal).await,
    }
}

pub(super) async fn no_show(here: Here, Form(fields): Form<TicketFields>) -> Answer {
    here.done_and_kept(fields.id, Act::NoShow(fields.seen()), Action::NoShow, fields.ticket).await
}

pub(super) async fn park(here: Here, Form(fields): Form<ParkFields>) -> Answer {
    let ParkFields { id, ticket, episode, reason } = fields;
    here.done(id, Act::Park { seen: Seen { ticket, episode }, reason }).await
}

pub(super) async fn resume(here: Here, Form(fields): Form<TicketFields>) -> Answer {
    here.done(fields.id, Act::Resume(fields.seen())).await
}

pub(super) async fn undo(here: Here, Form(fields): Form<TicketFields>) -> Answer {
    here.done_and_kept(fields.id, Act::Undo(fields.seen()), Action::Undo, fields.ticket).await
}

pub(super) async fn help(here: Here, Form(HelpFields { id, help }): Form<HelpFields>) -> Answer {
    here.done(id, Act::AnswerHelp(help)).await
}

pub(super) async fn redirect(here: Here, Form(fields): Form<RedirectFields>) -> Answer {
    let RedirectFields { id, ticket, episode, service } = fields;
    here.done(id, Act::Redirect { seen: Seen { ticket, episode }, service }).await
}

pub(super) async fn appointment(here: Here, Form(fields): Form<AppointmentFields>) -> Answer {
    let AppointmentFields { id, ticket, episode, state } = fields;
    let seen = Seen { ticket, episode };
    match state {
        Presence::Absent => here.done_and_kept(id, Act::Cancel(seen), Action::Cancel, ticket).await,
        Presence::Present => {
            let slot = |hall: &Hall| hall.ticket(&ticket)?.issue()?.appointment;
            match here.person.site.look(slot) {
                Some(appointment) => here.done(id, Act::CheckIn { seen, appointment }).await,
                None => here.say("Ce numéro n’a pas de rendez-vous.").await,
            }
        }
    }
}

pub(super) async fn transfer(here: Here, Form(fields): Form<TransferFields>) -> Answer {
    let TransferFields { id, ticket, episode, service, counter, place, note } = fields;
    if service.is_none() && counter.is_none() {
        return here.say("Choisissez une démarche ou un guichet, puis transférez.").await;
    }
    let act = Act::Transfer { seen: Seen { ticket, episode }, service, counter, place };
    let done = here.act_and_keep(id, act, Action::Transfer, ticket, Diff::none()).await?;
    if was_done(&done) {
        write(&here, id, ticket, &note).await?;
    }
    here.answer(Asked::Other, done).await
}

/// Calls a ticket that the agent named, before its turn. Why is kept with it for the day.
pub(super) async fn choose(here: Here, Form(fields): Form<ChooseFields>) -> Answer {
    let ChooseFields { id, label, reason } = fields;
    let Some((_, reason)) = CHOSEN.iter().find(|(known, _)| *known == reason) else {
        return here.say("Choisissez pourquoi vous appelez ce numéro avant son tour.").await;
    };
    let found = here.person.site.look(|hall| find(hall, &label));
    let seen = match found {
        Found::One(seen) => seen,
        Found::None => {
            return here.say(format!("Aucun numéro «\u{a0}{}\u{a0}» aujourd’hui.", label.trim())).await;
        }
        Found::Several => {
            return here
                .say("Plusieurs numéros s’écrivent ainsi. Gardez l’espace, comme «\u{a0}B2\u{a0}42\u{a0}».")
                .await;
        }
    };
    let why = Diff::none().with("raison", (), *reason);
    let done = here.act_and_keep(id, Act::CallThis(seen), Action::Chosen, seen.ticket, why).await?;
    if was_done(&done) {
        write(&here, id, seen.ticket, &format!("Appelé avant son tour\u{a0}: {reason}.")).await?;
    }
    here.answer(Asked::Of(seen.ticket), done).await
}

const fn was_done(done: &Done) -> bool {
    matches!(done, Done::Now(_) | Done::Before { .. })
}

/// Keeps a note for whoever receives the person next.
async fn write(here: &Here, id: Uuid, ticket: TicketId, text: &str) -> Result<(), StoreError> {
    let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(NOTE_MAX).collect();
    if text.is_empty() {
        return Ok(());
    }
    let site = &here.person.site;
    let note = Note { id, ticket, text, by: here.person.name.clone(), at: site.clock.now() };
    site.store.put_note(site.id, &note).await
}

/// What a number that somebody typed stands for.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    One(Seen),
    Several,
    None,
}

/// A ticket of today by its number, as it is printed or without its space; one that waits before one that does not.
fn find(hall: &Hall, typed: &str) -> Found {
    let spaced = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_uppercase();
    let close = |text: &str| spaced(text).replace(' ', "");
    let today = || hall.tickets().filter(|ticket| ticket.issue().is_some_and(|issue| issue.day == hall.day()));
    let exact: Vec<_> = today().filter(|ticket| spaced(&label(ticket)) == spaced(typed)).collect();
    let all =
        if exact.is_empty() { today().filter(|ticket| close(&label(ticket)) == close(typed)).collect() } else { exact };
    let waiting: Vec<_> = all.iter().copied().filter(|ticket| ticket.state(hall.day()) == State::Waiting).collect();
    let named = if waiting.is_empty() { all } else { waiting };
    match named.as_slice() {
        [] => Found::None,
        [ticket] => Found::One(Seen { ticket: ticket.id, episode: ticket.episode() }),
        _ => Found::Several,
    }
}
