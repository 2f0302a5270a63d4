//! What `borne status` tells: how the borne is, nothing of its visitors.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wire::service_day::{Period, ServiceDay};

use super::Desk;
use crate::core::{CoreStatus, Shown};
use crate::sync::UplinkStatus;

/// How a borne is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Status {
    /// The program's version.
    pub version: String,
    /// What technicians call it.
    pub name: String,
    /// Its id.
    pub borne: wire::ids::OriginId,
    /// Its numbers' series.
    pub series: u8,
    /// What it shows that others can compare.
    pub fingerprint: String,
    /// Its clock.
    pub time: Timestamp,
    /// The service day.
    pub day: ServiceDay,
    /// When the current half-day of the survey ends.
    pub half_day_ends: Timestamp,
    /// What is on the screen.
    pub screen: Shown,
    /// The loop.
    #[serde(flatten)]
    pub core: CoreStatus,
    /// The way up.
    pub uplink: UplinkStatus,
}

impl Status {
    /// Asks every part.
    pub(super) fn of(desk: &Desk) -> Self {
        let time = desk.clock.now();
        Self {
            version: crate::version::installed().to_owned(),
            name: desk.name.clone(),
            borne: desk.identity.borne,
            series: desk.identity.series.digit(),
            fingerprint: desk.identity.key.public().fingerprint(),
            time,
            day: ServiceDay::of(time, &desk.zone),
            half_day_ends: Period::half_day_of(time, &desk.zone).end(&desk.zone),
            screen: desk.core.shown.borrow().clone(),
            core: desk.core.status(),
            uplink: desk.uplink.status(),
        }
    }
}
