//! Which time to believe, decided from readings: no clock is looked at here.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// More than this beyond what has passed, forward, is no clock that was merely set right (rule R6).
const FARTHEST_JUMP: SignedDuration = SignedDuration::from_hours(26);
/// One part in so many a machine's own clock may be fast: far more than any is.
const FAST: i32 = 1_000;

/// Who vouches for the time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// Nobody: the service day stays where it is.
    #[default]
    Uncertain,
    /// The system's time service.
    Ntp,
    /// Accueil's server.
    Server,
    /// A person on the spot.
    Staff,
}

/// Both clocks of a machine at one instant.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// The system's wall clock, which anything may set.
    pub system: Timestamp,
    /// Time since the start, which nothing sets.
    pub monotonic: Duration,
}

/// A time, with what it is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The time, in milliseconds at the finest.
    pub at: Timestamp,
    /// Who vouches for it.
    pub trust: Trust,
    /// It is certainly not earlier than this.
    pub floor: Timestamp,
}

/// What is known of the time.
#[derive(Clone, Copy, Debug)]
pub struct Timekeeper {
    trust: Trust,
    floor: Timestamp,
    /// The instant that had certainly passed at a monotonic one.
    passed: (Duration, Timestamp),
    /// A time someone vouched for, and the monotonic instant it was told at: from there on no setting of the system's
    /// clock matters.
    anchor: Option<(Duration, Timestamp)>,
    /// The system's clock when it was last looked at.
    seen: Option<Reading>,
    /// The time service's mark says that it once set the clock, not that nobody has since.
    mark_is_spent: bool,
    /// What a demonstration adds.
    shift: SignedDuration,
}

impl Default for Timekeeper {
    fn default() -> Self {
        Self {
            trust: Trust::Uncertain,
            floor: Timestamp::UNIX_EPOCH,
            passed: (Duration::ZERO, Timestamp::UNIX_EPOCH),
            anchor: None,
            seen: None,
            mark_is_spent: false,
            shift: SignedDuration::ZERO,
        }
    }
}

impl Timekeeper {
    /// The time, in milliseconds at the finest.
    #[must_use]
    pub fn now(&self, reading: Reading) -> Timestamp {
        let real = self.real(reading);
        let shown = real.checked_add(self.shift).unwrap_or(Timestamp::MAX);
        Timestamp::from_millisecond(shown.as_millisecond()).unwrap_or(shown)
    }

    /// The time, with what it is worth.
    #[must_use]
    pub fn moment(&self, reading: Reading) -> Moment {
        Moment { at: self.now(reading), trust: self.trust, floor: self.floor }
    }

    /// Takes in what happened to the system's clock since the last look.
    pub fn look(&mut self, reading: Reading, set_by_ntp: bool) {
        let before = self.seen.replace(reading);
        let jumped = before.is_some_and(|before| {
            let passed = signed(reading.monotonic.saturating_sub(before.monotonic));
            reading.system.duration_since(before.system) - passed > FARTHEST_JUMP
        });
        let just_set = set_by_ntp && !self.mark_is_spent && self.trust != Trust::Ntp;
        if jumped && self.anchor.is_none() && !just_set {
            self.mark_is_spent |= self.trust == Trust::Ntp;
            self.trust = Trust::Uncertain;
        }
        if set_by_ntp && !self.mark_is_spent {
            (self.trust, self.anchor) = (Trust::Ntp, None);
        }
    }

    /// The server's word, which counts where no time service sets the clock.
    pub fn confirm_by_server(&mut self, reading: Reading, time: Timestamp) {
        if self.trust != Trust::Ntp {
            self.trust = Trust::Server;
            self.anchor = Some((reading.monotonic, time));
            self.raise_floor(reading, time);
        }
    }

    /// A person says that the time shown is right.
    pub fn confirm_by_staff(&mut self, reading: Reading) {
        self.anchor = Some((reading.monotonic, self.real(reading)));
        self.trust = Trust::Staff;
    }

    /// It cannot be earlier than this.
    pub fn raise_floor(&mut self, reading: Reading, floor: Timestamp) {
        if floor > runs_on(self.passed, reading) {
            self.passed = (reading.monotonic, floor);
        }
        self.floor = self.floor.max(floor);
    }

    /// The instant that has certainly passed, without what a demonstration adds: no later word turns it back, whereas
    /// the time itself follows whoever tells it.
    #[must_use]
    pub fn passed(&self, reading: Reading) -> Timestamp {
        let passed = runs_on(self.passed, reading);
        if self.trust == Trust::Ntp { passed.max(reading.system) } else { passed }
    }

    /// Moves the time forward.
    pub fn advance(&mut self, by: SignedDuration) {
        self.shift = self.shift.saturating_add(by.max(SignedDuration::ZERO));
    }

    /// The time without what a demonstration adds.
    #[must_use]
    pub fn real(&self, reading: Reading) -> Timestamp {
        match self.anchor {
            Some((then, time)) => {
                let passed = signed(reading.monotonic.saturating_sub(then));
                time.checked_add(passed).unwrap_or(Timestamp::MAX)
            }
            None => reading.system.max(self.floor),
        }
    }
}

/// What an instant that had passed at a monotonic one has become at least. Without some slack a clock that is fast
/// would in time leave the server behind, which corrects it only upwards.
fn runs_on((then, passed): (Duration, Timestamp), reading: Reading) -> Timestamp {
    let since = signed(reading.monotonic.saturating_sub(then));
    passed.checked_add(since - since / FAST).unwrap_or(Timestamp::MAX)
}

fn signed(time: Duration) -> SignedDuration {
    SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine whose wall clock can be set.
    struct Machine {
        keeper: Timekeeper,
        reading: Reading,
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    impl Machine {
        fn booted(system: &str) -> Self {
            let reading = Reading { system: at(system), monotonic: Duration::ZERO };
            let mut machine = Self { keeper: Timekeeper::default(), reading };
            machine.keeper.look(reading, false);
            machine
        }

        fn passes(&mut self, seconds: u64, ntp: bool) {
            self.reading.monotonic += Duration::from_secs(seconds);
            self.reading.system += Duration::from_secs(seconds);
            self.keeper.look(self.reading, ntp);
        }

        fn set(&mut self, system: &str) {
            self.reading.system = at(system);
        }

        fn now(&self) -> Timestamp {
            self.keeper.now(self.reading)
        }

        fn passed(&self) -> Timestamp {
            self.keeper.passed(self.reading)
        }
    }

    #[test]
    fn r6_a_boot_without_a_word_from_anybody_is_uncertain() {
        let mut machine = Machine::booted("2026-11-22T07:30:00Z");
        machine.passes(60, false);
        assert_eq!(machine.keeper.trust, Trust::Uncertain);
        assert_eq!(machine.now(), at("2026-11-22T07:31:00Z"));
    }

    #[test]
    fn r6_the_time_has_a_floor_until_somebody_vouches_for_it() {
        let mut machine = Machine::booted("1970-01-01T00:00:10Z");
        machine.keeper.raise_floor(machine.reading, at("2026-11-21T18:00:00Z"));
        assert_eq!(machine.now(), at("2026-11-21T18:00:00Z"));
        machine.keeper.confirm_by_server(machine.reading, at("2026-11-22T07:30:00Z"));
        machine.passes(5, false);
        assert_eq!((machine.keeper.trust, machine.now()), (Trust::Server, at("2026-11-22T07:30:05Z")));
    }

    #[test]
    fn once_the_server_has_told_the_time_no_setting_of_the_clock_matters() {
        let mut machine = Machine::booted("2026-11-20T07:30:00Z");
        machine.keeper.confirm_by_server(machine.reading, at("2026-11-22T07:30:00Z"));
        machine.set("2031-01-01T00:00:00Z");
        machine.passes(5, false);
        assert_eq!((machine.keeper.trust, machine.now()), (Trust::Server, at("2026-11-22T07:30:05Z")));
    }

    #[test]
    fn no_word_turns_back_what_has_passed() {
        let mut machine = Machine::booted("2026-11-22T07:30:00Z");
        assert_eq!(machine.passed(), Timestamp::UNIX_EPOCH, "nobody vouches for the clock");
        machine.keeper.confirm_by_server(machine.reading, at("2026-11-22T07:30:00Z"));
        machine.passes(1_000, false);
        assert_eq!(machine.passed(), at("2026-11-22T07:46:39Z"), "this machine's clock may be fast");
        machine.keeper.confirm_by_server(machine.reading, at("2026-11-22T07:31:00Z"));
        assert_eq!((machine.now(), machine.passed()), (at("2026-11-22T07:31:00Z"), at("2026-11-22T07:46:39Z")));
        machine.passes(1_000, false);
        assert_eq!(machine.passed(), at("2026-11-22T08:03:18Z"));
        machine.keeper.advance(SignedDuration::from_hours(15));
        assert_eq!(machine.passed(), at("2026-11-22T08:03:18Z"), "what a demonstration adds has not passed");
        machine.set("2026-12-24T09:00:00Z");
        machine.passes(0, true);
        assert_eq!(machine.passed(), at("2026-12-24T09:00:00Z"), "the time service vouches for it");
    }

    #[test]
    fn a_server_that_is_heard_of_all_the_time_is_never_behind_what_has_passed() {
        let mut machine = Machine::booted("2026-11-22T07:30:00Z");
        let mut server = at("2026-11-22T07:30:00Z");
        for _ in 0..100_000 {
            machine.keeper.confirm_by_server(machine.reading, server);
            assert_eq!(machine.passed(), server);
            // This machine's clock is fast by a second in 10 000, as the worst crystals are.
            machine.reading.monotonic += Duration::from_millis(30_003);
            server += Duration::from_secs(30);
        }
    }

    #[test]
    fn the_time_service_sets_a_clock_decades_forward_and_is_trusted() {
        let mut machine = Machine::booted("1970-01-01T00:00:10Z");
        machine.set("2026-11-22T07:30:00Z");
        machine.passes(5, true);
        assert_eq!((machine.keeper.trust, machine.now()), (Trust::Ntp, at("2026-11-22T07:30:05Z")));
        machine.keeper.confirm_by_server(machine.reading, at("2026-11-22T09:00:00Z"));
        assert_eq!(machine.now(), at("2026-11-22T07:30:05Z"), "one clock is enough");
    }

    #[test]
    fn r6_a_jump_of_more_than_26_hours_ends_all_trust() {
        let mut machine = Machine::booted("2026-11-22T07:30:00Z");
        machine.passes(5, true);
        machine.set("2026-11-23T09:00:00Z");
        machine.passes(5, true);
        assert_eq!(machine.keeper.trust, Trust::Ntp, "25 and a half hours");
        machine.set("2026-11-25T09:00:00Z");
        machine.passes(5, true);
        machine.passes(5, true);
        assert_eq!(machine.keeper.trust, Trust::Uncertain, "the mark is that of the first setting");
        machine.keeper.confirm_by_server(machine.reading, at("2026-11-22T08:00:00Z"));
        assert_eq!((machine.keeper.trust, machine.now()), (Trust::Server, at("2026-11-22T08:00:00Z")));
    }

    #[test]
    fn r6_a_clock_that_goes_back_is_no_cause_for_doubt() {
        let mut machine = Machine::booted("2026-11-22T07:30:00Z");
        machine.passes(5, true);
        machine.set("2026-11-22T06:30:00Z");
        machine.passes(5, true);
        assert_eq!(machine.keeper.trust, Trust::Ntp);
    }

    #[test]
    fn what_staff_confirm_runs_on_by_itself() {
        let mut machine = Machine::booted("2026-11-22T07:30:00Z");
        machine.keeper.confirm_by_staff(machine.reading);
        machine.set("2030-01-01T00:00:00Z");
        machine.passes(60, false);
        assert_eq!((machine.keeper.trust, machine.now()), (Trust::Staff, at("2026-11-22T07:31:00Z")));
    }

    #[test]
    fn a_demonstration_moves_any_time() {
        let mut machine = Machine::booted("2026-11-22T07:30:00Z");
        machine.keeper.advance(SignedDuration::from_hours(15));
        machine.keeper.confirm_by_server(machine.reading, at("2026-11-22T07:30:00Z"));
        assert_eq!(machine.now(), at("2026-11-22T22:30:00Z"));
    }
}
