//! Values as the database holds them.

use std::borrow::Cow;

pub(super) use super::super::row::{
    agent, badge_role, badge_role_name, bytes32, closed_day, counter, decision, display, event, from_sql, matter,
    number, reason, reason_text, role, series, time, to_sql, what,
};
pub(super) use super::super::row::{backup_outcome, backups_kept_from, delivery_state, scope_names, scopes, status};

/// A text without the one character that the database does not hold.
pub(super) fn text(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(text) }
}
