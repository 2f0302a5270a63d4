//! What technicians are told.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use wire::ids::{OriginId, SiteId};

use super::super::Result;
use super::NewDelivery;

/// What technicians must know.
#[async_trait]
pub trait Alarms: Send + Sync + 'static {
    /// Something of one moment that a technician must know about a borne, with what is told of it. False where they were told
    /// of the same kind within the hour: nothing is kept then, and nobody is told.
    async fn raise(
        &self,
        at: Timestamp,
        origin: OriginId,
        kind: AlarmKind,
        detail: &str,
        told: &[NewDelivery],
    ) -> Result<bool>;

    /// Begins an alarm that lasts until it is ended, with what is told of it. False where it lasts already, or where they
    /// were told of the same kind within the hour: nothing is kept then, and nobody is told.
    async fn begin_alarm(
        &self,
        at: Timestamp,
        origin: OriginId,
        kind: AlarmKind,
        detail: &str,
        told: &[NewDelivery],
    ) -> Result<bool>;

    /// Ends an alarm, with what is told of it. False where none lasts.
    async fn end_alarm(&self, at: Timestamp, origin: OriginId, kind: AlarmKind, told: &[NewDelivery]) -> Result<bool>;

    /// The alarms of a site that last, oldest first.
    async fn lasting_alarms(&self, site: SiteId) -> Result<Vec<Alarm>>;

    /// What technicians must know of a site's bornes, newest first.
    async fn alarms(&self, site: SiteId, most: u32) -> Result<Vec<Alarm>>;
}

/// How soon technicians are told of the same kind and borne again.
pub const ALARM_AGAIN: Duration = Duration::from_secs(3600);

/// What technicians are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AlarmKind {
    /// Two devices write one log (rule R9).
    Cloned,
    /// An event of a known type that this version cannot read; kept as it is.
    Unreadable,
    /// A borne whose rights have ended goes on sending.
    Revoked,
    /// A request in a borne's name that its key did not sign.
    Signature,
    /// A borne's clock is too far off for its requests to be answered.
    Clock,
    /// A request in a borne's name beyond the limits.
    TooLarge,
    /// A borne that does not have the events any more which the store lacks.
    Gap,
    /// The screens of a hall cannot speak.
    Speech,
    /// A borne is not heard of any more.
    Silent,
    /// A borne's roll ends soon.
    PaperLow,
    /// It has no paper.
    PaperOut,
    /// Its printer does not print.
    Printer,
    /// Another of its devices is not available.
    Device,
    /// No sound comes out of it.
    Sound,
    /// Its store takes nothing: it gives no tickets.
    Store,
    /// Its events do not come.
    Unsent,
    /// Nobody vouches for its clock.
    ClockUncertain,
    /// Its disk is nearly full.
    Disk,
    /// It does not serve what is published.
    Catalogue,
    /// It runs another version than is wanted.
    Version,
    /// It took an update back that did not work there.
    Update,
}

impl AlarmKind {
    /// Every kind.
    pub const ALL: [Self; 21] = [
        Self::Cloned,
        Self::Unreadable,
        Self::Revoked,
        Self::Signature,
        Self::Clock,
        Self::TooLarge,
        Self::Gap,
        Self::Speech,
        Self::Silent,
        Self::PaperLow,
        Self::PaperOut,
        Self::Printer,
        Self::Device,
        Self::Sound,
        Self::Store,
        Self::Unsent,
        Self::ClockUncertain,
        Self::Disk,
        Self::Catalogue,
        Self::Version,
        Self::Update,
    ];

    /// Its name in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cloned => "cloned",
            Self::Unreadable => "unreadable",
            Self::Revoked => "revoked",
            Self::Signature => "signature",
            Self::Clock => "clock",
            Self::TooLarge => "too-large",
            Self::Gap => "gap",
            Self::Speech => "speech",
            Self::Silent => "silent",
            Self::PaperLow => "paper-low",
            Self::PaperOut => "paper-out",
            Self::Printer => "printer",
            Self::Device => "device",
            Self::Sound => "sound",
            Self::Store => "store",
            Self::Unsent => "unsent",
            Self::ClockUncertain => "clock-uncertain",
            Self::Disk => "disk",
            Self::Catalogue => "catalogue",
            Self::Version => "version",
            Self::Update => "update",
        }
    }

    /// Whether it lasts until it ends; else it is of one moment.
    #[must_use]
    pub const fn lasts(self) -> bool {
        match self {
            Self::Unreadable | Self::Revoked | Self::Signature | Self::Clock | Self::TooLarge | Self::Speech => false,
            Self::Cloned
            | Self::Gap
            | Self::Silent
            | Self::PaperLow
            | Self::PaperOut
            | Self::Printer
            | Self::Device
            | Self::Sound
            | Self::Store
            | Self::Unsent
            | Self::ClockUncertain
            | Self::Disk
            | Self::Catalogue
            | Self::Version
            | Self::Update => true,
        }
    }

    /// What a technician can do.
    #[must_use]
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::Cloned => "its card was copied: revoke it, enrol it anew, and look for the copy",
            Self::Unreadable => "update the server: the borne's version is newer",
            Self::Revoked => "switch it off, or enrol it anew; if it was stolen, it is shut out and nothing is lost",
            Self::Signature => {
                "check that a proxy in front hands on Host, path and body untouched; if the borne's key was lost or \
                 replaced, revoke it and enrol it anew; otherwise somebody else uses its name"
            }
            Self::Clock => {
                "let it reach an NTP server or this server's /v1/time over plain HTTP, and replace its clock's battery"
            }
            Self::Speech => "see what it says: until then the screens chime and show the numbers",
            Self::Gap => {
                "the store was restored from a copy that is older than what the borne still keeps: restore a newer one; where \
                 there is none, revoke the borne and enrol it anew: what it gives from then on counts again"
            }
            Self::Silent => "look whether it is switched on and has its network; `borne doctor` says what it can reach",
            Self::PaperLow => "change the roll soon",
            Self::PaperOut => "put in a roll: until then visitors see their number on the screen",
            Self::Printer => "look at the printer; `borne doctor` says what it finds",
            Self::Device => "check the device's cable; `borne doctor` says what it finds",
            Self::Sound => "check the loudspeaker; `borne doctor` says why nothing is heard",
            Self::Store => {
                "it gives no tickets: make room on its disk or replace it; `borne doctor` says what the store said"
            }
            Self::Unsent => "see in `borne status` why the server does not take them",
            Self::ClockUncertain => "let it reach an NTP server or this server's /v1/time over plain HTTP",
            Self::Disk => "free space on its disk, or give it a larger one",
            Self::Catalogue => {
                "see in its log why the publication is not taken; a publication waits while somebody is at it"
            }
            Self::Version => "update it",
            Self::Update => {
                "see in `journalctl -u borne-update` what was not as before; a later version that works ends it, or asking for the \
                 one that it has"
            }
            Self::TooLarge => "update the borne: ours never sends that much; otherwise somebody else uses its name",
        }
    }
}

/// Something a technician must know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// When.
    pub at: Timestamp,
    /// About whom.
    pub origin: Option<OriginId>,
    /// What, for programs.
    pub kind: String,
    /// What, for people.
    pub detail: String,
    /// Whether it lasts, or did until it ended; else it is of one moment.
    pub lasts: bool,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}
