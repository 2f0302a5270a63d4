//! Whose ticket a request is about, in which language it is answered, and whether it comes too often.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Query, RawPathParams};
use axum::response::Response;
use http::request::Parts;
use jiff::Timestamp;
use serde::Deserialize;
use wire::ids::{Language, TicketId};
use wire::label::Label;
use wire::token::{Hash32, TicketToken};

use super::too_often;
use crate::address;
use crate::app::App;
use crate::limits::subscriber;
use crate::pages::language;
use crate::site::Site;

/// A request for a ticket's page.
pub(super) struct Visit {
    pub(super) app: Arc<App>,
    pub(super) now: Timestamp,
    /// The ticket, where the token leads to one.
    pub(super) link: Option<Link>,
    /// What stands in the address for the eyes of whoever holds the paper, if it could be a label.
    pub(super) label: Option<Label>,
    /// What the page is written in.
    pub(super) lang: Language,
    /// Whether the address asks for that language.
    pub(super) chosen: bool,
    /// What it can be written in.
    pub(super) offered: Vec<Language>,
}

/// A ticket that is followed.
pub(super) struct Link {
    pub(super) site: Arc<Site>,
    pub(super) ticket: TicketId,
    token: TicketToken,
}

#[derive(Deserialize)]
struct Asked {
    lang: Option<String>,
}

impl Visit {
    /// An address of this ticket's pages, in the language that was asked for.
    pub(super) fn address(&self, of: &Link, page: &str) -> String {
        let lang = if self.chosen { format!("?lang={}", self.lang.tag()) } else { String::new() };
        format!("/t/{}{page}{lang}", of.token.in_address())
    }
}

impl Link {
    fn find(app: &App, token: TicketToken, now: Timestamp) -> Option<Self> {
        let hash = token.hash();
        app.sites().into_iter().find_map(|site| {
            let ticket = site.live.read(now, |hall| hall.by_link(&hash).map(|ticket| ticket.id))?;
            Some(Self { site, ticket, token })
        })
    }
}

impl FromRequestParts<Arc<App>> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let now = app.clock.now();
        let (mut token, mut label) = (None, None);
        if let Ok(named) = RawPathParams::from_request_parts(parts, app).await {
            for (name, value) in &named {
                match name {
                    "token" => token = value.parse::<TicketToken>().ok(),
                    "label" => label = value.to_ascii_uppercase().parse::<Label>().ok(),
                    _ => {}
                }
            }
        }
        let link = token.and_then(|token| Link::find(app, token, now));
        let offered = match &link {
            Some(link) => link.site.plan().catalogue.languages(),
            // Whose ticket it is nobody can tell: what is said holds for every site.
            None => {
                let every = app.sites().into_iter().flat_map(|site| site.plan().catalogue.languages());
                every.collect::<BTreeSet<_>>().into_iter().collect()
            }
        };
        let asked = Query::<Asked>::try_from_uri(&parts.uri).ok().and_then(|Query(asked)| asked.lang);
        let asked = offered.iter().copied().find(|lang| asked.as_deref() == Some(lang.tag()));
        let own = link.as_ref().and_then(|Link { site, ticket, .. }| {
            let lang = site.live.read(now, |hall| Some(hall.ticket(ticket)?.issue()?.lang));
            lang.filter(|lang| offered.contains(lang))
        });
        let lang = asked.or(own).unwrap_or_else(|| language::asked(&parts.headers, &offered));
        let visit = Self { app: Arc::clone(app), now, link, label, lang, chosen: asked.is_some(), offered };
        match visit.take(parts, token) {
            Ok(()) => Ok(visit),
            Err(seconds) => Err(too_often(&visit, seconds)),
        }
    }
}

impl Visit {
    /// Tickets are asked for so often each. What leads nowhere is counted by who asks, and a hall's phones may share one
    /// address: they are told when to come back.
    fn take(&self, parts: &Parts, token: Option<TicketToken>) -> Result<(), u32> {
        let limits = &self.app.limits;
        match token.filter(|_| self.link.is_some()) {
            Some(token) => limits.tickets.take(Hash32::of(&token.bits()), self.now),
            None => {
                let from = address::client(&parts.extensions, &parts.headers, &self.app.http.trusted_proxies);
                limits.strangers.take(subscriber(from), self.now)
            }
        }
    }
}
