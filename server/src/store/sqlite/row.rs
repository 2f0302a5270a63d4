//! Values as the file holds them.

use jiff::Timestamp;
use uuid::Uuid;
use wire::token::Hash32;

use super::super::{Result, StoreError};

pub(super) fn hash(hash: &Hash32) -> &[u8] {
    &hash.0
}

pub(super) fn id(id: &Uuid) -> &[u8] {
    id.as_bytes()
}

pub(super) fn time(ms: i64) -> Result<Timestamp> {
    Timestamp::from_millisecond(ms).map_err(|_| StoreError::Unreadable { what: "a time" })
}

pub(super) fn uuid(bytes: &[u8]) -> Result<Uuid> {
    Uuid::from_slice(bytes).map_err(|_| StoreError::Unreadable { what: "an identity" })
}

/// Numbers of events stay below 2^63: the file holds signed integers.
pub(super) fn to_sql(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

pub(super) fn from_sql(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}
