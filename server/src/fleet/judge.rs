//! What is wrong with a borne, from what it said last and when that was. Pure.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use wire::event::Condition;
use wire::report::{DeviceKind, PaperLevel, Report};
use wire::wanted::ReleaseName;

use super::Known;
use crate::settings::{Fleet, minutes};
use crate::store::AlarmKind;

/// What is asked of a borne.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Norm<'a> {
    pub(crate) thresholds: &'a Fleet,
    /// The catalogue in force, and since when.
    pub(crate) catalogue: (u64, Option<Timestamp>),
    /// Since when the hall is open; none: it is closed.
    pub(crate) open_since: Option<Timestamp>,
    /// Since when this server listens: what was silent before may not have been.
    pub(crate) heard_since: Timestamp,
}

/// Whether a borne is heard of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Presence {
    Online,
    /// To be watched.
    Quiet,
    Offline,
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Two devices write in its name: nothing of it is taken any more.
    Cloned,
    /// It does not have the events any more which are lacking here: nothing of it comes.
    Gap,
    /// It is not heard of any more.
    Silent {
        minutes: i64,
        begins: bool,
    },
    PaperLow,
    PaperOut,
    Printer(Condition),
    Devices(Vec<DeviceKind>),
    Sound,
    /// It gives no tickets.
    Store,
    Unsent {
        count: u64,
        minutes: i64,
    },
    ClockUncertain,
    Disk {
        free_percent: u64,
    },
    Catalogue {
        has: u64,
        wanted: u64,
    },
    Version {
        has: String,
        wanted: String,
    },
    /// It was tried, did not work, and was taken back.
    Update {
        version: String,
    },
}

impl Fault {
    pub(crate) const fn kind(&self) -> AlarmKind {
        match self {
            Self::Cloned => AlarmKind::Cloned,
            Self::Gap => AlarmKind::Gap,
            Self::Silent { .. } => AlarmKind::Silent,
            Self::PaperLow => AlarmKind::PaperLow,
            Self::PaperOut => AlarmKind::PaperOut,
            Self::Printer(_) => AlarmKind::Printer,
            Self::Devices(_) => AlarmKind::Device,
            Self::Sound => AlarmKind::Sound,
            Self::Store => AlarmKind::Store,
            Self::Unsent { .. } => AlarmKind::Unsent,
            Self::ClockUncertain => AlarmKind::ClockUncertain,
            Self::Disk { .. } => AlarmKind::Disk,
            Self::Catalogue { .. } => AlarmKind::Catalogue,
            Self::Version { .. } => AlarmKind::Version,
            Self::Update { .. } => AlarmKind::Update,
        }
    }

    /// Whether it may begin to be an alarm now; one that lasts goes on in any case.
    pub(crate) fn may_begin(&self, presence: Presence) -> bool {
        match self {
            Self::Silent { begins, .. } => *begins,
            // What time and people have made since of the last word of a borne that is switched off: silence is told by itself.
            Self::Unsent { .. } | Self::Catalogue { .. } | Self::Version { .. } => presence != Presence::Offline,
            Self::Cloned
            | Self::Gap
            | Self::PaperLow
            | Self::PaperOut
            | Self::Printer(_)
            | Self::Devices(_)
            | Self::Sound
            | Self::Store
            | Self::ClockUncertain
            | Self::Disk { .. }
            | Self::Update { .. } => true,
        }
    }

    /// Whether people are received worse for it, or soon will be; else it is to be watched.
    pub(crate) const fn is_grave(&self) -> bool {
        !matches!(self, Self::PaperLow | Self::Version { .. } | Self::Update { .. } | Self::ClockUncertain)
    }
}

/// For the log and the command line.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cloned => f.write_str("two devices write in its name, and nothing of it is taken any more"),
            Self::Gap => f.write_str("it does not have the events any more which are lacking here"),
            Self::Silent { minutes, .. } => write!(f, "not heard of for {minutes} min"),
            Self::PaperLow => f.write_str("the roll ends soon"),
            Self::PaperOut => f.write_str("no paper"),
            Self::Printer(condition) => write!(f, "the printer: {condition:?}"),
            Self::Devices(kinds) => write!(f, "not available: {kinds:?}"),
            Self::Sound => f.write_str("no sound comes out"),
            Self::Store => f.write_str("its store takes nothing, so it gives no tickets"),
            Self::Unsent { count, minutes } => write!(f, "{count} events wait, the oldest for {minutes} min"),
            Self::ClockUncertain => f.write_str("nobody vouches for its clock"),
            Self::Disk { free_percent } => write!(f, "{free_percent} % of its disk are free"),
            Self::Catalogue { has, wanted } => write!(f, "it serves catalogue {has}, {wanted} is in force"),
            Self::Version { has, wanted } => write!(f, "it runs {has}, {wanted} is wanted"),
            Self::Update { version } => write!(f, "{version} did not work there and was taken back"),
        }
    }
}

/// For how long a borne has not been heard of: since it enrolled, where it never was.
pub(crate) fn silence(known: &Known, now: Timestamp) -> SignedDuration {
    now.duration_since(known.heard_at.unwrap_or(known.borne.enrolled_at)).max(SignedDuration::ZERO)
}

/// Whether a borne is heard of.
pub(crate) fn presence(known: &Known, thresholds: &Fleet, now: Timestamp) -> Presence {
    let silent = silence(known, now);
    if silent >= minutes(thresholds.offline_after_min) {
        Presence::Offline
    } else if silent >= minutes(thresholds.watch_after_min) || known.heard_at.is_none() {
        Presence::Quiet
    } else {
        Presence::Online
    }
}

/// What is wrong with a borne, the gravest first. Of one whose rights have ended nothing is.
pub(crate) fn faults(known: &Known, norm: &Norm<'_>, now: Timestamp) -> Vec<Fault> {
    if known.borne.revoked_at.is_some() {
        return Vec::new();
    }
    let held = [(known.borne.quarantined_at.is_some(), Fault::Cloned), (known.lacks_events(), Fault::Gap)];
    let mut all: Vec<Fault> = held.into_iter().filter_map(|(holds, fault)| holds.then_some(fault)).collect();
    all.extend(silent(known, norm, now));
    if let Some((_, report)) = &known.report {
        all.extend(of_report(report, awaited(known, norm), norm, now));
        all.extend(taken_back(known, norm).map(|version| Fault::Update { version: version.to_owned() }));
    }
    all.sort_by_key(|fault| !fault.is_grave());
    all
}

/// The version that a borne is to run, where it runs another. Whoever asks one borne for a release knows why, and goes before
/// what is wanted of all.
pub(crate) fn awaited<'a>(known: &'a Known, norm: &Norm<'a>) -> Option<&'a str> {
    let (_, report) = known.report.as_ref().filter(|_| known.borne.revoked_at.is_none())?;
    intended(known, norm).filter(|wanted| *wanted != report.version)
}

/// The version that a borne is to run, where somebody named one.
fn intended<'a>(known: &'a Known, norm: &Norm<'a>) -> Option<&'a str> {
    known.asked.as_ref().map(ReleaseName::as_str).or(norm.thresholds.version.as_deref())
}

/// The version that a borne tried last and took back. It is nobody's matter any more once the borne runs what it is to run.
fn taken_back<'a>(known: &'a Known, norm: &Norm<'_>) -> Option<&'a str> {
    let (_, report) = known.report.as_ref()?;
    known.took_back().filter(|_| intended(known, norm) != Some(report.version.as_str()))
}

fn silent(known: &Known, norm: &Norm<'_>, now: Timestamp) -> Option<Fault> {
    if presence(known, norm.thresholds, now) != Presence::Offline {
        return None;
    }
    let silent = silence(known, now);
    // A borne that is switched on with the doors gets as long as any other.
    let in_hours = norm.open_since.map(|since| now.duration_since(since.max(norm.heard_since)).min(silent));
    let begins = in_hours.is_some_and(|silent| silent >= minutes(norm.thresholds.offline_after_min));
    Some(Fault::Silent { minutes: silent.as_mins(), begins })
}

fn of_report(report: &Report, awaited: Option<&str>, norm: &Norm<'_>, now: Timestamp) -> Vec<Fault> {
    let Norm { thresholds, catalogue: (wanted, since), .. } = norm;
    let printer = match report.device(DeviceKind::Printer) {
        Some(Condition::Works | Condition::PaperLow | Condition::PaperOut) | None => None,
        Some(other) => Some(Fault::Printer(other)),
    };
    let paper = match report.paper {
        PaperLevel::Enough | PaperLevel::Unknown => None,
        PaperLevel::Low => Some(Fault::PaperLow),
        PaperLevel::Out => Some(Fault::PaperOut),
    };
    let own = |kind: &DeviceKind| matches!(kind, DeviceKind::Printer | DeviceKind::Sound);
    let lost = report.devices.iter().filter(|device| device.condition != Condition::Works).map(|device| device.kind);
    let lost: Vec<DeviceKind> = lost.filter(|kind| !own(kind)).collect();
    let sound = report.device(DeviceKind::Sound).filter(|condition| *condition != Condition::Works);
    let waits = report.oldest_unsent.map(|oldest| now.duration_since(oldest)).filter(|_| report.unsent > 0);
    let unsent = waits.filter(|waits| *waits >= minutes(thresholds.unsent_after_min));
    let free = report.disk.filter(|disk| disk.total > 0).map(|disk| disk.free.saturating_mul(100) / disk.total);
    // A borne that was switched off meanwhile has as long from its start.
    let published = since.map(|since| now.duration_since(since.max(report.started_at)));
    let late = published.is_none_or(|ago| ago >= minutes(thresholds.catalogue_after_min));
    // What one borne is asked for is on its way, and no fault of its own.
    let strays = thresholds.version.as_ref().is_some_and(|wanted| *wanted != report.version);
    let version = awaited.filter(|_| strays);
    [
        report.store_fails.then_some(Fault::Store),
        paper,
        printer,
        unsent.map(|waits| Fault::Unsent { count: report.unsent, minutes: waits.as_mins() }),
        (report.catalogue != *wanted && late).then_some(Fault::Catalogue { has: report.catalogue, wanted: *wanted }),
        (!lost.is_empty()).then_some(Fault::Devices(lost)),
        sound.map(|_| Fault::Sound),
        free.filter(|free| *free < u64::from(thresholds.disk_free_percent))
            .map(|free_percent| Fault::Disk { free_percent }),
        report.clock_uncertain.then_some(Fault::ClockUncertain),
        version.map(|wanted| Fault::Version { has: report.version.clone(), wanted: wanted.to_owned() }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use wire::enrolment::PublicKey;
    use wire::ids::{OriginId, SiteId};
    use wire::label::Series;
    use wire::report::{DeviceReport, Disk, UpdateOutcome, UpdateReport};

    use super::*;
    use crate::store::Borne;

    fn now() -> Timestamp {
        "2026-11-21T09:42:00Z".parse().unwrap()
    }

    fn ago(minutes: i64) -> Timestamp {
        now() - SignedDuration::from_mins(minutes)
    }

    fn well() -> Report {
        let works = |kind| DeviceReport { kind, condition: Condition::Works };
        Report {
            version: "0.1.0".to_owned(),
            schema: 4,
            started_at: ago(90),
            catalogue: 3,
            paper: PaperLevel::Enough,
            unknown_prints: 0,
            devices: vec![works(DeviceKind::Printer), works(DeviceKind::Scanner), works(DeviceKind::Sound)],
            unsent: 0,
            oldest_unsent: None,
            clock_uncertain: false,
            store_fails: false,
            disk: Some(Disk { free: 50, total: 100 }),
            panel: None,
            wanted: None,
            settings: None,
            update: None,
        }
    }

    fn known(heard: Option<i64>, report: Option<Report>) -> Known {
        let borne = Borne {
            id: OriginId(Uuid::from_u128(1)),
            site: SiteId(Uuid::from_u128(2)),
            name: "Borne 01".to_owned(),
            public_key: PublicKey([1; 32]),
            series: Series::FIRST,
            enrolled_at: ago(600),
            revoked_at: None,
            quarantined_at: None,
            hwm: 0,
        };
        let report = report.map(|report| (ago(1), report));
        Known { borne, heard_at: heard.map(ago), report, asked: None, gap_since: None }
    }

    fn found(known: &Known, open_since: Option<i64>, published: i64) -> Vec<Fault> {
        found_by(known, open_since, published, 1_000)
    }

    fn found_by(known: &Known, open_since: Option<i64>, published: i64, heard_since: i64) -> Vec<Fault> {
        let thresholds = Fleet { version: Some("0.1.0".to_owned()), ..Fleet::default() };
        let norm = Norm {
            thresholds: &thresholds,
            catalogue: (3, Some(ago(published))),
            open_since: open_since.map(ago),
            heard_since: ago(heard_since),
        };
        faults(known, &norm, now())
    }

    #[test]
    fn silence_is_watched_after_three_minutes_and_an_alarm_after_ten() {
        let presence = |heard| presence(&known(heard, None), &Fleet::default(), now());
        assert_eq!([0, 2, 3, 9, 10].map(|minutes| presence(Some(minutes))), {
            use Presence::{Offline, Online, Quiet};
            [Online, Online, Quiet, Quiet, Offline]
        });
        assert_eq!(presence(None), Presence::Offline, "enrolled and never heard of");
        assert_eq!(presence(Some(-5)), Presence::Online, "a server whose clock is ahead");
        assert_eq!(found(&known(Some(9), None), Some(60), 60), []);
    }

    #[test]
    fn silence_begins_to_be_an_alarm_only_while_the_hall_is_open() {
        let silent = |open| found(&known(Some(500), None), open, 60);
        let told = |begins| vec![Fault::Silent { minutes: 500, begins }];
        assert_eq!(silent(None), told(false), "closed");
        assert_eq!(silent(Some(9)), told(false), "opened a moment ago");
        assert_eq!(silent(Some(10)), told(true));
        let after = |started| found_by(&known(Some(500), None), Some(60), 60, started);
        assert_eq!((after(9), after(10)), (told(false), told(true)), "the server itself was away");
    }

    #[test]
    fn a_borne_that_is_well_has_nothing_and_one_that_is_revoked_neither() {
        assert_eq!(found(&known(Some(0), Some(well())), Some(60), 60), []);
        let mut gone = known(Some(500), Some(Report { paper: PaperLevel::Out, ..well() }));
        gone.borne.revoked_at = Some(ago(400));
        assert_eq!(found(&gone, Some(600), 60), []);
    }

    #[test]
    fn each_threshold_is_where_it_says() {
        let of = |report| found(&known(Some(0), Some(report)), Some(60), 60);
        let device = |kind, condition| Report { devices: vec![DeviceReport { kind, condition }], ..well() };
        assert_eq!(of(Report { paper: PaperLevel::Low, ..well() }), [Fault::PaperLow]);
        assert_eq!(of(Report { paper: PaperLevel::Out, ..well() }), [Fault::PaperOut]);
        assert_eq!(of(device(DeviceKind::Printer, Condition::PaperOut)), [], "paper is told by itself");
        assert_eq!(of(device(DeviceKind::Printer, Condition::Gone)), [Fault::Printer(Condition::Gone)]);
        assert_eq!(of(device(DeviceKind::Scanner, Condition::Gone)), [Fault::Devices(vec![DeviceKind::Scanner])]);
        assert_eq!(of(device(DeviceKind::Sound, Condition::Offline)), [Fault::Sound]);
        let unsent = |minutes| of(Report { unsent: 7, oldest_unsent: Some(ago(minutes)), ..well() });
        assert_eq!((unsent(14), unsent(15)), (vec![], vec![Fault::Unsent { count: 7, minutes: 15 }]));
        let disk = |free| of(Report { disk: Some(Disk { free, total: 100 }), ..well() });
        assert_eq!((disk(10), disk(9)), (vec![], vec![Fault::Disk { free_percent: 9 }]));
        assert_eq!(of(Report { clock_uncertain: true, ..well() }), [Fault::ClockUncertain]);
        assert_eq!(of(Report { store_fails: true, ..well() }), [Fault::Store]);
        let other = Report { version: "0.0.9".to_owned(), ..well() };
        let version = Fault::Version { has: "0.0.9".to_owned(), wanted: "0.1.0".to_owned() };
        assert_eq!(of(other.clone()), std::slice::from_ref(&version));
        let asked = |name: &str| {
            let known = Known { asked: name.parse().ok(), ..known(Some(0), Some(other.clone())) };
            found(&known, Some(60), 60)
        };
        let as_asked = Fault::Version { has: "0.0.9".to_owned(), wanted: "0.0.8".to_owned() };
        assert_eq!((asked("0.0.9"), asked("0.0.8")), (vec![], vec![as_asked]), "it runs what it was asked to");
        let tried = |outcome, version: &str| {
            let update = UpdateReport { version: version.to_owned(), outcome, at: ago(400) };
            Report { update: Some(update), ..well() }
        };
        let newest = |report| {
            let norm =
                Norm { thresholds: &Fleet::default(), catalogue: (3, None), open_since: None, heard_since: ago(1_000) };
            faults(&known(Some(0), Some(report)), &norm, now())
        };
        let taken_back = tried(UpdateOutcome::TakenBack, "0.2.0");
        assert_eq!(newest(taken_back.clone()), [Fault::Update { version: "0.2.0".to_owned() }]);
        assert_eq!(of(taken_back), [], "it is to run what it runs");
        assert_eq!(newest(tried(UpdateOutcome::TakenBack, "0.1.0")), [], "it runs by now");
        assert_eq!(
            (newest(tried(UpdateOutcome::Works, "0.2.0")), newest(tried(UpdateOutcome::Other, "1"))),
            (vec![], vec![])
        );
        let behind = known(Some(0), Some(Report { catalogue: 2, ..well() }));
        let late = |published| found(&behind, Some(60), published);
        assert_eq!((late(14), late(15)), (vec![], vec![Fault::Catalogue { has: 2, wanted: 3 }]));
    }

    #[test]
    fn what_is_published_while_a_borne_is_switched_off_is_no_alarm() {
        let behind = Report { catalogue: 2, version: "0.0.9".to_owned(), ..well() };
        let waits = Report { unsent: 1, oldest_unsent: Some(ago(60)), ..behind };
        let begins = |heard| {
            let borne = known(Some(heard), Some(waits.clone()));
            let presence = presence(&borne, &Fleet::default(), now());
            let all = found(&borne, None, 60);
            assert!(
                [AlarmKind::Catalogue, AlarmKind::Version, AlarmKind::Unsent]
                    .iter()
                    .all(|kind| all.iter().any(|fault| fault.kind() == *kind))
            );
            all.iter().filter(|fault| fault.may_begin(presence)).count()
        };
        assert_eq!((begins(0), begins(30)), (3, 0), "what lasts goes on, and nothing begins");
        let started = |minutes| {
            let report = Report { catalogue: 2, started_at: ago(minutes), ..well() };
            found(&known(Some(0), Some(report)), Some(60), 600).len()
        };
        assert_eq!((started(14), started(15)), (0, 1), "it has as long from its start");
    }

    #[test]
    fn a_borne_of_which_nothing_is_taken_is_not_well() {
        let mut copied = known(Some(0), Some(well()));
        copied.borne.quarantined_at = Some(ago(5));
        assert_eq!(found(&copied, Some(60), 60), [Fault::Cloned]);
        copied.borne.revoked_at = Some(ago(1));
        assert_eq!(found(&copied, Some(60), 60), []);
        // It was heard a minute ago.
        let gap = |since| Known { gap_since: Some(ago(since)), ..known(Some(0), Some(well())) };
        assert_eq!(found(&gap(0), Some(60), 60), [Fault::Gap]);
        assert_eq!(found(&gap(2), Some(60), 60), [], "its word was taken since");
    }

    #[test]
    fn what_is_grave_comes_first() {
        let report =
            Report { paper: PaperLevel::Low, clock_uncertain: true, unsent: 1, oldest_unsent: Some(ago(60)), ..well() };
        let kinds: Vec<_> = found(&known(Some(30), Some(report)), Some(60), 60).iter().map(Fault::kind).collect();
        assert_eq!(kinds, [AlarmKind::Silent, AlarmKind::Unsent, AlarmKind::PaperLow, AlarmKind::ClockUncertain]);
    }
}
