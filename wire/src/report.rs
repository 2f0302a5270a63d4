//! What a borne says of itself beside its events: what technicians see of it. Nothing of visitors, no serial numbers, no
//! labels.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::event::Condition;

/// The longest report, in bytes as sent.
pub const MAX_REPORT: usize = 4 << 10;
/// The longest version of a program, in bytes.
pub const VERSION_MAX: usize = 40;
/// The most devices that one report tells of.
pub const DEVICES_MAX: usize = 32;

/// The most settings that one report tells of.
pub const SETTINGS_MAX: usize = 32;
/// The longest text of a setting, and the longest reason, in bytes.
pub const SETTING_MAX: usize = 400;

/// What the hand of a standing or a seated visitor reaches, in mm above the floor (arrêté of 8 December 2014, EN 301 549
/// clause 8.3).
pub const REACH_MM: (u16, u16) = (900, 1220);
/// The highest edge of a panel that a report tells of, in mm above the floor.
pub const PANEL_TOP_MAX_MM: u16 = 5_000;

/// By so much two readings of when a program started may differ: it is told by a clock that is set right now and then.
const SAME_START: SignedDuration = SignedDuration::from_mins(2);
/// So many parts of a disk have to be written before it is news.
const DISK_PARTS: u64 = 50;

/// How a borne is. Fields that a later version adds are left alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The program's version, at most [`VERSION_MAX`] printable characters of ASCII.
    pub version: String,
    /// The version of its store.
    pub schema: u32,
    /// When the program started, by the borne's clock.
    pub started_at: Timestamp,
    /// The version of the catalogue that it serves.
    pub catalogue: u64,
    /// The printer's paper.
    #[serde(default)]
    pub paper: PaperLevel,
    /// Prints since the start of which nobody knows whether they came out.
    #[serde(default)]
    pub unknown_prints: u64,
    /// The devices that it has been given, each kind once, at most [`DEVICES_MAX`].
    #[serde(default)]
    pub devices: Vec<DeviceReport>,
    /// Events that the server does not hold, beside those of this request.
    #[serde(default)]
    pub unsent: u64,
    /// When the oldest of them happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest_unsent: Option<Timestamp>,
    /// Nobody vouches for its clock (rule R6).
    #[serde(default)]
    pub clock_uncertain: bool,
    /// Its store does not take what is written: it gives no tickets.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub store_fails: bool,
    /// Where its data lies; absent where that cannot be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk: Option<Disk>,
    /// How its panel hangs; absent where the figures cannot be those of a panel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub panel: Option<Mounting>,
    /// The version of what is wanted of it that it holds; absent where it holds none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wanted: Option<u64>,
    /// The settings that are changed from afar; absent from those that take none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<SettingsReport>,
    /// The last update that was tried; absent where none was, or nothing is updated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update: Option<UpdateReport>,
}

/// What became of an update.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateReport {
    /// The version that was tried, at most [`VERSION_MAX`] printable characters of ASCII.
    pub version: String,
    /// What became of it.
    pub outcome: UpdateOutcome,
    /// When that was known, by the borne's clock.
    pub at: Timestamp,
}

/// What became of an update.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UpdateOutcome {
    /// It was found to work as well as what was before.
    Works,
    /// It did not: what was before is installed again, and it is not tried a second time.
    TakenBack,
    /// One of a later version.
    #[serde(other)]
    Other,
}

/// How the settings are that are changed from afar.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsReport {
    /// What is in force, at most [`SETTINGS_MAX`].
    #[serde(default)]
    pub in_force: Vec<SettingInForce>,
    /// Why those of the version that it holds are not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// A setting, its value and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingInForce {
    /// Its name in `borne.toml`.
    pub key: String,
    /// Its value as it would be written.
    pub value: String,
    /// Where it comes from.
    pub from: SettingFrom,
}

/// Where a setting comes from; each goes before those above it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SettingFrom {
    /// The program.
    Default,
    /// The machine's own file.
    File,
    /// The server.
    Server,
    /// Whoever started the program: its environment or its command line.
    Start,
    /// One of a later version.
    #[serde(other)]
    Other,
}

/// How much paper there is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaperLevel {
    /// Enough.
    Enough,
    /// The roll ends soon.
    Low,
    /// None.
    Out,
    /// The printer does not tell, or there is none.
    #[default]
    #[serde(other)]
    Unknown,
}

/// A device and how it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DeviceReport {
    /// Which.
    pub kind: DeviceKind,
    /// How it is.
    pub condition: Condition,
}

/// What a borne may be given.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    /// The ticket printer.
    Printer,
    /// The scanner of QR codes.
    Scanner,
    /// The reader of staff's cards.
    CardReader,
    /// What speaks and chimes.
    Sound,
    /// The sensor that tells of somebody in front.
    Presence,
    /// The button that calls a person.
    CallButton,
    /// The ring of LEDs.
    Ring,
    /// The buzzer.
    Buzzer,
    /// The panel's lamp.
    Backlight,
    /// The board that button, sensor, ring and buzzer hang on.
    Board,
    /// One of a later version.
    #[serde(other)]
    Other,
}

/// A partition, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Disk {
    /// What may still be written.
    pub free: u64,
    /// How large it is.
    pub total: u64,
}

/// How a panel's lit area hangs, in mm, as it was measured when the borne was set up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Mounting {
    /// Its lower edge above the floor.
    pub bottom_mm: u16,
    /// How high it is; its upper edge is at most [`PANEL_TOP_MAX_MM`] above the floor.
    pub height_mm: u16,
}

impl Mounting {
    /// Where it hangs, if a panel can hang there.
    #[must_use]
    pub fn of(bottom_mm: f32, height_mm: f32) -> Option<Self> {
        let whole = |mm: f32| {
            let mm = mm.round();
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "looked at before: it is a whole number of that range"
            )]
            (0.0..=f32::from(PANEL_TOP_MAX_MM)).contains(&mm).then_some(mm as u16)
        };
        let mounting = Self { bottom_mm: whole(bottom_mm)?, height_mm: whole(height_mm)? };
        mounting.is_possible().then_some(mounting)
    }

    /// Where what can be touched begins and ends, in mm above the floor; none where a hand reaches nothing of it.
    #[must_use]
    pub fn touch_mm(self) -> Option<(u16, u16)> {
        let (low, high) = REACH_MM;
        let band = (self.bottom_mm.max(low), self.top_mm().min(high));
        (band.0 < band.1).then_some(band)
    }

    const fn top_mm(self) -> u16 {
        self.bottom_mm.saturating_add(self.height_mm)
    }

    const fn is_possible(self) -> bool {
        self.height_mm > 0 && self.top_mm() <= PANEL_TOP_MAX_MM
    }
}

/// A report that is not taken.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// Too long.
    #[error("the report has {0} bytes, at most {MAX_REPORT} are taken")]
    Long(usize),
    /// Not a report.
    #[error("the report cannot be read: {0}")]
    Form(#[from] serde_json::Error),
    /// A field beyond its limit.
    #[error("the report's {0} is beyond its limit")]
    Beyond(&'static str),
}

impl Report {
    /// Reads a report as it was sent.
    pub fn read(raw: &str) -> Result<Self, ReportError> {
        if raw.len() > MAX_REPORT {
            return Err(ReportError::Long(raw.len()));
        }
        let report: Self = serde_json::from_str(raw)?;
        let tried = report.update.iter().map(|update| &update.version);
        if ![&report.version].into_iter().chain(tried).all(|version| is_version(version)) {
            return Err(ReportError::Beyond("version"));
        }
        if report.devices.len() > DEVICES_MAX {
            return Err(ReportError::Beyond("list of devices"));
        }
        if let Some(settings) = &report.settings {
            let texts = settings.in_force.iter().flat_map(|setting| [&setting.key, &setting.value]);
            let long = texts.chain(&settings.refused).any(|text| text.len() > SETTING_MAX);
            if long || settings.in_force.len() > SETTINGS_MAX {
                return Err(ReportError::Beyond("list of settings"));
            }
        }
        if report.disk.is_some_and(|disk| disk.free > disk.total) {
            return Err(ReportError::Beyond("free space"));
        }
        if report.panel.is_some_and(|panel| !panel.is_possible()) {
            return Err(ReportError::Beyond("panel"));
        }
        Ok(report)
    }

    /// How a device is, where the borne has been given one.
    #[must_use]
    pub fn device(&self, kind: DeviceKind) -> Option<Condition> {
        self.devices.iter().find(|device| device.kind == kind).map(|device| device.condition)
    }

    /// Whether somebody who knows `before` would learn something by this one. What changes all the time is no news.
    #[must_use]
    pub fn is_news_after(&self, before: &Self) -> bool {
        let Self { started_at, disk, .. } = before;
        let alike = Self { started_at: *started_at, disk: *disk, ..self.clone() };
        let near = match (self.disk, disk) {
            (Some(now), Some(then)) => {
                now.total == then.total && now.free.abs_diff(then.free) <= now.total / DISK_PARTS
            }
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        alike != *before || !near || self.started_at.duration_since(*started_at).abs() > SAME_START
    }
}

fn is_version(text: &str) -> bool {
    !text.is_empty() && text.len() <= VERSION_MAX && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        Report {
            version: "0.1.0".to_owned(),
            schema: 4,
            started_at: "2026-11-21T07:30:00Z".parse().unwrap(),
            catalogue: 12,
            paper: PaperLevel::Low,
            unknown_prints: 1,
            devices: vec![
                DeviceReport { kind: DeviceKind::Printer, condition: Condition::PaperLow },
                DeviceReport { kind: DeviceKind::Sound, condition: Condition::Works },
            ],
            unsent: 3,
            oldest_unsent: "2026-11-21T09:40:00Z".parse().ok(),
            clock_uncertain: true,
            store_fails: true,
            disk: Some(Disk { free: 1_000_000, total: 4_000_000 }),
            panel: Some(Mounting { bottom_mm: 890, height_mm: 476 }),
            wanted: Some(3),
            settings: Some(SettingsReport { in_force: vec![setting("panel.theme")], refused: None }),
            update: Some(UpdateReport {
                version: "0.2.0".to_owned(),
                outcome: UpdateOutcome::TakenBack,
                at: "2026-11-21T02:10:00Z".parse().unwrap(),
            }),
        }
    }

    fn setting(key: &str) -> SettingInForce {
        SettingInForce { key: key.to_owned(), value: "night".to_owned(), from: SettingFrom::Server }
    }

    #[test]
    fn what_changes_all_the_time_is_no_news() {
        let before = report();
        assert!(!before.is_news_after(&before));
        let disk = |free| Report { disk: Some(Disk { free, total: 4_000_000 }), ..report() };
        assert!(!disk(920_000).is_news_after(&before) && !disk(1_080_000).is_news_after(&before));
        assert!(disk(919_999).is_news_after(&before) && Report { disk: None, ..report() }.is_news_after(&before));
        let started =
            |seconds| Report { started_at: report().started_at + SignedDuration::from_secs(seconds), ..report() };
        assert!(!started(-120).is_news_after(&before) && started(121).is_news_after(&before));
        assert!(Report { paper: PaperLevel::Out, ..report() }.is_news_after(&before));
        assert!(Report { unsent: 4, ..report() }.is_news_after(&before));
    }

    #[test]
    fn every_field_has_its_limit() {
        let read = |report: &Report| Report::read(&serde_json::to_string(report).unwrap());
        assert_eq!(read(&report()).unwrap(), report());
        for version in [String::new(), "1".repeat(41), "1 2".to_owned(), "é".to_owned()] {
            assert!(matches!(read(&Report { version, ..report() }), Err(ReportError::Beyond("version"))));
        }
        let device = report().devices[0];
        assert!(read(&Report { devices: vec![device; 33], ..report() }).is_err());
        assert!(read(&Report { disk: Some(Disk { free: 2, total: 1 }), ..report() }).is_err());
        for (bottom_mm, height_mm) in [(4_525, 476), (890, 0), (u16::MAX, 1)] {
            let panel = Some(Mounting { bottom_mm, height_mm });
            assert!(matches!(read(&Report { panel, ..report() }), Err(ReportError::Beyond("panel"))));
        }
        let settings = |in_force, refused| Report { settings: Some(SettingsReport { in_force, refused }), ..report() };
        assert!(read(&settings(vec![setting("x"); 33], None)).is_err());
        assert!(read(&settings(vec![setting(&"x".repeat(401))], None)).is_err());
        assert!(read(&settings(vec![], Some("x".repeat(401)))).is_err());
        let raw = serde_json::to_string(&report()).unwrap();
        let update = r#""update":{"version":"0.2.0","outcome":"taken_back","at":"2026-11-21T02:10:00Z"}"#;
        assert!(raw.contains(update), "{raw}");
        assert!(matches!(Report::read(&raw.replace("0.2.0", "0.2 0")), Err(ReportError::Beyond("version"))));
        let long = format!("{{\"later\":\"{}\"}}", "x".repeat(MAX_REPORT));
        assert!(matches!(Report::read(&long), Err(ReportError::Long(_))));
    }

    #[test]
    fn the_touch_band_is_what_a_hand_reaches_of_the_panel() {
        let band = |bottom, height| Mounting::of(bottom, height).map(Mounting::touch_mm);
        assert_eq!(band(890.0, 476.0), Some(Some((900, 1220))), "21.5 inches in portrait");
        assert_eq!(band(999.6, 136.4), Some(Some((1000, 1136))), "10.1 inches in landscape");
        assert_eq!(band(1220.0, 476.0), Some(None), "out of reach");
        for impossible in [(-1.0, 476.0), (890.0, 0.2), (4_900.0, 101.0), (f32::NAN, 476.0), (890.0, f32::INFINITY)] {
            assert_eq!(band(impossible.0, impossible.1), None, "{impossible:?}");
        }
    }

    #[test]
    fn a_report_of_a_later_version_is_read() {
        let raw = r#"{"version":"9.0","schema":9,"started_at":"2026-11-21T07:30:00Z","catalogue":1,"paper":"perforated",
            "devices":[{"kind":"robot","condition":"melted"}],"mood":"good","update":{"version":"9.1","outcome":"melted","at":"2026-11-21T02:10:00Z"}}"#;
        let report = Report::read(raw).unwrap();
        assert_eq!((report.paper, report.unsent, report.disk, report.panel), (PaperLevel::Unknown, 0, None, None));
        assert_eq!(report.device(DeviceKind::Other), Some(Condition::Other));
        assert_eq!(report.update.unwrap().outcome, UpdateOutcome::Other);
    }
}
