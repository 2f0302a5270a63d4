//! Why a store could not answer.

use sqlx::migrate::MigrateError;

/// Why a store could not answer. Refusals are answers, not errors.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store did not answer, or not in time.
    #[error("the store does not answer: check its disk and its rights")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It answers, and takes nothing.
    #[error("the store takes no writes, as a standby does: make its address lead to the primary")]
    ReadOnly,
    /// The store holds what this version did not write.
    #[error("the store holds {what} that cannot be read: restore a backup or ask for support")]
    Unreadable {
        /// What.
        what: &'static str,
    },
    /// It could not be opened or brought up to date.
    #[error("cannot open the store `{path}`: check the path and its rights")]
    Open {
        /// Where.
        path: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A later version wrote it. This one never opens it, however often it tries.
    #[error(
        "the store `{path}` was written by a later version: install that version again, or go back to an older copy"
    )]
    Later {
        /// Where.
        path: String,
    },
}

impl StoreError {
    /// Why it does not open.
    pub(super) fn unopened(path: String, source: Box<dyn std::error::Error + Send + Sync>) -> Self {
        if matches!(source.downcast_ref(), Some(MigrateError::VersionMissing(_))) {
            return Self::Later { path };
        }
        Self::Open { path, source }
    }
}
