//! The display in memory with its event loop, asked from another thread as the control socket asks it.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use borne::binders::Keypad;
use borne::display::{self, Kind, Panel, fonts};
use drivers::watchdog::Watchdog;
use kiosk_flow::view::{Button, Choices, Chrome, Icon, Look, Screen as Shown, View};
use kiosk_flow::{Control, Input, Key, Press};
use kiosk_runtime::screen::{Element, Picture, Screen};

/// How long the loop may take, far more than it needs.
const PATIENCE: Duration = Duration::from_secs(20);

fn main() -> ExitCode {
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/fonts");
    if let Err(error) = fonts::put_in_force(&assets) {
        eprintln!("headless: {error}");
        return ExitCode::FAILURE;
    }
    if std::env::args().skip(1).any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    let (sender, inputs) = channel();
    let (screen, event_loop) =
        display::open(Kind::Headless, &Panel::PORTRAIT, &assets, Keypad::default(), move |input| {
            sender.send(input).expect("somebody listens");
        })
        .expect("a display in memory");
    let visitor = thread::spawn(move || {
        let ended = EndLoop(Arc::clone(&screen));
        visit(&*screen, &inputs);
        drop(ended);
        after_the_end(&*screen);
    });
    event_loop.run(&Watchdog::new(None, None)).expect("an event loop");
    if visitor.join().is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Ends the loop even where an assertion failed: the test must end too.
struct EndLoop(Arc<dyn Screen>);

impl Drop for EndLoop {
    fn drop(&mut self) {
        self.0.quit();
    }
}

fn visit(screen: &dyn Screen, inputs: &Receiver<Input>) {
    screen.show(view(&[("Un", Control::TakeTicket), ("Deux", Control::More)]));
    let first = screen.picture().expect("a picture");
    assert_eq!((first.width, first.height), (1080, 1920));
    assert_eq!(first.rgb.len(), 1080 * 1920 * 3);
    assert!(distinct_colours(&first) > 2, "the picture is empty");

    let elements = screen.elements().expect("elements");
    let labels: Vec<&str> = elements.iter().map(|element| element.label.as_str()).collect();
    assert_eq!(labels, ["Mairie", "10\u{a0}h\u{a0}42", "Que faire", "Un, note", "Deux, note", "Retour"]);
    assert!(elements.iter().all(|element| element.enabled == (element.role == "button")));

    tap(screen, &elements, "Deux, note");
    assert_eq!(inputs.recv_timeout(PATIENCE), Ok(Input::Touched(Control::More)));
    tap(screen, &elements, "Retour");
    assert_eq!(inputs.recv_timeout(PATIENCE), Ok(Input::Touched(Control::Back)));
    tap(screen, &elements, "Que faire");
    assert!(inputs.try_recv().is_err(), "a text was activated");

    // The keypad's keys go through the window as those of a keyboard do.
    for press in [Press::Down, Press::Up] {
        screen.key(Key::Next, press).expect("a key");
        assert_eq!(inputs.recv_timeout(PATIENCE), Ok(Input::Key(Key::Next, press)));
    }

    // The newest of many views wins, and is the one that is seen and touched.
    for _ in 0..100 {
        screen.show(view(&[("Trois", Control::DontKnow)]));
    }
    screen.show(view(&[("Quatre", Control::Skip), ("Cinq", Control::Stay)]));
    let elements = screen.elements().expect("elements");
    assert!(elements.iter().any(|element| element.label == "Quatre, note"), "{elements:?}");
    tap(screen, &elements, "Cinq, note");
    assert_eq!(inputs.recv_timeout(PATIENCE), Ok(Input::Touched(Control::Stay)));
    assert!(screen.picture().expect("a picture") != first, "the picture stayed the same");
}

/// A screen that has ended says so instead of waiting.
fn after_the_end(screen: &dyn Screen) {
    // Asked while the loop ends, or after: an answer or an error, never a hang.
    let _ = screen.elements();
}

fn tap(screen: &dyn Screen, elements: &[Element], label: &str) {
    let element = elements.iter().find(|element| element.label == label).expect("the element");
    let (x, y) = element.centre();
    screen.tap(x, y).expect("a tap");
}

fn view(cards: &[(&str, Control)]) -> View {
    let button = |label: &str, note: &str, control| Button {
        label: label.to_owned(),
        note: note.to_owned(),
        icon: Icon::None,
        selected: false,
        enabled: true,
        lang: None,
        control,
    };
    View {
        generation: 1,
        chrome: Chrome {
            site: "Mairie".to_owned(),
            clock: "10\u{a0}h\u{a0}42".to_owned(),
            lang: wire::ids::Language::default(),
            look: Look::default(),
            focus: None,
            call: None,
            footer: vec![button("Retour", "", Control::Back)],
        },
        screen: Shown::Choices(Choices {
            code: "S03",
            title: "Que faire".to_owned(),
            text: String::new(),
            cards: cards.iter().map(|(label, control)| button(label, "note", control.clone())).collect(),
        }),
    }
}

fn distinct_colours(picture: &Picture) -> usize {
    let mut colours: Vec<&[u8]> = picture.rgb.chunks_exact(3).collect();
    colours.sort_unstable();
    colours.dedup();
    colours.len()
}
