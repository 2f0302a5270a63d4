//! What an office changes of its site: a draft, which changes nothing, and its publication, which changes everything at
//! once, for every server and every borne.
//!
//! What a catalogue's file says is imported the first time that its site is seen; from then on the store holds what is
//! published.

mod address;
mod hindrance;
mod opening;

use ed25519_dalek::SigningKey;
use jiff::Timestamp;
use queue_engine::Policy;
use wire::catalogue::Catalogue;
use wire::ids::{AgentRef, SiteId};
use wire::publication::SignedCatalogue;
use wire::service_day::ServiceDay;
use wire::token::Hash32;

pub use self::address::PutError;
pub(crate) use self::address::put_address;
pub(crate) use self::hindrance::Hindrance;
pub(crate) use self::opening::{catalogues, import, open_sites};
use crate::app::App;
use crate::refusal::chain;
use crate::rules;
use crate::site::{Plan, Site};
use crate::sizes;
use crate::store::{NewDraft, NewPublication, Publication, PublicationKind, PublishOutcome, Store, StoreError};

/// How often a change is tried again that another one overtook.
const TRIES: usize = 8;

/// A site's draft, or what is published where there is none.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) catalogue: Catalogue,
    pub(crate) revision: u64,
    /// Whether there is a draft.
    pub(crate) is_begun: bool,
    /// Who changed it last.
    pub(crate) by: Option<AgentRef>,
    /// When.
    pub(crate) at: Option<Timestamp>,
}

/// What became of publishing a draft.
#[derive(Debug)]
pub(crate) enum Published {
    /// It is in force, as this version.
    Done(u64),
    /// There is no draft.
    Nothing,
    /// It breaks rules.
    Faulty,
    /// Somebody changed it, or published something else meanwhile.
    Changed,
    /// It would leave people behind, or lead to nobody.
    Hindered,
}

/// Why a change was not made to a draft.
#[derive(Debug)]
pub(crate) enum NotChanged<E> {
    /// The change itself says no.
    Refused(E),
    /// The store did not answer.
    Store(StoreError),
}

impl<E> From<StoreError> for NotChanged<E> {
    fn from(e: StoreError) -> Self {
        Self::Store(e)
    }
}

impl Site {
    /// What is published, as it was signed.
    pub(crate) async fn signed(&self, app: &App) -> Result<SignedCatalogue, StoreError> {
        let found = newest(self.store.as_ref(), self.id).await?;
        let Some(Publication { head, body, signature }) = found else {
            return Ok(SignedCatalogue::sign(&self.plan().catalogue, &app.key));
        };
        let kept = signature.and_then(|text| text.parse().ok()).map(|signature| SignedCatalogue {
            v: wire::publication::VERSION,
            site: self.id,
            version: head.version,
            catalogue: body.clone(),
            key: app.public_key(),
            signature,
        });
        // The server's key may have changed since: bornes trust the one they pinned.
        match kept.filter(|kept| kept.verify(&app.public_key(), &self.id, None).is_ok()) {
            Some(kept) => Ok(kept),
            None => Ok(SignedCatalogue::sign(&read(&body)?, &app.key)),
        }
    }

    /// What the office is about to publish.
    pub(crate) async fn draft(&self) -> Result<Draft, StoreError> {
        let kept = self.store.draft(self.id, PublicationKind::Catalogue).await?;
        let is_begun = kept.body.is_some();
        let catalogue = match &kept.body {
            Some(body) => read(body)?,
            None => self.published().await?,
        };
        Ok(Draft { catalogue, revision: kept.revision, is_begun, by: kept.by, at: kept.at })
    }

    /// What is published: the newest version, whether or not all of it holds already.
    pub(crate) async fn published(&self) -> Result<Catalogue, StoreError> {
        let found = newest(self.store.as_ref(), self.id).await?;
        found.map_or_else(|| Ok(self.plan().catalogue.clone()), |found| read(&found.body))
    }

    /// What a publication said.
    pub(crate) async fn version(&self, version: u64) -> Result<Option<Catalogue>, StoreError> {
        let found = self.store.publication(self.id, PublicationKind::Catalogue, version).await?;
        found.map(|found| read(&found.body)).transpose()
    }

    /// Changes the draft. `change` may be asked several times: others change it as well, and none of it is lost.
    pub(crate) async fn change<T, E>(
        &self,
        by: AgentRef,
        mut change: impl FnMut(&mut Catalogue) -> Result<T, E>,
    ) -> Result<T, NotChanged<E>> {
        for _ in 0..TRIES {
            let mut draft = self.draft().await?;
            let before = draft.catalogue.clone();
            let changed = change(&mut draft.catalogue).map_err(NotChanged::Refused)?;
            if draft.catalogue == before {
                return Ok(changed);
            }
            // A draft that says what is published is none.
            let published = self.published().await?;
            let body = (draft.catalogue != published).then(|| draft.catalogue.to_json());
            let new = NewDraft { body, by: Some(by), at: self.clock.now() };
            if self.store.put_draft(self.id, PublicationKind::Catalogue, draft.revision, &new).await?.is_some() {
                return Ok(changed);
            }
        }
        Err(NotChanged::Store(StoreError::Unavailable("the draft changes faster than it can be written".into())))
    }

    /// Puts another catalogue in the place of the draft that was seen: everything of it, but who the site is and its version.
    /// False where somebody changed the draft.
    pub(crate) async fn replace_draft(&self, by: AgentRef, seen: u64, new: Catalogue) -> Result<bool, StoreError> {
        let published = self.published().await?;
        let mut catalogue = Catalogue { version: published.version, ..new };
        catalogue.site.id = self.id;
        // A draft that says what is published is none.
        let body = (catalogue != published).then(|| catalogue.to_json());
        let draft = NewDraft { body, by: Some(by), at: self.clock.now() };
        Ok(self.store.put_draft(self.id, PublicationKind::Catalogue, seen, &draft).await?.is_some())
    }

    /// Gives the draft up that was seen. False where somebody changed it.
    pub(crate) async fn discard(&self, by: AgentRef, seen: u64) -> Result<bool, StoreError> {
        let none = NewDraft { body: None, by: Some(by), at: self.clock.now() };
        Ok(self.store.put_draft(self.id, PublicationKind::Catalogue, seen, &none).await?.is_some())
    }

    /// Puts the draft that was seen in force.
    pub(crate) async fn publish_draft(
        &self,
        app: &App,
        by: AgentRef,
        reason: &str,
        seen: u64,
    ) -> Result<Published, StoreError> {
        let draft = self.draft().await?;
        if !draft.is_begun {
            return Ok(Published::Nothing);
        }
        if draft.revision != seen {
            return Ok(Published::Changed);
        }
        if !draft.catalogue.faults().is_empty() || !sizes::unfit(&draft.catalogue).is_empty() {
            return Ok(Published::Faulty);
        }
        // Others' acts too, before anybody is said to wait for nothing.
        app.follow().await?;
        if !self.hindrances(app, &draft.catalogue).await?.is_empty() {
            return Ok(Published::Hindered);
        }
        let newest = self.store.publications(self.id, PublicationKind::Catalogue, 1).await?;
        let version = newest.first().map_or(0, |head| head.version).max(self.plan().catalogue.version) + 1;
        let catalogue = Catalogue { version, ..draft.catalogue };
        let now = self.clock.now();
        let new = NewPublication { draft: Some(seen), ..signed(&app.key, &catalogue, Some(by), reason, now) };
        match self.store.publish(self.id, PublicationKind::Catalogue, &new).await? {
            PublishOutcome::Done => {}
            PublishOutcome::Overtaken | PublishOutcome::DraftChanged => return Ok(Published::Changed),
        }
        tracing::info!(site = %self.id, version, "a catalogue is published");
        // It is published, whatever becomes of reading it back: who follows the store takes it then.
        if let Err(e) = self.reload().await {
            tracing::error!(site = %self.id, version, error = %chain(&e), "what was published is not read yet");
        }
        Ok(Published::Done(version))
    }

    /// Takes what is published from the store, and tells whoever watches where it is news.
    pub(crate) async fn reload(&self) -> Result<(), StoreError> {
        // One after the other, by the clock as it is then: whoever asked earlier and read slower would put back what was
        // before, across the beginning of a service day too.
        let _reading = self.reading.lock().await;
        let now = self.clock.now();
        let Some((catalogue, hash)) = catalogue_at(self, now).await? else {
            return Ok(());
        };
        let policy = policy_at(self.store.as_ref(), self, now).await?;
        let plan = self.plan();
        if plan.catalogue != catalogue || plan.policy != policy {
            self.publish(Plan { catalogue, policy });
        }
        self.planned_on(ServiceDay::of(now, &self.zone), hash);
        Ok(())
    }
}

/// The catalogue that holds and the hash of what was published, with the form of numbers that held when the service day began (rule R2).
async fn catalogue_at(site: &Site, now: Timestamp) -> Result<Option<(Catalogue, Hash32)>, StoreError> {
    let store = site.store.as_ref();
    let Some(found) = newest(store, site.id).await? else {
        return Ok(None);
    };
    let mut catalogue = read(&found.body)?;
    let begins = ServiceDay::of(now, &site.zone).begin(&site.zone);
    if found.head.valid_from > begins {
        // A site that is new today has its first form at once.
        let before = match store.in_force(site.id, PublicationKind::Catalogue, begins).await? {
            Some(before) => Some(before),
            None => first(store, site).await?,
        };
        if let Some(before) = before {
            catalogue.site.label_form = read(&before.body)?.site.label_form;
        }
    }
    Ok(Some((catalogue, Hash32::of(found.body.as_bytes()))))
}

/// The newest catalogue of a site. It holds from its publication on, whichever clock the server has that reads it.
pub(crate) async fn newest(store: &dyn Store, site: SiteId) -> Result<Option<Publication>, StoreError> {
    store.in_force(site, PublicationKind::Catalogue, Timestamp::MAX).await
}

async fn first(store: &dyn Store, site: &Site) -> Result<Option<Publication>, StoreError> {
    let heads = store.publications(site.id, PublicationKind::Catalogue, u32::MAX).await?;
    match heads.last() {
        Some(oldest) => store.publication(site.id, PublicationKind::Catalogue, oldest.version).await,
        None => Ok(None),
    }
}

async fn policy_at(store: &dyn Store, site: &Site, now: Timestamp) -> Result<Policy, StoreError> {
    // What began when it was published holds here too, by a clock that is behind the publisher's.
    let newest = store.publications(site.id, PublicationKind::Policy, 1).await?;
    let now = newest.first().map_or(now, |head| head.at.max(now));
    match store.in_force(site.id, PublicationKind::Policy, now).await? {
        None => Ok(site.usual.clone()),
        Some(found) => rules::read(&found.body, found.head.version),
    }
}

/// A catalogue to publish at once.
fn signed(
    key: &SigningKey,
    catalogue: &Catalogue,
    by: Option<AgentRef>,
    reason: &str,
    now: Timestamp,
) -> NewPublication {
    let signed = SignedCatalogue::sign(catalogue, key);
    NewPublication {
        version: signed.version,
        draft: None,
        body: signed.catalogue,
        signature: Some(signed.signature.to_string()),
        valid_from: now,
        by,
        reason: reason.to_owned(),
        at: now,
    }
}

/// A catalogue as the store holds it: a draft may break rules.
pub(crate) fn read(body: &str) -> Result<Catalogue, StoreError> {
    serde_json::from_str(body).map_err(|_| StoreError::Unreadable { what: "a catalogue" })
}
