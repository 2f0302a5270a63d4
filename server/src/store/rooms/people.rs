//! Accounts, sessions, counters that are held.

use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;
use wire::ids::{AgentRef, CounterId, SiteId};
use wire::token::Hash32;

use super::super::Result;
use crate::roles::{Permission, Role};

/// Who may sign in, who has, and where they sit.
#[async_trait]
pub trait People: Send + Sync + 'static {
    /// Adds an account, or gives the one of that name another password, which ends its sessions, or subject where one is
    /// named. What roles it has is
    /// said apart. An error where another account has the subject.
    async fn put_account(&self, account: &NewAccount) -> Result<AgentRef>;

    /// Adds an account with its roles. None where another one has the name: its password is not touched.
    async fn add_account(&self, account: &NewAccount, grants: &[Grant]) -> Result<Option<AgentRef>>;

    /// The same for the very first account. None where there is any.
    async fn add_first_account(&self, account: &NewAccount, grants: &[Grant]) -> Result<Option<AgentRef>>;

    /// Whether there is any account.
    async fn has_accounts(&self) -> Result<bool>;

    /// What everybody is called.
    async fn account_names(&self) -> Result<BTreeMap<AgentRef, String>>;

    /// The account of a name.
    async fn account(&self, name: &str) -> Result<Option<Account>>;

    /// The account of somebody whom another service signs in.
    async fn account_by_subject(&self, subject: &str) -> Result<Option<Account>>;

    /// Every account that has a role at a site, by name; all there are where no site is named.
    async fn accounts(&self, site: Option<SiteId>) -> Result<Vec<Account>>;

    /// Gives an account another password, an Argon2id PHC string, and ends its sessions: whoever knew the old one is out.
    /// That of `keep`, who asks, goes on. False where there is no such account.
    async fn set_password(
        &self,
        account: AgentRef,
        password: &str,
        must_change: bool,
        keep: Option<Hash32>,
    ) -> Result<bool>;

    /// Shuts an account out from an instant on and ends its sessions, or lets it in again. False where there is none.
    async fn disable(&self, account: AgentRef, at: Option<Timestamp>) -> Result<bool>;

    /// What roles an account has from now on: these and no others. Counters at sites where none of them
    /// receives people are free. False where there is no such account.
    async fn set_grants(&self, account: AgentRef, grants: &[Grant]) -> Result<bool> {
        self.change_grants(account, None, grants).await
    }

    /// The same, but only where the account's roles are still those that were `seen`, in whatever order. False where they are
    /// others, too.
    async fn change_grants(&self, account: AgentRef, seen: Option<&[Grant]>, grants: &[Grant]) -> Result<bool>;

    /// Says until when a session lasts if nobody uses it; none: however little it is used.
    async fn used(&self, hash: Hash32, idle_until: Option<Timestamp>) -> Result<()>;

    /// Opens a session, known by its hash only.
    async fn open_session(&self, session: &Session, now: Timestamp) -> Result<()>;

    /// A session that has not expired and was not left unused for too long, of an account that is not shut out.
    async fn session(&self, hash: Hash32, now: Timestamp) -> Result<Option<Seated>>;

    /// Goes to another site, leaving the counter held elsewhere. Whether the person may is not asked here.
    async fn choose_site(&self, hash: Hash32, site: SiteId, now: Timestamp) -> Result<SeatOutcome>;

    /// The person has signed in once more: the session counts as fresh until an instant. False where it is over.
    async fn freshen(&self, hash: Hash32, until: Timestamp, now: Timestamp) -> Result<bool>;

    /// Ends a session and frees its counter.
    async fn close_session(&self, hash: Hash32) -> Result<()>;

    /// Ends every session of an account and frees their counters. Answers how many there were.
    async fn close_sessions_of(&self, account: AgentRef) -> Result<u64>;

    /// Takes a site's counter, leaving the one held before. Another session of the same account gives way.
    async fn take_seat(&self, hash: Hash32, site: SiteId, counter: &CounterId, now: Timestamp) -> Result<SeatOutcome>;

    /// Leaves the counter that a session holds, if it does.
    async fn leave_seat(&self, hash: Hash32, now: Timestamp) -> Result<SeatOutcome>;

    /// Takes whoever holds a site's counter away from it, without ending their session. False where nobody does.
    async fn free_seat(&self, site: SiteId, counter: &CounterId) -> Result<bool>;

    /// Who holds which counter of a site.
    async fn seats(&self, site: SiteId, now: Timestamp) -> Result<Vec<(CounterId, String)>>;
}

/// A role, where it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// At one site; at all of them where none is named.
    pub site: Option<SiteId>,
    /// What somebody is there.
    pub role: Role,
}

impl Grant {
    /// Whether it lets somebody do something at a site.
    #[must_use]
    pub fn allows(&self, site: SiteId, permission: Permission) -> bool {
        self.site.is_none_or(|at| at == site && !permission.is_of_the_server()) && self.role.may(permission)
    }
}

/// An account to make or to change.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct NewAccount {
    /// The name they sign in with, which colleagues see.
    pub name: String,
    /// Argon2id, as a PHC string; absent where another service signs them in.
    pub password: Option<String>,
    /// How that service calls them.
    pub oidc_subject: Option<String>,
    /// They must choose a password of their own before anything else.
    pub must_change: bool,
}

/// Somebody who signs in.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// Their number, the same for ever.
    pub id: AgentRef,
    /// The name they sign in with, which colleagues see.
    pub name: String,
    /// Argon2id, as a PHC string; absent where another service signs them in.
    pub password: Option<String>,
    /// How that service calls them.
    pub oidc_subject: Option<String>,
    /// They must choose a password of their own before anything else.
    pub must_change: bool,
    /// Since when they are shut out.
    pub disabled_at: Option<Timestamp>,
    /// What they may do where: for all sites first.
    pub grants: Vec<Grant>,
}

impl fmt::Debug for NewAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewAccount").field("name", &self.name).finish_non_exhaustive()
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, name, disabled_at, grants, .. } = self;
        let mut shown = f.debug_struct("Account");
        shown.field("id", id).field("name", name).field("disabled_at", disabled_at).field("grants", grants);
        shown.finish_non_exhaustive()
    }
}

/// A session to open.
#[derive(Clone, Debug)]
pub struct Session {
    /// Hash of the cookie's 256 bits.
    pub hash: Hash32,
    /// Whose.
    pub account: AgentRef,
    /// Where they work, where that is known.
    pub site: Option<SiteId>,
    /// Until when it counts as signed in just now.
    pub fresh_until: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
}

/// A session and the counter it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seated {
    /// Hash of the cookie's 256 bits.
    pub session: Hash32,
    /// Whose.
    pub account: AgentRef,
    /// Their name.
    pub name: String,
    /// What they may do where: for all sites first.
    pub grants: Vec<Grant>,
    /// Where they work, once they have chosen.
    pub site: Option<SiteId>,
    /// Where they sit there.
    pub counter: Option<CounterId>,
    /// Until when it counts as signed in just now.
    pub fresh_until: Timestamp,
    /// They must choose a password of their own before anything else.
    pub must_change: bool,
    /// Until when it lasts if nobody uses it; none: however little it is used.
    pub idle_until: Option<Timestamp>,
}

/// What became of going to a counter, to a site, or away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SeatOutcome {
    /// It is theirs; or they have left.
    Taken,
    /// Somebody else holds it.
    Held {
        /// Who.
        by: String,
    },
    /// The counter they leave still holds a ticket.
    TicketOpen,
    /// The session is over.
    NoSession,
}
