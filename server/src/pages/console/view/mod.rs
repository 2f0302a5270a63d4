//! What the console shows: five pieces, each drawn and renewed by itself.
//!
//! A piece is hashed to tell whether it changed: then, and only then, consoles that show it are told. What changes with the
//! time alone is [`Unwatched`]: browsers count it themselves, or ask now and then.

mod aside;
mod bar;
mod current;
mod help;
mod queue;

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use askama::Template;
use jiff::Timestamp;
use queue_engine::{CounterState, Hall, Seat};
use uuid::Uuid;
use wire::catalogue::Counter;
use wire::ids::{Language, OriginId, ServiceId};

pub(super) use self::aside::Aside;
pub(super) use self::bar::Bar;
pub(super) use self::current::Current;
pub(super) use self::help::Help;
pub(super) use self::queue::Queue;
use super::words::{hour, paused};
use crate::desk;
use crate::pages::bar::Bar as StaffBar;
use crate::pages::drawn::At;
use crate::site::{Plan, Site};
use crate::store::StoreError;

/// A form's identity: the same form sent twice is one action. Each form has its own.
pub(super) fn fresh() -> Uuid {
    Uuid::new_v4()
}

/// What is no news when it changes.
pub(super) struct Unwatched<T>(pub(super) T);

impl<T> Hash for Unwatched<T> {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

impl<T: fmt::Display> fmt::Display for Unwatched<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: fmt::Display> askama::FastWritable for Unwatched<T> {
    fn write_into(&self, dest: &mut dyn fmt::Write, _: &dyn askama::Values) -> askama::Result<()> {
        Ok(write!(dest, "{}", self.0)?)
    }
}

/// What a console is drawn from.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) site: &'a Site,
    pub(super) plan: &'a Plan,
    pub(super) counter: &'a Counter,
    pub(super) now: Timestamp,
}

impl Scene<'_> {
    /// What forms carry.
    pub(super) fn at(&self) -> At {
        At::seated(self.site, Some(self.counter.id.clone()))
    }

    pub(super) fn seat(&self, hall: &Hall) -> Seat {
        desk::seat_of(hall, self.plan, self.counter)
    }

    /// Whether, why and since when the counter receives nobody.
    fn away(&self, hall: &Hall) -> Option<String> {
        let (since, state) = hall.counter(&self.counter.id)?;
        let since = hour(self.site, since);
        match state {
            CounterState::Open { .. } => None,
            CounterState::Paused { reason } => {
                Some(format!("En pause depuis {since} ({}).", paused(*reason).to_lowercase()))
            }
            CounterState::Closed => Some(format!("Fermé depuis {since}.")),
        }
    }
}

/// What bornes are called.
#[derive(Default)]
pub(super) struct Names(BTreeMap<OriginId, String>);

impl Names {
    /// Reads them where a console has to name one.
    pub(super) async fn read(site: &Site) -> Result<Self, StoreError> {
        let wanted = site.look(|hall| hall.help().iter().any(|call| call.is_open()) || hall.ailing().next().is_some());
        if !wanted {
            return Ok(Self::default());
        }
        let bornes = site.store.bornes(site.id).await?;
        Ok(Self(bornes.into_iter().map(|borne| (borne.id, borne.name)).collect()))
    }

    fn of(&self, id: Option<OriginId>) -> String {
        id.and_then(|id| self.0.get(&id)).map_or_else(|| "Une borne".to_owned(), Clone::clone)
    }
}

/// All of it.
pub(super) struct Pieces {
    pub(super) help: Help,
    pub(super) current: Current,
    pub(super) bar: Bar,
    pub(super) aside: Aside,
    pub(super) queue: Queue,
}

impl Pieces {
    pub(super) fn draw(scene: Scene<'_>, names: &Names, filter: Option<&ServiceId>) -> Self {
        let drawn = scene.site.live.read(scene.now, |hall| Self {
            help: Help::draw(scene, hall, names),
            current: Current::draw(scene, hall),
            bar: Bar::draw(scene, hall),
            aside: Aside::draw(scene, hall, names),
            queue: Queue::draw(scene, hall, filter),
        });
        // It looks at the hall too, whose lock is held above.
        Self { aside: drawn.aside.with_stops(scene), ..drawn }
    }

    /// What tells each piece from the one before, with the name that pages know it by.
    pub(super) fn marks(&self) -> [(&'static str, u64); 5] {
        [
            ("aide", mark(&self.help)),
            ("cours", mark(&self.current)),
            ("barre", mark(&self.bar)),
            ("parkes", mark(&self.aside)),
            ("file", mark(&self.queue)),
        ]
    }
}

fn mark(piece: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    piece.hash(&mut hasher);
    hasher.finish()
}

/// The whole page.
#[derive(Template)]
#[template(path = "console/page.html")]
pub(super) struct Console {
    pub(super) bar: StaffBar,
    pub(super) counter: String,
    /// Whether the agent may end the day's tickets.
    pub(super) day_end: bool,
    /// What did not work, or was not needed.
    pub(super) message: Option<String>,
    pub(super) pieces: Pieces,
}

/// A panel as a page of its own, where nothing runs scripts.
#[derive(Template)]
#[template(path = "console/alone.html")]
pub(super) struct Alone<'a> {
    pub(super) site: &'a str,
    pub(super) counter: &'a str,
    pub(super) agent: &'a str,
    pub(super) panel: String,
}

/// The name of the site and of the counter.
pub(super) fn names_of<'a>(plan: &'a Plan, counter: &'a Counter) -> (&'a str, &'a str) {
    (plan.catalogue.site.name.get(Language::Fr), counter.name.get(Language::Fr))
}
