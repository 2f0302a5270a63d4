//! A ticket that the desk has given, shown this once: its link is known to nobody afterwards.

use askama::Template;
use qrcode::{Color, EcLevel, QrCode};
use wire::ids::{Language, TicketId};
use wire::token::TicketToken;

use crate::pages::bar::Bar;
use crate::pages::session::Person;
use crate::words::{moment, slip};

/// Modules of light around a code, which readers need.
const QUIET: usize = 4;

#[derive(Template)]
#[template(path = "reception/given.html")]
pub(super) struct Page {
    bar: Bar,
    ticket: String,
    label: String,
    link: String,
    code: Code,
    /// What the paper says, in the visitor's language.
    lang: Language,
    words: &'static slip::Words,
    place: String,
    service: String,
    day: String,
    time: String,
    duplicate: bool,
}

/// A code as one path of squares.
struct Code {
    side: usize,
    path: String,
}

/// The page, or none where the ticket or the code cannot be drawn.
pub(super) fn page(person: &Person, ticket: TicketId, token: &TicketToken, duplicate: bool) -> Option<Page> {
    let (site, plan) = (&*person.site, person.site.plan());
    let (label, lang, at, service) = site.look(|hall| {
        let ticket = hall.ticket(&ticket)?;
        let issue = ticket.issue()?;
        Some((issue.label, issue.lang, issue.arrival, ticket.place()?.service.clone()))
    })?;
    let link = plan.catalogue.ticket_link(token, &label);
    let at = at.to_zoned(site.zone.clone());
    let service = plan.catalogue.service(&service).map(|service| service.name.get(lang).to_owned());
    Some(Page {
        bar: Bar::of(person, "/accueil"),
        ticket: ticket.to_string(),
        label: label.display(),
        code: code(&link)?,
        link,
        lang,
        words: slip::words(lang),
        place: plan.catalogue.site.name.get(lang).to_owned(),
        service: service.unwrap_or_default(),
        day: moment::day(lang, at.date()),
        time: moment::hour(lang, at.time()),
        duplicate,
    })
}

fn code(link: &str) -> Option<Code> {
    let code = QrCode::with_error_correction_level(link, EcLevel::M).ok()?;
    let width = code.width();
    let mut path = String::new();
    for (at, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            path.push_str(&format!("M{} {}h1v1h-1z", at % width + QUIET, at / width + QUIET));
        }
    }
    Some(Code { side: width + 2 * QUIET, path })
}
