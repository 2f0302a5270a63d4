//! Addresses of other programs that are told what happens to tickets, and what is on its way to them.

use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;
use wire::ids::SiteId;

use super::super::Result;
use super::Cursor;

/// What other programs are told.
#[async_trait]
pub trait Hooks: Send + Sync + 'static {
    /// Tells an address from now on.
    async fn add_hook(&self, hook: &Hook) -> Result<()>;

    /// The addresses of a site, oldest first; of all sites where none is named.
    async fn hooks(&self, site: Option<SiteId>) -> Result<Vec<Hook>>;

    /// Stops telling an address from an instant on, or begins again: what happened meanwhile it is not told. False where
    /// the site has none of that identity.
    async fn disable_hook(&self, site: SiteId, hook: Uuid, at: Option<Timestamp>) -> Result<bool>;

    /// Forgets an address and whatever is on its way to it. False where the site has none of that identity.
    async fn remove_hook(&self, site: SiteId, hook: Uuid) -> Result<bool>;

    /// Up to where changes have been turned into deliveries; absent before the first.
    async fn hook_cursor(&self) -> Result<Option<Cursor>>;

    /// Keeps deliveries, in this order, and how far the changes have been read, in one transaction. A delivery that is there
    /// already stays as it is.
    async fn queue(&self, cursor: &Cursor, deliveries: &[NewDelivery]) -> Result<()>;

    /// The addresses for which something is due. Those that are disabled wait.
    async fn due_hooks(&self, now: Timestamp) -> Result<Vec<Hook>>;

    /// What is due for an address, in the order in which it was queued.
    async fn due_deliveries(&self, hook: Uuid, now: Timestamp, most: u32) -> Result<Vec<Delivery>>;

    /// Remembers what became of an attempt.
    async fn settle(&self, hook: Uuid, event: &str, attempt: &Attempt) -> Result<()>;

    /// The last deliveries to an address, newest first.
    async fn deliveries(&self, hook: Uuid, most: u32) -> Result<Vec<Delivery>>;

    /// Forgets deliveries that were queued before an instant.
    async fn forget_deliveries(&self, before: Timestamp) -> Result<u64>;
}

/// An address of another program.
#[derive(Clone, PartialEq, Eq)]
pub struct Hook {
    /// Identity.
    pub id: Uuid,
    /// Of which site's tickets it is told.
    pub site: SiteId,
    /// Where.
    pub url: String,
    /// What is sent is signed with.
    pub secret: [u8; 32],
    /// What it is told of, as events are called outside; empty: of everything.
    pub kinds: Vec<String>,
    /// Since when. What happened before it is not told.
    pub since: Timestamp,
    /// Since when it is told nothing.
    pub disabled_at: Option<Timestamp>,
}

/// How an addressee of letters is written where addresses of other programs are.
const MAILTO: &str = "mailto:";

impl Hook {
    /// Whom letters go to, where this is no program.
    #[must_use]
    pub fn addressee(&self) -> Option<&str> {
        self.url.strip_prefix(MAILTO)
    }

    /// How an addressee of letters is kept.
    pub(crate) fn url_of_addressee(address: &str) -> String {
        format!("{MAILTO}{address}")
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, site, url, .. } = self;
        f.debug_struct("Hook").field("id", id).field("site", site).field("url", url).finish_non_exhaustive()
    }
}

/// An event on its way to an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDelivery {
    /// To which address.
    pub hook: Uuid,
    /// The event's identity: the same one is delivered once, or more often, but is one event.
    pub event: String,
    /// What it is called outside.
    pub kind: String,
    /// What is sent, the same bytes each time.
    pub body: String,
    /// When it was queued.
    pub at: Timestamp,
}

/// A delivery and how it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// What is delivered.
    pub what: NewDelivery,
    /// How often it was tried.
    pub attempts: u32,
    /// How it stands.
    pub state: DeliveryState,
    /// What the address said last, or why it said nothing.
    pub detail: String,
}

/// How a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// It is tried again at an instant.
    Waiting(Timestamp),
    /// The address has it.
    Delivered,
    /// It was tried for as long as it is worth it.
    GivenUp,
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// How the delivery stands now.
    pub state: DeliveryState,
    /// What the address said, or why it said nothing.
    pub detail: String,
    /// Whether others for the same address wait as long: nobody answers there.
    pub all_wait: bool,
}
