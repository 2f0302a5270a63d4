//! What is known of the hall: what staff decided, and the places that are left by this borne's own count.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime};
use kiosk_flow::{Hall, Input};
use wire::ids::ServiceId;
use wire::service_day::ServiceDay;

use super::{Core, Parts};
use crate::store::StoreError;

/// What is known of the hall. The server counts the tickets of all bornes; without it a borne counts at least its own.
#[derive(Debug)]
pub(super) struct HallNews {
    decided: wire::sync::Hall,
    day: ServiceDay,
    issued: BTreeMap<ServiceId, u32>,
    told: Option<Hall>,
}

impl HallNews {
    /// Counts what was issued today where a service is limited.
    pub fn open(parts: &Parts) -> Result<Self, StoreError> {
        let day = ServiceDay::of(parts.clock.now(), &parts.zone);
        let issued = Self::counted(parts, day)?;
        Ok(Self { decided: wire::sync::Hall::default(), day, issued, told: None })
    }

    /// What this borne issued on a day, where a service is limited.
    pub fn counted(parts: &Parts, day: ServiceDay) -> Result<BTreeMap<ServiceId, u32>, StoreError> {
        let limited = parts.catalogue.services.iter().any(|service| service.quota.is_some());
        if limited { parts.store.issued_on(day) } else { Ok(BTreeMap::new()) }
    }

    /// Services are limited that were not before.
    pub fn recount(&mut self, issued: BTreeMap<ServiceId, u32>) {
        self.issued = issued;
        self.told = None;
    }

    /// The server's word.
    pub fn decided(&mut self, hall: wire::sync::Hall) {
        self.decided = hall;
    }

    /// A ticket of this borne.
    pub fn issued(&mut self, service: &ServiceId, day: ServiceDay) {
        self.begin(day);
        *self.issued.entry(service.clone()).or_default() += 1;
    }

    /// What was decided and counted on another day is over.
    fn begin(&mut self, day: ServiceDay) {
        if day > self.day {
            self.day = day;
            self.issued.clear();
            self.decided = wire::sync::Hall::default();
        }
    }
}

impl Core {
    /// Tells the journeys what is known of the hall, where that is news.
    pub(super) fn tell_hall(&mut self) {
        let zone = &self.parts.zone;
        self.hall.begin(ServiceDay::of(self.parts.clock.now(), zone));
        let limited = self.parts.catalogue.services.iter().filter(|service| {
            let issued = self.hall.issued.get(&service.id).copied().unwrap_or_default();
            service.quota.is_some_and(|quota| issued >= quota)
        });
        let full = limited.map(|service| service.id.clone()).chain(self.hall.decided.full.iter().cloned()).collect();
        let local = |at: jiff::Timestamp| -> DateTime { at.to_zoned(zone.clone()).datetime() };
        let hall = Hall { closes_at: self.hall.decided.closes_at.map(local), full };
        if self.hall.told.as_ref() != Some(&hall) {
            self.hall.told = Some(hall.clone());
            self.input(Input::Hall(hall));
        }
    }

    /// What staff said of this day outlasts a power cut.
    pub(super) fn keep_shut(&mut self, day: Option<Date>) {
        if let Err(error) = self.parts.store.keep_shut(day) {
            self.store_failed(&error);
        }
    }

    /// Tells the journeys what they said before the program's start.
    pub(super) fn still_shut(&mut self) {
        match self.parts.store.shut_on() {
            Ok(Some(day)) => self.input(Input::Shut(day)),
            Ok(None) => {}
            Err(error) => self.store_failed(&error),
        }
    }
}
