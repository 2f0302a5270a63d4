//! What a screen loads beside its page: sounds, pictures, and what keeps it on its machine.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde_json::json;
use wire::catalogue::Media;
use wire::ids::Language;

use super::snapshot::phrases;
use super::token::Shown;
use crate::announce::RING_FOR;
use crate::app::App;
use crate::pages::assets;
use crate::pages::page::not_found;
use crate::speech::{ClipName, Phrase, Sound};
use crate::store::AlarmKind;

/// The largest picture.
const PICTURE_MAX: u64 = 8 << 20;
/// A ring waits for those before it on its screen.
const QUEUED: i32 = 4;

/// The service worker, under an address of its own: its scope is what lies below.
pub(super) async fn worker() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/javascript"),
        (header::CACHE_CONTROL, "no-cache"),
        (header::HeaderName::from_static("service-worker-allowed"), "/a/"),
    ];
    match assets::content("travailleur.js") {
        Some(script) => (headers, script).into_response(),
        None => not_found().await,
    }
}

/// So that a browser can keep the screen as a program that fills its panel.
pub(super) async fn manifest(shown: Shown) -> Response {
    let Shown { display, .. } = &shown;
    let path = format!("/a/{}", display.id);
    let manifest = json!({
        "name": display.name.get(Language::Fr),
        "start_url": path,
        "scope": "/a/",
        "display": "fullscreen",
        "background_color": "#0b1020",
        "theme_color": "#0b1020",
        "icons": [{"src": assets::url("icon.svg"), "sizes": "any", "type": "image/svg+xml"}],
    });
    ([(header::CONTENT_TYPE, "application/manifest+json")], manifest.to_string()).into_response()
}

/// A sound of a call that is announced now. Where nothing can be said it chimes, and technicians are told.
pub(super) async fn sound(
    State(app): State<Arc<App>>,
    shown: Shown,
    Path((_, file)): Path<(String, String)>,
) -> Response {
    let name = file.strip_suffix(".wav").and_then(|name| name.parse::<ClipName>().ok());
    let Some(name) = name else {
        return not_found().await;
    };
    let wav = match app.screens.speech.kept(&name).await {
        Some(wav) => wav,
        None => match announced(&app, &shown, &name) {
            Some(phrase) => {
                let Sound { wav, fault } = app.screens.speech.sound(&phrase).await;
                if let Some(fault) = fault {
                    app.alarm(shown.site.desk, AlarmKind::Speech, &fault.to_string()).await;
                }
                wav
            }
            None => return not_found().await,
        },
    };
    ([(header::CONTENT_TYPE, "audio/wav")], wav.to_vec()).into_response()
}

/// The phrase of that name, if a call says it that has just rung: no other text is ever spoken.
fn announced(app: &App, shown: &Shown, name: &ClipName) -> Option<Phrase> {
    let now = app.clock.now();
    let plan = shown.site.plan();
    let calls = shown.site.live.read(now, |hall| hall.last_calls(usize::MAX));
    let recent = calls.iter().take_while(|call| now.duration_since(call.at) < RING_FOR * QUEUED);
    recent.flat_map(|call| phrases(&plan.catalogue, call)).find(|phrase| phrase.clip() == *name)
}

/// A picture that the display shows.
pub(super) async fn media(
    State(app): State<Arc<App>>,
    shown: Shown,
    Path((_, file)): Path<(String, String)>,
) -> Response {
    let known = |media: &&Media| media.file == file && media.is_named_well();
    let kind = file.rsplit_once('.').and_then(|(_, end)| match end.to_ascii_lowercase().as_str() {
        "png" => Some("image/png"),
        "jpg" | "jpeg" => Some("image/jpeg"),
        "webp" => Some("image/webp"),
        _ => None,
    });
    let (Some(_), Some(kind)) = (shown.display.media.iter().find(known), kind) else {
        return not_found().await;
    };
    let path = app.screens.media.join(&file);
    let fits = tokio::fs::metadata(&path).await.is_ok_and(|about| about.is_file() && about.len() <= PICTURE_MAX);
    match tokio::fs::read(&path).await {
        Ok(picture) if fits => {
            let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "private, max-age=86400")];
            (StatusCode::OK, headers, picture).into_response()
        }
        _ => not_found().await,
    }
}
