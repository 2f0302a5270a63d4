//! The table of the site's bornes, and what was told of them lately.

use std::fmt;

use askama::Template;
use jiff::{SignedDuration, Timestamp};
use wire::event::Condition;
use wire::ids::{DisplayId, Language, OriginId};
use wire::report::{DeviceKind, PaperLevel, Report};

use super::order::{Head, Order};
use crate::app::App;
use crate::fleet::judge::{self, Fault, Norm, Presence, faults, silence};
use crate::fleet::muted::Since;
use crate::fleet::{Known, words};
use crate::pages::backups::moment;
use crate::pages::bar::Bar;
use crate::pages::drawn::At;
use crate::pages::french::{count, span};
use crate::pages::session::Person;
use crate::site::Site;
use crate::store::{Alarm, AlarmKind, Screen, StoreError};

/// As many alarms as are shown.
const SHOWN: u32 = 20;

/// The page.
#[derive(Template)]
#[template(path = "fleet/page.html")]
pub(super) struct Page {
    bar: Bar,
    /// The query that shows the same again.
    again: String,
    table: Table,
}

/// What changes of it.
#[derive(Template)]
#[template(path = "fleet/state.html")]
pub(super) struct Table {
    at: At,
    message: Option<String>,
    site: String,
    summary: String,
    muted: Vec<MutedScreen>,
    order: Order,
    heads: Vec<Head>,
    rows: Vec<Row>,
    alarms: Vec<Told>,
}

/// A borne.
pub(super) struct Row {
    pub(super) id: OriginId,
    pub(super) name: String,
    pub(super) series: u8,
    pub(super) presence: Mark,
    pub(super) seen: String,
    pub(super) version: Option<String>,
    /// The one that it is to run, where that is another.
    pub(super) wanted_version: Option<String>,
    pub(super) paper: Option<Mark>,
    pub(super) printer: Option<Mark>,
    pub(super) unknown_prints: Option<String>,
    pub(super) unsent: Option<String>,
    pub(super) clock: Option<Mark>,
    pub(super) sound: Option<Mark>,
    pub(super) faults: Vec<Mark>,
    /// The gravest of all, for the order of rows.
    pub(super) level: Level,
    /// For how long it has not been heard of, and how many events wait, for the same.
    pub(super) silence: SignedDuration,
    pub(super) waiting: Option<u64>,
}

/// A screen of the hall whose browser lets nothing sound.
pub(super) struct MutedScreen {
    /// What it shows.
    display: String,
    /// Which machine.
    name: String,
    since: String,
}

/// How grave something is; written beside words, never instead of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Level {
    Good,
    /// Nothing is known.
    Plain,
    Watch,
    Alarm,
}

/// The style sheet's name for it.
impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Good => "good",
            Self::Plain => "plain",
            Self::Watch => "watch",
            Self::Alarm => "alarm",
        })
    }
}

/// Words, and the mark before them.
pub(super) struct Mark {
    pub(super) text: String,
    pub(super) level: Level,
}

impl Mark {
    fn new(level: Level, text: impl Into<String>) -> Self {
        Self { text: text.into(), level }
    }

    /// What is wrong.
    pub(super) fn of(fault: &Fault) -> Self {
        Self::new(if fault.is_grave() { Level::Alarm } else { Level::Watch }, words::fault(fault))
    }
}

/// An alarm that was told.
pub(super) struct Told {
    pub(super) at: String,
    /// Which borne; none: the hall's screens.
    pub(super) borne: Option<(OriginId, String)>,
    pub(super) name: &'static str,
    pub(super) remedy: &'static str,
    pub(super) detail: String,
    /// When it ended, or that it lasts; nothing of one moment.
    pub(super) until: Option<String>,
}

impl Page {
    pub(super) async fn draw(
        app: &App,
        person: &Person,
        order: Order,
        message: Option<String>,
    ) -> Result<Self, StoreError> {
        let table = Table::draw(app, person, order, message).await?;
        Ok(Self { bar: Bar::of(person, super::ADDRESS), again: order.query(), table })
    }
}

impl Table {
    pub(super) async fn draw(
        app: &App,
        person: &Person,
        order: Order,
        message: Option<String>,
    ) -> Result<Self, StoreError> {
        let (site, now) = (&person.site, app.clock.now());
        let (norm, known) = (app.norm_of(site, now).await?, app.bornes_of(site).await?);
        let alarms = app.store.alarms(site.id, SHOWN).await?;
        let here = known.iter().filter(|known| known.borne.revoked_at.is_none());
        let mut rows: Vec<Row> = here.map(|known| Row::of(known, &norm, now)).collect();
        order.sort(&mut rows);
        let muted = app.muted_screens(site, now).await?;
        let ill = rows.iter().filter(|row| row.level == Level::Alarm).count();
        let watched = rows.iter().filter(|row| row.level == Level::Watch).count();
        let bornes = match (ill, watched) {
            (0, 0) => None,
            (0, n) => Some(format!("{} à surveiller.", count(n, "borne", "bornes"))),
            (n, 0) => Some(format!("{} en alarme.", count(n, "borne", "bornes"))),
            (n, m) => Some(format!("{} en alarme, {m} à surveiller.", count(n, "borne", "bornes"))),
        };
        let screens =
            (!muted.is_empty()).then(|| format!("{} sans son.", count(muted.len(), "écran d’appel", "écrans d’appel")));
        let told: Vec<String> = bornes.into_iter().chain(screens).collect();
        let summary = if told.is_empty() { "Tout va bien.".to_owned() } else { told.join(" ") };
        Ok(Self {
            at: At::of(person),
            message,
            site: site.plan().catalogue.site.name.get(Language::Fr).to_owned(),
            summary,
            muted: muted.iter().map(|(screen, since)| MutedScreen::of(screen, *since, site)).collect(),
            order,
            heads: order.heads(),
            alarms: alarms.iter().filter_map(|alarm| Told::of(alarm, site, &known)).collect(),
            rows,
        })
    }
}

impl Row {
    pub(super) fn of(known: &Known, norm: &Norm<'_>, now: Timestamp) -> Self {
        let Known { borne, report, .. } = known;
        let presence = judge::presence(known, norm.thresholds, now);
        let marks: Vec<Mark> = faults(known, norm, now).iter().map(Mark::of).collect();
        let heard = match presence {
            Presence::Online => Level::Good,
            Presence::Quiet => Level::Watch,
            Presence::Offline => Level::Alarm,
        };
        let worst = marks.iter().map(|mark| mark.level).chain([heard]).max().unwrap_or(heard);
        let report = report.as_ref().map(|(_, report)| report);
        // What a borne said that is silent since is nothing to rely on.
        let still = |mark: Mark| match (presence, mark.level) {
            (Presence::Quiet | Presence::Offline, Level::Good) => Mark { level: Level::Plain, ..mark },
            (Presence::Online | Presence::Quiet | Presence::Offline, _) => mark,
        };
        Self {
            id: borne.id,
            name: borne.name.clone(),
            series: borne.series.digit(),
            presence: Mark::new(heard, words::presence(presence)),
            seen: match known.heard_at {
                None => "jamais vue".to_owned(),
                Some(_) => format!("il y a {}", span(silence(known, now))),
            },
            version: report.map(|report| report.version.clone()),
            wanted_version: judge::awaited(known, norm).map(str::to_owned),
            paper: report.map(|report| still(paper(report.paper))),
            printer: report.and_then(|report| report.device(DeviceKind::Printer)).map(printer).map(still),
            unknown_prints: report.map(|report| report.unknown_prints).filter(|n| *n > 0).map(|n| {
                let n = usize::try_from(n).unwrap_or(usize::MAX);
                count(n, "impression incertaine", "impressions incertaines")
            }),
            unsent: report.map(|report| unsent(report, now)),
            clock: report.map(|report| still(clock(report.clock_uncertain))),
            sound: report.and_then(|report| report.device(DeviceKind::Sound)).map(sound).map(still),
            faults: marks,
            level: worst,
            silence: silence(known, now),
            waiting: report.map(|report| report.unsent),
        }
    }
}

fn paper(level: PaperLevel) -> Mark {
    let mark = match level {
        PaperLevel::Enough => Level::Good,
        PaperLevel::Low => Level::Watch,
        PaperLevel::Out => Level::Alarm,
        PaperLevel::Unknown => Level::Plain,
    };
    Mark::new(mark, words::paper(level))
}

fn printer(condition: Condition) -> Mark {
    let good = matches!(condition, Condition::Works | Condition::PaperLow);
    Mark::new(if good { Level::Good } else { Level::Alarm }, words::printer(condition))
}

fn clock(uncertain: bool) -> Mark {
    if uncertain { Mark::new(Level::Watch, "Douteuse") } else { Mark::new(Level::Good, "Sûre") }
}

fn sound(condition: Condition) -> Mark {
    let good = condition == Condition::Works;
    Mark::new(if good { Level::Good } else { Level::Alarm }, if good { "Audible" } else { "Coupé" })
}

fn unsent(report: &Report, now: Timestamp) -> String {
    match report.oldest_unsent.filter(|_| report.unsent > 0) {
        None => "Aucun".to_owned(),
        Some(oldest) => format!("{} depuis {}", report.unsent, span(now.duration_since(oldest))),
    }
}

impl MutedScreen {
    fn of(screen: &Screen, since: Since, site: &Site) -> Self {
        let Since { at, at_least } = since;
        Self {
            display: display_name(&screen.display, site),
            name: screen.name(),
            since: format!("Depuis le {}{}.", moment(at, &site.zone), if at_least { ", ou avant" } else { "" }),
        }
    }
}

/// What a display is called; one that is not published any more by its short name.
fn display_name(id: &DisplayId, site: &Site) -> String {
    site.plan().catalogue.display(id).map_or(id.as_str(), |display| display.name.get(Language::Fr)).to_owned()
}

impl Told {
    /// None of a kind that a later version made up.
    pub(super) fn of(alarm: &Alarm, site: &Site, known: &[Known]) -> Option<Self> {
        let kind = AlarmKind::ALL.into_iter().find(|kind| kind.as_str() == alarm.kind)?;
        let borne = known.iter().find(|known| Some(known.borne.id) == alarm.origin);
        Some(Self {
            at: moment(alarm.at, &site.zone),
            borne: borne.map(|known| (known.borne.id, known.borne.name.clone())),
            name: words::alarm(kind),
            remedy: words::remedy(kind),
            detail: alarm.detail.clone(),
            until: match (alarm.lasts, alarm.ended_at) {
                (true, None) => Some("en cours".to_owned()),
                (true, Some(at)) => Some(format!("finie le {}", moment(at, &site.zone))),
                (false, _) => None,
            },
        })
    }
}
