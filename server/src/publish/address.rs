//! Another address of a site, from the command line: with one that nobody reaches, no page is there to change it.

use ed25519_dalek::SigningKey;
use jiff::Timestamp;
use wire::catalogue::{Catalogue, Fault};
use wire::ids::SiteId;

use super::{TRIES, newest, read, signed};
use crate::app::StartError;
use crate::store::{NewDraft, PublicationKind, PublishOutcome, Store, StoreError};
use crate::tls::TlsError;

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
    /// Nobody would reach the server there, or it would not start.
    #[error(transparent)]
    Unreached(#[from] TlsError),
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

/// Publishes what is published with another address. A draft that somebody began has it too, or its publication would bring
/// the one before back.
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
    let (known, old) = (before.faults(), before.site.public_url.clone());
    let mut after = Catalogue { version: before.version + 1, ..before };
    url.clone_into(&mut after.site.public_url);
    if let Some(fault) = after.faults().into_iter().find(|fault| !known.contains(fault)) {
        return Err(PutError::Faulty(fault));
    }
    let new = signed(key, &after, None, "Adresse changée en ligne de commande", now);
    match store.publish(site, PublicationKind::Catalogue, &new).await? {
        PublishOutcome::Done => {}
        PublishOutcome::Overtaken | PublishOutcome::DraftChanged => return Err(PutError::Overtaken),
    }
    move_draft(store, site, &old, url, now).await?;
    Ok(after.version)
}

/// Puts the address into a draft that has the one before.
async fn move_draft(store: &dyn Store, site: SiteId, old: &str, url: &str, now: Timestamp) -> Result<(), StoreError> {
    for _ in 0..TRIES {
        let kept = store.draft(site, PublicationKind::Catalogue).await?;
        let Some(mut draft) = kept.body.as_deref().map(read).transpose()?.filter(|it| it.site.public_url == old) else {
            return Ok(());
        };
        url.clone_into(&mut draft.site.public_url);
        let new = NewDraft { body: Some(draft.to_json()), by: kept.by, at: now };
        if store.put_draft(site, PublicationKind::Catalogue, kept.revision, &new).await?.is_some() {
            return Ok(());
        }
    }
    Err(StoreError::Unavailable("the draft changes faster than it can be written".into()))
}
