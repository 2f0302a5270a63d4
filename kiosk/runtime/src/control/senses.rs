//! The keypad and the headset of a demonstration, and what it says: for who plays a visitor that does not see.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use kiosk_flow::{Key, Press};
use serde::{Deserialize, Serialize};

use super::Desk;
use super::routes::{blocking, no_screen, problem};
use crate::core::Message;
use crate::speech::{Entry, Fate, Output, What};

/// A key of the keypad.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyPress {
    /// Which.
    pub key: Key,
    /// Whether it goes down, up, or both.
    #[serde(default)]
    pub stroke: Stroke,
}

/// What a key does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stroke {
    /// Down and up.
    #[default]
    Tap,
    /// Down.
    Down,
    /// Up.
    Up,
}

/// Whether a headset is in.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadsetReport {
    /// It is.
    pub plugged: bool,
}

/// Something that was said or chimed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spoken {
    /// The words; empty for a chime.
    pub text: String,
    /// The language's tag; empty for a chime.
    pub language: String,
    /// Whether it was heard in the headset.
    pub headset: bool,
    /// The step of the volume, -1 to 2.
    pub volume: i8,
    /// Whether it was cut.
    pub cut: bool,
}

impl From<Entry> for Spoken {
    fn from(entry: Entry) -> Self {
        let (text, language) = match entry.what {
            What::Said { text, language } => (text, language.to_owned()),
            What::Chimed { .. } => (String::new(), String::new()),
        };
        Self {
            text,
            language,
            headset: entry.output == Output::Headset,
            volume: entry.volume,
            cut: entry.fate == Fate::Cut,
        }
    }
}

const REFUSED: &str = "only a demonstration has a keypad and a headset that can be played";

pub(super) async fn key(State(desk): State<Desk>, Json(key): Json<KeyPress>) -> Response {
    if !desk.movable_clock {
        return problem(StatusCode::FORBIDDEN, REFUSED);
    }
    blocking(move || {
        let presses: &[Press] = match key.stroke {
            Stroke::Tap => &[Press::Down, Press::Up],
            Stroke::Down => &[Press::Down],
            Stroke::Up => &[Press::Up],
        };
        match presses.iter().try_for_each(|press| desk.screen.key(key.key, *press)) {
            Ok(()) => StatusCode::NO_CONTENT.into_response(),
            Err(error) => no_screen(&error),
        }
    })
    .await
}

pub(super) async fn headset(State(desk): State<Desk>, Json(report): Json<HeadsetReport>) -> Response {
    if !desk.movable_clock {
        return problem(StatusCode::FORBIDDEN, REFUSED);
    }
    match desk.core.messages.send(Message::Headset(report.plugged)) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(_) => problem(StatusCode::SERVICE_UNAVAILABLE, "the borne is ending"),
    }
}

#[derive(Deserialize)]
pub(super) struct Clear {
    #[serde(default)]
    clear: bool,
}

/// What was said, the oldest first; with `clear`, it is forgotten.
pub(super) async fn speech(State(desk): State<Desk>, Query(Clear { clear }): Query<Clear>) -> Response {
    let Some(log) = desk.core.speech_log().filter(|_| desk.movable_clock) else {
        return problem(StatusCode::NOT_FOUND, "nothing writes down what is said; set audio.voice = \"log\"");
    };
    let entries = if clear { log.take() } else { log.entries() };
    let spoken: Vec<Spoken> = entries.into_iter().map(Spoken::from).collect();
    ([(CACHE_CONTROL, "no-store")], Json(spoken)).into_response()
}
