//! The rules of a hall as data: what supervisors publish, what a call is decided by, what a simulation compares.

mod check;
mod guard;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use wire::event::QueuePlace;
use wire::ids::{AgentRef, CounterId, NeedId, ServiceId};

use crate::order::Seat;

pub use check::{Caution, Fault};
pub use guard::{AfterNoShow, NotUndone, TooSoon, Undo, take_back};

/// The rules of a hall. Without a word said: order of arrival (rule R11), people with priority first, nobody past 45 minutes.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Which edition of the rules; every call keeps the figure.
    pub version: u32,
    /// Who goes before whom.
    pub lanes: Lanes,
    /// How a counter's turns are shared among services or families of services; without any, arrival alone counts.
    #[serde(rename = "share")]
    pub shares: Vec<Share>,
    /// The wait after which somebody goes first.
    pub ceiling: Ceiling,
    /// When an appointment counts as kept.
    pub appointment: AppointmentWindow,
    /// Recalls, and what follows an absence.
    pub no_show: NoShow,
    /// What may be taken back, and for how long.
    pub undo: UndoWindow,
    /// Where somebody stands who is handed on.
    pub transfer: Transfer,
    /// How people let others go first.
    pub postpone: Postpone,
    /// How people are set aside.
    pub parking: ParkingRules,
    /// What is said of single counters.
    #[serde(rename = "counter")]
    pub counters: Vec<CounterRules>,
    /// What single agents can do; who is not named can do everything.
    #[serde(rename = "skill")]
    pub skills: Vec<Skill>,
}

/// A kind of wait. Each ticket is in one at a time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// Those who say that they have priority.
    Priority,
    /// Those whose appointment is due.
    Appointment,
    /// Those who come back after an absence.
    Return,
    /// Everybody else.
    Ordinary,
}

impl Lane {
    /// Every lane, in the order that holds where nothing else is said.
    pub const ALL: [Self; 4] = [Self::Priority, Self::Appointment, Self::Return, Self::Ordinary];
}

/// How lanes are taken.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LaneMode {
    /// A lane waits until those before it are empty.
    #[default]
    Strict,
    /// Each lane has its share of a counter's turns.
    Weighted,
}

/// Who goes before whom.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Lanes {
    /// How they are taken.
    pub mode: LaneMode,
    /// Every lane once, the first one first.
    pub order: Vec<Lane>,
    /// How many of a counter's turns each lane has, where they are weighted; 1 where nothing is said.
    pub weights: BTreeMap<Lane, u32>,
    /// After so many people with priority in a row a counter calls somebody else who waits, where that is wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority_in_a_row: Option<u32>,
}

impl Default for Lanes {
    fn default() -> Self {
        Self { mode: LaneMode::Strict, order: Lane::ALL.to_vec(), weights: BTreeMap::new(), priority_in_a_row: None }
    }
}

/// A part of each counter's turns, for a service or a family of services.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// The services; those of no share have one together, of weight 1.
    pub services: BTreeSet<ServiceId>,
    /// How many turns they have.
    pub weight: u32,
}

/// The wait after which somebody goes first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ceiling {
    /// In minutes, where nothing else is said.
    pub default_min: u32,
    /// In minutes, by service.
    pub services: BTreeMap<ServiceId, u32>,
}

impl Default for Ceiling {
    fn default() -> Self {
        Self { default_min: 45, services: BTreeMap::new() }
    }
}

impl Ceiling {
    /// A service's, in minutes.
    #[must_use]
    pub fn of(&self, service: &ServiceId) -> u32 {
        self.services.get(service).copied().unwrap_or(self.default_min)
    }
}

/// When an appointment counts as kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AppointmentWindow {
    /// So many minutes before the slot somebody may be called where nobody else waits.
    pub early_min: u32,
    /// So many minutes after the slot is not late yet; who is later waits like everybody.
    pub late_min: u32,
}

impl Default for AppointmentWindow {
    fn default() -> Self {
        Self { early_min: 10, late_min: 10 }
    }
}

/// Recalls, and what follows an absence.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NoShow {
    /// How often a number rings, the call included, before it may be noted absent.
    pub min_calls: u32,
    /// How long after its call it may be noted absent, in seconds.
    pub wait_s: u32,
    /// How far two rings are apart, in seconds.
    pub recall_gap_s: u32,
    /// How often somebody absent is in the queue again by itself; 0: an absence ends the ticket.
    pub returns: u32,
    /// After how many minutes.
    pub return_after_min: u32,
}

impl Default for NoShow {
    fn default() -> Self {
        Self { min_calls: 2, wait_s: 90, recall_gap_s: 5, returns: 1, return_after_min: 5 }
    }
}

/// What may be taken back, and for how long.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UndoWindow {
    /// An agent's last action, in seconds.
    pub staff_s: u32,
    /// A visitor's, in seconds.
    pub visitor_s: u32,
}

impl Default for UndoWindow {
    fn default() -> Self {
        Self { staff_s: 10, visitor_s: 120 }
    }
}

/// Where somebody stands who is handed on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Transfer {
    /// Where the agent says nothing else.
    pub place: QueuePlace,
}

/// How people let others go first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Postpone {
    /// Behind how many people one request puts somebody.
    pub places: u32,
    /// How often somebody may ask; 0: not at all.
    pub times: u32,
}

impl Default for Postpone {
    fn default() -> Self {
        Self { places: 1, times: 2 }
    }
}

/// How people are set aside.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ParkingRules {
    /// After how many minutes the agent is reminded.
    pub remind_min: u32,
}

impl Default for ParkingRules {
    fn default() -> Self {
        Self { remind_min: 15 }
    }
}

/// What is said of one counter.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CounterRules {
    /// Which counter.
    pub id: CounterId,
    /// What it receives for, in the catalogue's stead; absent: as the catalogue says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub services: Option<BTreeSet<ServiceId>>,
    /// What it has for those who need it.
    #[serde(default)]
    pub capabilities: BTreeSet<NeedId>,
    /// Where it helps out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overflow: Option<Overflow>,
}

/// Services a counter helps out for while too many people wait for them, or one waits too long.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overflow {
    /// The services.
    pub services: BTreeSet<ServiceId>,
    /// While somebody waits longer than so many minutes for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when_wait_over_min: Option<u32>,
    /// While more people than this wait for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when_longer_than: Option<u32>,
}

/// What an agent can do.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skill {
    /// Who.
    pub agent: AgentRef,
    /// What for.
    pub services: BTreeSet<ServiceId>,
}

impl Policy {
    /// What is said of a counter.
    #[must_use]
    pub fn counter(&self, id: &CounterId) -> Option<&CounterRules> {
        self.counters.iter().find(|rules| &rules.id == id)
    }

    /// Whether an agent can do a service. Nobody in particular can do everything.
    #[must_use]
    pub fn can(&self, agent: Option<AgentRef>, service: &ServiceId) -> bool {
        let named = agent.and_then(|agent| self.skills.iter().find(|skill| skill.agent == agent));
        named.is_none_or(|skill| skill.services.contains(service))
    }

    /// What a seat receives for, helping out apart.
    pub(crate) fn receives<'a>(&'a self, seat: &'a Seat) -> BTreeSet<&'a ServiceId> {
        let rules = self.counter(&seat.counter);
        let named = rules.and_then(|rules| rules.services.as_ref()).unwrap_or(&seat.services);
        named.iter().filter(|service| self.can(seat.agent, service)).collect()
    }

    /// Which share a service has turns of: its place in the list, or none for all the others together.
    pub(crate) fn share(&self, service: &ServiceId) -> Option<usize> {
        self.shares.iter().position(|share| share.services.contains(service))
    }

    /// The turns of a share.
    pub(crate) fn share_weight(&self, share: Option<usize>) -> u32 {
        share.and_then(|share| self.shares.get(share)).map_or(1, |share| share.weight.max(1))
    }

    /// The turns of a lane.
    pub(crate) fn lane_weight(&self, lane: Lane) -> u32 {
        self.lanes.weights.get(&lane).copied().unwrap_or(1).max(1)
    }

    /// A lane's place in the order; one that the order forgets comes last.
    pub(crate) fn lane_place(&self, lane: Lane) -> usize {
        self.lanes.order.iter().position(|known| *known == lane).unwrap_or(Lane::ALL.len())
    }
}
