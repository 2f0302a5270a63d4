//! What an office has published of a site, and what it is about to: drafts, and publications that never change.

use async_trait::async_trait;
use jiff::Timestamp;
use wire::ids::{AgentRef, SiteId};

use super::super::Result;

/// Drafts and publications. There is one draft of each kind a site; a publication is never overwritten.
#[async_trait]
pub trait Publications: Send + Sync + 'static {
    /// Every site that has published a catalogue.
    async fn published_sites(&self) -> Result<Vec<SiteId>>;

    /// What a site is about to publish.
    async fn draft(&self, site: SiteId, kind: PublicationKind) -> Result<Draft>;

    /// Takes the draft's place if it is still the one that was `seen`; nothing instead of a body gives it up. Answers the
    /// new revision, or none where somebody else was faster.
    async fn put_draft(&self, site: SiteId, kind: PublicationKind, seen: u64, draft: &NewDraft) -> Result<Option<u64>>;

    /// Publishes, and gives the draft up. Every server learns of it.
    async fn publish(&self, site: SiteId, kind: PublicationKind, new: &NewPublication) -> Result<PublishOutcome>;

    /// A publication.
    async fn publication(&self, site: SiteId, kind: PublicationKind, version: u64) -> Result<Option<Publication>>;

    /// The publication that holds at an instant: the newest of those whose time has come.
    async fn in_force(&self, site: SiteId, kind: PublicationKind, at: Timestamp) -> Result<Option<Publication>>;

    /// The newest publications, the newest first, without what they say.
    async fn publications(&self, site: SiteId, kind: PublicationKind, most: u32) -> Result<Vec<PublicationHead>>;
}

/// What is published. Each kind of a site has versions of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublicationKind {
    /// Services, counters, hours, displays: the catalogue, as JSON.
    Catalogue,
    /// Who is called when: the policy, as JSON.
    Policy,
}

impl PublicationKind {
    /// Its name in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Catalogue => "catalogue",
            Self::Policy => "policy",
        }
    }
}

/// What a site is about to publish.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// Grows with each change, and is never the same again; 0 where there never was one.
    pub revision: u64,
    /// What it says; none where there is no draft.
    pub body: Option<String>,
    /// Who changed it last, where somebody did.
    pub by: Option<AgentRef>,
    /// When.
    pub at: Option<Timestamp>,
}

/// A draft to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDraft {
    /// What it says; none gives it up.
    pub body: Option<String>,
    /// Who changed it.
    pub by: Option<AgentRef>,
    /// When.
    pub at: Timestamp,
}

/// Something to publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPublication {
    /// Its version. It is published only while this is above every version there is.
    pub version: u64,
    /// The draft that it is, where it is one: it is published only while nobody has changed that, and given up then. Another
    /// one stays.
    pub draft: Option<u64>,
    /// What it says.
    pub body: String,
    /// The server's signature, where bornes read it.
    pub signature: Option<String>,
    /// From when on it holds.
    pub valid_from: Timestamp,
    /// Who published it; nobody where it came from a file.
    pub by: Option<AgentRef>,
    /// Why, in their words.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// What became of publishing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublishOutcome {
    /// It is published.
    Done,
    /// Somebody has published that version, or a later one.
    Overtaken,
    /// Somebody has changed the draft.
    DraftChanged,
}

/// A publication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// What is known of it.
    pub head: PublicationHead,
    /// What it says.
    pub body: String,
    /// The server's signature, where bornes read it.
    pub signature: Option<String>,
}

/// A publication without what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicationHead {
    /// Its version.
    pub version: u64,
    /// From when on it holds.
    pub valid_from: Timestamp,
    /// Who published it; nobody where it came from a file.
    pub by: Option<AgentRef>,
    /// Why, in their words.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}
