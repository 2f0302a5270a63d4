//! How a day to play is written down.

use std::collections::BTreeSet;

use jiff::Timestamp;
use queue_engine::Seat;
use queue_engine::simulation::{Day, Scenario as Usual, Shift, Traffic};
use serde::Deserialize;
use wire::catalogue::Catalogue;
use wire::ids::{CounterId, ServiceId};

/// As many bornes as a day may have: each takes a series of numbers.
pub(super) const BORNES_MAX: u8 = 4;

/// The days that the program brings, for the site of its example, by what they are called.
pub const BROUGHT: [(&str, &str); 2] = [
    ("demonstration", include_str!("../../../config/examples/marseille/demonstration.toml")),
    ("saturday", include_str!("../../../config/examples/marseille/saturday.toml")),
];

/// A day to play, as its file says.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it is called.
    pub name: String,
    /// The same seed makes the same people.
    pub seed: u64,
    /// How many bornes give tickets.
    pub bornes: u8,
    /// Who comes.
    pub traffic: Vec<Traffic>,
    /// Which counters are open when.
    pub shift: Vec<Opening>,
}

/// When a counter is open.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// Which one.
    pub counter: CounterId,
    /// From and to, in minutes after the beginning, in order.
    pub open_min: Vec<(u32, u32)>,
}

/// Why a scenario cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// It is no scenario.
    #[error("the scenario cannot be read")]
    Unreadable(#[source] toml::de::Error),
    /// It has no borne, or too many.
    #[error("the scenario has {0} bornes: choose 1 to {BORNES_MAX}")]
    Bornes(u8),
    /// Nobody comes, or nobody is there.
    #[error("the scenario has no {0}: add one")]
    Empty(&'static str),
    /// The site does not have it.
    #[error("the site has no service `{0}`: use those of its catalogue")]
    Service(ServiceId),
    /// The site does not have it.
    #[error("the site has no counter `{0}`: use those of its catalogue")]
    Counter(CounterId),
    /// A counter is named twice, or its stretches are not in order.
    #[error("counter `{0}` is named twice, or its stretches are not one after the other")]
    Stretches(CounterId),
    /// A figure that nobody can play.
    #[error("the traffic of `{0}` has a figure that cannot be: shares are 0 to 1, arrivals and durations not negative")]
    Figure(ServiceId),
}

impl Scenario {
    /// Reads a file's text.
    pub fn read(text: &str) -> Result<Self, ScenarioError> {
        toml::from_str(text).map_err(ScenarioError::Unreadable)
    }

    /// Checks that a site can play it.
    pub fn check(&self, catalogue: &Catalogue) -> Result<(), ScenarioError> {
        if !(1..=BORNES_MAX).contains(&self.bornes) {
            return Err(ScenarioError::Bornes(self.bornes));
        }
        if self.traffic.is_empty() {
            return Err(ScenarioError::Empty("traffic"));
        }
        if self.shift.is_empty() {
            return Err(ScenarioError::Empty("shift"));
        }
        for traffic in &self.traffic {
            if catalogue.service(&traffic.service).is_none() {
                return Err(ScenarioError::Service(traffic.service.clone()));
            }
            let shares = [traffic.absent, traffic.priority, traffic.group, traffic.appointment];
            let amounts = traffic.arrivals.iter().chain([&traffic.sigma]);
            let right = shares.iter().all(|share| (0.0..=1.0).contains(share))
                && amounts.clone().all(|amount| (0.0..=10_000.0).contains(amount))
                && (1.0..=36_000.0).contains(&traffic.takes_s);
            if !right {
                return Err(ScenarioError::Figure(traffic.service.clone()));
            }
        }
        let mut known = BTreeSet::new();
        for opening in &self.shift {
            if catalogue.counter(&opening.counter).is_none() {
                return Err(ScenarioError::Counter(opening.counter.clone()));
            }
            let edges: Vec<u32> = opening.open_min.iter().flat_map(|(from, to)| [*from, *to]).collect();
            if edges.is_empty() || !edges.is_sorted() || !known.insert(&opening.counter) {
                return Err(ScenarioError::Stretches(opening.counter.clone()));
            }
        }
        Ok(())
    }

    /// The people of the day.
    #[must_use]
    pub fn day(&self, opens_at: Timestamp) -> Day {
        let shifts = self.shift.iter().map(|opening| Shift {
            seat: Seat {
                counter: opening.counter.clone(),
                agent: None,
                services: BTreeSet::new(),
                capabilities: BTreeSet::new(),
                stranded: BTreeSet::new(),
            },
            open_min: opening.open_min.clone(),
        });
        let usual = Usual {
            opens_at,
            traffic: self.traffic.clone(),
            shifts: shifts.collect(),
            commitment_min: std::collections::BTreeMap::new(),
        };
        usual.day(self.seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: &str = include_str!("../../../config/examples/marseille/site.toml");

    #[test]
    fn the_scenarios_that_are_brought_can_be_played() {
        let catalogue = Catalogue::from_toml(SITE).unwrap();
        for (_, text) in BROUGHT {
            let scenario = Scenario::read(text).unwrap();
            scenario.check(&catalogue).unwrap();
            assert!(scenario.day(Timestamp::UNIX_EPOCH).visitors.len() > 20, "{}", scenario.name);
        }
    }

    #[test]
    fn a_scenario_that_cannot_be_played_says_what_to_change() {
        let catalogue = Catalogue::from_toml(SITE).unwrap();
        let good = include_str!("../../../config/examples/marseille/demonstration.toml");
        let said = |from: &str, to: &str| {
            assert!(good.contains(from), "{from}");
            let read = Scenario::read(&good.replacen(from, to, 1));
            let checked = read.and_then(|scenario| scenario.check(&catalogue));
            checked.unwrap_err().to_string()
        };
        assert_eq!(said("bornes = 1", "bornes = 9"), "the scenario has 9 bornes: choose 1 to 4");
        assert!(said("service = \"titres\"", "service = \"piscine\"").contains("no service `piscine`"));
        assert!(said("counter = \"1\"", "counter = \"99\"").contains("no counter `99`"));
        assert!(said("sigma = ", "sigma = -").contains("a figure that cannot be"));
        assert_eq!(said("seed", "sead"), "the scenario cannot be read");
    }
}
