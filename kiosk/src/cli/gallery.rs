//! `borne gallery`.

use std::path::PathBuf;

use clap::Args;
use kiosk_runtime::config::Config;
use wire::ids::Language;

use super::say;
use crate::display::fonts;
use crate::gallery::{self, Selection};

/// What a gallery takes.
#[derive(Args, Debug)]
pub(super) struct GalleryArguments {
    /// The folder to draw into
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Only this panel: 1080x1920, 1280x800 or 800x480; may be said again
    #[arg(long, value_name = "NAME")]
    panel: Vec<String>,
    /// Only this language: fr, en, es, pt, ar, tr, uk, zh or fr-simple; may be said again
    #[arg(long, value_name = "TAG", value_parser = language)]
    language: Vec<Language>,
    /// Only this palette: standard, contrast or night; may be said again
    #[arg(long, value_name = "NAME")]
    theme: Vec<String>,
    /// Only screens whose names begin so: s04; may be said again
    #[arg(long, value_name = "NAME")]
    screen: Vec<String>,
    /// Without large text
    #[arg(long)]
    normal_text: bool,
}

fn language(tag: &str) -> Result<Language, String> {
    let known = Language::ALL.into_iter().find(|lang| lang.tag() == tag);
    known.ok_or_else(|| format!("use one of {}", Language::ALL.map(Language::tag).join(", ")))
}

/// Draws every screen, or those that are named, without a running borne.
pub(super) fn gallery(config: &Config, arguments: GalleryArguments) -> anyhow::Result<()> {
    fonts::put_in_force(&config.borne.fonts)?;
    let GalleryArguments { out, panel, language, theme, screen, normal_text } = arguments;
    let selection = Selection { panels: panel, languages: language, themes: theme, normal_text, screens: screen };
    let drawn = gallery::draw(&out, &config.borne.fonts, &selection)?;
    say(&format!("{} pictures; open {}", drawn.len(), out.join("index.html").display()));
    Ok(())
}
