//! Every screen as a picture, for people who look through them: in every language, palette and size of letters, on
//! every panel that the design draws.

mod index;
mod visits;

use std::path::{Path, PathBuf};
use std::thread;

use kiosk_flow::view::Theme;
use wire::ids::Language;

use crate::display::{DisplayError, Easel, Panel};

pub use visits::{Wanted, all, catalogue};

/// The panels that the design draws, by the name of their pictures' folder.
pub const PANELS: [(&str, Panel); 3] =
    [("1080x1920", Panel::PORTRAIT), ("1280x800", Panel::LANDSCAPE), ("800x480", Panel::SMALL)];

/// The palettes, by the end of their pictures' names.
pub const THEMES: [(&str, Theme); 3] =
    [("standard", Theme::Standard), ("contrast", Theme::HighContrast), ("night", Theme::Night)];

/// Which of all pictures are drawn; what is not named is drawn in every way.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Panels, by their names.
    pub panels: Vec<String>,
    /// Languages.
    pub languages: Vec<Language>,
    /// Palettes, by their names.
    pub themes: Vec<String>,
    /// Only letters of the usual size.
    pub normal_text: bool,
    /// What the names of screens begin with.
    pub screens: Vec<String>,
}

/// A picture of the gallery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// The panel's name.
    pub panel: &'static str,
    /// The screen's name, such as `s04-four`.
    pub screen: String,
    /// The language.
    pub lang: Language,
    /// The palette's name.
    pub theme: &'static str,
    /// Whether letters are large.
    pub large: bool,
    /// Its file, from the gallery's folder.
    pub file: PathBuf,
}

/// The gallery cannot be drawn.
#[derive(Debug, thiserror::Error)]
pub enum GalleryError {
    /// The screens.
    #[error(transparent)]
    Display(#[from] DisplayError),
    /// A picture cannot be read back.
    #[error(transparent)]
    Picture(#[from] kiosk_runtime::screen::ScreenError),
    /// A picture cannot be encoded.
    #[error("a picture cannot be encoded: {0}")]
    Encoding(String),
    /// A file.
    #[error("{path} cannot be written; choose another folder with --out")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Nothing is left of the selection.
    #[error("nothing to draw: there are the panels {panels}, the themes {themes}, and screens such as s01 or s04")]
    Nothing {
        /// The panels' names.
        panels: String,
        /// The palettes' names.
        themes: String,
    },
    /// A thread ended.
    #[error("a drawing thread broke; its message stands above")]
    Broken,
}

/// Draws what is selected into a folder, and an index page beside it. What was drawn.
///
/// # Errors
/// As [`Easel::new`]; or a file cannot be written; or nothing is selected.
pub fn draw(out: &Path, fonts: &Path, selection: &Selection) -> Result<Vec<Drawn>, GalleryError> {
    let names = |named: &[String], name: &str| named.is_empty() || named.iter().any(|n| n == name);
    let panels: Vec<_> = PANELS.into_iter().filter(|(name, _)| names(&selection.panels, name)).collect();
    // One thread a panel: each has a screen in memory of its own.
    let drawn: Vec<Result<Vec<Drawn>, GalleryError>> = thread::scope(|scope| {
        let threads: Vec<_> = panels
            .iter()
            .map(|(name, panel)| scope.spawn(move || draw_panel(name, panel, out, fonts, selection)))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or(Err(GalleryError::Broken))).collect()
    });
    let drawn: Vec<Drawn> = drawn.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
    if drawn.is_empty() {
        let list = |names: &[&str]| names.join(", ");
        return Err(GalleryError::Nothing {
            panels: list(&PANELS.map(|(name, _)| name)),
            themes: list(&THEMES.map(|(name, _)| name)),
        });
    }
    write(&out.join("index.html"), index::page(&drawn).as_bytes())?;
    Ok(drawn)
}

fn draw_panel(
    name: &'static str,
    panel: &Panel,
    out: &Path,
    fonts: &Path,
    selection: &Selection,
) -> Result<Vec<Drawn>, GalleryError> {
    let mut easel = Easel::new(panel, fonts)?;
    let mut drawn = Vec::new();
    let languages = if selection.languages.is_empty() { &Language::ALL[..] } else { &selection.languages };
    let sizes: &[bool] = if selection.normal_text { &[false] } else { &[false, true] };
    for &lang in languages {
        for &large in sizes {
            for (theme_name, theme) in THEMES {
                if !selection.themes.is_empty() && !selection.themes.iter().any(|n| n == theme_name) {
                    continue;
                }
                let wanted = Wanted { rooms: panel.rooms(), lang, large, theme };
                for (screen, view) in all(&wanted) {
                    let screen = screen.trim_end_matches(&format!("-{}", lang.tag())).to_owned();
                    if !selection.screens.is_empty() && !selection.screens.iter().any(|s| screen.starts_with(s)) {
                        continue;
                    }
                    easel.show(&view);
                    let size = if large { "-large" } else { "" };
                    let file = PathBuf::from(name).join(format!("{screen}-{}-{theme_name}{size}.png", lang.tag()));
                    let png = easel.picture().png().map_err(|e| GalleryError::Encoding(e.to_string()))?;
                    write(&out.join(&file), &png)?;
                    drawn.push(Drawn { panel: name, screen, lang, theme: theme_name, large, file });
                }
            }
        }
    }
    Ok(drawn)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), GalleryError> {
    let fault = |source| GalleryError::File { path: path.to_owned(), source };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(fault)?;
    }
    std::fs::write(path, bytes).map_err(fault)
}
