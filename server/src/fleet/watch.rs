//! Alarms of bornes begin and end by themselves: looked at every half minute, kept once whoever of several servers looks, and
//! told to the addresses that want to know.

use async_trait::async_trait;
use jiff::Timestamp;
use wire::ids::OriginId;

use super::judge::{Fault, faults, presence};
use super::{Known, words};
use crate::alarms::Subject;
use crate::api::EventKind;
use crate::app::App;
use crate::housekeeping::Job;
use crate::refusal::chain;
use crate::site::Site;
use crate::store::{AlarmKind, StoreError};

/// Looks at every borne of every site.
#[derive(Debug)]
pub(crate) struct WatchingBornes;

#[async_trait]
impl Job for WatchingBornes {
    fn name(&self) -> &'static str {
        "bornes"
    }

    async fn look(&mut self, app: &App, now: Timestamp) -> Result<(), StoreError> {
        for site in app.sites() {
            if let Err(e) = app.watch(&site, now).await {
                tracing::error!(site = %site.id, error = %chain(&e), "the bornes could not be looked at; it is tried again");
            }
        }
        Ok(())
    }
}

impl App {
    async fn watch(&self, site: &Site, now: Timestamp) -> Result<(), StoreError> {
        let (known, lasting) = (self.bornes_of(site).await?, self.store.lasting_alarms(site.id).await?);
        if known.is_empty() {
            return Ok(());
        }
        let norm = self.norm_of(site, now).await?;
        let lasts = |borne: OriginId, kind: AlarmKind| {
            lasting.iter().any(|alarm| alarm.origin == Some(borne) && alarm.kind == kind.as_str())
        };
        for borne in &known {
            let held = faults(borne, &norm, now);
            let (id, presence) = (borne.borne.id, presence(borne, norm.thresholds, now));
            for fault in held.iter().filter(|fault| fault.may_begin(presence) && !lasts(id, fault.kind())) {
                self.begin(site, borne, fault, now).await?;
            }
            let over = AlarmKind::ALL.into_iter().filter(|kind| lasts(id, *kind));
            for kind in over.filter(|kind| held.iter().all(|fault| fault.kind() != *kind)) {
                self.end(site, borne, kind, now).await?;
            }
        }
        Ok(())
    }

    async fn begin(&self, site: &Site, known: &Known, fault: &Fault, now: Timestamp) -> Result<(), StoreError> {
        let (borne, kind) = (known.borne.id, fault.kind());
        let told = self
            .news_of(&Subject::of(site.id, &known.borne), EventKind::AlarmBegan, kind, words::fault(fault), now)
            .await?;
        if self.store.begin_alarm(now, borne, kind, &fault.to_string(), &told).await? {
            tracing::warn!(%borne, kind = kind.as_str(), "alarm begins: {fault}");
        }
        Ok(())
    }

    async fn end(&self, site: &Site, known: &Known, kind: AlarmKind, now: Timestamp) -> Result<(), StoreError> {
        let borne = known.borne.id;
        let text = words::alarm(kind).to_owned();
        let told = self.news_of(&Subject::of(site.id, &known.borne), EventKind::AlarmEnded, kind, text, now).await?;
        if self.store.end_alarm(now, borne, kind, &told).await? {
            tracing::info!(%borne, kind = kind.as_str(), "alarm ends");
        }
        Ok(())
    }
}
