//! Another address of a site, from the command line: with one that nobody reaches, no page is there to change it.

use ed25519_dalek::SigningKey;
use jiff::Timestamp;
use wire::catalogue::{Catalogue, Fault};
use wire::ids::SiteId;

use super::{newest, read, signed};
use crate::app::StartError;
use crate::store::{PublicationKind, PublishOutcome, Store, StoreError};

/// Why an address was not published.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// The site's catalogue still comes from its file.
    #[error("the site has published nothing yet: change public_url in its file, which the next start imports")]
    Unpublished,
    /// It is the published one already.
    #[error("the site's address is that already")]
    Same,
    /// The catalogue would break a rule.
    #[error("{0}")]
    Faulty(Fault),
    /// Something else was published at the same moment.
    #[error("somebody published something else at the same moment: look at the pages, then try again")]
    Overtaken,
    /// The store could not be used.
    #[error(transparent)]
    Start(#[from] StartError),
}

impl From<StoreError> for PutError {
    fn from(e: StoreError) -> Self {
        Self::Start(e.into())
    }
}

/// Publishes what is published with another address. A draft that somebody began keeps its own.
pub(crate) async fn put_address(
    store: &dyn Store,
    key: &SigningKey,
    site: SiteId,
    url: &str,
    now: Timestamp,
) -> Result<u64, PutError> {
    let before: Catalogue = read(&newest(store, site).await?.ok_or(PutError::Unpublished)?.body)?;
    if before.site.public_url == url {
        return Err(PutError::Same);
    }
    let known = before.faults();
    let mut after = Catalogue { version: before.version + 1, ..before };
    url.clone_into(&mut after.site.public_url);
    if let Some(fault) = after.faults().into_iter().find(|fault| !known.contains(fault)) {
        return Err(PutError::Faulty(fault));
    }
    let new = signed(key, &after, None, "Adresse changée en ligne de commande", now);
    match store.publish(site, PublicationKind::Catalogue, &new).await? {
        PublishOutcome::Done => Ok(after.version),
        PublishOutcome::Overtaken | PublishOutcome::DraftChanged => Err(PutError::Overtaken),
    }
}
