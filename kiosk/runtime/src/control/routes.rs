//! The control socket's addresses.

use std::time::Duration;

use axum::extract::{Query, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HOST};
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::oneshot;
use wire::problem::{Problem, ProblemKind};

use super::{Desk, Status, live_view, senses};
use crate::clock::Trust;
use crate::core::Message;
use crate::devices::Tested;
use crate::screen::{Element, ScreenError};
use crate::slip_end::SlipEnd;

/// How long a request for the next change waits.
const PATIENCE: Duration = Duration::from_secs(25);
/// How long a test slip is waited for: longer than a slow line takes, shorter than a printer waits for its next roll.
pub const SLIP_PATIENCE: Duration = Duration::from_secs(60);

/// What is on the screen.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ScreenReport {
    /// Grows with each change.
    pub revision: u64,
    /// The screen's number in the design.
    pub code: String,
    /// What can be read and touched, in reading order.
    pub elements: Vec<Element>,
}

/// Where to put a finger: a point of the picture, or the button that says something.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Tap {
    /// A point, in pixels of the picture.
    Point {
        /// From the left.
        x: f32,
        /// From the top.
        y: f32,
    },
    /// A button, by what it says.
    Label {
        /// The whole label.
        label: String,
    },
}

/// No button says that.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TapRefused {
    /// What went wrong.
    pub detail: String,
    /// What the buttons say.
    pub buttons: Vec<String>,
}

/// By how much to move a demonstration's clock.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockMove {
    /// Forward, in seconds.
    pub advance_s: u32,
}

/// The borne's time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ClockReport {
    /// Now.
    pub at: Timestamp,
    /// Who vouches for it.
    pub trust: Trust,
}

pub(super) fn router(desk: Desk) -> Router {
    Router::new()
        .route("/", get(live_view::page))
        .route("/live.js", get(live_view::script))
        .route("/live.css", get(live_view::style))
        .route("/status", get(status))
        .route("/log", get(log))
        .route("/screen", get(screen))
        .route("/screen.png", get(picture))
        .route("/tap", post(tap))
        .route("/print-test", post(print_test))
        .route("/seen", get(seen))
        .route("/key", post(senses::key))
        .route("/headset", post(senses::headset))
        .route("/speech", get(senses::speech))
        .route("/clock", post(move_clock))
        .route("/clock/confirm", post(confirm_clock))
        .layer(from_fn(only_local_pages))
        .with_state(desk)
}

/// A page of elsewhere must not touch the borne through a technician's browser: its requests bear its own name as
/// `Host` (rebinding), or a type that a form may send (JSON is none of those, and asks the borne first).
async fn only_local_pages(request: Request, next: Next) -> Response {
    if is_local(&request) {
        next.run(request).await
    } else {
        problem(StatusCode::FORBIDDEN, "only a local program or the live view may do this")
    }
}

fn is_local(request: &Request) -> bool {
    let header = |name| request.headers().get(name).and_then(|v| v.to_str().ok());
    let host = header(HOST).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, port)| if port.ends_with(']') { host } else { name });
    let json = header(CONTENT_TYPE).is_some_and(|t| t.starts_with("application/json"));
    matches!(name, "localhost" | "127.0.0.1" | "[::1]" | "borne") && (request.method() != Method::POST || json)
}

pub(super) fn problem(status: StatusCode, detail: &str) -> Response {
    let problem = Problem {
        kind: ProblemKind::Other,
        title: status.canonical_reason().unwrap_or_default().to_owned(),
        status: status.as_u16(),
        detail: detail.to_owned(),
        expected_seq: None,
        server_time: None,
    };
    (status, [(CONTENT_TYPE, wire::problem::MEDIA_TYPE)], Json(problem)).into_response()
}

pub(super) fn no_screen(error: &ScreenError) -> Response {
    problem(StatusCode::SERVICE_UNAVAILABLE, &error.to_string())
}

async fn status(State(desk): State<Desk>) -> Response {
    blocking(move || Json(Status::of(&desk)).into_response()).await
}

/// The program's last lines, as a technician elsewhere is sent them.
async fn log(State(desk): State<Desk>) -> Response {
    ([(CACHE_CONTROL, "no-store")], desk.recent.text()).into_response()
}

#[derive(Deserialize)]
struct After {
    after: Option<i64>,
}

/// What is on the screen; with `after`, once that is no longer revision `after`, or after 25 seconds.
async fn screen(State(desk): State<Desk>, Query(After { after }): Query<After>) -> Response {
    let mut shown = desk.core.shown.clone();
    if let Some(after) = after.and_then(|a| u64::try_from(a).ok()) {
        // Neither the end of the loop nor of patience is a fault: both are answered with what is there.
        let _ = tokio::time::timeout(PATIENCE, shown.wait_for(|s| s.revision != after)).await;
    }
    let now = shown.borrow().clone();
    blocking(move || match desk.screen.elements() {
        Ok(elements) => {
            let report = ScreenReport { revision: now.revision, code: now.code, elements };
            ([(CACHE_CONTROL, "no-store")], Json(report)).into_response()
        }
        Err(error) => no_screen(&error),
    })
    .await
}

async fn picture(State(desk): State<Desk>) -> Response {
    blocking(move || match desk.screen.picture() {
        Ok(picture) => match picture.png() {
            Ok(png) => ([(CONTENT_TYPE, "image/png"), (CACHE_CONTROL, "no-store")], png).into_response(),
            Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
        },
        Err(error) => no_screen(&error),
    })
    .await
}

async fn tap(State(desk): State<Desk>, Json(tap): Json<Tap>) -> Response {
    blocking(move || match point(&desk, tap) {
        Ok(Ok((x, y))) => match desk.screen.tap(x, y) {
            Ok(()) => StatusCode::NO_CONTENT.into_response(),
            Err(error) => no_screen(&error),
        },
        Ok(Err(refused)) => (StatusCode::NOT_FOUND, Json(refused)).into_response(),
        Err(error) => no_screen(&error),
    })
    .await
}

fn point(desk: &Desk, tap: Tap) -> Result<Result<(f32, f32), TapRefused>, ScreenError> {
    let label = match tap {
        Tap::Point { x, y } => return Ok(Ok((x, y))),
        Tap::Label { label } => label,
    };
    let mut buttons: Vec<Element> = desk.screen.elements()?;
    buttons.retain(|e| e.role == "button" && e.enabled);
    let labels: Vec<String> = buttons.iter().map(|e| e.label.clone()).collect();
    Ok(which(&labels, &label).and_then(|i| buttons.get(i)).map(Element::centre).ok_or_else(|| TapRefused {
        detail: format!("no button, or more than one, says « {label} »"),
        buttons: labels,
    }))
}

/// The button that says it, or the only one that begins so: a card says its wait after its name.
fn which(labels: &[String], typed: &str) -> Option<usize> {
    let typed = plain(typed);
    let whole = labels.iter().position(|label| plain(label) == typed);
    let mut begin = labels.iter().enumerate().filter(|(_, label)| plain(label).starts_with(&typed));
    whole.or_else(|| begin.next().map(|(i, _)| i).filter(|_| begin.next().is_none()))
}

/// A technician types plain spaces and apostrophes.
fn plain(text: &str) -> String {
    text.replace('\u{a0}', " ").replace('’', "'").trim().to_lowercase()
}

/// Answers once the slip has ended, which takes the printer's thread some time where the printer is away.
async fn print_test(State(desk): State<Desk>) -> Response {
    let (asker, ended) = oneshot::channel();
    // A loop that has ended drops it.
    let _ = desk.core.messages.send(Message::TestPrint(asker));
    match tokio::time::timeout(SLIP_PATIENCE, ended).await {
        Ok(Ok(end)) => Json(end).into_response(),
        Ok(Err(_)) => problem(StatusCode::SERVICE_UNAVAILABLE, "the borne is ending: no test slip is printed"),
        Err(_) => Json(SlipEnd::not_ended(SLIP_PATIENCE)).into_response(),
    }
}

#[derive(Deserialize)]
struct By {
    by: Tested,
}

/// What is shown to a device next, or nothing after 25 seconds.
async fn seen(State(desk): State<Desk>, Query(By { by }): Query<By>) -> Response {
    let mut shown = desk.core.seen();
    let next = async {
        loop {
            match shown.recv().await {
                Ok(seen) if seen.by() == by => return Some(seen),
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    };
    let seen = tokio::time::timeout(PATIENCE, next).await.ok().flatten();
    ([(CACHE_CONTROL, "no-store")], Json(seen)).into_response()
}

async fn move_clock(State(desk): State<Desk>, Json(ClockMove { advance_s }): Json<ClockMove>) -> Response {
    if !desk.movable_clock {
        return problem(StatusCode::FORBIDDEN, "only a demonstration's clock can be moved");
    }
    desk.clock.advance(SignedDuration::from_secs(i64::from(advance_s)));
    desk.uplink.wake();
    // A loop that has ended shows no clock.
    let _ = desk.core.messages.send(Message::Clock);
    StatusCode::NO_CONTENT.into_response()
}

/// Somebody on the spot has compared the time shown with a watch.
async fn confirm_clock(State(desk): State<Desk>) -> Response {
    desk.clock.confirm_by_staff();
    let moment = desk.clock.moment();
    tracing::info!("staff vouch for the clock");
    // A loop that has ended shows no clock.
    let _ = desk.core.messages.send(Message::Clock);
    Json(ClockReport { at: moment.at, trust: moment.trust }).into_response()
}

pub(super) async fn blocking(work: impl FnOnce() -> Response + Send + 'static) -> Response {
    match tokio::task::spawn_blocking(work).await {
        Ok(response) => response,
        Err(_) => problem(StatusCode::INTERNAL_SERVER_ERROR, "the borne's log says why"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_typed_with_plain_signs() {
        assert_eq!(plain("J’ai\u{a0}terminé "), plain("j'ai terminé"));
    }

    #[test]
    fn a_button_is_named_whole_or_by_an_only_beginning() {
        let labels = ["Retrait d’un titre, Personne avant vous", "Retour", "Oui", "Oui, continuer"].map(str::to_owned);
        assert_eq!(which(&labels, "retrait d'un titre"), Some(0));
        assert_eq!(which(&labels, "Oui"), Some(2));
        assert_eq!(which(&labels, "Ret"), None, "two begin so");
        assert_eq!(which(&labels, "Non"), None);
    }

    #[test]
    fn a_tap_is_a_point_or_a_label() {
        assert!(matches!(serde_json::from_str(r#"{"x":1,"y":2}"#).unwrap(), Tap::Point { .. }));
        assert!(matches!(serde_json::from_str(r#"{"label":"Oui"}"#).unwrap(), Tap::Label { .. }));
        assert!(serde_json::from_str::<Tap>(r#"{"x":1}"#).is_err());
    }
}
