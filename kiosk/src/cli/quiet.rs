//! `borne quiet`: whether the running borne may be taken away for a moment.

use std::process::ExitCode;

use kiosk_runtime::config::Config;

use super::{desk, say};

/// The screens on which nobody has begun anything: the first one, that of a closed hall, that of a borne out of order.
const FREE: [&str; 3] = ["S01", "S17", "S24"];

pub(super) fn quiet(config: &Config, minutes: u32) -> anyhow::Result<ExitCode> {
    let status = desk::running(config)?;
    match needed(&status.screen.code, status.uplink.unsent, status.core.closed_for_min, minutes) {
        None => Ok(ExitCode::SUCCESS),
        Some(why) => {
            say(&why);
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Why a borne is needed now; nothing where it is not.
fn needed(screen: &str, unsent: u64, closed_for_min: Option<u32>, minutes: u32) -> Option<String> {
    if !FREE.contains(&screen) {
        return Some("somebody is at the borne".to_owned());
    }
    if unsent > 0 {
        let events = if unsent == 1 { "1 event is".to_owned() } else { format!("{unsent} events are") };
        return Some(format!("{events} not at the server yet"));
    }
    match closed_for_min {
        None => Some("the hall is open".to_owned()),
        Some(left) if left < minutes => Some(format!("the hall opens in {left} minutes")),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_borne_is_quiet_when_nobody_needs_it_and_its_server_has_every_event() {
        let said = |screen, unsent, closed| needed(screen, unsent, closed, 15).unwrap_or_default();
        assert_eq!(said("S17", 0, Some(600)), "");
        assert_eq!(said("S01", 0, Some(15)), "");
        assert_eq!(said("S01", 0, None), "the hall is open");
        assert_eq!(said("S17", 0, Some(14)), "the hall opens in 14 minutes");
        assert_eq!(said("S15", 0, Some(600)), "somebody is at the borne");
        assert_eq!(said("S17", 2, Some(600)), "2 events are not at the server yet");
    }
}
