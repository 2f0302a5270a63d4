//! Values as the file holds them: identities and hashes are their bytes.

use uuid::Uuid;
use wire::token::Hash32;

pub(super) use super::super::row::{
    agent, badge_role, badge_role_name, bytes32, closed_day, counter, decision, display, episode, event, from_sql,
    matter, number, reason, reason_text, role, series, time, to_sql, what,
};
pub(super) use super::super::row::{backup_outcome, backups_kept_from, delivery_state, scope_names, scopes, status};

use super::super::{Result, StoreError};

pub(super) fn hash(hash: &Hash32) -> &[u8] {
    &hash.0
}

pub(super) fn id(id: &Uuid) -> &[u8] {
    id.as_bytes()
}

pub(super) fn uuid(bytes: &[u8]) -> Result<Uuid> {
    Uuid::from_slice(bytes).map_err(|_| StoreError::Unreadable { what: "an identity" })
}
