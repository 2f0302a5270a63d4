//! Why a store could not answer.

/// Why a store could not answer. Refusals are answers, not errors.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store did not answer, or not in time.
    #[error("the store does not answer: check its disk and its rights")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The store holds what this version did not write.
    #[error("the store holds {what} that cannot be read: restore a backup or ask for support")]
    Unreadable {
        /// What.
        what: &'static str,
    },
    /// It could not be opened or brought up to date.
    #[error("cannot open the store `{path}`: check the path, its rights, and that no newer version wrote it")]
    Open {
        /// Where.
        path: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
