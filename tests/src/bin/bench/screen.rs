//! What the screen costs: processor time a frame, memory at rest.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use borne::display::{Panel, frame_cost};
use integration_tests::bench::{Figure, Goal};
use integration_tests::borne::{Borne, Options};
use integration_tests::server::Server;
use integration_tests::{proc, project};
use kiosk_flow::texts::{Msg, Texts};
use wire::ids::Language;

/// How often the start is measured.
const STARTS: usize = 5;

/// What a button that lights up under a finger may cost, in ms of processor time.
const PRESS_MS: f64 = 1.0;
/// What one frame of another screen may cost, in ms of processor time.
const CHANGE_MS: f64 = 5.0;
/// What fonts, layout and all pixels may cost before the first picture, in ms of processor time.
const FIRST_MS: f64 = 60.0;
/// From the start of the program to a screen that can be touched, in ms of wall time on a machine that rests.
const START_MS: f64 = 400.0;
/// The memory agreed on, in MiB, with every font and language.
const MEMORY_MIB: f64 = 60.0;

pub fn figures(fonts: &Path) -> anyhow::Result<Vec<Figure>> {
    let [one, other] = super::ticket::views()?;
    let cost = frame_cost(&Panel::PORTRAIT, fonts, &one, &other)?;
    let ms = |time: Duration| time.as_secs_f64() * 1_000.0;
    Ok(vec![
        Figure::new("first frame, CPU", ms(cost.first_frame), "ms", FIRST_MS, Goal::AtMost(1.0)),
        Figure::new("press, CPU a frame, p95", ms(cost.press), "ms", PRESS_MS, Goal::AtMost(1.0)),
        Figure::new("screen change, CPU, p95", ms(cost.change), "ms", CHANGE_MS, Goal::AtMost(1.0)),
        Figure::new("screen sliding in, CPU a frame, p95", ms(cost.slide), "ms", CHANGE_MS, Goal::AtMost(1.0)),
        Figure::new("nothing changed, CPU a look, p95", ms(cost.nothing), "ms", PRESS_MS, Goal::None),
        Figure::new("nothing changed, frames drawn", f64::from(cost.idle_frames), "frames", 1.0, Goal::AtMost(0.0)),
    ])
}

/// The real program, headless: its start, and its memory at rest once every language was shown.
pub fn memory(folder: &Path) -> anyhow::Result<Vec<Figure>> {
    let place = tempfile::tempdir_in(folder)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (start, mib) = runtime.block_on(async {
        let site = project().join("config/examples/marseille/site.toml");
        let mut server = Server::prepare(&place.path().join("server"), &site, integration_tests::free_port()?)?;
        let code = server.enrolment_code()?;
        server.start().await?;
        let options = Options::default();
        let mut borne = Borne::prepare(&place.path().join("borne"), &server, &options)?;
        borne.start(&options, Some(&code)).await?;
        borne.reaches("the first exchange", |s| s.uplink.up).await?;
        borne.stop()?;
        let mut starts = Vec::with_capacity(STARTS);
        for _ in 0..STARTS {
            let begun = Instant::now();
            borne.start(&options, None).await?;
            starts.push(begun.elapsed());
            borne.stop()?;
        }
        starts.sort_unstable();
        borne.start(&options, None).await?;
        for lang in Language::ALL {
            let texts = Texts::load(lang)?;
            if lang != Language::Fr {
                borne.tap(lang.endonym(), &["S01"]).await?;
            }
            borne.tap(&texts.get(Msg::TakeTicket), &["S03"]).await?;
            borne.tap(&texts.get(Msg::Back), &["S01"]).await?;
        }
        borne.reaches("the first exchange", |s| s.uplink.up).await?;
        let mib = proc::memory_mib(borne.id().context("no process")?)?;
        borne.stop()?;
        server.stop()?;
        anyhow::Ok((starts[STARTS / 2], mib))
    })?;
    let start_ms = start.as_secs_f64() * 1_000.0;
    Ok(vec![
        Figure::new("start to a touchable screen, wall, median", start_ms, "ms", START_MS, Goal::AtMost(1.0)),
        Figure::new("borne at rest, nine languages, PSS", mib, "MiB", MEMORY_MIB, Goal::AtMost(1.0)),
    ])
}
