//! What the borne reports of itself to the server, and when: once it has something new to say, and every few minutes.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use wire::event::Condition;
use wire::report::{
    DEVICES_MAX, DeviceKind, DeviceReport, Disk, Mounting, Report, SettingInForce, SettingsReport, UpdateOutcome,
    UpdateReport,
};
use wire::wanted::ReleaseName;

use crate::clock::{Clock, Trust};
use crate::config::Panel;
use crate::core::CoreStatus;
use crate::devices::{DeviceState, DeviceStates};
use crate::store::SCHEMA;
use crate::wanted::WantedKeeper;

/// After so long a report is due that says nothing new: within five minutes, counting the time between two requests.
const AGAIN: Duration = Duration::from_secs(270);
/// Before, devices are still being found and nobody has vouched for the clock.
pub const SETTLED: Duration = Duration::from_secs(10);
/// Where `borne-update` writes what became of the last update.
pub const LAST_UPDATE: &str = "/run/borne-update.last";
/// Free space is told in steps of so many bytes.
const STEP: u64 = 1 << 20;

/// What the server does not hold, beside what it is being sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// How many events.
    pub unsent: u64,
    /// When the oldest of them happened.
    pub oldest: Option<Timestamp>,
}

/// Says what is to be reported.
pub struct Reporter {
    look: Box<dyn Fn() -> CoreStatus + Send>,
    clock: Clock,
    data: PathBuf,
    begun: Instant,
    settled: Duration,
    taken: Option<(Report, Instant)>,
    panel: Option<Mounting>,
    wanted: Option<(WantedKeeper, Vec<SettingInForce>)>,
    update: Option<PathBuf>,
}

impl Reporter {
    /// Reports what `look` sees of the loop, and the disk under `data`, once the borne has run for `settled`.
    pub fn new(look: impl Fn() -> CoreStatus + Send + 'static, clock: Clock, data: &Path, settled: Duration) -> Self {
        let data = data.to_owned();
        Self {
            look: Box::new(look),
            clock,
            data,
            begun: Instant::now(),
            settled,
            taken: None,
            panel: None,
            wanted: None,
            update: None,
        }
    }

    /// Tells how the panel hangs as well.
    #[must_use]
    pub fn with_panel(mut self, panel: &Panel) -> Self {
        self.panel = Mounting::of(panel.bottom_mm, panel.height_mm);
        self
    }

    /// Tells what became of the last update as well, which `borne-update` writes there: `works` or `taken_back`, the version, the
    /// time.
    #[must_use]
    pub fn with_update(mut self, told: &Path) -> Self {
        self.update = Some(told.to_owned());
        self
    }

    /// Tells what the borne holds of what is wanted of it as well, and the settings that it runs with.
    #[must_use]
    pub fn with_wanted(mut self, wanted: WantedKeeper, in_force: &[SettingInForce]) -> Self {
        self.wanted = Some((wanted, in_force.to_vec()));
        self
    }

    /// What to report now, if anything.
    #[must_use]
    pub fn due(&self, backlog: Backlog) -> Option<Report> {
        if self.begun.elapsed() < self.settled {
            return None;
        }
        let report = self.read(backlog);
        let before = self.taken.as_ref().map(|(taken, at)| (taken, at.elapsed()));
        is_due(before, &report).then_some(report)
    }

    /// Whether people are told that the server knows something which it does not: that tickets are given, or are not. Everything
    /// else waits for the next exchange.
    #[must_use]
    pub fn is_urgent(&self) -> bool {
        let told = self.taken.as_ref().is_some_and(|(report, _)| report.store_fails);
        self.begun.elapsed() >= self.settled && (self.look)().store_fault.is_some() != told
    }

    /// The server has taken a report.
    pub fn taken(&mut self, report: Report) {
        self.taken = Some((report, Instant::now()));
    }

    fn read(&self, backlog: Backlog) -> Report {
        let status = (self.look)();
        let running = SignedDuration::try_from(self.begun.elapsed()).unwrap_or_default();
        let started = self.clock.real().checked_sub(running).unwrap_or(Timestamp::UNIX_EPOCH);
        Report {
            version: crate::version::installed().to_owned(),
            schema: SCHEMA,
            started_at: Timestamp::from_second(started.as_second()).unwrap_or(started),
            catalogue: status.catalogue,
            paper: status.paper_level,
            unknown_prints: status.prints[2],
            devices: devices(status.printer_condition, &status.devices),
            unsent: backlog.unsent,
            oldest_unsent: backlog.oldest,
            clock_uncertain: status.clock == Trust::Uncertain,
            store_fails: status.store_fault.is_some(),
            disk: disk(&self.data),
            panel: self.panel,
            wanted: self.wanted.as_ref().map(|(keeper, _)| keeper.version()).filter(|version| *version > 0),
            settings: self
                .wanted
                .as_ref()
                .map(|(keeper, in_force)| SettingsReport { in_force: in_force.clone(), refused: keeper.refused() }),
            update: self.update.as_deref().and_then(|told| update(&std::fs::read_to_string(told).ok()?)),
        }
    }
}

fn is_due(before: Option<(&Report, Duration)>, report: &Report) -> bool {
    before.is_none_or(|(taken, ago)| ago >= AGAIN || report.is_news_after(taken))
}

/// Each kind once, in the order of kinds.
fn devices(printer: Option<Condition>, states: &DeviceStates) -> Vec<DeviceReport> {
    let printer = printer.map(|condition| DeviceReport { kind: DeviceKind::Printer, condition });
    let others = states.iter().map(|(name, state)| {
        let kind = kind_of(name);
        let condition = match (state, kind) {
            (DeviceState::Works(_), _) => Condition::Works,
            (DeviceState::Unavailable(_), DeviceKind::Scanner | DeviceKind::CardReader) => Condition::Gone,
            (DeviceState::Unavailable(_), _) => Condition::Offline,
        };
        DeviceReport { kind, condition }
    });
    let mut all: Vec<DeviceReport> = printer.into_iter().chain(others).take(DEVICES_MAX).collect();
    all.sort_by_key(|device| device.kind);
    all.dedup_by_key(|device| device.kind);
    all
}

/// What is meant by the name that technicians read at the borne.
fn kind_of(name: &str) -> DeviceKind {
    match name {
        "scanner" => DeviceKind::Scanner,
        "card reader" => DeviceKind::CardReader,
        "sound" => DeviceKind::Sound,
        "presence sensor" => DeviceKind::Presence,
        "call button" => DeviceKind::CallButton,
        "LED ring" => DeviceKind::Ring,
        "buzzer" => DeviceKind::Buzzer,
        "backlight" => DeviceKind::Backlight,
        "gpio" => DeviceKind::Board,
        _ => DeviceKind::Other,
    }
}

fn update(told: &str) -> Option<UpdateReport> {
    let mut words = told.split_whitespace();
    let outcome = match words.next()? {
        "works" => UpdateOutcome::Works,
        "taken_back" => UpdateOutcome::TakenBack,
        _ => return None,
    };
    let version: ReleaseName = words.next()?.parse().ok()?;
    Some(UpdateReport { outcome, version: version.to_string(), at: words.next()?.parse().ok()? })
}

fn disk(folder: &Path) -> Option<Disk> {
    let told = rustix::fs::statvfs(folder).ok()?;
    let bytes = |blocks: u64| blocks.saturating_mul(told.f_frsize) / STEP * STEP;
    let total = bytes(told.f_blocks);
    (total > 0).then(|| Disk { free: bytes(told.f_bavail).min(total), total })
}

#[cfg(test)]
mod tests {
    use wire::report::PaperLevel;

    use super::*;
    use crate::config::Config;

    fn reporter(status: &CoreStatus, settled: Duration) -> Reporter {
        let status = status.clone();
        let folder = std::env::temp_dir();
        Reporter::new(move || status.clone(), Clock::default(), &folder, settled)
    }

    #[test]
    fn what_was_taken_is_told_again_only_when_it_is_news_or_a_while_ago() {
        let status = CoreStatus { catalogue: 3, prints: [5, 0, 1], ..CoreStatus::default() };
        let mut reporter = reporter(&status, Duration::ZERO);
        let first = reporter.due(Backlog::default()).unwrap();
        assert_eq!((first.catalogue, first.unknown_prints, first.clock_uncertain), (3, 1, true));
        assert!(first.disk.is_some_and(|disk| disk.free <= disk.total && disk.total % STEP == 0), "{first:?}");
        reporter.taken(first.clone());
        assert_eq!(reporter.due(Backlog::default()), None);
        let oldest = Some(Timestamp::UNIX_EPOCH);
        assert_eq!(reporter.due(Backlog { unsent: 4, oldest }).map(|report| report.unsent), Some(4));
        assert!(
            !is_due(Some((&first, AGAIN - Duration::from_secs(1))), &first) && is_due(Some((&first, AGAIN)), &first)
        );
    }

    #[test]
    fn a_store_that_fails_or_works_again_is_told_at_once() {
        use std::sync::{Arc, Mutex};

        let fault = Arc::new(Mutex::new(None));
        let seen = Arc::clone(&fault);
        let look = move || CoreStatus { store_fault: seen.lock().unwrap().clone(), ..CoreStatus::default() };
        let mut reporter = Reporter::new(look, Clock::default(), &std::env::temp_dir(), Duration::ZERO);
        assert!(!reporter.is_urgent());
        for fails in [true, false] {
            *fault.lock().unwrap() = fails.then(|| "disk full".to_owned());
            assert!(reporter.is_urgent());
            let report = reporter.due(Backlog::default()).unwrap();
            assert_eq!(report.store_fails, fails);
            assert!(!serde_json::to_string(&report).unwrap().contains("disk full"));
            reporter.taken(report);
            assert!(!reporter.is_urgent());
        }
    }

    #[test]
    fn a_borne_that_has_just_started_says_nothing_yet() {
        assert_eq!(reporter(&CoreStatus::default(), SETTLED).due(Backlog::default()), None);
    }

    #[test]
    fn what_became_of_an_update_is_told_once_somebody_wrote_it() {
        let folder = tempfile::tempdir().unwrap();
        let told = folder.path().join("last");
        let reporter = reporter(&CoreStatus::default(), Duration::ZERO).with_update(&told);
        let update = || reporter.due(Backlog::default()).unwrap().update;
        assert_eq!(update(), None);
        std::fs::write(&told, "taken_back 0.2.0+1 2026-11-24T02:03:04Z\n").unwrap();
        let at = "2026-11-24T02:03:04Z".parse().unwrap();
        let version = "0.2.0+1".to_owned();
        assert_eq!(update(), Some(UpdateReport { version, outcome: UpdateOutcome::TakenBack, at }));
        std::fs::write(&told, "works 0.2.0 2026-11-24T02:03:04Z\n").unwrap();
        assert_eq!(update().map(|update| update.outcome), Some(UpdateOutcome::Works));
        for broken in
            ["", "works", "works 0.2.0", "works ../x 2026-11-24T02:03:04Z", "melted 0.2.0 2026-11-24T02:03:04Z"]
        {
            std::fs::write(&told, broken).unwrap();
            assert_eq!(update(), None, "{broken}");
        }
    }

    #[test]
    fn where_the_panel_hangs_is_told_in_whole_millimetres_and_only_if_it_can_hang_there() {
        let told = |bottom_mm: f32| {
            let panel = Panel { bottom_mm, height_mm: 475.6, ..Config::load(None, &[]).unwrap().panel };
            let report = reporter(&CoreStatus::default(), Duration::ZERO).with_panel(&panel).due(Backlog::default());
            let raw = serde_json::to_string(&report.unwrap()).unwrap();
            Report::read(&raw).unwrap().panel
        };
        assert_eq!(told(890.4), Some(Mounting { bottom_mm: 890, height_mm: 476 }));
        assert_eq!(told(-40.0), None, "the server takes the rest of the report");
    }

    #[test]
    fn devices_are_told_by_kind_and_condition_and_by_nothing_else() {
        let mut states = DeviceStates::default();
        states.set("scanner", DeviceState::Unavailable("SN 4711 was unplugged".to_owned()));
        states.set("sound", DeviceState::Works("speaks".to_owned()));
        states.set("presence sensor", DeviceState::Unavailable("no such line".to_owned()));
        let status = CoreStatus {
            devices: states,
            printer_condition: Some(Condition::CoverOpen),
            paper_level: PaperLevel::Enough,
            ..CoreStatus::default()
        };
        let report = reporter(&status, Duration::ZERO).due(Backlog::default()).unwrap();
        let told: Vec<_> = report.devices.iter().map(|device| (device.kind, device.condition)).collect();
        let expected = [
            (DeviceKind::Printer, Condition::CoverOpen),
            (DeviceKind::Scanner, Condition::Gone),
            (DeviceKind::Sound, Condition::Works),
            (DeviceKind::Presence, Condition::Offline),
        ];
        assert_eq!(told, expected);
        let raw = serde_json::to_string(&report).unwrap();
        assert!(!raw.contains("4711") && Report::read(&raw).is_ok(), "{raw}");
    }
}
