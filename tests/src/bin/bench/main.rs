//! `make bench`: what the borne and the server cost, beside what this machine can do.

mod devices;
mod disk;
mod estimates;
mod halls;
mod heartbeats;
mod rebuild;
mod screen;
mod shown;
mod store;
mod streams;
mod sync;
mod ticket;

use std::path::PathBuf;
use std::process::ExitCode;

use integration_tests::bench::{Figure, report};
use integration_tests::project;

fn main() -> ExitCode {
    match bench() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            use std::io::Write;
            // Nobody reads a closed standard error.
            let _ = writeln!(std::io::stderr(), "bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// All groups, or the one named. Figures inform, a goal that is missed does not fail: a noisy machine is no fault of the code.
fn bench() -> anyhow::Result<()> {
    let fonts = project().join("assets/fonts");
    // The program starts anew here, in the same process, where the fonts are not in force.
    borne::display::fonts::put_in_force(&fonts)?;
    let folder: PathBuf = project().join("target/bench");
    std::fs::create_dir_all(&folder)?;
    let wanted = std::env::args().nth(1);
    let mut out = std::io::stdout();
    if devices::is_here() {
        return report(&folder, devices::GROUP, &devices::figures(&folder, &fonts)?, &mut out);
    }
    let mut group = |name: &str, figures: &dyn Fn() -> anyhow::Result<Vec<Figure>>| {
        if wanted.as_deref().is_some_and(|wanted| wanted != name) {
            Ok(())
        } else {
            report(&folder, name, &figures()?, &mut out)
        }
    };
    group("screen", &|| screen::figures(&fonts))?;
    group("ticket", &|| ticket::figures(&folder, &fonts))?;
    group("memory", &|| screen::memory(&folder))?;
    group("sync", &|| sync::figures(&folder))?;
    group("store", &|| store::figures(&folder))?;
    group("shown", &|| shown::figures(&folder))?;
    group("streams", &|| streams::figures(&folder))?;
    group("heartbeats", &|| heartbeats::figures(&folder))?;
    group("rebuild", &|| rebuild::figures(&folder))?;
    group("estimates", &|| estimates::figures())?;
    if wanted.as_deref().is_none_or(|wanted| wanted == devices::GROUP) {
        devices::measure_apart()?;
    }
    Ok(())
}
