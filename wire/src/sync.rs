//! `POST /v1/sync`: a log of events flows upwards, contiguous and acknowledged after it is durable.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::command::SignedCommand;
use crate::ids::{HelpId, OriginId, ServiceId};
use crate::staff::StaffList;
use crate::token::Hash32;
use crate::wanted::SignedWanted;

/// The version of the protocol.
pub const VERSION: u8 = 1;
/// Where a log is sent.
pub const PATH: &str = "/v1/sync";
/// Where survey cells are sent: a channel of their own.
pub const SURVEY_PATH: &str = "/v1/survey";
/// The most events one request may hold.
pub const MAX_EVENTS: usize = 1_000;
/// The largest body, in bytes as sent.
pub const MAX_BODY: usize = 1 << 20;
/// The largest body, in bytes once inflated.
pub const MAX_INFLATED: usize = 4 << 20;
/// From how many events on a body is compressed.
pub const GZIP_FROM: usize = 10;

/// What an origin sends.
#[derive(Debug, Serialize, Deserialize)]
pub struct SyncRequest {
    /// [`VERSION`].
    pub v: u8,
    /// Who sends, the same as the signature's `keyid`.
    pub borne: OriginId,
    /// The number of the first event, or of the next one to come where there is none.
    pub from_seq: u64,
    /// The writer's bytes, as committed.
    pub events: Vec<Box<RawValue>>,
    /// Server time minus the writer's clock, in milliseconds, where it has been measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_offset_ms: Option<i64>,
    /// The version of the staff's badges that a borne holds, [`NO_LIST`](crate::staff::NO_LIST) where it holds none;
    /// absent where it does not want them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff: Option<String>,
    /// How the sender is, in its bytes: a [`Report`](crate::report::Report). One that cannot be read holds no event up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<Box<RawValue>>,
    /// The version of what is wanted that a borne holds, 0 where it holds none; absent from those that ask for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wanted: Option<u64>,
}

/// What the server answers, after the commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncReply {
    /// The high-water mark: every event up to here is durable on the server.
    pub hwm: u64,
    /// The server's clock.
    pub server_time: Timestamp,
    /// The newest catalogue.
    pub config_version: u64,
    /// SHA-256 of its text as it was signed: after a restore a version may come twice. Absent from older servers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_hash: Option<Hash32>,
    /// What the borne is asked to do; a command it does not know is left alone.
    #[serde(default)]
    pub commands: Vec<SignedCommand>,
    /// How long people wait, by service.
    #[serde(default)]
    pub waits: Vec<Wait>,
    /// The calls for help of this origin that are still open.
    #[serde(default)]
    pub help: Vec<HelpState>,
    /// What staff decided for the rest of the day.
    #[serde(default, skip_serializing_if = "Hall::is_as_usual")]
    pub hall: Hall,
    /// When to come back without news, in seconds.
    pub next_poll_s: u32,
    /// The staff's badges, where the sender wants them and holds another version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff: Option<StaffList>,
    /// What is wanted of the borne, where it asks and holds an earlier version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wanted: Option<SignedWanted>,
}

/// How long people wait for a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// Which service.
    pub service: ServiceId,
    /// How many people wait.
    pub ahead: u32,
    /// The range's edges in minutes; absent means unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low_min: Option<u32>,
    /// See `low_min`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high_min: Option<u32>,
    /// When it was so.
    pub as_of: Timestamp,
}

/// What staff decided for the rest of the service day: both ends of it win over the catalogue's hours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hall {
    /// Reception closes early: from this instant on no ticket is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closes_at: Option<Timestamp>,
    /// All places are taken for these services: by their quota, or because staff said so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub full: Vec<ServiceId>,
}

impl Hall {
    /// Whether nothing was decided.
    #[must_use]
    pub fn is_as_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// How far a call for help is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HelpState {
    /// Which call.
    pub help: HelpId,
    /// A person is on the way.
    pub answered: bool,
    /// Whether anybody is signed in who could come.
    pub staffed: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Condition;
    use crate::report::{
        DeviceKind, DeviceReport, Disk, Mounting, PaperLevel, Report, SettingFrom, SettingInForce, SettingsReport,
    };
    use crate::staff::{BadgeKey, NO_LIST, PinHash, StaffBadge, StaffRole};
    use crate::wanted::Wanted;

    #[test]
    fn the_bytes_of_version_1_are_frozen() {
        let event = r#"{"seq":8,"at":"2026-11-21T09:42:00Z","type":"teleported","to":"Mars"}"#;
        let request = SyncRequest {
            v: VERSION,
            borne: "019aa5f0-7c00-7000-8000-0000000000aa".parse().unwrap(),
            from_seq: 8,
            events: vec![RawValue::from_string(event.to_owned()).unwrap()],
            clock_offset_ms: Some(-250),
            staff: None,
            report: None,
            wanted: None,
        };
        let at = "2026-11-21T09:42:01Z".parse().unwrap();
        let service: ServiceId = "etat-civil".parse().unwrap();
        let reply = SyncReply {
            hwm: 8,
            server_time: at,
            config_version: 3,
            config_hash: None,
            commands: vec![],
            waits: vec![
                Wait { service: service.clone(), ahead: 7, low_min: None, high_min: None, as_of: at },
                Wait { service, ahead: 7, low_min: Some(20), high_min: Some(30), as_of: at },
            ],
            help: vec![HelpState {
                help: "019aa5f0-7c00-7000-8000-000000000002".parse().unwrap(),
                answered: true,
                staffed: true,
            }],
            hall: Hall::default(),
            next_poll_s: 30,
            staff: None,
            wanted: None,
        };
        let text =
            format!("{}\n{}\n", serde_json::to_string(&request).unwrap(), serde_json::to_string(&reply).unwrap());
        assert_eq!(text, include_str!("../golden/sync-v1.jsonl"));
        assert!(text.contains(event), "an event's bytes travel untouched");
    }

    #[test]
    fn what_staff_decided_is_said_only_where_something_was() {
        let hall = Hall { closes_at: "2026-11-21T15:30:00Z".parse().ok(), full: vec!["etat-civil".parse().unwrap()] };
        let text = serde_json::to_string(&hall).unwrap();
        assert_eq!(text, r#"{"closes_at":"2026-11-21T15:30:00Z","full":["etat-civil"]}"#);
        assert_eq!(serde_json::from_str::<Hall>(&text).unwrap(), hall);
        assert!(serde_json::from_str::<Hall>("{}").unwrap().is_as_usual());
    }

    #[test]
    fn the_bytes_of_the_staffs_badges_are_frozen() {
        let borne = "019aa5f0-7c00-7000-8000-0000000000aa".parse().unwrap();
        let staff = Some(NO_LIST.to_owned());
        let request = SyncRequest {
            v: VERSION,
            borne,
            from_seq: 9,
            events: vec![],
            clock_offset_ms: None,
            staff,
            report: None,
            wanted: None,
        };
        let key = BadgeKey::from_random([7; 32]);
        let badge = |uid: &[u8], role, label: &str, expires| StaffBadge {
            badge: key.hash(uid),
            pin: PinHash("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaA".to_owned()),
            role,
            label: label.to_owned(),
            expires,
        };
        let at = "2026-11-21T09:42:01Z".parse().unwrap();
        let badges = vec![
            badge(&[4, 0xA2, 0x2B, 0xC1], StaffRole::Staff, "Badge 12", None),
            badge(&[4, 0xA2, 0x2B, 0xC1, 0x6E, 0x5D, 0x80], StaffRole::Technician, "Badge 13", Some(at)),
        ];
        let reply = SyncReply {
            hwm: 8,
            server_time: at,
            config_version: 3,
            config_hash: None,
            commands: vec![],
            waits: vec![],
            help: vec![],
            hall: Hall::default(),
            next_poll_s: 30,
            staff: Some(StaffList::new(key.clone(), badges)),
            wanted: None,
        };
        let text =
            format!("{}\n{}\n", serde_json::to_string(&request).unwrap(), serde_json::to_string(&reply).unwrap());
        assert_eq!(text, include_str!("../golden/sync-v1-staff.jsonl"));
        assert_eq!(serde_json::from_str::<SyncReply>(text.lines().last().unwrap()).unwrap(), reply);
    }

    #[test]
    fn the_bytes_of_a_report_are_frozen() {
        let device = |kind, condition| DeviceReport { kind, condition };
        let report = Report {
            version: "0.1.0".to_owned(),
            schema: 4,
            started_at: "2026-11-21T07:30:00Z".parse().unwrap(),
            catalogue: 12,
            paper: PaperLevel::Low,
            unknown_prints: 1,
            devices: vec![
                device(DeviceKind::Printer, Condition::PaperLow),
                device(DeviceKind::Scanner, Condition::Gone),
                device(DeviceKind::Sound, Condition::Works),
            ],
            unsent: 240,
            oldest_unsent: "2026-11-21T08:12:00Z".parse().ok(),
            clock_uncertain: false,
            store_fails: false,
            disk: Some(Disk { free: 12_000_000_000, total: 30_000_000_000 }),
            panel: None,
            wanted: None,
            settings: None,
            update: None,
        };
        let raw = serde_json::to_string(&report).unwrap();
        let request = SyncRequest {
            v: VERSION,
            borne: "019aa5f0-7c00-7000-8000-0000000000aa".parse().unwrap(),
            from_seq: 9,
            events: vec![],
            clock_offset_ms: None,
            staff: None,
            report: RawValue::from_string(raw).ok(),
            wanted: None,
        };
        let text = format!("{}\n", serde_json::to_string(&request).unwrap());
        assert_eq!(text, include_str!("../golden/sync-v1-report.jsonl"));
        let read: SyncRequest = serde_json::from_str(&text).unwrap();
        assert_eq!(Report::read(read.report.unwrap().get()).unwrap(), report);
        let failing = serde_json::to_string(&Report { store_fails: true, ..report.clone() }).unwrap();
        assert!(failing.contains(r#""clock_uncertain":false,"store_fails":true,"disk""#), "{failing}");
        let panel = Some(Mounting { bottom_mm: 890, height_mm: 476 });
        let hung = serde_json::to_string(&Report { panel, ..report }).unwrap();
        assert!(hung.contains(r#"},"panel":{"bottom_mm":890,"height_mm":476}}"#), "{hung}");
    }

    #[test]
    fn the_bytes_of_what_is_wanted_are_frozen() {
        let borne = "019aa5f0-7c00-7000-8000-0000000000aa".parse().unwrap();
        let old = include_str!("../golden/sync-v1.jsonl");
        let mut request: SyncRequest = serde_json::from_str(old.lines().next().unwrap()).unwrap();
        let mut reply: SyncReply = serde_json::from_str(old.lines().last().unwrap()).unwrap();
        request.wanted = Some(4);
        let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
        reply.wanted = Some(SignedWanted::seal(&Wanted { version: 5, ..Wanted::nothing(borne) }, &key));
        let text =
            format!("{}\n{}\n", serde_json::to_string(&request).unwrap(), serde_json::to_string(&reply).unwrap());
        let in_force =
            SettingInForce { key: "panel.theme".to_owned(), value: "night".to_owned(), from: SettingFrom::Server };
        let settings = SettingsReport { in_force: vec![in_force], refused: Some("use 80 to 300".to_owned()) };
        let text = format!("{text}{}\n", serde_json::to_string(&settings).unwrap());
        assert_eq!(text, include_str!("../golden/sync-v1-wanted.jsonl"));
        assert_eq!(serde_json::from_str::<SyncReply>(text.lines().nth(1).unwrap()).unwrap(), reply);
    }

    #[test]
    fn bornes_and_servers_without_badges_are_understood() {
        let old = include_str!("../golden/sync-v1.jsonl");
        let request: SyncRequest = serde_json::from_str(old.lines().next().unwrap()).unwrap();
        let reply: SyncReply = serde_json::from_str(old.lines().last().unwrap()).unwrap();
        assert_eq!((request.staff, reply.staff), (None, None));
        assert_eq!((request.wanted, reply.wanted), (None, None));
        assert!(request.report.is_none(), "nor does an older borne report");
    }

    #[test]
    fn an_answer_of_a_later_version_is_read() {
        let reply: SyncReply = serde_json::from_str(
            r#"{"hwm":1,"server_time":"2026-11-21T09:42:01Z","config_version":1,"next_poll_s":30,"new":1}"#,
        )
        .unwrap();
        assert_eq!((reply.hwm, reply.waits.len()), (1, 0));
    }
}
