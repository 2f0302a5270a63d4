//! What edges and requests come to, with a clock that the tests turn.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::super::buzzer::Sound;
use super::super::debounce::Settle;
use super::super::light::Light;
use super::logic::{Action, Logic};
use super::{ControlEvent, Part, STUCK_AFTER};

const BUTTON: Settle = Settle { active: ms(20), inactive: ms(20) };
const SENSOR: Settle = Settle { active: ms(20), inactive: ms(10_000) };

const fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// The logic with a clock of its own: a deadline is met exactly.
struct Desk {
    start: Instant,
    now: Instant,
    logic: Logic,
    log: Vec<(u64, String)>,
}

impl Desk {
    fn new() -> Self {
        let start = Instant::now();
        Self { start, now: start, logic: Logic::new(BUTTON, SENSOR, start), log: Vec::new() }
    }

    /// Goes to a time, then does something.
    fn at(&mut self, time: u64, act: impl FnOnce(&mut Logic, Instant, &mut Vec<Action>)) -> &mut Self {
        self.until(time);
        let mut actions = Vec::new();
        act(&mut self.logic, self.now, &mut actions);
        self.logic.tick(self.now, &mut actions);
        self.note(actions);
        self
    }

    fn edge(&mut self, time: u64, part: Part, active: bool) -> &mut Self {
        self.at(time, |logic, now, actions| logic.edge(part, active, now, actions))
    }

    fn until(&mut self, time: u64) -> &mut Self {
        let end = self.start + ms(time);
        while let Some(due) = self.logic.due(self.now).filter(|due| *due <= end) {
            self.now = self.now.max(due);
            let mut actions = Vec::new();
            self.logic.tick(self.now, &mut actions);
            self.note(actions);
        }
        self.now = end;
        self
    }

    fn note(&mut self, actions: Vec<Action>) {
        let time = (self.now - self.start).as_millis() as u64;
        self.log.extend(actions.into_iter().map(|action| match action {
            Action::Tell(event) => (time, format!("{event:?}")),
            Action::Set(part, active) => (time, format!("{part} {}", if active { "on" } else { "off" })),
        }));
    }

    fn told(&self) -> Vec<(u64, &str)> {
        self.log.iter().map(|(time, what)| (*time, what.as_str())).collect()
    }
}

#[test]
fn a_press_is_told_once_and_a_button_that_is_held_is_stuck_in_the_end() {
    let mut desk = Desk::new();
    desk.edge(100, Part::Button, true).edge(300, Part::Button, false).edge(1000, Part::Button, true).until(200_000);
    let stuck = 1020 + STUCK_AFTER.as_millis() as u64;
    assert_eq!(desk.told(), [(120, "Pressed"), (320, "Released"), (1020, "Pressed"), (stuck, "Stuck")]);
    desk.edge(300_000, Part::Button, false).until(400_000);
    assert_eq!(desk.told()[4..], [(300_020, "Released")]);
}

#[test]
fn a_button_that_is_down_at_the_start_does_not_call_and_is_stuck_in_the_end() {
    let mut desk = Desk::new();
    desk.at(0, |logic, now, actions| logic.found(Part::Button, true, now, actions)).until(100_000);
    assert_eq!(desk.told(), [(30_000, "Stuck")]);
    desk.edge(200_000, Part::Button, false).edge(201_000, Part::Button, true).until(202_000);
    assert_eq!(desk.told()[1..], [(200_020, "Released"), (201_020, "Pressed")]);
}

#[test]
fn a_sensor_holds_who_stands_still_and_tells_at_once_who_is_there_at_the_start() {
    let mut desk = Desk::new();
    desk.at(0, |logic, now, actions| logic.found(Part::Presence, true, now, actions));
    desk.edge(3000, Part::Presence, false).edge(9000, Part::Presence, true).edge(9500, Part::Presence, false);
    desk.until(60_000);
    assert_eq!(desk.told(), [(20, "Present"), (19_500, "Absent")]);
}

#[test]
fn what_a_lost_line_held_ends() {
    let mut desk = Desk::new();
    desk.edge(0, Part::Button, true).edge(0, Part::Presence, true);
    desk.at(1000, |logic, _, actions| logic.lost(Part::Button, actions));
    desk.at(1000, |logic, _, actions| logic.lost(Part::Presence, actions)).until(100_000);
    assert_eq!(desk.told(), [(20, "Pressed"), (20, "Present"), (1000, "Released"), (1000, "Absent")]);
    assert_eq!(desk.logic.due(desk.now), None);
}

#[test]
fn the_ring_and_the_buzzer_follow_what_is_asked_for() {
    let mut desk = Desk::new();
    desk.at(0, |logic, now, _| logic.show(Light::Blinking, now));
    desk.at(500, |logic, now, _| logic.sound(Sound::TAKEN, now));
    desk.at(1500, |logic, now, _| logic.show(Light::Off, now)).until(100_000);
    assert_eq!(desk.told(), [(0, "LED ring on"), (500, "buzzer on"), (580, "buzzer off"), (1000, "LED ring off")]);
}

#[test]
fn at_rest_nothing_is_due() {
    let mut desk = Desk::new();
    desk.at(0, |logic, now, _| logic.show(Light::Steady, now));
    desk.edge(0, Part::Button, true).edge(50, Part::Button, false).edge(60, Part::Presence, true).until(100_000);
    assert_eq!(desk.logic.due(desk.now), None, "{:?}", desk.log);
}

proptest! {
    #[test]
    fn whatever_happens_each_pair_of_events_alternates_and_the_deadlines_end(
        steps in prop::collection::vec((0u64..40_000, 0u8..8), 0..120),
    ) {
        let mut desk = Desk::new();
        let mut time = 0;
        for (gap, what) in steps {
            time += if what % 2 == 0 { gap } else { gap % 50 };
            desk.at(time, |logic, now, actions| match what {
                0 | 1 => logic.edge(Part::Button, what == 1, now, actions),
                2 | 3 => logic.edge(Part::Presence, what == 3, now, actions),
                4 => logic.lost(Part::Button, actions),
                5 => logic.found(Part::Presence, true, now, actions),
                6 => logic.sound(Sound::ATTENTION, now),
                _ => logic.show(if gap % 3 == 0 { Light::DoubleFlash } else { Light::Off }, now),
            });
        }
        desk.at(time, |logic, now, _| logic.show(Light::Off, now)).until(time + 100_000);
        prop_assert_eq!(desk.logic.due(desk.now), None);
        for pair in [["Pressed", "Released"], ["Present", "Absent"], ["LED ring on", "LED ring off"], ["buzzer on", "buzzer off"]] {
            let told: Vec<_> = desk.log.iter().filter(|(_, what)| pair.contains(&what.as_str())).collect();
            let stuck = desk.log.iter().any(|(_, what)| what == "Stuck");
            for (index, (_, what)) in told.iter().enumerate() {
                prop_assert!(stuck || what == pair[index % 2], "{told:?}");
            }
        }
        let event = |what: &ControlEvent| format!("{what:?}");
        prop_assert_eq!(event(&ControlEvent::Stuck), "Stuck");
    }
}
