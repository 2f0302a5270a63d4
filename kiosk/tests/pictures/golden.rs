//! The main screens compared with pictures that somebody has looked at, kept in `golden/`. Where a change of a screen is
//! meant, `PICTURES_KEEP=1 cargo test -p borne --test pictures` keeps the new ones: look at them before they are committed.

use std::path::{Path, PathBuf};

use kiosk_runtime::screen::Picture;

/// The screens that are kept, by panel: screen, language, palette, and `-large` where the letters are.
const MAIN: [(&str, &[&str]); 3] = [
    (
        "1080x1920",
        &[
            "s01-fr-standard",
            "s02-fr-standard",
            "s03-fr-standard",
            "s04-fr-standard",
            "s05-fr-standard",
            "s14-fr-standard",
            "s15-fr-standard",
            "s16-fr-standard",
            "s17-fr-standard",
            "s18-fr-standard",
            "s19-fr-standard",
            "s20-fr-standard",
            "s22-fr-standard",
            "s23-fr-standard",
            "s24-fr-standard",
            "s26-fr-standard",
            "s27-fr-standard",
            "s28-2-fr-standard",
            "s29-fr-standard",
            "s01-ar-standard",
            "s03-ar-standard",
            "s15-ar-standard",
            "s04-zh-standard",
            "s04-uk-standard",
            "s03-fr-standard-large",
            "s03-fr-contrast",
            "s15-fr-night",
            "s18-fr-night",
        ],
    ),
    (
        "1280x800",
        &[
            "s01-fr-standard",
            "s03-fr-standard",
            "s04-fr-standard",
            "s15-fr-standard",
            "s18-fr-standard",
            "s03-ar-standard",
        ],
    ),
    (
        "800x480",
        &[
            "s01-fr-standard",
            "s03-fr-standard",
            "s04-fr-standard",
            "s15-fr-standard",
            "s18-fr-standard",
            "s03-ar-standard",
        ],
    ),
];

/// With this in the environment, what is drawn is kept.
const KEEP: &str = "PICTURES_KEEP";

/// How much a pixel may differ, and how many may differ by more: processors round the edges of drawn lines differently.
const ROUNDING: u8 = 48;
const EDGES: usize = 30;

/// What differs by less, but in more pixels than edges have, is another colour: so much, in so many thousandths.
const SHADE: u8 = 3;
const SHADED: usize = 4;

/// The pictures that are kept of a panel.
pub fn kept(panel: &str) -> &'static [&'static str] {
    MAIN.iter().find(|(name, _)| *name == panel).map_or(&[], |(_, screens)| screens)
}

/// What differs from the picture that is kept.
pub fn fault(panel: &str, screen: &str, picture: &Picture) -> Option<String> {
    let path = folder().join(format!("{panel}-{screen}.png"));
    if std::env::var_os(KEEP).is_some() {
        keep(&path, picture);
        return Some(format!("kept; look at it, then run again without {KEEP}"));
    }
    let Some(golden) = read(&path) else {
        return Some(format!("{} is not there or is no picture; {KEEP}=1 keeps what is drawn", path.display()));
    };
    if (golden.width, golden.height) != (picture.width, picture.height) {
        return Some(format!(
            "{}x{} pixels, {}x{} are kept",
            picture.width, picture.height, golden.width, golden.height
        ));
    }
    let differing = |by: u8| -> Vec<usize> {
        let pixels = golden.rgb.chunks_exact(3).zip(picture.rgb.chunks_exact(3)).enumerate();
        let differs = |(one, other): (&[u8], &[u8])| one.iter().zip(other).any(|(a, b)| a.abs_diff(*b) > by);
        pixels.filter(|(_, pair)| differs(*pair)).map(|(place, _)| place).collect()
    };
    let (width, height) = (golden.width as usize, golden.height as usize);
    let (edges, shades) = (differing(ROUNDING), differing(SHADE));
    let many = edges.len() > EDGES || shades.len() * 1_000 > width * height * SHADED;
    let changed = if edges.is_empty() { shades } else { edges };
    let first = changed.first()?;
    many.then(|| {
        format!(
            "{} pixels differ from the picture that is kept, the first at {}, {}; see target/screens/{panel}/{screen}.png, \
             and if it is as meant, keep it with {KEEP}=1",
            changed.len(),
            first % width,
            first / width,
        )
    })
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures/golden")
}

fn read(path: &Path) -> Option<Picture> {
    let file = std::io::BufReader::new(std::fs::File::open(path).ok()?);
    let mut decoder = png::Decoder::new(file);
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().ok()?;
    let mut rgb = vec![0; reader.output_buffer_size()?];
    let info = reader.next_frame(&mut rgb).ok()?;
    (info.color_type == png::ColorType::Rgb).then_some(Picture { width: info.width, height: info.height, rgb })
}

/// As small as it gets: they are part of the source.
fn keep(path: &Path, picture: &Picture) {
    let file = std::fs::File::create(path).expect("a file for the picture");
    let mut encoder = png::Encoder::new(std::io::BufWriter::new(file), picture.width, picture.height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::High);
    let mut writer = encoder.write_header().expect("a PNG file");
    writer.write_image_data(&picture.rgb).expect("a picture in the file");
}
