//! What bornes ask: enrolment, synchronisation, what is published, anonymous answers, what became of commands, the time.

mod ahead;
mod body;
mod catalogue;
mod enrol;
mod pulse;
mod results;
mod signed;
mod survey;
mod sync;
mod time;

use std::sync::Arc;

use crate::app::App;
use crate::refusal::Refusal;
use crate::room::{Access, Rate, Room};
use crate::tls;

pub(crate) use ahead::Ahead;
pub(crate) use pulse::{Pulse, keep_pulse};
pub(crate) use time::time;

/// The routes of machines. They know no cookies.
pub(crate) fn room(app: &Arc<App>) -> Room {
    Room::new(app, Rate::a_second(2))
        .post(wire::enrolment::PATH, Access::Code, enrol::enrol)
        .post(wire::sync::PATH, Access::Borne, sync::sync)
        .post(wire::sync::SURVEY_PATH, Access::Borne, survey::survey)
        .post(wire::outcome::PATH, Access::Borne, results::results)
        .get(wire::publication::PATH, Access::Borne, catalogue::catalogue)
        .get(wire::time::PATH, Access::Public, time)
        .get(tls::DOWNLOAD, Access::Public, tls::download)
}

/// Reads JSON, or says where it is wrong. The text of the error names keys and types; it goes to the sender only.
fn parse<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|e| Refusal::bad_request(format!("the body cannot be read: {e}")))
}
