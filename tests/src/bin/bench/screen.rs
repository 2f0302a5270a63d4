//! What the screen costs: processor time a frame, memory at rest.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use borne::display::{Panel, frame_cost};
use integration_tests::bench::{Figure, Goal};
use integration_tests::borne::{Borne, Options};
use integration_tests::project;
use integration_tests::server::Server;

/// A sixtieth of a second: a frame that costs more is seen as a stutter.
const FRAME_MS: f64 = 1_000.0 / 60.0;
/// What fonts, layout and all pixels may cost before the first picture.
const FIRST_MS: f64 = 50.0;
/// The memory agreed on, in MiB.
const MEMORY_MIB: f64 = 45.0;

pub fn figures(fonts: &Path) -> anyhow::Result<Vec<Figure>> {
    let [one, other] = super::ticket::views()?;
    let cost = frame_cost(&Panel::PORTRAIT, fonts, &one, &other)?;
    let ms = |time: Duration| time.as_secs_f64() * 1_000.0;
    Ok(vec![
        Figure::new("first frame, CPU", ms(cost.first_frame), "ms", FIRST_MS, Goal::AtMost(1.0)),
        Figure::new("press, CPU a frame", ms(cost.press), "ms", FRAME_MS, Goal::AtMost(1.0)),
        Figure::new("screen change, CPU a frame", ms(cost.change), "ms", FRAME_MS, Goal::AtMost(1.0)),
        Figure::new("screen sliding in, CPU a frame", ms(cost.slide), "ms", FRAME_MS, Goal::AtMost(1.0)),
        Figure::new("nothing changed, CPU a look", ms(cost.nothing), "ms", FRAME_MS, Goal::None),
    ])
}

/// The real program at rest, headless, its server away.
pub fn memory(folder: &Path) -> anyhow::Result<Vec<Figure>> {
    let place = tempfile::tempdir_in(folder)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let kib = runtime.block_on(async {
        let site = project().join("config/examples/marseille/site.toml");
        let mut server = Server::prepare(&place.path().join("server"), &site, integration_tests::free_port()?)?;
        let code = server.enrolment_code()?;
        server.start().await?;
        let options = Options::default();
        let mut borne = Borne::prepare(&place.path().join("borne"), &server, &options)?;
        borne.start(&options, Some(&code)).await?;
        borne.reaches("the first exchange", |s| s.uplink.up).await?;
        let rollup = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", borne.id().context("no process")?))?;
        let line = rollup.lines().find_map(|l| l.strip_prefix("Pss:")).context("no Pss")?;
        let kib: f64 = line.trim().trim_end_matches(" kB").trim().parse()?;
        borne.stop()?;
        server.stop()?;
        anyhow::Ok(kib)
    })?;
    Ok(vec![Figure::new("borne at rest, PSS, headless", kib / 1_024.0, "MiB", MEMORY_MIB, Goal::AtMost(1.0))])
}
