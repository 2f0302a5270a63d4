//! The account of whoever plays at a counter. What makes it the simulation's own is its password, which the folder of keys
//! has: an account that somebody else made, or took over, is never touched, whatever it is called.

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use wire::ids::{AgentRef, CounterId, SiteId};
use wire::token::Hash32;

use super::SimulateError;
use crate::password;
use crate::roles::Role;
use crate::store::{self, Grant, NewAccount, Store, StoreError};

/// A counter's account.
pub(super) struct Account {
    pub(super) counter: CounterId,
    /// What it signs in with; colleagues see it.
    pub(super) name: String,
    pub(super) password: String,
}

impl Account {
    /// The account that a secret is of.
    pub(super) fn new(counter: CounterId, secret: &[u8; 32]) -> Self {
        // Another folder's accounts have other names.
        let tag = HEXLOWER.encode(&Hash32::of(secret).0[..4]);
        Self { name: format!("Simulation {counter} · {tag}"), counter, password: HEXLOWER.encode(secret) }
    }

    /// Lets it sign in at a site; it is made where there is none.
    pub(super) async fn begin(&self, store: &dyn Store, site: SiteId) -> Result<(), SimulateError> {
        let grants = [Grant { site: Some(site), role: Role::Agent }];
        if let Some(known) = store.account(&self.name).await? {
            self.check(&known)?;
            store.close_sessions_of(known.id).await?;
            store.set_grants(known.id, &grants).await?;
            store.disable(known.id, None).await?;
            return Ok(());
        }
        let password = Some(password::hash(&self.password).map_err(SimulateError::Password)?);
        let account = NewAccount { name: self.name.clone(), password, ..NewAccount::default() };
        let made = store.add_account(&account, &grants).await?;
        made.map(drop).ok_or_else(|| SimulateError::NotOurs(self.name.clone()))
    }

    /// That an account of its name is this one.
    pub(super) fn check(&self, known: &store::Account) -> Result<(), SimulateError> {
        let own = known.password.as_ref().is_some_and(|kept| password::verify(&self.password, kept));
        if own { Ok(()) } else { Err(SimulateError::NotOurs(self.name.clone())) }
    }
}

/// Lets an account sign in no more.
pub(super) async fn end(store: &dyn Store, account: AgentRef) -> Result<(), StoreError> {
    store.close_sessions_of(account).await?;
    store.set_grants(account, &[]).await?;
    store.disable(account, Some(Timestamp::now())).await?;
    Ok(())
}
