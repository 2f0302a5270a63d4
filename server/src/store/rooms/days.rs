//! Service days of a site: how they were closed, whom they called and why, and which counters were heard of.

use async_trait::async_trait;
use jiff::Timestamp;
use queue_engine::Decision;
use wire::ids::{AgentRef, CounterId, SiteId};
use wire::service_day::ServiceDay;

use super::super::Result;

/// Service days.
#[async_trait]
pub trait Days: Send + Sync + 'static {
    /// Keeps how a day was closed. False where it had been: then nothing changes.
    async fn close_day(&self, site: SiteId, day: ServiceDay, closed: &ClosedDay) -> Result<bool>;

    /// Opens a closed day again. False where it was not closed.
    async fn reopen_day(&self, site: SiteId, day: ServiceDay) -> Result<bool>;

    /// How a day was closed, if it was.
    async fn closed_day(&self, site: SiteId, day: ServiceDay) -> Result<Option<ClosedDay>>;

    /// Why people were called to a site's counters from an instant on until another one, as it was decided then, in no
    /// particular order.
    async fn decisions_made(&self, site: SiteId, from: Timestamp, to: Timestamp) -> Result<Vec<Decision>>;

    /// Notes when pages of counters were heard of last.
    async fn note_heard(&self, site: SiteId, heard: &[(CounterId, Timestamp)]) -> Result<()>;

    /// When the pages of a site's counters were heard of last.
    async fn heard(&self, site: SiteId) -> Result<Vec<(CounterId, Timestamp)>>;
}

/// How a service day was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClosedDay {
    /// When.
    pub at: Timestamp,
    /// By whom; nobody where the next day began.
    pub by: Option<AgentRef>,
    /// What people are told who still waited.
    pub message: ClosingMessage,
    /// How many waited who were not called any more.
    pub expired: u32,
}

/// What people are told who still waited when the day was closed. Chosen, not written: they read it in their language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClosingMessage {
    /// To come back another day.
    #[default]
    ComeBack,
    /// To speak to somebody at reception.
    SeeReception,
    /// That something happened in the building.
    Incident,
}

impl ClosingMessage {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::ComeBack, Self::SeeReception, Self::Incident];

    /// As stores and forms write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ComeBack => "come_back",
            Self::SeeReception => "see_reception",
            Self::Incident => "incident",
        }
    }
}

impl std::str::FromStr for ClosingMessage {
    type Err = ();

    fn from_str(text: &str) -> std::result::Result<Self, ()> {
        Self::ALL.into_iter().find(|message| message.as_str() == text).ok_or(())
    }
}
