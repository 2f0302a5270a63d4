//! What technicians must know, told once an hour: nobody must be able to fill the store with it.

use jiff::Timestamp;
use wire::ids::{OriginId, SiteId};
use wire::problem::ProblemKind;

use crate::api::{EventKind, Told};
use crate::app::App;
use crate::fleet::words;
use crate::hooks::deliveries;
use crate::refusal::{Refusal, chain};
use crate::store::{AlarmKind, Borne, NewDelivery, StoreError};

/// Who an alarm is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) site: SiteId,
    /// A borne, or the site's desk, whose the hall's screens are.
    pub(crate) origin: OriginId,
    pub(crate) name: &'a str,
}

impl<'a> Subject<'a> {
    pub(crate) fn of(site: SiteId, borne: &'a Borne) -> Self {
        Self { site, origin: borne.id, name: &borne.name }
    }
}

impl App {
    /// Raises an alarm about a borne that is known here or the hall's screens, at most one an hour of its kind. Where
    /// that fails it is logged, and what was under way goes on.
    pub(crate) async fn alarm(&self, borne: OriginId, kind: AlarmKind, detail: &str) {
        let now = self.clock.now();
        // In memory first, so that a flood does not even reach the store, which decides over restarts.
        if self.limits.alarms.take((borne, kind), now).is_err() {
            return;
        }
        match self.keep_alarm(borne, kind, detail, now).await {
            Ok(true) => tracing::warn!(%borne, kind = kind.as_str(), "alarm raised"),
            Ok(false) => {}
            Err(e) => tracing::error!(%borne, kind = kind.as_str(), error = %chain(&e), "alarm not kept"),
        }
    }

    async fn keep_alarm(
        &self,
        origin: OriginId,
        kind: AlarmKind,
        detail: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let borne = self.store.borne(origin).await?;
        let about = match &borne {
            Some(borne) => Some(Subject::of(borne.site, borne)),
            None => self.sites().iter().find(|site| site.desk == origin).map(|site| Subject {
                site: site.id,
                origin,
                name: "Écrans d’appel",
            }),
        };
        let told = match &about {
            Some(about) => self.news_of(about, EventKind::AlarmBegan, kind, words::alarm(kind).to_owned(), now).await?,
            None => Vec::new(),
        };
        if kind.lasts() {
            self.store.begin_alarm(now, origin, kind, detail, &told).await
        } else {
            self.store.raise(now, origin, kind, detail, &told).await
        }
    }

    /// What a site's addresses are sent that want to know of alarms.
    pub(crate) async fn news_of(
        &self,
        about: &Subject<'_>,
        event: EventKind,
        kind: AlarmKind,
        text: String,
        now: Timestamp,
    ) -> Result<Vec<NewDelivery>, StoreError> {
        let hooks = self.store.hooks(Some(about.site)).await?;
        Ok(deliveries(&hooks, &Told::of_alarm(about, event, kind, text, now), now))
    }

    /// Tells technicians of the refusal of a borne that is known here, where they can do something about it.
    pub(crate) async fn telling<T>(&self, borne: OriginId, outcome: Result<T, Refusal>) -> Result<T, Refusal> {
        if let Err(refusal) = &outcome
            && let Some((kind, detail)) = alarm_of(refusal)
        {
            self.alarm(borne, kind, &detail).await;
        }
        outcome
    }
}

fn alarm_of(refusal: &Refusal) -> Option<(AlarmKind, String)> {
    let refused = || format!("a request in its name was refused: {}", refusal.detail());
    match refusal.kind() {
        ProblemKind::Revoked => {
            Some((AlarmKind::Revoked, "a request signed with its key came after its rights had ended".to_owned()))
        }
        ProblemKind::Signature => Some((AlarmKind::Signature, refused())),
        ProblemKind::Clock => Some((AlarmKind::Clock, refused())),
        ProblemKind::TooLarge => Some((AlarmKind::TooLarge, refused())),
        // A copied card is seen by its quarantine.
        ProblemKind::Cloned
        | ProblemKind::BadRequest
        | ProblemKind::TooManyRequests
        | ProblemKind::Replay
        | ProblemKind::Sequence
        | ProblemKind::EnrolmentCode
        | ProblemKind::NoSeriesLeft
        | ProblemKind::Version
        | ProblemKind::Key
        | ProblemKind::Scope
        | ProblemKind::Conflict
        | ProblemKind::Idempotency
        | ProblemKind::NotFound
        | ProblemKind::Internal
        | ProblemKind::Other => None,
    }
}
