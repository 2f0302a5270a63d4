//! `borne wanted`: what the server wants of this borne. `borne-update` reads these lines.

use kiosk_runtime::config::Config;
use kiosk_runtime::identity::Identity;
use kiosk_runtime::wanted::WantedKeeper;
use wire::wanted::Wanted;

use super::say;

pub(super) fn wanted(config: &Config, json: bool) -> anyhow::Result<()> {
    let identity = Identity::load(&config.borne.data)?;
    let held = WantedKeeper::open(&config.borne.data, &identity).held();
    say(&if json { serde_json::to_string_pretty(&held)? } else { lines(&held) });
    Ok(())
}

/// A line each, of a word and what it is.
fn lines(held: &Wanted) -> String {
    let ring = held.ring.map_or("-", wire::wanted::Ring::as_str);
    format!("version {}\nring {ring}\nrelease {}", held.version, held.release)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use wire::wanted::{Release, Ring};

    use super::*;

    #[test]
    fn the_lines_are_those_that_borne_update_reads() {
        let nothing = Wanted::nothing("019aa5f0-7c00-7000-8000-0000000000aa".parse().unwrap());
        assert_eq!(lines(&nothing), "version 0\nring -\nrelease newest");
        let exact = Release::Exact("0.2.0".parse().unwrap());
        let all = Wanted { version: 4, ring: Some(Ring::Early), release: exact, ..nothing };
        assert_eq!(lines(&all), "version 4\nring early\nrelease exact 0.2.0");
    }

    /// What `borne-update` understands where this program says something.
    fn understood(said: &str) -> String {
        let script = include_str!("../../../deploy/package/borne-updates/borne-update");
        let begin = script.find("ask_what_is_wanted() {").unwrap();
        let function = &script[begin..begin + script[begin..].find("\n}\n").unwrap() + 3];
        let run = format!(
            "set -euo pipefail\nborne() {{ printf '%s\\n' \"$SAID\"; }}\n{function}\nask_what_is_wanted\necho \"$ring/$release\""
        );
        let output = Command::new("bash").args(["-c", &run]).env("SAID", said).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    #[test]
    fn borne_update_takes_the_words_that_it_knows_and_no_others() {
        let nothing = Wanted::nothing("019aa5f0-7c00-7000-8000-0000000000aa".parse().unwrap());
        assert_eq!(understood(&lines(&nothing)), "/newest");
        for ring in Ring::ALL {
            let release = Release::Exact("0.2.0~rc1+2".parse().unwrap());
            let all = Wanted { ring: Some(ring), release, ..nothing.clone() };
            assert_eq!(understood(&lines(&all)), format!("{ring}/0.2.0~rc1+2"));
        }
        assert_eq!(understood(&lines(&Wanted { release: Release::Hold, ..nothing })), "/hold");
        assert_eq!(understood("ring nightly\nrelease exact 1.0; reboot"), "/hold");
        assert_eq!(understood("ring pilot early\nrelease exact -o=x"), "/hold");
        assert_eq!(understood("ring /etc\nrelease later"), "/newest");
        assert_eq!(understood(""), "/newest");
    }
}
