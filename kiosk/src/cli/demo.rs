//! `borne demo`: a borne of its own folder, enrolled on the way where it is not, with what only a demonstration has.

use std::net::SocketAddr;

use clap::Args;
use kiosk_runtime::borne::Demo;
use kiosk_runtime::enrol::EnrolError;
use kiosk_runtime::recent::Recent;
use wire::enrolment::EnrolmentCode;

use super::{Sources, run};
use crate::display::Kind;

/// What a demonstration takes.
#[derive(Args, Debug)]
pub(super) struct DemoArguments {
    /// Where to draw: auto, window, kms or headless
    #[arg(long, default_value_t = Kind::Auto)]
    display: Kind,
    /// Where to serve the live view: an address of the loopback
    #[arg(long, default_value = "127.0.0.1:8081", value_parser = loopback)]
    live_view: SocketAddr,
    /// A one-time code of the server, for a borne that is not enrolled
    #[arg(long, env = "BORNE_ENROLMENT_CODE", hide_env_values = true)]
    code: Option<EnrolmentCode>,
}

fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text.parse().map_err(|_| "write ADDRESS:PORT, for instance 127.0.0.1:8081")?;
    if address.ip().is_loopback() {
        Ok(address)
    } else {
        Err("the live view is served on the loopback only; reach it from elsewhere through ssh -L".to_owned())
    }
}

pub(super) fn demo(sources: &Sources, arguments: &DemoArguments, recent: Recent) -> anyhow::Result<()> {
    let config = sources.load()?;
    if let Some(code) = arguments.code.clone() {
        let enrolling =
            kiosk_runtime::enrol::enrol(&config.server, code, &config.borne.name, &config.borne.data, false);
        match super::wait_for(enrolling)? {
            Ok(identity) => tracing::info!(borne = %identity.borne, "enrolled"),
            // The code of an earlier start of the same demonstration, or this one's before the fonts were in force.
            Err(EnrolError::Already(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let demo = Demo { live_view: Some(arguments.live_view), movable_clock: true };
    run::run(&config, arguments.display, &demo, recent)
}
