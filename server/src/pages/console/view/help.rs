//! Calls for help from bornes.

use askama::Template;
use queue_engine::Hall;

use super::super::words::minutes;
use super::{Names, Scene, Unwatched};
use crate::pages::drawn::At;

#[derive(Template, Hash)]
#[template(path = "console/help.html")]
pub(in crate::pages::console) struct Help {
    at: At,
    calls: Vec<Call>,
}

#[derive(Hash)]
struct Call {
    id: String,
    borne: Unwatched<String>,
    since: Unwatched<String>,
}

impl Help {
    pub(super) fn draw(scene: Scene<'_>, hall: &Hall, names: &Names) -> Self {
        let open = hall.help().into_iter().filter(|call| call.is_open());
        let call = |call: &queue_engine::HelpCall| Call {
            id: call.id.to_string(),
            borne: Unwatched(names.of(call.origin())),
            since: Unwatched(call.since().map_or_else(String::new, |since| minutes(since, scene.now))),
        };
        Self { at: scene.at(), calls: open.map(call).collect() }
    }
}
