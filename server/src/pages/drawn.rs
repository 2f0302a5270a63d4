//! Where and when a form was drawn.
//!
//! A session works at one site and at one counter at a time: another tab may have gone elsewhere since a page was drawn,
//! and a service day may have begun. Every form of such a page carries what it was drawn for, and its room's rows say how
//! much of that must still be so. What was drawn elsewhere is not done: whoever sent it gets the page as it is now.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::response::Response;
use http::StatusCode;
use http::request::Parts;
use wire::ids::{CounterId, Language, SiteId};
use wire::service_day::ServiceDay;

use super::french::date;
use super::session::Person;
use super::{REFUSED, page};
use crate::room::Same;
use crate::site::Site;

/// The field of forms, and of the addresses that pages renew themselves from.
const FIELD: &str = "ici";

/// What a page was drawn for.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct At {
    site: SiteId,
    day: ServiceDay,
    counter: Option<CounterId>,
}

impl At {
    /// What a page is drawn for now.
    pub(crate) fn of(person: &Person) -> Self {
        Self::seated(&person.site, person.counter.clone())
    }

    /// The same for whoever sits at a counter of a site, or at none.
    pub(super) fn seated(site: &Site, counter: Option<CounterId>) -> Self {
        Self { site: site.id, day: ServiceDay::of(site.clock.now(), &site.zone), counter }
    }

    /// The field that every form of the page holds, as a template puts it there.
    pub(super) fn field(&self) -> String {
        // Identities and dates are made of letters, digits and hyphens.
        format!("<input type=\"hidden\" name=\"{FIELD}\" value=\"{self}\">")
    }

    /// The same at the end of an address that a script renews a part of the page from.
    pub(super) fn query(&self) -> String {
        format!("{FIELD}={self}")
    }

    /// What a form or a query says that it was drawn for; none where it does not say so.
    fn read(fields: &[u8]) -> Option<Self> {
        let mut pairs = form_urlencoded::parse(fields);
        pairs.find(|(name, _)| name == FIELD).and_then(|(_, value)| value.parse().ok())
    }

    /// Whether all that must stay has stayed.
    fn stays(&self, now: &Self, same: Same) -> bool {
        let Self { site, day, counter } = self;
        let is = |wanted: bool, equal: bool| !wanted || equal;
        is(same.site, *site == now.site) && is(same.day, *day == now.day) && is(same.counter, *counter == now.counter)
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { site, day, counter } = self;
        write!(f, "{site}.{day}.{}", counter.as_ref().map_or("", CounterId::as_str))
    }
}

/// It says nothing that can be read.
#[derive(Debug)]
pub(crate) struct Unreadable;

impl FromStr for At {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let mut parts = text.splitn(3, '.');
        let (Some(site), Some(day), Some(counter)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(Unreadable);
        };
        let counter = if counter.is_empty() { None } else { Some(counter.parse().map_err(|_| Unreadable)?) };
        let (site, day) = (site.parse().map_err(|_| Unreadable)?, day.parse().map_err(|_| Unreadable)?);
        Ok(Self { site, day, counter })
    }
}

/// Why a page is shown in the place of what a form asked for; nothing where it is simply asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stale(Option<String>);

impl Stale {
    /// Looks whether a form may be done as far as it hangs on where it was drawn.
    pub(crate) fn of_form(form: &[u8], person: &Person, same: Same) -> Option<Self> {
        let now = At::of(person);
        match At::read(form) {
            Some(drawn) if drawn.stays(&now, same) => None,
            drawn => Some(Self(Some(sentence(drawn.as_ref(), &now, same, person)))),
        }
    }

    /// Whether a part of a page is asked for that shows another site or counter. A new day is shown where it stands.
    pub(crate) fn is_part_of(query: &str, person: &Person, same: Same) -> bool {
        let drawn = At::read(query.as_bytes());
        drawn.is_some_and(|drawn| !drawn.stays(&At::of(person), Same { day: false, ..same }))
    }

    /// The page's status.
    pub(super) const fn status(&self) -> StatusCode {
        if self.0.is_some() { REFUSED } else { StatusCode::OK }
    }

    /// What stands above the page.
    pub(super) fn sentence(self) -> Option<String> {
        self.0.map(|why| format!("{why} Voici la page à jour."))
    }

    /// Where what was typed may be much: a page that says why, and nothing else, so that going back finds all of it.
    pub(super) async fn alone(stale: Self) -> Response {
        let (status, why) = (stale.status(), stale.0.unwrap_or_default());
        let text = format!("{why} Revenez en arrière pour retrouver ce que vous aviez écrit.");
        page::outdated(status, &text)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Stale {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}

/// Why nothing was done.
fn sentence(drawn: Option<&At>, now: &At, same: Same, person: &Person) -> String {
    let plan = person.site.plan();
    let site = plan.catalogue.site.name.get(Language::Fr);
    let Some(drawn) = drawn else {
        return "Cette page était trop ancienne. Rien n’a été fait.".to_owned();
    };
    let elsewhere = same.counter && drawn.counter != now.counter;
    match &now.counter {
        _ if drawn.site != now.site => format!(
            "Cette page montrait un autre site. Dans un autre onglet, vous êtes passé à «\u{a0}{site}\u{a0}». Rien n’a été fait."
        ),
        Some(counter) if elsewhere => {
            let counter =
                plan.catalogue.counter(counter).map_or(counter.as_str(), |known| known.name.get(Language::Fr));
            format!(
                "Cette page montrait un autre guichet. Dans un autre onglet, vous êtes passé à «\u{a0}{counter}\u{a0}» \
                 ({site}). Rien n’a été fait."
            )
        }
        None if elsewhere => "Vous n’êtes plus à ce guichet.".to_owned(),
        Some(_) | None => format!("Cette page montrait une autre journée ({}). Rien n’a été fait.", date(drawn.day.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(text: &str) -> At {
        text.parse().unwrap()
    }

    #[test]
    fn what_a_form_carries_is_read_as_it_was_written() {
        let site = "019aa5f0-7c00-7000-8000-0000000000ff";
        for text in [format!("{site}.2026-11-21.1"), format!("{site}.2026-11-21.")] {
            let read = drawn(&text);
            assert_eq!(read.to_string(), text);
            assert_eq!(At::read(format!("id=4&{}", read.query()).as_bytes()), Some(read));
        }
        for text in ["", site, &format!("{site}.hier.1"), &format!("{site}.2026-11-21.A B"), "x.2026-11-21.1"] {
            assert!(text.parse::<At>().is_err(), "{text}");
        }
        assert_eq!(At::read(b"id=4"), None);
    }

    #[test]
    fn only_what_must_stay_keeps_a_form_from_being_done() {
        let (here, there) = ("019aa5f0-7c00-7000-8000-0000000000ff", "019aa5f0-7c00-7000-8000-0000000000fe");
        let now = drawn(&format!("{here}.2026-11-21.1"));
        let same =
            |text: String| [Same::SITE, Same::DAY, Same::COUNTER, Same::ALL].map(|same| drawn(&text).stays(&now, same));
        assert_eq!(same(now.to_string()), [true; 4]);
        assert_eq!(same(format!("{there}.2026-11-21.1")), [false; 4]);
        assert_eq!(same(format!("{here}.2026-11-20.1")), [true, false, true, false]);
        assert_eq!(same(format!("{here}.2026-11-21.2")), [true, true, false, false]);
        assert_eq!(same(format!("{here}.2026-11-21.")), [true, true, false, false]);
    }
}
