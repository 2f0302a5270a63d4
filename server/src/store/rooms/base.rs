//! What every part of the server asks of its store.

use async_trait::async_trait;

use super::super::Result;

/// Whether there is a store, and its settings.
#[async_trait]
pub trait Base: Send + Sync + 'static {
    /// Whether the store answers, and would take what is written: of PostgreSQL; a disk that takes no more is found by writing.
    async fn ping(&self) -> Result<()>;

    /// A setting; where there is none, `fresh` becomes it. Whoever comes first wins.
    async fn setting_or(&self, key: &str, fresh: Vec<u8>) -> Result<Vec<u8>>;
}
