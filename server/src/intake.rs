//! Whether tickets are given today: quotas, and what staff decided for the rest of the service day.
//!
//! A quota counts what has reached the server. Bornes hear of it with their next exchange, and those without network do
//! not: a service may therefore give a few tickets more, and everyone who holds one is received.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use jiff::civil::Time;
use queue_engine::Hall;
use wire::ids::ServiceId;
use wire::service_day::{CUT_OVER, ServiceDay};

use crate::site::Site;
use crate::store::{Decision, Matter, StoreError};

/// What was decided for a service day: a copy of what the store holds of it. It says nothing about any other day.
#[derive(Debug)]
pub(crate) struct Decisions {
    held: Mutex<(ServiceDay, BTreeMap<Matter, Timestamp>)>,
    /// One decision at a time is looked up and written.
    turn: tokio::sync::Mutex<()>,
}

impl Decisions {
    pub(crate) fn new(day: ServiceDay, decided: Vec<Decision>) -> Self {
        let held = Mutex::new((day, decided.into_iter().map(|d| (d.matter, d.at)).collect()));
        Self { held, turn: tokio::sync::Mutex::new(()) }
    }

    fn of(&self, day: ServiceDay) -> BTreeMap<Matter, Timestamp> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.0 == day { held.1.clone() } else { BTreeMap::new() }
    }

    /// Takes what the store holds. False where it is the same.
    pub(crate) fn replace(&self, day: ServiceDay, decided: Vec<Decision>) -> bool {
        let stored = (day, decided.into_iter().map(|d| (d.matter, d.at)).collect());
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let differs = *held != stored;
        *held = stored;
        differs
    }

    fn change(&self, day: ServiceDay, change: impl FnOnce(&mut BTreeMap<Matter, Timestamp>)) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.0 != day {
            *held = (day, BTreeMap::new());
        }
        change(&mut held.1);
    }
}

/// How the tickets of a service day stand.
#[derive(Debug)]
pub(crate) struct Intake {
    /// Since when the day is closed.
    pub(crate) closed: Option<Timestamp>,
    /// Since when no service gives any, because staff said so.
    pub(crate) all_full: Option<Timestamp>,
    /// From when on none is given, because reception closes early.
    pub(crate) closes_at: Option<Timestamp>,
    /// Every service of the site, in the catalogue's order.
    pub(crate) services: Vec<Places>,
}

/// A service's places of a day.
#[derive(Debug)]
pub(crate) struct Places {
    pub(crate) service: ServiceId,
    pub(crate) taken: u32,
    pub(crate) quota: Option<u32>,
    /// Since when it gives no tickets, because staff said so.
    pub(crate) full_since: Option<Timestamp>,
}

impl Places {
    /// Whether its quota leaves no place.
    pub(crate) fn used_up(&self) -> bool {
        self.quota.is_some_and(|quota| self.taken >= quota)
    }

    /// Whether it gives no tickets, for a reason of its own. Whether it gives any, [`Intake::is_full`] tells.
    pub(crate) fn is_taken(&self) -> bool {
        self.full_since.is_some() || self.used_up()
    }
}

impl Intake {
    /// Whether all tickets are stopped, whatever their service.
    const fn is_stopped(&self) -> bool {
        self.closed.is_some() || self.all_full.is_some()
    }

    /// Whether nobody, at the reception desk either, gets a ticket of this service.
    pub(crate) fn is_full(&self, service: &ServiceId) -> bool {
        self.is_stopped() || self.services.iter().any(|places| places.service == *service && places.is_taken())
    }

    /// Whether nobody gets a ticket any more today.
    pub(crate) fn has_ended(&self, now: Timestamp) -> bool {
        let full = self.is_stopped() || self.services.iter().all(Places::is_taken);
        full || self.closes_at.is_some_and(|at| at <= now)
    }

    /// The same as bornes are told.
    pub(crate) fn told(&self) -> wire::sync::Hall {
        let full = self.services.iter().filter(|places| self.is_stopped() || places.is_taken());
        wire::sync::Hall { closes_at: self.closes_at, full: full.map(|places| places.service.clone()).collect() }
    }
}

impl Site {
    /// How today's tickets stand.
    pub(crate) fn intake(&self, now: Timestamp) -> Intake {
        let plan = self.plan();
        let (day, taken) = self.live.read(now, |hall| {
            let services = plan.catalogue.services.iter();
            (hall.day(), services.map(|service| hall.taken(&service.id)).collect::<Vec<u32>>())
        });
        let decided = self.decisions.of(day);
        let services = plan.catalogue.services.iter().zip(taken).map(|(service, taken)| Places {
            service: service.id.clone(),
            taken,
            quota: service.quota,
            full_since: decided.get(&Matter::Full(service.id.clone())).copied(),
        });
        Intake {
            closed: self.closed_today(now).map(|closed| closed.at),
            all_full: decided.get(&Matter::AllFull).copied(),
            closes_at: decided.get(&Matter::Closing).copied(),
            services: services.collect(),
        }
    }

    /// Stops tickets from now on, of one service or of all. What was stopped before stays as it is.
    pub(crate) async fn stop_tickets(&self, service: Option<ServiceId>) -> Result<(), StoreError> {
        let _turn = self.decisions.turn.lock().await;
        let now = self.clock.now();
        let matter = service.map_or(Matter::AllFull, Matter::Full);
        if self.decisions.of(self.live.read(now, Hall::day)).contains_key(&matter) {
            return Ok(());
        }
        self.decide(now, Decision { matter, at: now }).await
    }

    /// Closes reception at a time of today, local. False where that time is over.
    pub(crate) async fn close_at(&self, time: Time) -> Result<bool, StoreError> {
        let _turn = self.decisions.turn.lock().await;
        let now = self.clock.now();
        match self.time_of(self.live.read(now, Hall::day), time).filter(|at| *at > now) {
            Some(at) => self.decide(now, Decision { matter: Matter::Closing, at }).await.map(|()| true),
            None => Ok(false),
        }
    }

    /// Takes a decision back. False where there is none.
    pub(crate) async fn undecide(&self, matter: &Matter) -> Result<bool, StoreError> {
        let _turn = self.decisions.turn.lock().await;
        let day = self.live.read(self.clock.now(), Hall::day);
        let undone = self.store.undecide(self.id, day, matter).await?;
        self.decisions.change(day, |decided| {
            decided.remove(matter);
        });
        if undone {
            tracing::info!(?matter, "tickets are given again");
            self.live.touch();
        }
        Ok(undone)
    }

    async fn decide(&self, now: Timestamp, decision: Decision) -> Result<(), StoreError> {
        let day = self.live.read(now, Hall::day);
        self.store.decide(self.id, day, &decision).await?;
        tracing::info!(matter = ?decision.matter, at = %decision.at, "tickets stop");
        self.decisions.change(day, |decided| {
            decided.insert(decision.matter, decision.at);
        });
        self.live.touch();
        Ok(())
    }

    /// The instant of a local time within a service day, whose last hours are another date's.
    pub(crate) fn time_of(&self, day: ServiceDay, time: Time) -> Option<Timestamp> {
        let date = if time < CUT_OVER { day.0.tomorrow().ok()? } else { day.0 };
        Some(date.to_datetime(time).to_zoned(self.zone.clone()).ok()?.timestamp())
    }
}
