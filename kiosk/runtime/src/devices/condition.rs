//! What the server is told of the devices: a condition that lasts, once.

use std::collections::BTreeMap;
use std::time::Duration;

use drivers::printer::{Paper, PrinterStatus};
use wire::event::{Condition, Device};

/// A cover that is opened and shut again concerns nobody.
const SETTLED: Duration = Duration::from_secs(5);

/// The conditions of the devices, as seen and as told.
#[derive(Clone, Debug, Default)]
pub struct Conditions {
    seen: BTreeMap<Device, (Condition, Duration)>,
    told: BTreeMap<Device, Condition>,
}

impl Conditions {
    /// A device is so. `now` is the time since any fixed moment.
    pub fn note(&mut self, device: Device, condition: Condition, now: Duration) {
        let seen = self.seen.entry(device).or_insert((condition, now));
        if seen.0 != condition {
            *seen = (condition, now);
        }
    }

    /// What is to be told now; it counts as told.
    pub fn due(&mut self, now: Duration) -> Vec<(Device, Condition)> {
        let settled = self.seen.iter().filter(|(_, (_, since))| now.saturating_sub(*since) >= SETTLED);
        let news = settled.filter(|(device, (condition, _))| self.told.get(device) != Some(condition));
        let news: Vec<_> = news.map(|(device, (condition, _))| (*device, *condition)).collect();
        self.told.extend(news.iter().copied());
        news
    }
}

/// The printer's condition, the most urgent first.
#[must_use]
pub fn of_printer(status: &PrinterStatus) -> Condition {
    if !status.connected {
        Condition::Gone
    } else if status.cover_open {
        Condition::CoverOpen
    } else if status.paper == Paper::Out {
        Condition::PaperOut
    } else if status.cutter_error {
        Condition::CutterJammed
    } else if status.offline || status.unrecoverable_error {
        Condition::Offline
    } else if status.paper == Paper::NearEnd {
        Condition::PaperLow
    } else {
        Condition::Works
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_condition_is_told_once_it_has_lasted() {
        let mut conditions = Conditions::default();
        conditions.note(Device::Printer, Condition::Works, s(0));
        assert!(conditions.due(s(4)).is_empty());
        assert_eq!(conditions.due(s(5)), [(Device::Printer, Condition::Works)]);
        conditions.note(Device::Printer, Condition::CoverOpen, s(6));
        conditions.note(Device::Printer, Condition::Works, s(9));
        assert!(conditions.due(s(60)).is_empty(), "opened and shut again");
        conditions.note(Device::Printer, Condition::PaperLow, s(61));
        conditions.note(Device::Printer, Condition::PaperLow, s(64));
        assert_eq!(conditions.due(s(66)), [(Device::Printer, Condition::PaperLow)]);
        assert!(conditions.due(s(99)).is_empty());
    }
}
