//! What every handler shares.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use ed25519_dalek::SigningKey;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use queue_engine::Policy;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use wire::catalogue::{Catalogue, CatalogueError};
use wire::enrolment::PublicKey;
use wire::ids::OriginId;
use wire::service_day::ServiceDay;
use wire::staff::BadgeKey;

use crate::badges;
use crate::clock::Clock;
use crate::intake::Decisions;
use crate::limits::Limits;
use crate::live::Live;
use crate::settings::{Http, Settings};
use crate::store::sqlite::SqliteStore;
use crate::store::{NewOrigin, Store, StoreError};

/// Events are read back from a day before the service day began: a counter may still hold a ticket of yesterday.
const READ_BACK: SignedDuration = SignedDuration::from_hours(24);

/// The server, ready to answer.
pub struct App {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) catalogue: Catalogue,
    pub(crate) zone: TimeZone,
    pub(crate) clock: Clock,
    pub(crate) live: Live,
    pub(crate) decisions: Decisions,
    pub(crate) limits: Limits,
    /// Requests refused since the start whose sender is nobody that is known here.
    pub(crate) strangers: AtomicU64,
    pub(crate) policy: Policy,
    pub(crate) http: Http,
    pub(crate) desk: OriginId,
    pub(crate) key: SigningKey,
    pub(crate) badge_key: BadgeKey,
    pub(crate) started_at: Timestamp,
    /// One agent at a time chooses and commits: the next one then sees what was chosen.
    pub(crate) desk_turn: tokio::sync::Mutex<()>,
    /// Two at once at most: each takes 19 MiB and a core.
    pub(crate) hashing: tokio::sync::Semaphore,
    /// Ends every stream, so that an open page does not keep the server from stopping.
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
    /// The store does not open.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The operating system gave no random bits.
    #[error("the system gives no random bits")]
    Random(#[source] getrandom::Error),
}

/// Reads a site's catalogue.
pub fn read_catalogue(path: &std::path::Path) -> Result<Catalogue, StartError> {
    let shown = || path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|source| StartError::CatalogueFile { path: shown(), source })?;
    Catalogue::from_toml(&text).map_err(|reason| StartError::Catalogue { path: shown(), reason })
}

impl App {
    /// Reads the catalogue, opens the store, folds today's events.
    pub async fn open(settings: &Settings, clock: Clock) -> Result<Arc<Self>, StartError> {
        let catalogue = read_catalogue(&settings.site.catalogue)?;
        let store = Arc::new(SqliteStore::open(&settings.store.path).await?);
        Self::with_store(settings, catalogue, store, clock).await
    }

    /// The same over a store that is open.
    pub async fn with_store(
        settings: &Settings,
        catalogue: Catalogue,
        store: Arc<dyn Store>,
        clock: Clock,
    ) -> Result<Arc<Self>, StartError> {
        let now = clock.now();
        // `Catalogue` has checked the zone's name.
        let zone = TimeZone::get(&catalogue.site.time_zone).unwrap_or(TimeZone::UTC);
        let unreadable = |what| StoreError::Unreadable { what };
        let key = store.setting_or("server_key", random::<32>().map_err(StartError::Random)?.to_vec()).await?;
        let key = SigningKey::from_bytes(&key.try_into().map_err(|_| unreadable("the server's key"))?);
        // A log of its own for each site this file ever served.
        let name = format!("desk.{}", catalogue.site.id);
        let desk = store.setting_or(&name, Uuid::now_v7().as_bytes().to_vec()).await?;
        let desk = OriginId(Uuid::from_slice(&desk).map_err(|_| unreadable("the desk's identity"))?);
        store.ensure_desk(&NewOrigin { id: desk, site: catalogue.site.id, at: now }).await?;
        let badge_key = badges::key(store.as_ref(), catalogue.site.id).await?;
        let since = read_from(now, &zone);
        let live = Live::new(zone.clone(), now, &store.events_since(since).await?);
        let today = ServiceDay::of(now, &zone);
        let decisions = Decisions::new(today, store.decisions(catalogue.site.id, today).await?);
        Ok(Arc::new(Self {
            store,
            catalogue,
            zone,
            clock,
            live,
            decisions,
            limits: Limits::default(),
            strangers: AtomicU64::new(0),
            policy: settings.calls.policy(),
            http: settings.http.clone(),
            desk,
            key,
            badge_key,
            started_at: now,
            desk_turn: tokio::sync::Mutex::new(()),
            hashing: tokio::sync::Semaphore::new(2),
            closing: CancellationToken::new(),
        }))
    }

    /// The store, for commands and measurements.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// The site.
    #[must_use]
    pub const fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The server's public key, which bornes pin.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.key.verifying_key().to_bytes())
    }

    /// A figure that grows with each change of what pages show.
    #[must_use]
    pub fn watch(&self) -> tokio::sync::watch::Receiver<u64> {
        self.live.watch()
    }

    /// Whether browsers reach the server over TLS.
    pub(crate) fn is_secure(&self) -> bool {
        self.catalogue.site.public_url.starts_with("https://")
    }

    /// Folds in what another process may have written to the same store.
    pub(crate) async fn catch_up(&self, now: Timestamp) -> Result<(), StoreError> {
        let events = self.store.events_since(read_from(now, &self.zone)).await?;
        self.live.apply(now, &events);
        Ok(())
    }

    pub(crate) fn day_begins(&self, now: Timestamp) -> Timestamp {
        ServiceDay::of(now, &self.zone).begin(&self.zone)
    }
}

fn read_from(now: Timestamp, zone: &TimeZone) -> Timestamp {
    ServiceDay::of(now, zone).begin(zone) - READ_BACK
}

/// Random bytes of the operating system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}
