//! A policy as the fields of a form, and back. Fields stay as they were typed until they say what can be read.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use queue_engine::Policy;
use queue_engine::policy::{CounterRules, Lane, LaneMode, Overflow, Share, Skill};
use wire::event::QueuePlace;
use wire::ids::{NeedId, ServiceId};

use super::Names;

/// As many shares as the form has.
pub(super) const SHARES: [&str; 5] = ["A", "B", "C", "D", "E"];

/// What was typed, by field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Typed(BTreeMap<String, Vec<String>>);

/// A field that cannot be read, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) field: String,
    pub(crate) text: String,
}

pub(super) const LANES: [(Lane, &str); 4] = [
    (Lane::Priority, "priority"),
    (Lane::Appointment, "appointment"),
    (Lane::Return, "return"),
    (Lane::Ordinary, "ordinary"),
];
pub(super) const PLACES: [(QueuePlace, &str, &str); 3] = [
    (QueuePlace::Own, "own", "À la place de son arrivée"),
    (QueuePlace::Front, "front", "Au début de la file"),
    (QueuePlace::Back, "back", "À la fin de la file"),
];

fn lane_key(lane: Lane) -> &'static str {
    LANES.iter().find(|(known, _)| *known == lane).map_or("", |(_, key)| key)
}

impl Typed {
    /// What a form sent.
    pub(crate) fn of(pairs: Vec<(String, String)>) -> Self {
        let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in pairs {
            fields.entry(name).or_default().push(value);
        }
        Self(fields)
    }

    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name).and_then(|values| values.first()).map_or("", |value| value.trim())
    }

    pub(super) fn has(&self, name: &str, value: &str) -> bool {
        self.0.get(name).is_some_and(|values| values.iter().any(|known| known == value))
    }

    fn set(&mut self, name: impl Into<String>, value: impl ToString) {
        self.0.entry(name.into()).or_default().push(value.to_string());
    }

    /// The form that says what a policy says.
    pub(crate) fn from_policy(policy: &Policy) -> Self {
        let mut typed = Self::default();
        let lanes = &policy.lanes;
        typed.set("mode", if lanes.mode == LaneMode::Strict { "strict" } else { "weighted" });
        for (n, lane) in (1..).zip(&lanes.order) {
            typed.set(format!("order.{n}"), lane_key(*lane));
        }
        for (lane, key) in LANES {
            typed.set(format!("weight.{key}"), lanes.weights.get(&lane).copied().unwrap_or(1));
        }
        typed.set_some("in_a_row", lanes.priority_in_a_row);
        for (name, share) in SHARES.iter().zip(&policy.shares) {
            typed.set(format!("turns.{name}"), share.weight);
            share.services.iter().for_each(|service| typed.set(format!("share.{service}"), name));
        }
        typed.set("ceiling", policy.ceiling.default_min);
        for (service, minutes) in &policy.ceiling.services {
            typed.set(format!("ceiling.{service}"), minutes);
        }
        typed.set("early", policy.appointment.early_min);
        typed.set("late", policy.appointment.late_min);
        typed.set("min_calls", policy.no_show.min_calls);
        typed.set("wait_s", policy.no_show.wait_s);
        typed.set("recall_gap_s", policy.no_show.recall_gap_s);
        typed.set("returns", policy.no_show.returns);
        typed.set("return_after_min", policy.no_show.return_after_min);
        typed.set("undo_staff", policy.undo.staff_s);
        typed.set("undo_visitor", policy.undo.visitor_s);
        let place = PLACES.iter().find(|(place, ..)| *place == policy.transfer.place);
        typed.set("place", place.map_or("own", |(_, key, _)| key));
        typed.set("postpone_places", policy.postpone.places);
        typed.set("postpone_times", policy.postpone.times);
        typed.set("remind", policy.parking.remind_min);
        for rules in &policy.counters {
            let name = |what: &str| format!("counter.{}.{what}", rules.id);
            rules.services.iter().flatten().for_each(|service| typed.set(name("services"), service));
            let needs: Vec<&str> = rules.capabilities.iter().map(NeedId::as_str).collect();
            typed.set(name("has"), needs.join(" "));
            if let Some(overflow) = &rules.overflow {
                overflow.services.iter().for_each(|service| typed.set(name("helps"), service));
                typed.set_some(&name("wait"), overflow.when_wait_over_min);
                typed.set_some(&name("longer"), overflow.when_longer_than);
            }
        }
        for skill in &policy.skills {
            skill.services.iter().for_each(|service| typed.set(format!("skill.{}", skill.agent), service));
        }
        typed
    }

    fn set_some(&mut self, name: &str, value: Option<u32>) {
        if let Some(value) = value {
            self.set(name, value);
        }
    }

    /// What it says; or which fields say nothing that can be read.
    pub(crate) fn policy(&self, names: &Names) -> Result<Policy, Vec<Wrong>> {
        let mut reader = Reader { typed: self, wrong: Vec::new() };
        let policy = reader.policy(names);
        if reader.wrong.is_empty() { Ok(policy) } else { Err(reader.wrong) }
    }
}

/// Reads fields, and remembers which it cannot read.
struct Reader<'a> {
    typed: &'a Typed,
    wrong: Vec<Wrong>,
}

impl Reader<'_> {
    fn policy(&mut self, names: &Names) -> Policy {
        let mut policy = Policy::default();
        let lanes = &mut policy.lanes;
        lanes.mode = if self.typed.get("mode") == "weighted" { LaneMode::Weighted } else { LaneMode::Strict };
        lanes.order = (1..=LANES.len()).filter_map(|n| self.lane(&format!("order.{n}"))).collect();
        lanes.weights = LANES.iter().map(|(lane, key)| (*lane, self.number(&format!("weight.{key}")))).collect();
        lanes.weights.retain(|_, weight| *weight != 1);
        lanes.priority_in_a_row = self.optional("in_a_row");
        policy.shares = self.shares(names);
        policy.ceiling.default_min = self.number("ceiling");
        for (service, _) in &names.services {
            if let Some(minutes) = self.optional(&format!("ceiling.{service}")) {
                policy.ceiling.services.insert(service.clone(), minutes);
            }
        }
        policy.appointment.early_min = self.number("early");
        policy.appointment.late_min = self.number("late");
        policy.no_show.min_calls = self.number("min_calls");
        policy.no_show.wait_s = self.number("wait_s");
        policy.no_show.recall_gap_s = self.number("recall_gap_s");
        policy.no_show.returns = self.number("returns");
        policy.no_show.return_after_min = self.number("return_after_min");
        policy.undo.staff_s = self.number("undo_staff");
        policy.undo.visitor_s = self.number("undo_visitor");
        let place = PLACES.iter().find(|(_, key, _)| *key == self.typed.get("place"));
        policy.transfer.place = place.map_or_else(QueuePlace::default, |(place, ..)| *place);
        policy.postpone.places = self.number("postpone_places");
        policy.postpone.times = self.number("postpone_times");
        policy.parking.remind_min = self.number("remind");
        policy.counters = names.counters.iter().filter_map(|(id, _)| self.counter(id.as_str(), names)).collect();
        for (agent, _) in &names.agents {
            let services = self.services(&format!("skill.{agent}"), names);
            if !services.is_empty() {
                policy.skills.push(Skill { agent: *agent, services });
            }
        }
        policy
    }

    fn counter(&mut self, id: &str, names: &Names) -> Option<CounterRules> {
        let name = |what: &str| format!("counter.{id}.{what}");
        let services = Some(self.services(&name("services"), names)).filter(|services| !services.is_empty());
        let capabilities = self.needs(&name("has"));
        let helps = self.services(&name("helps"), names);
        let (when_wait_over_min, when_longer_than) = (self.optional(&name("wait")), self.optional(&name("longer")));
        let some = !helps.is_empty() || when_wait_over_min.is_some() || when_longer_than.is_some();
        let overflow = some.then_some(Overflow { services: helps, when_wait_over_min, when_longer_than });
        let id = id.parse().ok()?;
        let said = services.is_some() || !capabilities.is_empty() || overflow.is_some();
        said.then_some(CounterRules { id, services, capabilities, overflow })
    }

    fn shares(&mut self, names: &Names) -> Vec<Share> {
        let mut shares = Vec::new();
        for share in SHARES {
            let mine = |(service, _): &&(ServiceId, String)| self.typed.get(&format!("share.{service}")) == share;
            let services: BTreeSet<ServiceId> = names.services.iter().filter(mine).map(|(id, _)| id.clone()).collect();
            if !services.is_empty() {
                shares.push(Share { services, weight: self.number(&format!("turns.{share}")) });
            }
        }
        shares
    }

    fn services(&self, name: &str, names: &Names) -> BTreeSet<ServiceId> {
        names.services.iter().filter(|(id, _)| self.typed.has(name, id.as_str())).map(|(id, _)| id.clone()).collect()
    }

    fn needs(&mut self, name: &str) -> BTreeSet<NeedId> {
        let words = self.typed.get(name).split_whitespace().map(NeedId::from_str).collect::<Result<_, _>>();
        words.unwrap_or_else(|_| {
            let text = "Écrivez des mots courts, comme «\u{a0}pmr\u{a0}» ou «\u{a0}langue-lsf\u{a0}», séparés par des espaces.";
            self.wrong.push(Wrong { field: name.to_owned(), text: text.to_owned() });
            BTreeSet::new()
        })
    }

    fn lane(&mut self, name: &str) -> Option<Lane> {
        LANES.iter().find(|(_, key)| *key == self.typed.get(name)).map(|(lane, _)| *lane)
    }

    fn number(&mut self, name: &str) -> u32 {
        self.optional(name).unwrap_or_else(|| {
            if self.typed.get(name).is_empty() {
                self.wrong.push(Wrong { field: name.to_owned(), text: "Écrivez un nombre.".to_owned() });
            }
            0
        })
    }

    fn optional(&mut self, name: &str) -> Option<u32> {
        let text = self.typed.get(name);
        if text.is_empty() {
            return None;
        }
        let number = text.parse().ok().filter(|number| *number <= 1_000_000);
        if number.is_none() {
            let text = format!("«\u{a0}{text}\u{a0}» n’est pas un nombre entier. Écrivez-le en chiffres.");
            self.wrong.push(Wrong { field: name.to_owned(), text });
        }
        number
    }
}
