//! Which sites there are: those whose catalogue is published, and those whose file is seen for the first time.

use std::sync::Arc;

use ed25519_dalek::SigningKey;
use jiff::Timestamp;
use wire::catalogue::Catalogue;
use wire::ids::AgentRef;

use super::{newest, read, signed};
use crate::refusal::chain;
use crate::store::{PublicationKind, PublishOutcome, Store, StoreError};

/// Publishes the catalogue of a site that has published none. False where it has: the store's holds.
pub(crate) async fn import(
    store: &Arc<dyn Store>,
    key: &SigningKey,
    catalogue: &Catalogue,
    by: Option<AgentRef>,
    reason: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let id = catalogue.site.id;
    if !store.publications(id, PublicationKind::Catalogue, 1).await?.is_empty() {
        return Ok(false);
    }
    let new = signed(key, catalogue, by, reason, now);
    Ok(store.publish(id, PublicationKind::Catalogue, &new).await? == PublishOutcome::Done)
}

/// The catalogues of all sites, as published; those of files that are new are published first.
pub(crate) async fn open_sites(
    store: &Arc<dyn Store>,
    key: &SigningKey,
    files: &[Catalogue],
    now: Timestamp,
) -> Result<Vec<Catalogue>, StoreError> {
    for file in files {
        let (site, version) = (file.site.id, file.version);
        if import(store, key, file, None, "Importé d’un fichier", now).await? {
            tracing::info!(%site, version, "the site's file is imported; from now on its catalogue is changed at /admin");
        } else {
            tracing::info!(%site, "the site's published catalogue holds, its file is not read any more");
        }
    }
    catalogues(store.as_ref()).await
}

/// The catalogues of all sites, as published. One that cannot be read keeps its site from being served, and no other.
pub(crate) async fn catalogues(store: &dyn Store) -> Result<Vec<Catalogue>, StoreError> {
    let mut catalogues = Vec::new();
    for site in store.published_sites().await? {
        match newest(store, site).await?.map(|found| read(&found.body)).transpose() {
            Ok(found) => catalogues.extend(found),
            Err(e) => tracing::error!(%site, error = %chain(&e), "a site is not served: another version published it"),
        }
    }
    Ok(catalogues)
}
