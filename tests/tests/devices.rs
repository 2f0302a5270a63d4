//! The devices beside the printer, at the real program: a call button on a scripted board, and a service manager that
//! listens.

#![expect(clippy::unwrap_used, reason = "a test ends where its hall cannot be built")]

use std::io::Write;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};

use integration_tests::PATIENCE;
use integration_tests::borne::{Borne, Options};
use integration_tests::process::until;
use integration_tests::site::Site;

struct Hall {
    site: Site,
    borne: Borne,
}

async fn hall(sections: impl Fn(&Path) -> String, environment: impl Fn(&Path) -> Vec<(&'static str, String)>) -> Hall {
    let site = Site::open().await.unwrap();
    let (sections, environment) = (sections(site.folder()), environment(site.folder()));
    let options = Options { sections: &sections, environment: &environment, ..Options::default() };
    let borne = site.start_borne(&options).await.unwrap();
    Hall { site, borne }
}

fn board(place: &Path) -> PathBuf {
    place.join("board.txt")
}

/// Something happens outside the board now.
fn happens(place: &Path, step: &str) {
    let mut script = std::fs::File::options().append(true).open(board(place)).unwrap();
    writeln!(script, "{step}").unwrap();
}

/// What the borne has driven so far, a line each.
fn driven(place: &Path) -> Vec<String> {
    let told = std::fs::read_to_string(place.join("board.txt.out")).unwrap_or_default();
    told.lines().map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_call_button_calls_a_person_and_the_ring_tells_so() {
    let fitted = |place: &Path| {
        std::fs::write(board(place), "input BELL\noutput RING\noutput BUZZER\n").unwrap();
        let line = |name: &str| format!("fake:{}:{name}", board(place).display());
        format!("[gpio]\nbutton = \"{}\"\nring = \"{}\"\nbuzzer = \"{}\"\n", line("BELL"), line("RING"), line("BUZZER"))
    };
    let mut hall = hall(fitted, |_| Vec::new()).await;
    let place = hall.site.folder();
    hall.borne.reaches("the server", |s| s.uplink.up).await.unwrap();
    assert_eq!(hall.borne.screen().await.unwrap().code, "S01");

    happens(place, "bounce BELL low 9");
    let help = hall.borne.becomes(|code| code == "S22", PATIENCE).await.unwrap();
    assert!(help.elements.iter().any(|e| e.label.contains("prévenue") || e.label.contains("libre")), "{help:?}");
    until("the ring and the buzzer", PATIENCE, || async {
        let told = driven(place);
        Ok((told.contains(&"RING high".to_owned()) && told.contains(&"BUZZER high".to_owned())).then_some(()))
    })
    .await
    .unwrap();
    happens(place, "set BELL float");
    hall.borne.tap("Continuer", &["S01"]).await.unwrap();
    until("a dark ring", PATIENCE, || async {
        Ok(driven(place).iter().rfind(|line| line.starts_with("RING")).is_some_and(|l| l == "RING low").then_some(()))
    })
    .await
    .unwrap();
    let calls = hall.site.server.events().unwrap().into_iter().filter(|raw| raw.contains("help_requested")).count();
    assert_eq!(calls, 1, "nine contacts are one press");

    happens(place, "unplug");
    hall.borne
        .reaches("a button that is told away", |s| format!("{:?}", s.core.devices).contains("Unavailable"))
        .await
        .unwrap();
    hall.borne.tap("Prendre un ticket", &["S03"]).await.unwrap();
    hall.borne.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_without_such_lines_serves_visitors_all_the_same() {
    let missing = |_: &Path| {
        "[gpio]\nbutton = \"pi:17\"\nring = \"line:NO-SUCH-LINE\"\n[backlight]\ndevice = \"backlight:none\"\n"
            .to_owned()
    };
    let mut hall = hall(missing, |_| Vec::new()).await;
    let status = hall.borne.reaches("three faults", |s| s.core.devices.iter().count() == 3).await.unwrap();
    for (device, state) in status.core.devices.iter() {
        assert!(state.to_string().starts_with("not available: "), "{device}: {state}");
    }
    hall.borne.tap("Prendre un ticket", &["S03"]).await.unwrap();
    hall.borne.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_manager_hears_that_the_borne_is_ready_lives_and_ends() {
    let heard = tempfile::tempdir().unwrap();
    let address = heard.path().join("notify");
    let manager = UnixDatagram::bind(&address).unwrap();
    manager.set_read_timeout(Some(PATIENCE)).unwrap();
    let environment =
        |_: &Path| vec![("NOTIFY_SOCKET", address.display().to_string()), ("WATCHDOG_USEC", "2000000".to_owned())];
    let mut hall = hall(|_| String::new(), environment).await;
    let next = |wanted: &str| {
        let mut buffer = [0; 512];
        loop {
            let length = manager.recv(&mut buffer).unwrap();
            if String::from_utf8_lossy(&buffer[..length]).contains(wanted) {
                return;
            }
        }
    };
    next("READY=1");
    for _ in 0..3 {
        next("WATCHDOG=1");
    }
    hall.borne.stop().unwrap();
    next("STOPPING=1");
}
