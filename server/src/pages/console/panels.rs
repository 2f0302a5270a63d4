//! Forms that ask for more than a press: they open beside the queue, or as pages of their own without scripts.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use queue_engine::{State, Ticket, ranking};
use serde::Deserialize;
use wire::event::QueuePlace;
use wire::ids::TicketId;

use super::here::{Answer, Here};
use super::why::Why;
use super::words::{CHOSEN, Drawn, PARKED, PAUSED, counter, hour, label, minutes, service, service_of};
use crate::pages::drawn::At;
use crate::pages::page::not_found;
use crate::store::NOTE_MAX;

/// As many of a counter's next calls as are explained.
const EXPLAINED: usize = 200;

/// Which passage a panel is asked for.
#[derive(Clone, Copy, Deserialize)]
pub(super) struct Asked {
    ticket: TicketId,
    episode: u32,
}

impl Asked {
    const fn drawn(self) -> Drawn {
        Drawn { ticket: self.ticket, episode: self.episode }
    }
}

/// One of a list.
struct Choice {
    id: String,
    name: String,
}

const GONE: &str = "Ce numéro a changé d’état. Voici la situation à jour.";

/// Looks at a ticket that is still in the passage the page showed.
fn look<R>(here: &Here, asked: Asked, look: impl FnOnce(&Ticket) -> R) -> Option<R> {
    let same = |ticket: &&Ticket| ticket.episode() == asked.episode;
    here.person.site.look(|hall| hall.ticket(&asked.ticket).filter(same).map(look))
}

fn services(here: &Here) -> Vec<Choice> {
    let all = here.plan.catalogue.services.iter().filter(|known| here.plan.is_received(&known.id, []));
    all.map(|known| Choice { id: known.id.to_string(), name: service(&here.plan, &known.id) }).collect()
}

#[derive(Template)]
#[template(path = "console/why.html")]
struct WhyPanel {
    why: Option<Why>,
}

/// Why somebody was called, as it was stored then; why somebody would be, as it is decided now.
pub(super) async fn why(here: Here, Path((ticket, episode)): Path<(TicketId, u32)>) -> Answer {
    let site = &here.person.site;
    let stored = site.why(ticket, episode).await?;
    // One of another site is as good as none.
    if stored.is_none() && site.look(|hall| hall.ticket(&ticket).is_none()) {
        return Ok(not_found().await);
    }
    let why = site.look(|hall| {
        let now = || {
            let next = ranking(hall, &here.plan.policy, &here.scene().seat(hall), here.now, EXPLAINED);
            next.into_iter().find(|next| next.ticket == ticket && next.episode == episode)
        };
        stored.or_else(now).map(|decision| Why::of(site, &here.plan, hall, &decision))
    });
    Ok(here.panel(&WhyPanel { why }))
}

#[derive(Template)]
#[template(path = "console/choose.html")]
struct ChoosePanel {
    at: At,
    labels: Vec<String>,
    reasons: [(&'static str, &'static str); CHOSEN.len()],
}

pub(super) async fn choose(here: Here) -> Response {
    let labels = here.person.site.look(|hall| {
        let here = here.scene().seat(hall);
        let received = |ticket: &&Ticket| {
            here.stranded.contains(&ticket.id)
                || ticket.place().is_some_and(|place| here.services.contains(&place.service))
        };
        hall.queue().into_iter().filter(received).map(label).collect()
    });
    here.panel(&ChoosePanel { at: here.scene().at(), labels, reasons: CHOSEN })
}

#[derive(Template)]
#[template(path = "console/park.html")]
struct ParkPanel {
    at: At,
    drawn: Drawn,
    label: String,
    minutes: u32,
    reasons: Vec<(&'static str, &'static str)>,
}

pub(super) async fn park(here: Here, Query(asked): Query<Asked>) -> Answer {
    let Some(label) = look(&here, asked, label) else { return here.say(GONE).await };
    let reasons = PARKED.iter().map(|(_, id, name)| (*id, *name)).collect();
    let minutes = here.plan.policy.parking.remind_min;
    Ok(here.panel(&ParkPanel { at: here.scene().at(), drawn: asked.drawn(), label, minutes, reasons }))
}

#[derive(Template)]
#[template(path = "console/transfer.html")]
struct TransferPanel {
    at: At,
    drawn: Drawn,
    label: String,
    service: String,
    services: Vec<Choice>,
    counters: Vec<Choice>,
    places: [(&'static str, &'static str, bool); 3],
    note_max: usize,
}

pub(super) async fn transfer(here: Here, Query(asked): Query<Asked>) -> Answer {
    let about = |ticket: &Ticket| (label(ticket), service_of(&here.plan, ticket), ticket.place().cloned());
    let Some((label, service, place)) = look(&here, asked, about) else { return here.say(GONE).await };
    let usual = here.plan.policy.transfer.place;
    let now_for = place.map(|place| place.service.to_string());
    let mut services = services(&here);
    services.retain(|other| Some(&other.id) != now_for.as_ref());
    let others = here.plan.catalogue.counters.iter().filter(|other| other.id != here.counter.id);
    let counters = others.map(|other| Choice { id: other.id.to_string(), name: counter(&here.plan, &other.id) });
    let panel = TransferPanel {
        at: here.scene().at(),
        drawn: asked.drawn(),
        label,
        service,
        services,
        counters: counters.collect(),
        places: [
            ("own", "À sa place, selon son arrivée", usual == QueuePlace::Own),
            ("front", "Au début de la file", usual == QueuePlace::Front),
            ("back", "À la fin de la file", usual == QueuePlace::Back),
        ],
        note_max: NOTE_MAX,
    };
    Ok(here.panel(&panel))
}

#[derive(Template)]
#[template(path = "console/redirect.html")]
struct RedirectPanel {
    at: At,
    drawn: Drawn,
    label: String,
    service: String,
    services: Vec<Choice>,
}

pub(super) async fn redirect(here: Here, Query(asked): Query<Asked>) -> Answer {
    let about = |ticket: &Ticket| (label(ticket), ticket.place().map(|place| place.service.clone()));
    let Some((label, now_for)) = look(&here, asked, about) else { return here.say(GONE).await };
    let mut services = services(&here);
    services.retain(|other| now_for.as_ref().is_none_or(|now| other.id != now.as_str()));
    let service = now_for.map_or_else(String::new, |id| service(&here.plan, &id));
    Ok(here.panel(&RedirectPanel { at: here.scene().at(), drawn: asked.drawn(), label, service, services }))
}

#[derive(Template)]
#[template(path = "console/appointment.html")]
struct AppointmentPanel {
    at: At,
    drawn: Drawn,
    label: String,
    slot: String,
    state: String,
    waiting: bool,
}

pub(super) async fn appointment(here: Here, Query(asked): Query<Asked>) -> Answer {
    let site = &here.person.site;
    let about = |ticket: &Ticket| {
        let issue = ticket.issue()?;
        let slot = issue.appointment?;
        let late = i64::from(here.plan.policy.appointment.late_min) * 60;
        let behind = issue.arrival.duration_since(slot).as_secs();
        let state = match behind {
            ..=0 => "Venu à l’heure.".to_owned(),
            s if s <= late => {
                format!("Venu avec {} de retard\u{a0}: le rendez-vous est gardé.", minutes(slot, issue.arrival))
            }
            _ => format!("Venu avec {} de retard\u{a0}: attend avec les autres.", minutes(slot, issue.arrival)),
        };
        let noted = ticket.checked_in().map(|at| format!(" Présence notée à {}.", hour(site, at)));
        let state = state + &noted.unwrap_or_default();
        let waiting = ticket.state(issue.day) == State::Waiting;
        let (at, drawn) = (here.scene().at(), asked.drawn());
        Some(AppointmentPanel { at, drawn, label: label(ticket), slot: hour(site, slot), state, waiting })
    };
    match look(&here, asked, about).flatten() {
        Some(panel) => Ok(here.panel(&panel)),
        None => here.say(GONE).await,
    }
}

#[derive(Template)]
#[template(path = "console/pause.html")]
struct PausePanel {
    at: At,
    reasons: Vec<(&'static str, &'static str)>,
}

pub(super) async fn pause(here: Here) -> Response {
    let reasons = PAUSED.iter().map(|(_, id, name)| (*id, *name)).collect();
    here.panel(&PausePanel { at: here.scene().at(), reasons })
}

#[derive(Template)]
#[template(path = "console/keys.html")]
struct KeysPanel;

pub(super) async fn keys(here: Here) -> Response {
    here.panel(&KeysPanel)
}
