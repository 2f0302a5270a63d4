//! `borne enrol`.

use anyhow::bail;
use kiosk_runtime::config::Config;
use wire::enrolment::EnrolmentCode;

use super::{desk, say, wait_for};

pub(super) fn enrol(config: &Config, code: EnrolmentCode, again: bool) -> anyhow::Result<()> {
    if again && desk::running(config).is_ok() {
        bail!("the borne runs; stop it before it becomes another one");
    }
    let enrolling = kiosk_runtime::enrol::enrol(&config.server, code, &config.borne.name, &config.borne.data, again);
    let identity = wait_for(enrolling)??;
    say(&format!("enrolled as {} with series {}", identity.borne, identity.series.digit()));
    say(&format!("this borne's fingerprint:  {}", identity.key.public().fingerprint()));
    say(&format!("the server's fingerprint:  {}", identity.server_key.fingerprint()));
    say("compare both with what the server shows (`accueil-server borne list`)");
    Ok(())
}
