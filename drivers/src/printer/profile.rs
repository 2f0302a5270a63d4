//! What a printer model can do, as data: one TOML file a model.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use serde::{Deserialize, Deserializer};

use super::selector::UsbId;

/// The models shipped with the crate, by the name a configuration gives them.
const SHIPPED: [(&str, &str); 9] = [
    ("epson-tm-t20iii", include_str!("../../profiles/epson-tm-t20iii.toml")),
    ("epson-tm-m30", include_str!("../../profiles/epson-tm-m30.toml")),
    ("epson-tm-t88vi", include_str!("../../profiles/epson-tm-t88vi.toml")),
    ("star-escpos", include_str!("../../profiles/star-escpos.toml")),
    ("custom-kube-ii", include_str!("../../profiles/custom-kube-ii.toml")),
    ("pos-58", include_str!("../../profiles/pos-58.toml")),
    ("generic-80", include_str!("../../profiles/generic-80.toml")),
    ("generic-58", include_str!("../../profiles/generic-58.toml")),
    ("virtual", include_str!("../../profiles/virtual.toml")),
];

/// What a model can do.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The model as a technician knows it.
    pub name: String,
    /// Width of the paper roll in millimetres: 80 or 58.
    pub paper_width_mm: u16,
    /// Printable dots across: 576 (80 mm) or 384 (58 mm), a multiple of 8.
    pub width_dots: u16,
    /// How the slip is sent.
    pub form: Form,
    /// The number this model gives to the page windows-1252 (`ESC t n`); Epson says 16, clones number otherwise.
    pub code_page: u8,
    /// What the model answers.
    pub answers: Answers,
    /// How the model cuts the paper.
    pub cutter: Cutter,
    /// Paper speed in millimetres a second, for the expected time of a job.
    pub speed_mm_per_s: u16,
    /// How the model sounds its buzzer, where it has one.
    #[serde(default)]
    pub buzzer: Option<Buzzer>,
    /// Whether the buzzer sounds after each slip.
    #[serde(default)]
    pub buzz_after_cut: bool,
    /// The logo that somebody has put into this printer's memory; it is printed instead of a slip's picture of it.
    #[serde(default)]
    pub stored_logo: Option<StoredLogo>,
    /// How the model is known on the USB bus.
    #[serde(default)]
    pub usb: Usb,
}

/// How a model cuts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cutter {
    /// Right through: the slip falls.
    Full,
    /// All but a bridge: the slip hangs until it is torn off.
    Partial,
    /// Not at all: the slip is torn off at a bar.
    None,
}

impl Cutter {
    /// Feeds the end of the slip to the cutter and cuts (`GS V`, function B); `None` without one.
    pub(crate) const fn command(self) -> Option<[u8; 4]> {
        match self {
            Self::Full => Some([0x1D, b'V', 65, 0]),
            Self::Partial => Some([0x1D, b'V', 66, 0]),
            Self::None => None,
        }
    }
}

/// The command that sounds a buzzer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum Buzzer {
    /// `ESC ( A`, function 48 (Epson ESC/POS reference).
    EscParenA {
        /// The sound; which numbers there are differs between models.
        sound: u8,
        /// How often.
        times: u8,
        /// From one to the next, in tenths of a second.
        cycle_tenths_s: u8,
    },
    /// `ESC B`, of many clones.
    EscB {
        /// How often, 1 to 9.
        times: u8,
        /// How long each, in twentieths of a second, 1 to 9.
        twentieths_s: u8,
    },
}

impl Buzzer {
    pub(crate) fn command(self) -> Vec<u8> {
        match self {
            Self::EscParenA { sound, times, cycle_tenths_s } => {
                vec![0x1B, b'(', b'A', 4, 0, 48, sound, times, cycle_tenths_s]
            }
            Self::EscB { times, twentieths_s } => vec![0x1B, b'B', times, twentieths_s],
        }
    }
}

/// Where in a printer's memory a logo is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum StoredLogo {
    /// NV graphics of that key code, two printable characters (`GS ( L`, function 69).
    Key(#[serde(deserialize_with = "key_code")] [u8; 2]),
    /// The NV bit image of that number, from 1 (`FS p`).
    Number(std::num::NonZeroU8),
}

impl StoredLogo {
    /// Prints it in its own size; the line must be empty.
    pub(crate) fn command(self) -> Vec<u8> {
        match self {
            Self::Key([k1, k2]) => vec![0x1D, b'(', b'L', 6, 0, 48, 69, k1, k2, 1, 1],
            Self::Number(number) => vec![0x1C, b'p', number.get(), 0],
        }
    }
}

fn key_code<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 2], D::Error> {
    let text = String::deserialize(deserializer)?;
    <[u8; 2]>::try_from(text.as_bytes())
        .ok()
        .filter(|code| code.iter().all(|byte| (0x20..=0x7E).contains(byte)))
        .ok_or_else(|| serde::de::Error::custom("a key code has two characters, such as \"01\""))
}

/// How a model is known on the USB bus.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Usb {
    /// Its `VID:PID` pairs; one pair may stand for several models of a maker.
    #[serde(deserialize_with = "usb_ids")]
    pub ids: Vec<UsbId>,
}

fn usb_ids<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<UsbId>, D::Error> {
    let pairs: Vec<String> = Vec::deserialize(deserializer)?;
    pairs.iter().map(|pair| pair.parse().map_err(serde::de::Error::custom)).collect()
}

/// How a slip is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// The slip is drawn and sent as a picture.
    Raster,
    /// Text in the printer's own font; QR codes and lines outside its page are sent as pictures.
    Text,
}

/// What a model answers; clones often answer nothing, and what they printed stays unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    /// `GS ( H`: tells when a job is printed and cut.
    pub gs_h: bool,
    /// `GS a`: tells by itself about paper, cover and errors.
    pub asb: bool,
    /// `DLE EOT`: answers at once, also when it cannot print.
    pub dle_eot: bool,
    /// `GS r`: tells about paper when asked, while it can print.
    pub gs_r: bool,
    /// `GS I`: tells its model, firmware and serial number.
    pub gs_i: bool,
    /// The port's own status (USB's `GET_PORT_STATUS`, the lines of a serial cable) means what it should; where it is
    /// not vouched for, it is believed once it has explained why the printer takes nothing.
    pub port_status: bool,
}

/// Why a profile cannot be used; the text says where and what is allowed.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// No shipped profile has this name.
    #[error(
        "no printer profile is named \"{name}\": use {allowed}, or the path of a .toml file", allowed = shipped_names()
    )]
    UnknownName {
        /// The name asked for.
        name: String,
    },
    /// The file could not be read.
    #[error("cannot read the printer profile {file}: check that it exists and is readable", file = file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The text is not a profile: unknown key, missing key or value of another type.
    #[error("{file}: {problem}")]
    Malformed {
        /// The file, or the name of the shipped profile.
        file: String,
        /// Line, key and what is allowed.
        problem: String,
    },
    /// A value is outside what is allowed.
    #[error("{file}: {key} = {value} is not allowed: {allowed}")]
    BadValue {
        /// The file, or the name of the shipped profile.
        file: String,
        /// The key.
        key: &'static str,
        /// The value found.
        value: String,
        /// What is allowed.
        allowed: &'static str,
    },
}

impl Profile {
    /// The shipped profile of that name, or the profile in that file where the name ends in `.toml`.
    pub fn load(name_or_path: &str) -> Result<Self, ProfileError> {
        if let Some((name, text)) = SHIPPED.iter().find(|(name, _)| *name == name_or_path) {
            return Self::parse(name, text);
        }
        let path = Path::new(name_or_path);
        if path.extension().is_none_or(|extension| extension != "toml") {
            return Err(ProfileError::UnknownName { name: name_or_path.to_owned() });
        }
        let text = std::fs::read_to_string(path)
            .map_err(|source| ProfileError::Unreadable { file: path.to_owned(), source })?;
        Self::parse(name_or_path, &text)
    }

    /// The names of the shipped profiles.
    pub fn shipped() -> impl Iterator<Item = &'static str> {
        SHIPPED.iter().map(|(name, _)| *name)
    }

    /// The first shipped profile that names this USB device.
    pub fn for_usb(id: UsbId) -> Option<&'static str> {
        static KNOWN: OnceLock<Vec<(UsbId, &'static str)>> = OnceLock::new();
        let known = KNOWN.get_or_init(|| {
            let profiles = SHIPPED.iter().filter_map(|(name, text)| Some((*name, Self::parse(name, text).ok()?)));
            profiles.flat_map(|(name, profile)| profile.usb.ids.into_iter().map(move |id| (id, name))).collect()
        });
        known.iter().find(|(known, _)| *known == id).map(|(_, name)| *name)
    }

    /// Reads a profile; `file` is only for the errors.
    pub fn parse(file: &str, text: &str) -> Result<Self, ProfileError> {
        let profile: Self = toml::from_str(text).map_err(|error| ProfileError::Malformed {
            file: file.to_owned(),
            problem: error.to_string().trim_end().to_owned(),
        })?;
        profile.check(file)
    }

    fn check(self, file: &str) -> Result<Self, ProfileError> {
        let bad = |key, value: u16, allowed| {
            Err(ProfileError::BadValue { file: file.to_owned(), key, value: value.to_string(), allowed })
        };
        if !matches!(self.paper_width_mm, 58 | 80) {
            return bad("paper_width_mm", self.paper_width_mm, "use 58 or 80");
        }
        if !self.width_dots.is_multiple_of(8) || !(256..=640).contains(&self.width_dots) {
            return bad(
                "width_dots",
                self.width_dots,
                "use a multiple of 8 from 256 to 640 (576 for 80 mm, 384 for 58 mm)",
            );
        }
        if !(20..=1000).contains(&self.speed_mm_per_s) {
            return bad("speed_mm_per_s", self.speed_mm_per_s, "use 20 to 1000 millimetres a second");
        }
        Ok(self)
    }

    /// The time the printer needs for that much paper: the paper's way, the ramp and the cut.
    pub fn expected_time(&self, length_mm: u16) -> Duration {
        const RAMP_AND_CUT_MS: u64 = 500;
        const TO_THE_CUTTER_MM: u64 = 15;
        let way_mm = u64::from(length_mm) + TO_THE_CUTTER_MM;
        Duration::from_millis(RAMP_AND_CUT_MS + way_mm * 1000 / u64::from(self.speed_mm_per_s))
    }
}

fn shipped_names() -> String {
    Profile::shipped().collect::<Vec<_>>().join(", ")
}
