//! Every screen in every language on every panel, drawn into `target/screens/` and measured: nothing clipped, every
//! target large enough and within reach, every button with a destination.

mod contrast;
mod drawn;
mod golden;
mod measure;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;

use borne::display::{Easel, Panel, fonts};
use borne::gallery::{self, PANELS, Wanted};
use kiosk_flow::view::Theme;
use kiosk_runtime::screen::Picture;
use slint::platform::software_renderer::RenderingRotation;
use wire::ids::Language;

/// A panel that hangs so high that little of it is within reach, as little as is accepted; measured in the languages
/// whose letters or words are the largest.
const LOW: (&str, Panel) = ("low", Panel { bottom_mm: 1088.0, ..Panel::PORTRAIT });
const LOW_LANGUAGES: [Language; 4] = [Language::Fr, Language::Ar, Language::Uk, Language::Zh];

/// What is drawn of all that is measured; with this in the environment, everything is.
const CHOSEN: [&str; 6] = ["s03-ar", "s15-ar", "s03-zh", "s03-uk", "s03-fr-large", "s15-fr-large"];
const EVERY: &str = "PICTURES_OF_ALL";

/// The palettes and their names.
const THEMES: [(Theme, &str); 3] =
    [(Theme::Standard, "standard"), (Theme::HighContrast, "contrast"), (Theme::Night, "night")];

fn main() -> ExitCode {
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/fonts");
    if let Err(error) = fonts::put_in_force(&assets) {
        eprintln!("pictures: {error}");
        return ExitCode::FAILURE;
    }
    // A filter or a list is for tests that a harness runs.
    if std::env::args().skip(1).any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    let drawings: Vec<_> = PANELS
        .into_iter()
        .chain([LOW])
        .map(|(name, panel)| {
            let assets = assets.clone();
            thread::spawn(move || draw_all(name, &panel, &assets))
        })
        .collect();
    let faults: Vec<String> = drawings
        .into_iter()
        .flat_map(|drawing| match drawing.join() {
            Ok(faults) => faults,
            Err(_) => vec!["a drawing thread panicked".to_owned()],
        })
        .collect();
    for fault in &faults {
        eprintln!("{fault}");
    }
    eprintln!("pictures: {} faults; see target/screens/", faults.len());
    if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Measures every screen on one panel in every language, with letters of both sizes, and draws some. What is wrong.
fn draw_all(name: &str, panel: &Panel, assets: &Path) -> Vec<String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../screens").join(name);
    std::fs::create_dir_all(&folder).expect("a folder for the pictures");
    let mut easel = Easel::new(panel, assets).expect("a screen in memory");
    let every = std::env::var_os(EVERY).is_some();
    let mut faults = Vec::new();
    for large in [false, true] {
        let mut french = BTreeMap::new();
        for lang in if *panel == LOW.1 { LOW_LANGUAGES.to_vec() } else { Language::ALL.to_vec() } {
            let wanted = Wanted { rooms: panel.rooms(), lang, large, theme: Theme::Standard };
            for (screen, view) in gallery::all(&wanted) {
                let screen = if large { format!("{screen}-large") } else { screen };
                easel.show(&view);
                let mut found = measure::faults(&easel, &view, panel);
                let plain = screen.trim_end_matches("-large").trim_end_matches(&format!("-{}", lang.tag())).to_owned();
                if lang == Language::Fr {
                    if !large {
                        found.extend(measure::touch_faults(&easel, &view));
                    }
                    french.insert(plain, easel.elements());
                } else if lang == Language::Ar {
                    let french = french.get(&plain).map(Vec::as_slice).unwrap_or_default();
                    found.extend(measure::mirror_faults(french, &easel.elements(), &view, panel));
                }
                if !large && [Language::Fr, Language::Ar].contains(&lang) {
                    found.extend(measure::ring_faults(&easel, &view, panel));
                }
                if every || CHOSEN.contains(&screen.as_str()) {
                    found.extend(drawn::code_faults(&mut easel, &view, panel));
                    save(&easel.picture(), &folder.join(format!("{screen}.png")));
                }
                faults.extend(found.into_iter().map(|fault| format!("{name} {screen}: {fault}")));
            }
        }
    }
    if *panel != LOW.1 {
        faults.extend(themes(name, panel, &mut easel, &folder));
    }
    faults.extend(compared(name, panel, &mut easel, &folder));
    faults
}

/// The main screens beside the pictures that are kept.
fn compared(name: &str, panel: &Panel, easel: &mut Easel, folder: &Path) -> Vec<String> {
    let mut wanted = golden::kept(name).to_vec();
    let mut faults = Vec::new();
    for lang in Language::ALL {
        for (theme, word) in THEMES {
            for large in [false, true] {
                let dress = format!("-{}-{word}{}", lang.tag(), if large { "-large" } else { "" });
                if !wanted.iter().any(|kept| kept.ends_with(&dress)) {
                    continue;
                }
                for (screen, view) in gallery::all(&Wanted { rooms: panel.rooms(), lang, large, theme }) {
                    let screen = screen.trim_end_matches(&format!("-{}", lang.tag())).to_owned() + &dress;
                    let Some(place) = wanted.iter().position(|kept| *kept == screen) else { continue };
                    wanted.swap_remove(place);
                    easel.show(&view);
                    let picture = easel.picture();
                    save(&picture, &folder.join(format!("{screen}.png")));
                    let fault = golden::fault(name, &screen, &picture);
                    faults.extend(fault.map(|fault| format!("{name} {screen}: {fault}")));
                    faults.extend(turned(easel, &picture).map(|fault| format!("{name} {screen}: {fault}")));
                }
            }
        }
    }
    faults.extend(wanted.into_iter().map(|screen| format!("{name} {screen}: kept, and nothing draws it")));
    faults
}

/// Whoever asks for a picture gets it upright, however the screen is turned.
fn turned(easel: &Easel, upright: &Picture) -> Option<String> {
    use RenderingRotation::{NoRotation, Rotate90, Rotate180, Rotate270};
    [NoRotation, Rotate90, Rotate180, Rotate270].into_iter().find_map(|rotation| {
        match easel.picture_from_afar(rotation) {
            Ok(picture) if picture == *upright => None,
            Ok(picture) => {
                Some(format!("{rotation:?}: another picture from afar, {}x{}", picture.width, picture.height))
            }
            Err(error) => Some(format!("{rotation:?}: {error}")),
        }
    })
}

/// Presses, rings and contrasts in every palette, and how screens slide.
fn themes(name: &str, panel: &Panel, easel: &mut Easel, folder: &Path) -> Vec<String> {
    let mut faults = Vec::new();
    for (theme, word) in THEMES {
        let wanted = Wanted { rooms: panel.rooms(), lang: Language::Fr, large: false, theme };
        for (screen, view) in gallery::all(&wanted) {
            if !["s01-fr", "s03-fr", "s15-countdown-fr", "s18-fr", "s20-fr", "s26-fr", "s27-fr"]
                .contains(&screen.as_str())
            {
                continue;
            }
            easel.show(&view);
            let mut found = contrast::faults(easel);
            if theme == Theme::Standard {
                found.extend(drawn::press_faults(easel));
            }
            found.extend(drawn::ring_faults(easel, &view, panel));
            found.extend(drawn::code_faults(easel, &view, panel));
            save(&easel.picture(), &folder.join(format!("{screen}-{word}.png")));
            faults.extend(found.into_iter().map(|fault| format!("{name} {screen} {word}: {fault}")));
        }
    }
    for (lang, from_right) in [(Language::Fr, true), (Language::Ar, false)] {
        let wanted = Wanted { rooms: panel.rooms(), lang, large: false, theme: Theme::Standard };
        let all = gallery::all(&wanted);
        let found = drawn::slide_faults(easel, &all[0].1, &all[1].1, panel, from_right);
        faults.extend(found.into_iter().map(|fault| format!("{name} {}: {fault}", lang.tag())));
    }
    faults
}

fn save(picture: &Picture, path: &PathBuf) {
    std::fs::write(path, picture.png().expect("a PNG file")).expect("a file for the picture");
}
