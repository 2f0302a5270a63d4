//! The filter against a panel with two controls and a bare place: each row of its table, then whatever may come.

use std::ops::Range;

use proptest::prelude::*;

use super::Phase::{Cancel, Down, Motion, Up};
use super::*;

/// Two controls, and a place where there is none.
const ONE: Place = (100.0, 100.0);
const OTHER: Place = (100.0, 300.0);
const BARE: Place = (300.0, 100.0);
/// Within the radius of one place.
const BESIDE_ONE: Place = (110.0, 105.0);

const NEAR: f32 = 32.0;

/// What a screen makes of the decisions: the control that is pressed, and the clicks.
struct Glass {
    filter: Filter,
    open: Option<(Place, bool)>,
    clicks: Vec<Place>,
}

impl Glass {
    fn new() -> Self {
        Self { filter: Filter::new(NEAR), open: None, clicks: Vec::new() }
    }

    fn touch(&mut self, touch: Touch) -> Decision {
        let decision = self.filter.touch(touch);
        self.obey(decision);
        decision
    }

    fn obey(&mut self, decision: Decision) {
        match decision {
            Decision::Nothing => {}
            Decision::Press(place) => {
                assert_eq!(self.open, None, "a press within a press");
                self.press(place);
            }
            Decision::Move(_) => assert!(self.open.is_some(), "a move without a press"),
            Decision::Release(place) => {
                let (pressed, on_control) = self.open.take().expect("a release without a press");
                if on_control && control_at(place) == control_at(pressed) {
                    self.clicks.push(pressed);
                }
            }
            Decision::Cancel => self.open = None,
            Decision::Instead(place) => {
                self.open = None;
                self.press(place);
            }
        }
    }

    fn press(&mut self, place: Place) {
        let on_control = control_at(place).is_some();
        self.open = Some((place, on_control));
        self.filter.landed(on_control);
    }
}

fn control_at(place: Place) -> Option<Place> {
    [ONE, OTHER].into_iter().find(|control| (control.0 - place.0).hypot(control.1 - place.1) <= 60.0)
}

fn touch(ms: u64, finger: u64, phase: Phase, (x, y): Place) -> Touch {
    Touch { finger, phase, x, y, at: Duration::from_millis(ms) }
}

/// A finger that comes down and is lifted.
fn tap(time: Range<u64>, finger: u64, place: Place) -> [Touch; 2] {
    [touch(time.start, finger, Down, place), touch(time.end, finger, Up, place)]
}

/// Where it clicks when all of this happens, in the order of time.
fn clicks<const N: usize>(parts: [&[Touch]; N]) -> Vec<Place> {
    let mut touches = parts.concat();
    touches.sort_by_key(|touch| touch.at);
    let mut glass = Glass::new();
    for touch in touches {
        glass.touch(touch);
    }
    assert_eq!(glass.open, None, "a press stayed open");
    glass.clicks
}

const NONE: [Place; 0] = [];

#[test]
fn a_tap_is_one_click_however_long() {
    assert_eq!(clicks([&tap(0..80, 1, ONE)]), [ONE]);
    assert_eq!(clicks([&tap(0..0, 1, ONE)]), [ONE]);
    assert_eq!(clicks([&tap(0..60_000, 1, ONE)]), [ONE]);
    assert_eq!(clicks([&tap(0..80, 1, BARE)]), NONE);
}

#[test]
fn a_second_finger_while_a_control_is_held_cancels() {
    assert_eq!(clicks([&tap(0..500, 1, ONE), &tap(200..300, 2, OTHER)]), NONE);
    assert_eq!(clicks([&tap(0..300, 1, ONE), &tap(200..500, 2, OTHER)]), NONE);
    // A palm, which is seldom one contact, and seldom on a control.
    assert_eq!(clicks([&tap(0..500, 1, ONE), &tap(200..900, 2, BARE), &tap(210..890, 3, BARE)]), NONE);
    // And nothing clicks until all are lifted, or only rest.
    assert_eq!(clicks([&tap(0..300, 1, ONE), &tap(200..950, 2, BARE), &tap(600..700, 1, ONE)]), NONE);
    assert_eq!(clicks([&tap(0..950, 1, ONE), &tap(200..300, 2, BARE), &tap(600..700, 3, OTHER)]), NONE);
    // One that was there a moment before has not been there all along.
    assert_eq!(clicks([&tap(0..40, 1, OTHER), &tap(60..200, 2, ONE), &tap(100..140, 1, OTHER)]), [OTHER]);
}

#[test]
fn the_fingers_of_one_landing_hand_click_nothing() {
    assert_eq!(clicks([&tap(0..200, 1, ONE), &tap(0..200, 2, OTHER)]), NONE);
    assert_eq!(clicks([&tap(0..200, 1, BARE), &tap(99..200, 2, ONE)]), NONE);
}

#[test]
fn a_palm_that_rests_beside_the_controls_takes_no_tap() {
    let palm = tap(0..30_000, 9, BARE);
    let taps = [tap(150..250, 1, ONE), tap(700..800, 2, OTHER), tap(20_000..20_100, 1, ONE)].concat();
    assert_eq!(clicks([&palm, &taps]), [ONE, OTHER, ONE]);
    // It may tremble.
    let trembles: Vec<Touch> = (1..300).map(|n| touch(n * 100 + 50, 9, Motion, BARE)).collect();
    assert_eq!(clicks([&palm, &trembles, &taps]), [ONE, OTHER, ONE]);
    // The panel may lose and find it, also while another finger is down.
    let flickers = [tap(0..740, 9, BARE), tap(760..30_000, 11, BARE)].concat();
    assert_eq!(clicks([&flickers, &taps]), [ONE, OTHER, ONE]);
    let young = [tap(0..400, 9, BARE), tap(430..900, 9, BARE)].concat();
    assert_eq!(clicks([&young, &tap(150..250, 1, ONE), &tap(500..600, 1, OTHER)]), [ONE, OTHER]);
    // Where that is on a control, the first loss looks like a lift; then it rests like any other.
    let on_control: Vec<Touch> = (0..9).flat_map(|n| tap(n * 700..n * 700 + 680, 20 + n, OTHER)).collect();
    assert_eq!(clicks([&on_control, &tap(5000..5100, 1, ONE)]), [OTHER, ONE]);
}

#[test]
fn a_palm_that_rests_on_a_control_takes_one_tap_at_most() {
    let palm = tap(0..30_000, 9, OTHER);
    let taps = [tap(1500..1600, 1, ONE), tap(2100..2200, 1, ONE), tap(2900..3000, 1, OTHER)].concat();
    assert_eq!(clicks([&palm, &taps]), [ONE, OTHER]);
}

#[test]
fn a_finger_whose_lift_was_lost_takes_no_tap() {
    let lost = [touch(0, 9, Down, OTHER)];
    assert_eq!(clicks([&lost, &tap(10_000..10_100, 1, ONE)]), [ONE]);
    // Its number comes again.
    assert_eq!(clicks([&lost, &tap(300..400, 9, ONE)]), [ONE]);
    // Many of them.
    let many: Vec<Touch> = (0..200).map(|n| touch(n, 1000 + n, Down, ONE)).collect();
    assert_eq!(clicks([&many, &tap(10_500..10_600, 1, ONE)]), [ONE]);
    let mut glass = Glass::new();
    for touch in many {
        glass.touch(touch);
    }
    assert!(glass.filter.contacts.len() <= MOST);
}

#[test]
fn a_crowd_clicks_nothing() {
    let drops = (0..CROWD as u64 - 1).flat_map(|n| tap(n * 200..6000, 10 + n, BARE)).collect::<Vec<_>>();
    assert_eq!(clicks([&drops, &tap(5000..5100, 1, ONE)]), NONE);
    assert_eq!(clicks([&drops, &tap(6500..6600, 1, ONE)]), [ONE]);
    // Drops that stay, as long as they run; what lies still is dirt, or a lift that was lost.
    let stay: Vec<Touch> = drops.iter().copied().filter(|touch| touch.phase == Down).collect();
    let run: Vec<Touch> = stay.iter().map(|touch| Touch { phase: Motion, at: touch.at * 2 + HELD, ..*touch }).collect();
    assert_eq!(clicks([&stay, &tap(15_000..15_100, 1, ONE)]), [ONE]);
    assert_eq!(clicks([&stay, &run, &tap(15_000..15_100, 1, ONE)]), NONE);
    // One that comes while a finger is down.
    assert_eq!(clicks([&drops[2..], &tap(5000..5900, 1, ONE), &tap(5500..5600, 2, BARE)]), NONE);
}

#[test]
fn a_touch_that_is_taken_back_clicks_nothing() {
    let cancelled = [touch(0, 1, Down, ONE), touch(80, 1, Cancel, ONE)];
    assert_eq!(clicks([&cancelled]), NONE);
    assert_eq!(clicks([&cancelled, &tap(100..180, 1, ONE)]), [ONE]);
    // A second finger that was none has cancelled all the same: the press may have been meant for it.
    let palm = [touch(50, 2, Down, BARE), touch(60, 2, Cancel, BARE)];
    assert_eq!(clicks([&tap(0..100, 1, ONE), &palm]), NONE);
}

#[test]
fn an_unplugged_panel_clicks_nothing_and_leaves_nothing() {
    let mut glass = Glass::new();
    glass.touch(touch(0, 1, Down, ONE));
    glass.touch(touch(10_000, 2, Down, BARE));
    let decision = glass.filter.unplugged();
    glass.obey(decision);
    assert_eq!((glass.open, glass.clicks.len()), (None, 0));
    assert_eq!(glass.touch(touch(10_010, 2, Up, BARE)), Decision::Nothing);
    for tap in tap(10_020..10_100, 7, BARE).into_iter().chain(tap(10_300..10_400, 7, ONE)) {
        glass.touch(tap);
    }
    assert_eq!(glass.clicks, [ONE]);
}

#[test]
fn a_panel_that_bounces_or_a_hand_that_trembles_clicks_once() {
    // Lost for 30 ms in the middle of a press, and for nothing at all: another number for the same finger.
    assert_eq!(clicks([&tap(0..200, 1, ONE), &tap(230..600, 2, BESIDE_ONE)]), [ONE]);
    assert_eq!(clicks([&[touch(0, 1, Down, ONE), touch(200, 1, Up, ONE)], &tap(200..600, 2, ONE)]), [ONE]);
    // Twice within 100 ms; five times within half a second.
    assert_eq!(clicks([&tap(0..40, 1, ONE), &tap(100..140, 1, ONE)]), [ONE]);
    let tremor: Vec<Touch> = (0..5).flat_map(|n| tap(n * 100..n * 100 + 50, n, BESIDE_ONE)).collect();
    assert_eq!(clicks([&tremor]), [BESIDE_ONE]);
    // Two taps that are meant, and two keys in quick succession.
    assert_eq!(clicks([&tap(0..80, 1, ONE), &tap(230..300, 1, ONE)]), [ONE, ONE]);
    assert_eq!(clicks([&tap(0..40, 1, ONE), &tap(60..100, 1, OTHER)]), [ONE, OTHER]);
}

#[test]
fn sliding_off_cancels_and_coming_back_does_not() {
    let off = |last: Phase, place| {
        [touch(0, 1, Down, ONE), touch(20, 1, Motion, BARE), touch(40, 1, Motion, place), touch(60, 1, last, place)]
    };
    assert_eq!(clicks([&off(Up, BARE)]), NONE);
    assert_eq!(clicks([&off(Up, OTHER)]), NONE);
    assert_eq!(clicks([&off(Up, BESIDE_ONE)]), [ONE]);
    // A lift tells no place: the last one counts.
    let lift = touch(60, 1, Up, (f32::NAN, f32::NAN));
    assert_eq!(clicks([&[touch(0, 1, Down, ONE), touch(20, 1, Motion, BARE), lift]]), NONE);
    assert_eq!(clicks([&[touch(0, 1, Down, ONE), lift]]), [ONE]);
}

#[test]
fn what_was_pressed_is_no_longer_there() {
    let mut glass = Glass::new();
    glass.touch(touch(0, 1, Down, ONE));
    let decision = glass.filter.interrupt();
    glass.obey(decision);
    assert_eq!(glass.touch(touch(10, 1, Motion, ONE)), Decision::Nothing);
    assert_eq!(glass.touch(touch(400, 1, Up, ONE)), Decision::Nothing);
    assert_eq!(glass.filter.interrupt(), Decision::Nothing);
    glass.touch(touch(600, 1, Down, ONE));
    glass.touch(touch(700, 1, Up, ONE));
    assert_eq!(glass.clicks, [ONE]);
}

#[test]
fn a_mouse_passes_and_a_finger_beside_it_cancels() {
    let mut glass = Glass::new();
    for mouse in [Mouse::Motion, Mouse::Down, Mouse::Motion, Mouse::Up] {
        assert_eq!(glass.filter.mouse(mouse), Verdict::Pass);
    }
    assert_eq!(glass.filter.mouse(Mouse::Up), Verdict::Drop, "a release without its press");

    glass.touch(touch(0, 1, Down, ONE));
    assert_eq!(glass.filter.mouse(Mouse::Motion), Verdict::Drop);
    assert_eq!(glass.filter.mouse(Mouse::Down), Verdict::DropAndCancel);
    assert_eq!(glass.filter.mouse(Mouse::Up), Verdict::Drop);
    assert_eq!(glass.filter.touch(touch(50, 1, Up, ONE)), Decision::Nothing);

    assert_eq!(glass.filter.mouse(Mouse::Down), Verdict::Pass);
    assert_eq!(glass.filter.touch(touch(2000, 1, Down, ONE)), Decision::Cancel);
    assert_eq!(glass.filter.mouse(Mouse::Up), Verdict::Drop);
    assert_eq!(glass.filter.touch(touch(2050, 1, Up, ONE)), Decision::Nothing);
    assert_eq!(glass.filter.touch(touch(2500, 1, Down, ONE)), Decision::Press(ONE));
    assert_eq!(glass.filter.touch(touch(2600, 1, Up, ONE)), Decision::Release(ONE));

    assert_eq!(glass.filter.mouse(Mouse::Down), Verdict::Pass);
    assert_eq!(glass.filter.interrupt(), Decision::Cancel);
    assert_eq!(glass.filter.mouse(Mouse::Up), Verdict::Drop);
}

#[test]
fn nonsense_is_passed_over() {
    let mut filter = Filter::new(NEAR);
    assert_eq!(filter.touch(touch(0, 1, Up, ONE)), Decision::Nothing);
    assert_eq!(filter.touch(touch(0, 1, Motion, ONE)), Decision::Nothing);
    assert_eq!(filter.touch(touch(0, 1, Cancel, ONE)), Decision::Nothing);
    assert_eq!(filter.touch(touch(0, 1, Down, (f32::NAN, 3.0))), Decision::Nothing);
    assert_eq!(filter.touch(touch(0, 1, Down, (3.0, f32::INFINITY))), Decision::Nothing);
    filter.landed(true);
    // A clock that runs back.
    assert_eq!(filter.touch(touch(90_000, 1, Down, ONE)), Decision::Press(ONE));
    assert_eq!(filter.touch(touch(90_100, 1, Up, ONE)), Decision::Release(ONE));
    assert_eq!(filter.touch(touch(5, 2, Down, ONE)), Decision::Press(ONE));
}

/// Anything a panel, a mouse or the screens may do, after a while.
#[derive(Clone, Copy, Debug)]
enum Event {
    Finger(u64, Phase, Place),
    Mouse(Mouse),
    Unplugged,
    Interrupt,
}

fn events() -> impl Strategy<Value = Vec<(u64, Event)>> {
    let wait = prop_oneof![4 => 0u64..60, 4 => 60u64..400, 2 => 900u64..1300, 1 => 9_000u64..12_000];
    let phase = prop_oneof![4 => Just(Down), 3 => Just(Up), 2 => Just(Motion), 1 => Just(Cancel)];
    let place = prop_oneof![3 => Just(ONE), 1 => Just(BESIDE_ONE), 2 => Just(OTHER), 3 => Just(BARE)];
    let finger = (0u64..7, phase, place).prop_map(|(finger, phase, place)| Event::Finger(finger, phase, place));
    let mouse = prop_oneof![Just(Mouse::Down), Just(Mouse::Motion), Just(Mouse::Up)].prop_map(Event::Mouse);
    let event = prop_oneof![30 => finger, 2 => mouse, 1 => Just(Event::Unplugged), 1 => Just(Event::Interrupt)];
    proptest::collection::vec((wait, event), 0..120)
}

/// One finger's press as the screens see it, and who else came meanwhile.
struct Press {
    finger: u64,
    since: u64,
    strangers: usize,
}

/// Plays events and holds every decision against the promises. The glass as it is then, and the time.
fn play(events: &[(u64, Event)]) -> (Glass, u64) {
    let mut glass = Glass::new();
    let mut press: Option<Press> = None;
    let mut mouse_pressed = false;
    let mut recent: Vec<(u64, Place)> = Vec::new();
    let mut down: Vec<(u64, Place)> = Vec::new();
    let mut now = 0;
    for (wait, event) in events {
        now += wait;
        match *event {
            Event::Finger(finger, phase, place) => {
                let decision = glass.touch(touch(now, finger, phase, place));
                if let (Down, Some(press)) = (phase, &mut press) {
                    // One that was there when the press began, and that the panel lost and found.
                    let lost = |at: u64| press.since <= at && now - at < 150;
                    let known = recent.iter().any(|(at, lifted)| lost(*at) && near(*lifted, place));
                    press.strangers += usize::from(!known);
                }
                if phase == Motion {
                    down.iter_mut().filter(|(other, _)| *other == finger).for_each(|(_, at)| *at = place);
                } else {
                    let gone = down.iter().position(|(other, _)| *other == finger).map(|at| down.remove(at));
                    recent.extend(gone.filter(|_| phase == Up).map(|(_, at)| (now, at)));
                    down.extend((phase == Down).then_some((finger, place)));
                }
                match decision {
                    Decision::Press(_) | Decision::Instead(_) => {
                        assert_eq!(phase, Down);
                        assert!(!mouse_pressed, "a finger presses beside the mouse");
                        press = Some(Press { finger, since: now, strangers: 0 });
                    }
                    Decision::Release(_) => {
                        let press = press.take().expect("a press");
                        assert_eq!((phase, finger), (Up, press.finger), "released by another finger");
                        assert_eq!(press.strangers, 0, "released although another finger had come");
                    }
                    Decision::Cancel => {
                        assert!(press.take().is_some() || mouse_pressed, "cancelled without a press");
                        mouse_pressed = false;
                    }
                    Decision::Move(_) => assert_eq!(press.as_ref().map(|press| press.finger), Some(finger)),
                    Decision::Nothing => {}
                }
            }
            Event::Mouse(mouse) => match glass.filter.mouse(mouse) {
                Verdict::Pass if mouse == Mouse::Down => {
                    assert!(press.is_none(), "the mouse presses beside a finger");
                    mouse_pressed = true;
                }
                Verdict::Pass if mouse == Mouse::Up => {
                    assert!(mouse_pressed, "the mouse releases what it did not press");
                    mouse_pressed = false;
                }
                Verdict::Pass | Verdict::Drop => {}
                Verdict::DropAndCancel => {
                    assert!(press.take().is_some(), "cancelled without a press");
                    glass.obey(Decision::Cancel);
                }
            },
            Event::Unplugged | Event::Interrupt => {
                let decision = if matches!(event, Event::Unplugged) {
                    recent.clear();
                    down.clear();
                    glass.filter.unplugged()
                } else {
                    mouse_pressed = false;
                    glass.filter.interrupt()
                };
                glass.obey(decision);
                press = None;
            }
        }
        assert_eq!(press.is_some(), glass.open.is_some());
    }
    (glass, now)
}

fn near(one: Place, other: Place) -> bool {
    (one.0 - other.0).hypot(one.1 - other.1) <= NEAR
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happened_a_fresh_tap_clicks(events in events()) {
        let (mut glass, now) = play(&events);
        for finger in 0..7 {
            glass.touch(touch(now, finger, Up, ONE));
        }
        if glass.filter.mouse(Mouse::Up) == Verdict::Pass {
            glass.open = None;
        }
        let before = glass.clicks.len();
        for touch in tap(now + 150..now + 250, 3, ONE) {
            glass.touch(touch);
        }
        prop_assert_eq!(glass.clicks.len(), before + 1);
    }

    /// Not one lift was heard: the fingers, and perhaps a button of the mouse, stay down for ever.
    #[test]
    fn lost_lifts_do_not_make_a_dead_panel(events in events(), finger in 0u64..20) {
        let (mut glass, now) = play(&events);
        // The first tap may pay for the mouse.
        for touch in tap(now + 11_000..now + 11_100, finger, OTHER) {
            glass.touch(touch);
        }
        let before = glass.clicks.len();
        for touch in tap(now + 11_300..now + 11_400, finger, OTHER) {
            glass.touch(touch);
        }
        prop_assert_eq!(glass.clicks.len(), before + 1);
    }
}
