//! What every handler shares.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, PoisonError, RwLock};

use ed25519_dalek::SigningKey;
use jiff::Timestamp;
use queue_engine::Policy;
use tokio_util::sync::CancellationToken;
use wire::catalogue::{Catalogue, CatalogueError};
use wire::enrolment::PublicKey;
use wire::ids::SiteId;

use crate::backup::Copies;
use crate::clock::Clock;
use crate::gathering::Gathering;
use crate::hooks::Sender;
use crate::identity::OidcError;
use crate::identity::oidc::Provider;
use crate::limits::Limits;
use crate::machine::{Ahead, Pulse};
use crate::mail::{MailError, Post};
use crate::metrics::Figures;
use crate::publish::{self, PutError};
use crate::screens::Screens;
use crate::settings::{Fleet, Http, Settings};
use crate::site::{Plan, Site};
use crate::store::{self, Cursor, Store, StoreError};
use crate::tls::{self, Tls, TlsError, Unreached};

/// The server, ready to answer.
pub struct App {
    pub(crate) store: Arc<dyn Store>,
    /// Where batches of bornes go.
    pub(crate) gathering: Gathering,
    /// What is known of bornes without asking the store.
    pub(crate) pulse: Pulse,
    pub(crate) ahead: Ahead,
    /// Up to where the store's changes have been taken in.
    pub(crate) cursor: tokio::sync::Mutex<Cursor>,
    /// Every site, by its identity.
    sites: RwLock<BTreeMap<SiteId, Arc<Site>>>,
    /// Who is called when at a site that has published no rules.
    usual: Policy,
    pub(crate) clock: Clock,
    pub(crate) limits: Limits,
    /// Requests refused since the start whose sender is nobody that is known here.
    pub(crate) strangers: AtomicU64,
    pub(crate) http: Http,
    /// What the hall's screens share.
    pub(crate) screens: Screens,
    pub(crate) key: SigningKey,
    /// Whether browsers reach the server over TLS, as its settings say: no site's text changes what cookies are.
    secure: bool,
    /// What TLS is spoken with, where no proxy in front does.
    pub(crate) tls: Option<Tls>,
    /// Who signs people in beside local accounts.
    pub(crate) provider: Option<Provider>,
    /// Copies of the store.
    pub(crate) copies: Copies,
    /// Tells other programs.
    pub(crate) sender: Sender,
    /// Writes to technicians.
    pub(crate) post: Option<Post>,
    /// When technicians are told of a borne.
    pub(crate) fleet: Fleet,
    /// What is counted since the start.
    pub(crate) figures: Arc<Figures>,
    pub(crate) started_at: Timestamp,
    /// There are accounts: that never ends.
    pub(crate) peopled: AtomicBool,
    /// Two at once at most: each takes 19 MiB and a core.
    pub(crate) hashing: tokio::sync::Semaphore,
    /// Ends the server: every stream first.
    pub(crate) closing: CancellationToken,
}

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The site's file cannot be read.
    #[error("cannot read the site's catalogue `{path}`: check `site.catalogue` and the file's rights")]
    CatalogueFile {
        /// Where.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The site's file says what cannot be.
    #[error("the site's catalogue `{path}` cannot be used: {reason}")]
    Catalogue {
        /// Where.
        path: String,
        /// Line or key, and what is allowed.
        reason: CatalogueError,
    },
    /// Two files are of one site.
    #[error("two catalogues in `site.catalogue` have the site `{0}`: each site has one")]
    TwoOfOneSite(SiteId),
    /// The store does not open.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// People cannot be signed in elsewhere as the settings say.
    #[error(transparent)]
    Oidc(#[from] OidcError),
    /// Nobody can be written to as the settings say.
    #[error(transparent)]
    Mail(#[from] MailError),
    /// TLS cannot be spoken as the settings say.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Nothing can be sent to other programs.
    #[error("webhooks cannot be sent; is the package ca-certificates installed?")]
    Hooks(#[source] reqwest::Error),
    /// The operating system gave no random bits.
    #[error("the system gives no random bits")]
    Random(#[source] getrandom::Error),
}

/// Reads a site's catalogue.
pub fn read_catalogue(path: &Path) -> Result<Catalogue, StartError> {
    let shown = || path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|source| StartError::CatalogueFile { path: shown(), source })?;
    Catalogue::from_toml(&text).map_err(|reason| StartError::Catalogue { path: shown(), reason })
}

/// The catalogues that the settings name, each of a site of its own.
pub fn read_catalogues(settings: &Settings) -> Result<Vec<Catalogue>, StartError> {
    let mut all: Vec<Catalogue> = Vec::new();
    for path in settings.site.catalogue.paths() {
        let catalogue = read_catalogue(path)?;
        if all.iter().any(|other| other.site.id == catalogue.site.id) {
            return Err(StartError::TwoOfOneSite(catalogue.site.id));
        }
        all.push(catalogue);
    }
    Ok(all)
}

/// The catalogues of all sites, as published; of a site that has published none, as its file says.
pub async fn catalogues(settings: &Settings) -> Result<Vec<Catalogue>, StartError> {
    let files = read_catalogues(settings)?;
    let store = store::open(&settings.store.address).await?;
    let mut published = publish::catalogues(store.as_ref()).await?;
    let new = files.into_iter().filter(|file| published.iter().all(|kept| kept.site.id != file.site.id));
    let new: Vec<Catalogue> = new.collect();
    published.extend(new);
    Ok(published)
}

/// Publishes another address of a site, beside a running server or without one: the way back where a server does not start
/// with the one that is published. Answers with the new version.
pub async fn put_address(settings: &Settings, site: SiteId, url: &str) -> Result<u64, PutError> {
    let store = store::open(&settings.store.address).await.map_err(StartError::Store)?;
    let (key, now) = (key_of(store.as_ref()).await?, Timestamp::now());
    tls::check(&settings.tls, url, store.as_ref(), now).await?;
    publish::put_address(store.as_ref(), &key, site, url, now).await
}

/// The key that the store's servers sign with.
async fn key_of(store: &dyn Store) -> Result<SigningKey, StartError> {
    let key = store.setting_or("server_key", random::<32>().map_err(StartError::Random)?.to_vec()).await?;
    let unreadable = |_| StoreError::Unreadable { what: "the server's key" };
    Ok(SigningKey::from_bytes(&key.try_into().map_err(unreadable)?))
}

impl App {
    /// Reads the catalogues, opens the store, folds today's events.
    pub async fn open(settings: &Settings, clock: Clock) -> Result<Arc<Self>, StartError> {
        let catalogues = read_catalogues(settings)?;
        let store = store::open(&settings.store.address).await?;
        Self::with_store(settings, catalogues, store, clock).await
    }

    /// The same over a store that is open.
    pub async fn with_store(
        settings: &Settings,
        catalogues: Vec<Catalogue>,
        store: Arc<dyn Store>,
        clock: Clock,
    ) -> Result<Arc<Self>, StartError> {
        let key = key_of(store.as_ref()).await?;
        // Before everything else that is read: what is committed meanwhile comes with the changes.
        let cursor = store.tail().await?;
        let closing = CancellationToken::new();
        let now = clock.now();
        let catalogues = publish::open_sites(&store, &key, &catalogues, now).await?;
        let urls: Vec<&str> = catalogues.iter().map(|catalogue| catalogue.site.public_url.as_str()).collect();
        let tls = Tls::open(&settings.tls, &urls, store.as_ref(), now).await?;
        let figures = Arc::<Figures>::default();
        let mut sites = BTreeMap::new();
        for catalogue in catalogues {
            let plan = Plan { catalogue, policy: settings.calls.policy() };
            let (store, figures) = (Arc::clone(&store), Arc::clone(&figures));
            let site = Site::open(store, clock.clone(), closing.clone(), figures, plan).await?;
            site.reload().await?;
            sites.insert(site.id, Arc::new(site));
        }
        Ok(Arc::new(Self {
            usual: settings.calls.policy(),
            gathering: Gathering::new(Arc::clone(&store)),
            pulse: Pulse::default(),
            ahead: Ahead::default(),
            cursor: tokio::sync::Mutex::new(cursor),
            store,
            sites: RwLock::new(sites),
            limits: Limits::default(),
            strangers: AtomicU64::new(0),
            http: settings.http.clone(),
            screens: Screens::new(&settings.display),
            key,
            secure: settings.tls.is_spoken(),
            tls,
            provider: Provider::new(&settings.oidc)?,
            copies: Copies::new(settings.backup.clone()),
            sender: Sender::new(&settings.hooks).map_err(StartError::Hooks)?,
            post: Post::new(&settings.mail)?,
            fleet: settings.fleet.clone(),
            figures,
            started_at: clock.now(),
            peopled: AtomicBool::new(false),
            clock,
            hashing: tokio::sync::Semaphore::new(2),
            closing,
        }))
    }

    /// The store, for commands and measurements.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// A site that is served here.
    #[must_use]
    pub fn site(&self, id: SiteId) -> Option<Arc<Site>> {
        self.sites.read().unwrap_or_else(PoisonError::into_inner).get(&id).map(Arc::clone)
    }

    /// Every site that is served here.
    #[must_use]
    pub fn sites(&self) -> Vec<Arc<Site>> {
        self.sites.read().unwrap_or_else(PoisonError::into_inner).values().map(Arc::clone).collect()
    }

    /// Serves a site that was published since the start.
    pub(crate) async fn open_site(&self, id: SiteId) -> Result<(), StartError> {
        if self.site(id).is_some() {
            return Ok(());
        }
        let Some(found) = publish::newest(self.store.as_ref(), id).await? else {
            return Ok(());
        };
        let plan = Plan { catalogue: publish::read(&found.body)?, policy: self.usual.clone() };
        let (store, figures) = (Arc::clone(&self.store), Arc::clone(&self.figures));
        let site = Site::open(store, self.clock.clone(), self.closing.clone(), figures, plan).await?;
        site.reload().await?;
        tracing::info!(site = %id, "a new site is served");
        // Of two who open it at once the first one's hall stays.
        self.sites.write().unwrap_or_else(PoisonError::into_inner).entry(id).or_insert_with(|| Arc::new(site));
        Ok(())
    }

    /// The server's public key, which bornes pin.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.key.verifying_key().to_bytes())
    }

    /// What the server speaks TLS with, where no proxy in front does.
    #[must_use]
    pub const fn tls(&self) -> Option<&Tls> {
        self.tls.as_ref()
    }

    /// Why browsers would not reach a site at an address, where this server speaks TLS itself.
    pub(crate) fn unreached(&self, public_url: &str) -> Option<Unreached> {
        self.tls.as_ref().and_then(|tls| tls.reaches(public_url).err())
    }

    /// Where people reach the sites.
    pub(crate) fn public_urls(&self) -> Vec<String> {
        self.sites().iter().map(|site| site.plan().catalogue.site.public_url.clone()).collect()
    }

    /// Whether browsers reach the server over TLS.
    pub(crate) const fn is_secure(&self) -> bool {
        self.secure
    }
}

/// Random bytes of the operating system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}
