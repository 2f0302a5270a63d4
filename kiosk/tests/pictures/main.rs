//! Every screen in every language on both panels, drawn into `target/screens/` and measured: nothing clipped, every
//! target large enough and within reach, every button with a destination.

mod measure;
mod views;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;

use borne::display::{Easel, Panel, fonts};
use kiosk_runtime::screen::Picture;

/// The panels the design draws.
const PANELS: [(&str, Panel); 2] = [("1080x1920", Panel::PORTRAIT), ("1280x800", Panel::LANDSCAPE)];

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
    let faults: Vec<String> = PANELS
        .map(|(name, panel)| {
            let assets = assets.clone();
            thread::spawn(move || draw_all(name, &panel, &assets))
        })
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

/// Draws and measures every screen on one panel. What is wrong with them.
fn draw_all(name: &str, panel: &Panel, assets: &Path) -> Vec<String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../screens").join(name);
    std::fs::create_dir_all(&folder).expect("a folder for the pictures");
    let mut easel = Easel::new(panel, assets).expect("a screen in memory");
    let all = views::all(panel);
    let mut faults = measure::slide_faults(&easel, &all[0].1, &all[1].1, panel);
    for (screen, view) in all {
        easel.show(&view);
        easel.draw();
        save(&easel.picture().expect("a picture"), &folder.join(format!("{screen}.png")));
        let mut found = measure::faults(&easel, &view, panel);
        // One screen of each kind of button, in one language: the widgets are the same everywhere.
        if ["s01-fr", "s03-fr", "s18-fr"].contains(&screen.as_str()) {
            found.extend(measure::press_faults(&easel));
            found.extend(measure::keyboard_faults(&easel, &view));
            save(&easel.picture().expect("a picture"), &folder.join(format!("{screen}-focus.png")));
        }
        faults.extend(found.into_iter().map(|fault| format!("{name} {screen}: {fault}")));
    }
    faults
}

fn save(picture: &Picture, path: &PathBuf) {
    let file = std::fs::File::create(path).expect("a file for the picture");
    let mut encoder = png::Encoder::new(std::io::BufWriter::new(file), picture.width, picture.height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header().expect("a header");
    writer.write_image_data(&picture.rgb).expect("pixels");
}
