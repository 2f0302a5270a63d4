//! What technicians are told.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use wire::ids::{OriginId, SiteId};

use super::super::Result;

/// What technicians must know.
#[async_trait]
pub trait Alarms: Send + Sync + 'static {
    /// Something a technician must know about a borne. False where they were told of the same kind within the hour: nothing
    /// is kept then.
    async fn raise(&self, at: Timestamp, origin: OriginId, kind: AlarmKind, detail: &str) -> Result<bool>;

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
}

impl AlarmKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Cloned,
        Self::Unreadable,
        Self::Revoked,
        Self::Signature,
        Self::Clock,
        Self::TooLarge,
        Self::Gap,
        Self::Speech,
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
}
