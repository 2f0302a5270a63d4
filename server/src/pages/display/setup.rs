//! How a screen is set up: what the catalogue says of it, in sizes and addresses.

use std::path::Path;
use std::time::UNIX_EPOCH;

use serde::Serialize;
use wire::catalogue::{Catalogue, Display, Layout};
use wire::ids::Language;
use wire::token::Hash32;

use super::parts;
use crate::announce::Board;
use crate::sizes::{Asked, Sizes, asked, fit_or_least, name};

/// A picture beside the list.
#[derive(Serialize)]
pub(super) struct Picture {
    src: String,
    seconds: u16,
    /// What it tells those who cannot see it.
    text: String,
}

/// How a screen is set up.
pub(super) struct Setup {
    layout: Layout,
    pub(super) sizes: Sizes,
    pub(super) media: Vec<Picture>,
}

impl Setup {
    pub(super) fn of(catalogue: &Catalogue, display: &Display, folder: &Path) -> Self {
        let sizes = sizes(catalogue, display);
        let media = display.media.iter().filter(|media| media.is_named_well()).filter_map(|media| {
            // Another picture of the same name has another address.
            let about = std::fs::metadata(folder.join(&media.file)).ok()?;
            let changed = about.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
            let mark = format!("{:x}-{:x}", about.len(), changed.map_or(0, |at| at.as_millis()));
            let src = format!("/a/{}/media/{}?{mark}", display.id, media.file);
            let text = media.text.as_ref().map_or("", |text| text.get(Language::Fr)).to_owned();
            Some(Picture { src, seconds: media.seconds.max(1), text })
        });
        Self { layout: display.layout, sizes, media: media.collect() }
    }

    pub(super) const fn board<'a>(&self, catalogue: &'a Catalogue, display: &'a Display) -> Board<'a> {
        Board { catalogue, display }
    }

    /// The page's class.
    pub(super) const fn class(&self) -> &'static str {
        name(self.layout)
    }

    /// Another one where the page would be drawn otherwise: a screen that stands there for months then loads it anew.
    pub(super) fn version(&self) -> String {
        let [script, style] = parts();
        let Sizes { capital_vmax, counter, lines } = self.sizes;
        let media: Vec<&str> = self.media.iter().map(|picture| picture.src.as_str()).collect();
        let all = format!("{script} {style} {} {capital_vmax} {counter} {lines} {}", self.class(), media.join(" "));
        Hash32::of(all.as_bytes()).to_string().chars().take(12).collect()
    }
}

/// The sizes of a display as it is published.
fn sizes(catalogue: &Catalogue, display: &Display) -> Sizes {
    let Asked { panel, label, counters } = asked(catalogue, display);
    fit_or_least(display.layout, panel, &label, counters)
}
