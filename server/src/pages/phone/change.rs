//! What the holder of a ticket can change: giving it up, and letting others go first. A page asks first, and nothing changes
//! before its form is sent: previews of messages and scanners open addresses too.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use queue_engine::{NotPostponed, State, postpone};
use serde::Deserialize;
use uuid::Uuid;
use wire::ids::Language;

use super::view::seen;
use super::visit::{Link, Visit};
use super::{answer, known, private};
use crate::audit::{Action, Diff, Entry};
use crate::desk::{Act, Done, Refusal, Seen, Wanted, Who};
use crate::pages::REFUSED;
use crate::pages::page::{Failure, render};
use crate::pages::touched::in_french;
use crate::words::phone::{Words, words};

#[derive(Template)]
#[template(path = "phone/question.html")]
struct Question {
    lang: Language,
    words: &'static Words,
    label: Option<String>,
    title: &'static str,
    /// What it means, a paragraph each.
    text: Vec<String>,
    /// What is sent where the person says yes; none: it cannot be.
    yes: Option<Yes>,
    back: String,
}

struct Yes {
    name: &'static str,
    id: Uuid,
    episode: u32,
}

/// The form of a question: made with the page, so that the same form sent twice acts once.
#[derive(Deserialize)]
pub(super) struct Fields {
    id: Uuid,
    episode: u32,
}

type Answer = Result<Response, Failure>;

pub(super) async fn ask_to_give_up(visit: Visit) -> Response {
    let link = match known(&visit) {
        Ok(link) => link,
        Err(nowhere) => return *nowhere,
    };
    let words = words(visit.lang);
    if !is(&visit, link, &[State::Waiting, State::Parked]) {
        return answer(&visit, REFUSED, Some(words.too_late));
    }
    let minutes = link.site.plan().policy.undo.visitor_s / 60;
    let text = vec![words.give_up_text(minutes)];
    ask(&visit, link, StatusCode::OK, words.give_up_title, text, Some(words.give_up_yes))
}

pub(super) async fn give_up(visit: Visit, Form(fields): Form<Fields>) -> Answer {
    let link = match known(&visit) {
        Ok(link) => link,
        Err(nowhere) => return Ok(*nowhere),
    };
    let was = link.site.look(|hall| Some(in_french(hall.ticket(&link.ticket)?.state(hall.day()))));
    match act(link, &fields, Act::Cancel).await? {
        Ok(done) => {
            keep_given_up(&visit, link, &done, was).await;
            Ok(back_to(&visit, link))
        }
        Err(_) => Ok(answer(&visit, REFUSED, Some(words(visit.lang).too_late))),
    }
}

pub(super) async fn take_back(visit: Visit, Form(fields): Form<Fields>) -> Answer {
    let link = match known(&visit) {
        Ok(link) => link,
        Err(nowhere) => return Ok(*nowhere),
    };
    match act(link, &fields, Act::Undo).await? {
        Ok(_) => Ok(back_to(&visit, link)),
        Err(_) => Ok(answer(&visit, REFUSED, Some(words(visit.lang).too_late))),
    }
}

pub(super) async fn ask_for_more_time(visit: Visit) -> Response {
    match known(&visit) {
        Ok(link) => ask_whether_to_postpone(&visit, link, StatusCode::OK),
        Err(nowhere) => *nowhere,
    }
}

pub(super) async fn more_time(visit: Visit, Form(fields): Form<Fields>) -> Answer {
    let link = match known(&visit) {
        Ok(link) => link,
        Err(nowhere) => return Ok(*nowhere),
    };
    match act(link, &fields, Act::Postpone).await? {
        Ok(_) => Ok(back_to(&visit, link)),
        // The page asked again says why not.
        Err(Refusal::NotPostponed(_)) => Ok(ask_whether_to_postpone(&visit, link, REFUSED)),
        Err(_) => Ok(answer(&visit, REFUSED, Some(words(visit.lang).too_late))),
    }
}

/// Once a place back, as often as the policy says, and never where a slot holds it.
fn ask_whether_to_postpone(visit: &Visit, link: &Link, status: StatusCode) -> Response {
    let (words, plan) = (words(visit.lang), link.site.plan());
    let can = link.site.live.read(visit.now, |hall| {
        let ticket = hall.ticket(&link.ticket)?;
        let left = plan.policy.postpone.times.saturating_sub(ticket.postponed());
        Some(postpone(hall, &plan.policy, ticket, visit.now).map(|_| left))
    });
    let cannot = match can {
        Some(Ok(left)) => {
            let text = vec![words.more_text.to_owned(), words.more_left(left)];
            return ask(visit, link, status, words.more_title, text, Some(words.more_yes));
        }
        Some(Err(NotPostponed::Appointment)) => words.more_slot,
        Some(Err(NotPostponed::TooOften(_))) => words.more_often,
        Some(Err(NotPostponed::NobodyBehind)) => words.more_nobody,
        Some(Err(NotPostponed::NotWaiting)) | None => return answer(visit, REFUSED, Some(words.too_late)),
    };
    ask(visit, link, status, words.more, vec![cannot.to_owned()], None)
}

fn ask(
    visit: &Visit,
    link: &Link,
    status: StatusCode,
    title: &'static str,
    text: Vec<String>,
    yes: Option<&'static str>,
) -> Response {
    let label = link.site.live.read(visit.now, |hall| Some(hall.ticket(&link.ticket)?.issue()?.label.display()));
    let Seen { episode, .. } = seen(visit, link);
    let yes = yes.map(|name| Yes { name, id: Uuid::new_v4(), episode });
    let has_form = yes.is_some();
    let back = visit.address(link, "");
    let page = Question { lang: visit.lang, words: words(visit.lang), label, title, text, yes, back };
    private(render(status, &page), has_form)
}

fn is(visit: &Visit, link: &Link, states: &[State]) -> bool {
    link.site.live.read(visit.now, |hall| {
        hall.ticket(&link.ticket).is_some_and(|ticket| states.contains(&ticket.state(hall.day())))
    })
}

/// Done, now or by the same form before; or why not.
async fn act(link: &Link, fields: &Fields, act: impl Fn(Seen) -> Act) -> Result<Result<Done, Refusal>, Failure> {
    let seen = Seen { ticket: link.ticket, episode: fields.episode };
    let wanted = Wanted { id: fields.id, act: act(seen) };
    Ok(match Arc::clone(&link.site).act(Who::Visitor, None, &wanted).await? {
        done @ (Done::Now(_) | Done::Before { .. } | Done::Nobody) => Ok(done),
        Done::Refused(refusal) => Err(refusal),
    })
}

/// Keeps that a ticket was given up by whoever holds it, once: of who that is nothing is known.
async fn keep_given_up(visit: &Visit, link: &Link, done: &Done, was: Option<&str>) {
    if !matches!(done, Done::Now(_)) {
        return;
    }
    let label = link.site.look(|hall| Some(hall.ticket(&link.ticket)?.issue()?.label.display()));
    let diff = Diff::none().with("état", was, in_french(State::Cancelled));
    let entry = Entry::new(visit.now, "visiteur", Action::VisitorCancel, link.ticket.to_string()).changing(diff);
    visit.app.audit(Entry { site: Some(link.site.id), label, ..entry }).await;
}

fn back_to(visit: &Visit, link: &Link) -> Response {
    private(Redirect::to(&visit.address(link, "")).into_response(), false)
}
