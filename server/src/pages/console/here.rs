//! Who asks, at which counter, and what they see of it.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Redirect, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use jiff::Timestamp;
use uuid::Uuid;
use wire::catalogue::Counter;
use wire::ids::{ServiceId, TicketId};

use super::sentences::{self, Asked};
use super::view::{Alone, Console, Current, Pieces, Scene, names_of};
use super::{AtCounter, pieces};
use crate::app::App;
use crate::audit::{Action, Diff};
use crate::desk::{Act, Done, Refusal, Wanted, Who};
use crate::pages::REFUSED;
use crate::pages::bar::Bar;
use crate::pages::page::{Failure, render};
use crate::pages::session::Person;
use crate::pages::touched::{self, Stands};
use crate::roles::Permission;
use crate::site::Plan;
use crate::store::StoreError;

pub(super) type Answer = Result<Response, Failure>;

/// Where the one service of the queue that an agent looks at is kept: it outlives actions, which answer with the whole page.
const FILTER: &str = "file";

/// Somebody at a counter, as of one request.
pub(super) struct Here {
    app: Arc<App>,
    pub(super) person: Person,
    pub(super) counter: Counter,
    pub(super) plan: Arc<Plan>,
    pub(super) now: Timestamp,
    /// The one service of the queue that they look at.
    pub(super) filter: Option<ServiceId>,
    /// Whether a script puts the answer into the page.
    scripted: bool,
}

impl FromRequestParts<Arc<App>> for Here {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let AtCounter { person, counter } = AtCounter::from_request_parts(parts, app).await?;
        let (plan, now) = (person.site.plan(), person.site.clock.now());
        let scripted = parts.headers.contains_key("hx-request");
        let filter = kept(&parts.headers).filter(|service| counter.services.contains(service));
        Ok(Self { app: Arc::clone(app), person, counter, plan, now, filter, scripted })
    }
}

fn kept(headers: &HeaderMap) -> Option<ServiceId> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(';'));
    let mut values = pairs.filter_map(|pair| pair.trim().split_once('=')).filter(|(name, _)| *name == FILTER);
    values.next()?.1.parse().ok()
}

/// Keeps what an agent looks at for as long as their browser is open.
pub(super) fn cookie(service: Option<ServiceId>) -> HeaderValue {
    let kept = service.map_or_else(|| format!("{FILTER}=; Max-Age=0"), |service| format!("{FILTER}={service}"));
    // A service's identity is made of letters, digits and hyphens.
    HeaderValue::try_from(format!("{kept}; Path=/guichet; HttpOnly; SameSite=Lax"))
        .unwrap_or_else(|_| HeaderValue::from_static(""))
}

impl Here {
    pub(super) fn scene(&self) -> Scene<'_> {
        Scene { site: &self.person.site, plan: &self.plan, counter: &self.counter, now: self.now }
    }

    /// Looks at one service of the queue, or at all where the form says none. Answers what is to be kept of it.
    pub(super) fn look_at(&mut self, service: Option<String>) -> Option<Option<ServiceId>> {
        let named = service?.parse().ok();
        self.filter = named.filter(|service| self.counter.services.contains(service));
        Some(self.filter.clone())
    }

    /// The page, with a sentence where something did not work.
    pub(super) async fn page(&self, status: StatusCode, message: Option<String>) -> Answer {
        let (_, counter) = names_of(&self.plan, &self.counter);
        let Pieces { help, current, bar, aside, queue } = pieces(self).await?;
        let current = self.with_notes(current).await?;
        let page = Console {
            bar: Bar::of(&self.person, "/poste"),
            counter: counter.to_owned(),
            day_end: self.person.may(Permission::DayEnd),
            message,
            pieces: Pieces { help, current, bar, aside, queue },
        };
        Ok(render(status, &page))
    }

    /// What colleagues wrote about whom the counter has.
    pub(super) async fn with_notes(&self, mut current: Current) -> Result<Current, StoreError> {
        if let Some(drawn) = current.drawn() {
            current.notes.0 = self.person.site.store.notes_of(self.person.site.id, drawn.ticket).await?;
        }
        Ok(current)
    }

    /// A form that asks for more: beside the queue, or as a page.
    pub(super) fn panel(&self, panel: &impl askama::Template) -> Response {
        if self.scripted {
            return render(StatusCode::OK, panel);
        }
        match panel.render() {
            Ok(panel) => {
                let (site, counter) = names_of(&self.plan, &self.counter);
                render(StatusCode::OK, &Alone { site, counter, agent: &self.person.name, panel })
            }
            Err(_) => render(StatusCode::OK, panel),
        }
    }

    fn who(&self) -> Who {
        Who::Staff { account: Some(self.person.account), supervises: self.person.may(Permission::Floor) }
    }

    /// Does something at this counter, or at another one that the person leaves or comes to.
    pub(super) async fn act(&self, id: Uuid, act: Act) -> Result<Done, StoreError> {
        let wanted = Wanted { id, act };
        self.person.site.act_from(Some(self.person.session), self.who(), Some(&self.counter), &wanted).await
    }

    /// Does something, and goes back to the console, or says why not.
    pub(super) async fn done(&self, id: Uuid, act: Act) -> Answer {
        let asked = Asked::of(&act);
        let done = self.act(id, act).await?;
        self.answer(asked, done).await
    }

    /// The same where it is also kept who did it to whom.
    pub(super) async fn done_and_kept(&self, id: Uuid, act: Act, action: Action, ticket: TicketId) -> Answer {
        let asked = Asked::of(&act);
        let done = self.act_and_keep(id, act, action, ticket, Diff::none()).await?;
        self.answer(asked, done).await
    }

    /// Does something to a ticket, and keeps who did it, with what else there is to say of it.
    pub(super) async fn act_and_keep(
        &self,
        id: Uuid,
        act: Act,
        action: Action,
        ticket: TicketId,
        diff: Diff,
    ) -> Result<Done, StoreError> {
        let was = Stands::now(&self.person, ticket);
        let done = self.act(id, act).await?;
        touched::keep(&self.app, &self.person, &done, action, was, diff).await;
        Ok(done)
    }

    pub(super) async fn answer(&self, asked: Asked, done: Done) -> Answer {
        match done {
            Done::Now(_) | Done::Before { .. } => Ok(back()),
            Done::Nobody => self.page(StatusCode::OK, Some("Personne n’attend pour ce guichet.".into())).await,
            Done::Refused(refusal) => self.refuse(asked, &refusal).await,
        }
    }

    pub(super) async fn refuse(&self, asked: Asked, refusal: &Refusal) -> Answer {
        let agent = match sentences::named(refusal) {
            Some(agent) => {
                let accounts = self.person.site.store.accounts(Some(self.person.site.id)).await?;
                accounts.into_iter().find(|account| account.id == agent).map(|account| account.name)
            }
            None => None,
        };
        let text = self.person.site.look(|hall| sentences::of(self.scene(), hall, asked, refusal, agent.as_deref()));
        self.say(text).await
    }

    /// Says why something is not done.
    pub(super) async fn say(&self, text: impl Into<String>) -> Answer {
        self.page(REFUSED, Some(text.into())).await
    }
}

pub(super) fn back() -> Response {
    Redirect::to("/guichet").into_response()
}
