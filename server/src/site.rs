//! One reception site: what is published of it, its hall as it is now, what staff decided, and the log of its desk.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use queue_engine::Policy;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use wire::catalogue::Catalogue;
use wire::ids::{OriginId, SiteId};
use wire::service_day::ServiceDay;
use wire::staff::BadgeKey;
use wire::token::Hash32;

use crate::app::StartError;
use crate::badges;
use crate::clock::Clock;
use crate::day_end::Closing;
use crate::intake::Decisions;
use crate::live::Live;
use crate::metrics::Figures;
use crate::presence::Presence;
use crate::store::{NewOrigin, Store, StoreError};

/// Events are read back from a day before the service day began: a counter may still hold a ticket of yesterday.
const READ_BACK: SignedDuration = SignedDuration::from_hours(24);

/// What is published of a site, as one piece: whoever holds it sees no half of a publication.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Services, counters, hours, displays.
    pub catalogue: Catalogue,
    /// Who is called when.
    pub policy: Policy,
}

/// A site that this server serves.
pub struct Site {
    /// Identity.
    pub(crate) id: SiteId,
    /// Chosen when the site is made; service days and the hall's fold hang on it.
    pub(crate) zone: TimeZone,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Clock,
    pub(crate) live: Live,
    pub(crate) decisions: Decisions,
    /// How today was closed, if it was.
    pub(crate) closing_of_day: Closing,
    /// Which counters' pages are open here.
    pub(crate) presence: Arc<Presence>,
    /// The log of what staff do here.
    pub(crate) desk: OriginId,
    pub(crate) badge_key: BadgeKey,
    /// Who sits at the reception desk.
    pub(crate) reception: Reception,
    /// What is counted of all sites.
    pub(crate) figures: Arc<Figures>,
    /// Ends every stream, so that an open page does not keep the server from stopping.
    pub(crate) closing: CancellationToken,
    /// Who is called when, while no rules are published.
    pub(crate) usual: Policy,
    plan: RwLock<Arc<Plan>>,
    /// Which publications were read.
    planned: Mutex<Planned>,
    /// Held while publications are read and put in force.
    pub(crate) reading: tokio::sync::Mutex<()>,
}

/// Which publications were read.
#[derive(Clone, Copy, Debug, Default)]
struct Planned {
    /// The service day that they hold on; none where they are to be read again.
    day: Option<ServiceDay>,
    /// The hash of the catalogue as it was published.
    hash: Option<Hash32>,
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Site {
    /// Folds the site's events of today.
    pub(crate) async fn open(
        store: Arc<dyn Store>,
        clock: Clock,
        closing: CancellationToken,
        figures: Arc<Figures>,
        plan: Plan,
    ) -> Result<Self, StartError> {
        let now = clock.now();
        let site = &plan.catalogue.site;
        let id = site.id;
        // `Catalogue` has checked the zone's name.
        let zone = TimeZone::get(&site.time_zone).unwrap_or(TimeZone::UTC);
        // A log of its own for each site this store ever served.
        let desk = store.setting_or(&format!("desk.{id}"), Uuid::now_v7().as_bytes().to_vec()).await?;
        let unreadable = |_| StoreError::Unreadable { what: "the desk's identity" };
        let desk = OriginId(Uuid::from_slice(&desk).map_err(unreadable)?);
        let badge_key = badges::key(store.as_ref(), id).await?;
        let live = read_hall(store.as_ref(), id, desk, &zone, now).await?;
        let today = ServiceDay::of(now, &zone);
        let decisions = Decisions::new(today, store.decisions(id, today).await?);
        let closing_of_day = Closing::new(today, store.closed_day(id, today).await?);
        let presence = Presence::new(clock.clone());
        Ok(Self {
            id,
            zone,
            store,
            clock,
            live,
            decisions,
            closing_of_day,
            presence,
            desk,
            badge_key,
            reception: Reception::default(),
            figures,
            closing,
            usual: plan.policy.clone(),
            plan: RwLock::new(Arc::new(plan)),
            planned: Mutex::default(),
            reading: tokio::sync::Mutex::default(),
        })
    }

    /// What is published now.
    #[must_use]
    pub fn plan(&self) -> Arc<Plan> {
        Arc::clone(&self.plan.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Begins again from what the store holds: it was restored, and knows less than this server did.
    pub(crate) async fn begin_again(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.live.replace(read_hall(self.store.as_ref(), self.id, self.desk, &self.zone, now).await?);
        let day = ServiceDay::of(now, &self.zone);
        self.decisions.replace(day, self.store.decisions(self.id, day).await?);
        self.read_closing(now).await?;
        // A publication that was lost holds no longer.
        self.not_planned();
        tracing::warn!(site = %self.id, "the store is another one than before: the hall is read anew");
        Ok(())
    }

    /// Puts another publication in force, and tells whoever watches.
    pub fn publish(&self, plan: Plan) {
        *self.plan.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(plan);
        self.live.touch();
    }

    /// Remembers for which service day publications were read.
    pub(crate) fn planned_on(&self, day: ServiceDay, hash: Hash32) {
        *self.planned.lock().unwrap_or_else(PoisonError::into_inner) = Planned { day: Some(day), hash: Some(hash) };
    }

    /// Publications could not be read: they are due.
    pub(crate) fn not_planned(&self) {
        self.planned.lock().unwrap_or_else(PoisonError::into_inner).day = None;
    }

    /// The hash of the catalogue as it was published.
    pub(crate) fn catalogue_hash(&self) -> Option<Hash32> {
        self.planned.lock().unwrap_or_else(PoisonError::into_inner).hash
    }

    /// Whether publications were read on another service day: some hold from a day on.
    pub(crate) fn is_plan_due(&self, now: Timestamp) -> bool {
        let day = Some(ServiceDay::of(now, &self.zone));
        self.planned.lock().unwrap_or_else(PoisonError::into_inner).day != day
    }

    /// A figure that grows with each change of what pages show.
    #[must_use]
    pub fn watch(&self) -> tokio::sync::watch::Receiver<u64> {
        self.live.watch()
    }

    /// Since when events are folded into the hall.
    pub(crate) fn read_from(&self, now: Timestamp) -> Timestamp {
        read_from(now, &self.zone)
    }

    /// An instant as the site's clocks show it.
    pub(crate) fn local(&self, at: Timestamp) -> DateTime {
        at.to_zoned(self.zone.clone()).datetime()
    }

    /// The date of the next service day.
    pub(crate) fn day_after(&self, now: Timestamp) -> Date {
        let day = ServiceDay::of(now, &self.zone).0;
        day.tomorrow().unwrap_or(day)
    }

    pub(crate) fn day_begins(&self, now: Timestamp) -> Timestamp {
        ServiceDay::of(now, &self.zone).begin(&self.zone)
    }
}

/// The hall as the store holds it.
async fn read_hall(
    store: &dyn Store,
    site: SiteId,
    desk: OriginId,
    zone: &TimeZone,
    now: Timestamp,
) -> Result<Live, StoreError> {
    // Marks first: what is written meanwhile is read once more with the changes.
    let written = store.ensure_desk(&NewOrigin { id: desk, site, at: now }).await?;
    let bornes = store.bornes(site).await?.into_iter().map(|borne| (borne.id, borne.hwm));
    let marks = bornes.chain([(desk, written)]).collect();
    Ok(Live::new(zone.clone(), now, &store.events_since(site, read_from(now, zone)).await?, marks))
}

/// How many people have the reception desk's page open, at this server.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reception(Arc<()>);

impl Reception {
    /// Somebody sits there for as long as this is held.
    pub(crate) fn sit(&self) -> Self {
        self.clone()
    }

    /// Whether anybody does.
    pub(crate) fn is_open(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }
}

fn read_from(now: Timestamp, zone: &TimeZone) -> Timestamp {
    ServiceDay::of(now, zone).begin(zone) - READ_BACK
}
