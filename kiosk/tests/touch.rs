//! Fingers, palms and panels in trouble, on the first screen as it is drawn: one click where one is right, none where
//! none is.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use borne::display::filter::Phase::{self, Cancel, Down, Motion, Up};
use borne::display::filter::{AGAIN, CROWD, HELD, LANDING, Touch};
use borne::display::{Easel, Panel, fonts};
use kiosk_flow::view::{Screen, View};
use kiosk_flow::{Appearance, Control, Input, Journey, Role, Setup};

/// Longer than anything that happened before is remembered.
const LATER: Duration = Duration::from_secs(40);

type Place = (f32, f32);

fn main() -> ExitCode {
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/fonts");
    if let Err(error) = fonts::put_in_force(&assets) {
        eprintln!("touch: {error}");
        return ExitCode::FAILURE;
    }
    if std::env::args().skip(1).any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    let mut glass = Glass::new(&assets);
    let rows = rows(&glass);
    let mut wrong = 0;
    for (row, touches, expected) in &rows {
        let clicked = glass.play(touches);
        let right = clicked == *expected;
        wrong += u32::from(!right);
        let verdict = if right { "as is right" } else { "WRONG" };
        eprintln!("touch: {row}: {} clicks, {verdict}", clicked.len());
    }
    glass.the_screen_changes_under_a_finger();
    let taps = glass.anything_at_all();
    eprintln!("touch: {} rows, {wrong} wrong; {taps} fresh taps after random touches, each one click", rows.len());
    if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The first screen, and what is where on it.
struct Glass {
    easel: Easel,
    view: View,
    /// The time at which the next row begins.
    start: Duration,
    one: (Place, Control),
    other: (Place, Control),
    bare: Place,
    /// On the first control too, a trembling finger further.
    beside: Place,
}

impl Glass {
    fn new(assets: &Path) -> Self {
        let panel = Panel::PORTRAIT;
        let easel = Easel::new(&panel, assets).expect("a screen in memory");
        let catalogue = borne::gallery::catalogue();
        let setup = Setup {
            catalogue: Arc::new(catalogue),
            role: Role::Both,
            rooms: panel.rooms(),
            appearance: Appearance::default(),
        };
        let view = Journey::new(setup, Arc::default(), Duration::ZERO).view(Duration::ZERO);
        easel.show(&view);
        let buttons: Vec<Place> = easel.elements().iter().filter(|it| it.enabled).map(|it| it.centre()).collect();
        let told = |place: Place| match easel.touch(&[place]).expect("a tap").as_slice() {
            [Input::Touched(control)] => (place, control.clone()),
            other => panic!("a tap on a button gave {other:?}"),
        };
        let (one, other) = (told(buttons[0]), told(buttons[1]));
        let texts = easel.elements();
        let title = texts.iter().find(|element| element.role == "text").expect("a title");
        let beside = (one.0.0 + 12.0, one.0.1 + 9.0);
        let bare = title.centre();
        Self { easel, view, start: LATER, one, other, bare, beside }
    }

    /// What is clicked when a panel tells this.
    fn play(&mut self, touches: &[Touch]) -> Vec<Control> {
        let told: Vec<Touch> = touches.iter().map(|touch| Touch { at: self.start + touch.at, ..*touch }).collect();
        self.start += touches.last().map_or(Duration::ZERO, |touch| touch.at) + LATER;
        let clicked = self.easel.raw_touch(&told).expect("touches").into_iter();
        let control = |input| if let Input::Touched(control) = input { control } else { panic!("{input:?}") };
        clicked.map(control).collect()
    }

    fn the_screen_changes_under_a_finger(&mut self) {
        assert_eq!(self.play(&[touch(0, 1, Down, self.one.0)]), []);
        self.view.generation += 1;
        self.easel.show(&self.view);
        assert_eq!(self.play(&[touch(0, 1, Up, self.one.0)]), [], "what was never pressed was clicked");
        // New words on the same screen take no press.
        assert_eq!(self.play(&[touch(0, 1, Down, self.one.0)]), []);
        self.easel.show(&self.view);
        assert_eq!(self.play(&[touch(0, 1, Up, self.one.0)]).len(), 1, "a press was lost");
        // A button that does something else by now was never pressed.
        let mut turned = self.view.clone();
        let Screen::Home(home) = &mut turned.screen else { panic!("S01 expected") };
        home.choices[0].control = self.other.1.clone();
        assert_eq!(self.play(&[touch(0, 1, Down, self.one.0)]), []);
        self.easel.show(&turned);
        assert_eq!(self.play(&[touch(0, 1, Up, self.one.0)]), [], "the finger went down on another choice");
        self.easel.show(&self.view);
    }

    /// Random touches with a fresh tap now and then, which always clicks once. How many taps.
    fn anything_at_all(&mut self) -> usize {
        let mut random = Random(0x0acc_0e11);
        let places = [self.one.0, self.beside, self.other.0, self.bare];
        let rounds = 400;
        for round in 0..rounds {
            let mut at = 0;
            let mut touches: Vec<Touch> = (0..random.below(60))
                .map(|_| {
                    at += [0, 7, 40, 120, 300, 1200][random.below(6)];
                    let phase = [Down, Down, Up, Up, Motion, Cancel][random.below(6)];
                    touch(at, random.below(7) as u64, phase, places[random.below(4)])
                })
                .collect();
            // In every other round not one lift is heard in the end.
            if round % 2 == 0 {
                touches.extend((0..7).map(|finger| touch(at, finger, Up, self.bare)));
            } else {
                at += 11_000;
            }
            let pause = AGAIN.as_millis() as u64;
            let clicks = self.play(&touches).len();
            let downs = touches.iter().filter(|touch| touch.phase == Down).count();
            assert!(clicks <= downs, "round {round}: {clicks} clicks of {downs} fingers");
            self.start -= LATER;
            let clicked = self.play(&tap(at - touches.last().map_or(at, millis) + pause, 80, 3, self.one.0));
            assert_eq!(clicked, std::slice::from_ref(&self.one.1), "round {round}: {touches:?}");
        }
        rounds
    }
}

/// What happens, and the controls that are right to be clicked.
fn rows(glass: &Glass) -> Vec<(&'static str, Vec<Touch>, Vec<Control>)> {
    let (one, other, bare, beside) = (glass.one.0, glass.other.0, glass.bare, glass.beside);
    let click_one = || vec![glass.one.1.clone()];
    let both = || vec![glass.one.1.clone(), glass.other.1.clone()];
    let again = AGAIN.as_millis() as u64;
    let held = HELD.as_millis() as u64;
    let landing = LANDING.as_millis() as u64;
    let crowd = (0..CROWD as u64 - 1).flat_map(|n| tap(n * 200, 5000, 10 + n, bare));
    vec![
        ("a tap", tap(0, 80, 1, one), click_one()),
        ("a press of a minute", tap(0, 60_000, 1, one), click_one()),
        ("a tap beside the buttons", tap(0, 80, 1, bare), vec![]),
        ("a second finger while a button is held", in_time(tap(0, 500, 1, one), tap(200, 100, 2, other)), vec![]),
        ("a palm while a button is held", in_time(tap(0, 500, 1, one), tap(200, 600, 2, bare)), vec![]),
        ("a palm that outlasts the finger", in_time(tap(0, 500, 1, one), tap(200, 600, 2, other)), vec![]),
        ("two fingers that land together", in_time(tap(0, 200, 1, one), tap(landing / 2, 200, 2, other)), vec![]),
        (
            "a palm that rests beside the buttons, then taps",
            in_time(tap(0, 9000, 9, bare), [tap(500, 80, 1, one), tap(1200, 80, 2, other)].concat()),
            both(),
        ),
        (
            "a palm that rests on a button, then taps: the first is lost",
            in_time(tap(0, 9000, 9, other), [tap(1500, 80, 1, one), tap(2500, 80, 1, one)].concat()),
            click_one(),
        ),
        ("a touch that the panel takes back", vec![touch(0, 1, Down, one), touch(80, 1, Cancel, one)], vec![]),
        (
            "a touch that the panel takes back, then a tap",
            [vec![touch(0, 1, Down, one), touch(80, 1, Cancel, one)], tap(300, 80, 1, one)].concat(),
            click_one(),
        ),
        ("a double tap within 100 ms", [tap(0, 40, 1, one), tap(100, 40, 1, beside)].concat(), click_one()),
        ("a finger lost for 30 ms", [tap(0, 200, 1, one), tap(230, 400, 2, beside)].concat(), click_one()),
        ("two taps on two buttons", [tap(0, 60, 1, one), tap(90, 60, 1, other)].concat(), both()),
        (
            "two taps that are meant",
            [tap(0, 80, 1, one), tap(80 + again, 80, 1, one)].concat(),
            [click_one(), click_one()].concat(),
        ),
        ("a finger that slides off", slide(one, bare, bare), vec![]),
        ("a finger that slides to another button", slide(one, bare, other), vec![]),
        ("a finger that slides off and back", slide(one, bare, beside), click_one()),
        ("a finger whose lift is lost, alone", vec![touch(0, 9, Down, other)], vec![]),
        (
            "a finger whose lift is lost, then a tap",
            [vec![touch(0, 9, Down, other)], tap(held, 80, 1, one)].concat(),
            click_one(),
        ),
        (
            "a finger whose lift is lost and whose number comes again",
            [vec![touch(0, 9, Down, other)], tap(300, 80, 9, one)].concat(),
            click_one(),
        ),
        ("drops of water, then a finger among them", in_time(crowd.collect(), tap(2000, 80, 1, one)), vec![]),
        ("a tap after all that", tap(0, 80, 1, one), click_one()),
    ]
}

fn touch(ms: u64, finger: u64, phase: Phase, (x, y): Place) -> Touch {
    Touch { finger, phase, x, y, at: Duration::from_millis(ms) }
}

/// A finger that comes down after some time, and is lifted some time later.
fn tap(after: u64, long: u64, finger: u64, place: Place) -> Vec<Touch> {
    vec![touch(after, finger, Down, place), touch(after + long, finger, Up, place)]
}

fn slide(from: Place, over: Place, to: Place) -> Vec<Touch> {
    vec![touch(0, 1, Down, from), touch(50, 1, Motion, over), touch(100, 1, Motion, to), touch(150, 1, Up, to)]
}

fn in_time(one: Vec<Touch>, other: Vec<Touch>) -> Vec<Touch> {
    let mut touches = [one, other].concat();
    touches.sort_by_key(|touch| touch.at);
    touches
}

fn millis(touch: &Touch) -> u64 {
    touch.at.as_millis() as u64
}

/// The same numbers in every run (Knuth's linear congruential generator).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}
