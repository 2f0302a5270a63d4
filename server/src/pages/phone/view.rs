//! What the page of a ticket shows.

use askama::Template;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use queue_engine::{Hall, Place, Seat, State, Ticket, estimate_before};
use uuid::Uuid;
use wire::catalogue::Catalogue;
use wire::ids::{CounterId, Language};
use wire::opening::Opening;

use super::visit::{Link, Visit};
use crate::day_end::was_ended;
use crate::desk::{Seen, seat};
use crate::site::{Plan, Site};
use crate::store::ClosedDay;
use crate::words::phone::{Words, words};
use crate::words::{closing, display, moment};

/// How soon the page asks again, in seconds.
const REFRESH_S: u32 = 30;
/// The same where there is nothing to follow: a hall's phones may share one address.
const REFRESH_NOTHING_S: u32 = 60;

#[derive(Template)]
#[template(path = "phone/page.html")]
pub(super) struct Page {
    pub(super) lang: Language,
    pub(super) words: &'static Words,
    languages: Vec<Tongue>,
    /// Where.
    place: Option<String>,
    label: Option<String>,
    service: Option<String>,
    pub(super) shown: Shown,
    /// Whether the ticket may be called yet: its holder may want to be told.
    comes: bool,
    /// What did not work, or what became of it.
    pub(super) sentence: Option<&'static str>,
    notices: Vec<String>,
    documents: Vec<String>,
    address: Option<String>,
    /// Where the person can change something, and how that is called.
    links: Vec<(String, &'static str)>,
    updated: Option<String>,
    refresh_s: u32,
    /// Where news of the ticket come from.
    news: Option<String>,
}

/// A language that the page can be read in.
struct Tongue {
    tag: &'static str,
    bcp47: &'static str,
    rtl: bool,
    name: &'static str,
    current: bool,
}

/// How the ticket stands.
pub(super) enum Shown {
    /// A sentence says it all.
    Sentence(&'static str),
    /// It waits.
    Waits {
        /// « 4 personnes avant vous », or when the person is expected.
        standing: String,
        wait: Option<String>,
        /// Why it still waits.
        why: Option<&'static str>,
    },
    /// It is called: nothing else matters. `ring` tells a call from another.
    Called { counter: String, ring: String },
    /// A counter has it.
    At { lead: &'static str, counter: String },
    /// Its holder gave it up, and can have it back.
    GivenUp { until: String, action: String, id: Uuid, episode: u32 },
}

impl Page {
    /// What everybody gets who follows nothing.
    fn blank(visit: &Visit) -> Self {
        let words = words(visit.lang);
        let tongue = |lang: &Language| Tongue {
            tag: lang.tag(),
            bcp47: lang.bcp47(),
            rtl: lang.rtl(),
            name: lang.endonym(),
            current: *lang == visit.lang,
        };
        Self {
            lang: visit.lang,
            words,
            languages: visit.offered.iter().map(tongue).collect(),
            place: None,
            label: visit.label.map(|label| label.display()),
            service: None,
            shown: Shown::Sentence(words.keep),
            comes: false,
            sentence: None,
            notices: Vec::new(),
            documents: Vec::new(),
            address: None,
            links: Vec::new(),
            updated: None,
            refresh_s: REFRESH_NOTHING_S,
            news: None,
        }
    }

    /// The same for who asks too often.
    pub(super) fn too_often(visit: &Visit) -> Self {
        Self { shown: Shown::Sentence(words(visit.lang).too_often), ..Self::blank(visit) }
    }
}

/// The page of a ticket, or that of all tokens that lead nowhere.
pub(super) fn show(visit: &Visit) -> Page {
    let blank = Page::blank(visit);
    let now = visit.now;
    let Some(link) = &visit.link else {
        return Page { notices: ended(visit).into_iter().collect(), ..blank };
    };
    let (site, plan) = (&*link.site, link.site.plan());
    let (intake_ended, closed_today) = (site.intake(now).has_ended(now), site.closed_today(now));
    site.live.read(now, |hall| {
        let known = hall.ticket(&link.ticket);
        let Some((ticket, place)) = known.and_then(|ticket| ticket.place().map(|place| (ticket, place))) else {
            return blank;
        };
        let View { shown, waits } = view(visit, link, &plan, hall, ticket, place, closed_today);
        let text = |text: &wire::catalogue::Localised| text.get(visit.lang).to_owned();
        let service = plan.catalogue.service(&place.service);
        let may_leave = matches!(ticket.state(hall.day()), State::Waiting | State::Parked);
        let mut links = Vec::new();
        if waits && plan.policy.postpone.times > 0 {
            links.push((visit.address(link, "/plus-tard"), blank.words.more));
        }
        if may_leave {
            links.push((visit.address(link, "/renoncer"), blank.words.give_up));
        }
        let mut notices = Vec::new();
        if waits {
            notices.extend(closed(site, &plan.catalogue, visit.lang, now));
            notices.extend(intake_ended.then(|| display::words(visit.lang).ended()));
        }
        Page {
            place: Some(text(&plan.catalogue.site.name)),
            label: ticket.issue().map(|issue| issue.label.display()),
            service: service.map(|service| text(&service.name)),
            shown,
            comes: may_leave,
            notices,
            documents: service.filter(|_| waits).map_or_else(Vec::new, |it| it.documents.iter().map(text).collect()),
            address: plan.catalogue.site.address.clone().filter(|_| may_leave),
            links,
            updated: Some(blank.words.updated(&hour(&site.zone, visit.lang, now))),
            refresh_s: REFRESH_S,
            news: Some(visit.address(link, "/flux")),
            ..blank
        }
    })
}

/// That every site here has ended its tickets for today, or closed the day.
fn ended(visit: &Visit) -> Option<String> {
    let (now, sites) = (visit.now, visit.app.sites());
    let closed: Option<Vec<ClosedDay>> = sites.iter().map(|site| site.closed_today(now)).collect();
    if let Some(closed) = closed.as_deref().and_then(<[ClosedDay]>::first) {
        return Some(closing::text(closed.message, visit.lang).to_owned());
    }
    sites.iter().all(|site| site.intake(now).has_ended(now)).then(|| display::words(visit.lang).ended())
}

struct View {
    shown: Shown,
    /// Whether the ticket is in the queue.
    waits: bool,
}

fn view(
    visit: &Visit,
    link: &Link,
    plan: &Plan,
    hall: &Hall,
    ticket: &Ticket,
    place: &Place,
    closed_today: Option<ClosedDay>,
) -> View {
    let words = words(visit.lang);
    let (site, now) = (&*link.site, visit.now);
    let counter = |id: Option<&CounterId>| {
        let known = id.and_then(|id| plan.catalogue.counter(id));
        known.map_or_else(String::new, |counter| counter.name.get(visit.lang).to_owned())
    };
    let day = hall.day();
    if let Some(closed) = closed_today.filter(|_| was_ended(ticket, day)) {
        return View { shown: Shown::Sentence(closing::text(closed.message, visit.lang)), waits: false };
    }
    let called_to = || counter(ticket.call().map(|call| &call.counter));
    let shown = match ticket.state(day) {
        State::Waiting => return View { shown: waits(site, visit.lang, plan, hall, ticket, place, now), waits: true },
        State::Parked => Shown::At { lead: words.parked, counter: counter(ticket.parking().map(|it| &it.counter)) },
        State::Called => {
            let ring = format!("{}.{}", ticket.episode(), ticket.rings());
            Shown::Called { counter: called_to(), ring }
        }
        State::Serving => Shown::At { lead: words.serving, counter: called_to() },
        State::NoShow => Shown::Sentence(words.absent),
        State::Finished => Shown::Sentence(words.done),
        State::Cancelled => match plan.policy.undo(hall, ticket, now) {
            Ok(undo) if undo.by_visitor && closed_today.is_none() => Shown::GivenUp {
                until: words.take_back_until(&hour(&site.zone, visit.lang, until(plan, ticket, now))),
                action: visit.address(link, "/garder"),
                id: Uuid::new_v4(),
                episode: ticket.episode(),
            },
            Ok(_) | Err(_) => Shown::Sentence(words.cancelled),
        },
        // A link ends with its ticket's day: neither is followed.
        State::Unissued | State::Expired => Shown::Sentence(words.keep),
    };
    View { shown, waits: false }
}

fn waits(
    site: &Site,
    lang: Language,
    plan: &Plan,
    hall: &Hall,
    ticket: &Ticket,
    place: &Place,
    now: Timestamp,
) -> Shown {
    let words = words(lang);
    let why = place.returned.then_some(words.returned);
    let expected = ticket.issue().and_then(|issue| issue.appointment).filter(|slot| *slot > now);
    if let Some(slot) = expected {
        let standing = words.appointment(&hour(&site.zone, lang, slot));
        return Shown::Waits { standing, wait: None, why };
    }
    let seats: Vec<Seat> = plan.catalogue.counters.iter().map(|counter| seat(hall, counter)).collect();
    let before = estimate_before(hall, &plan.policy, &seats, ticket, now, now);
    let told = before.and_then(|before| before.wait.ok());
    let wait = told.map(|wait| {
        let range = display::Range { low_min: wait.low_min, high_min: wait.high_min };
        display::words(lang).wait(range, None)
    });
    Shown::Waits { standing: words.before(lang, before.map_or(0, |before| before.people)), wait, why }
}

/// Until when a visitor takes back what they did last.
fn until(plan: &Plan, ticket: &Ticket, now: Timestamp) -> Timestamp {
    let window = SignedDuration::from_secs(i64::from(plan.policy.undo.visitor_s));
    ticket.since().unwrap_or(now).checked_add(window).unwrap_or(now)
}

/// That nobody is received now, and when somebody is again.
fn closed(site: &Site, catalogue: &Catalogue, lang: Language, now: Timestamp) -> Option<String> {
    let local = now.to_zoned(site.zone.clone()).datetime();
    match catalogue.hours()?.at(local) {
        Opening::Open { .. } => None,
        Opening::Closed { next } => Some(display::words(lang).closed(lang, local, next)),
    }
}

fn hour(zone: &TimeZone, lang: Language, at: Timestamp) -> String {
    moment::hour(lang, at.to_zoned(zone.clone()).time())
}

/// A ticket as its page showed it.
pub(super) fn seen(visit: &Visit, link: &Link) -> Seen {
    let episode = link.site.live.read(visit.now, |hall| hall.ticket(&link.ticket).map_or(1, Ticket::episode));
    Seen { ticket: link.ticket, episode }
}
