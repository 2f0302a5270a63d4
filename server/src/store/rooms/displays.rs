//! The hall's screens: codes, and the machines that were given one.

use async_trait::async_trait;
use jiff::Timestamp;
use wire::ids::{DisplayId, SiteId};
use wire::token::Hash32;

use super::super::Result;

/// Enough to tell the screens of a site from each other.
const NAME_DIGITS: usize = 12;

/// The machines that show a site's displays. Each has a token of its own, known by its hash, that reads and does nothing
/// else; several may show the same display.
#[async_trait]
pub trait Displays: Send + Sync + 'static {
    /// Keeps a one-time code by its hash. Codes that are too old by now go.
    async fn add_display_code(&self, code: &DisplayCode, now: Timestamp) -> Result<()>;

    /// Spends a code: a machine gets its token. None where the code is wrong, spent or too old.
    async fn enrol_screen(&self, code: Hash32, token: Hash32, now: Timestamp) -> Result<Option<Screen>>;

    /// The machine that has a token, unless its rights have ended.
    async fn screen(&self, token: Hash32) -> Result<Option<Screen>>;

    /// Every machine that was ever given a site's display, oldest first.
    async fn screens(&self, site: SiteId) -> Result<Vec<Screen>>;

    /// Ends a machine's rights. False where there is no such machine at the site or they have ended already.
    async fn revoke_screen(&self, site: SiteId, token: Hash32, now: Timestamp) -> Result<bool>;

    /// What a machine says of itself.
    async fn screen_seen(&self, token: Hash32, sounds: bool, now: Timestamp) -> Result<()>;
}

/// A code that makes a machine a site's display.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisplayCode {
    /// Its hash.
    pub hash: Hash32,
    /// Whose.
    pub site: SiteId,
    /// Which display.
    pub display: DisplayId,
    /// Until when it can be spent.
    pub expires_at: Timestamp,
}

/// A machine that shows a display.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Screen {
    /// The hash of its token, which is its name too.
    pub token: Hash32,
    /// Where it hangs.
    pub site: SiteId,
    /// What it shows.
    pub display: DisplayId,
    /// When it was given its token.
    pub enrolled_at: Timestamp,
    /// When its rights ended.
    pub revoked_at: Option<Timestamp>,
    /// When it last said how it is.
    pub seen_at: Option<Timestamp>,
    /// Whether it can be heard, once it has said so.
    pub sounds: Option<bool>,
}

impl Screen {
    /// What people call it by: the beginning of its token's hash, which opens nothing.
    #[must_use]
    pub fn name(&self) -> String {
        self.token.to_string().chars().take(NAME_DIGITS).collect()
    }

    /// What the audit chain calls it: what it shows, and its name.
    #[must_use]
    pub fn audited(&self) -> String {
        format!("{} {}", self.display, self.name())
    }
}
