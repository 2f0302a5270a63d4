//! `borne run`.

use std::sync::Arc;

use drivers::watchdog::Watchdog;
use kiosk_flow::Input;
use kiosk_runtime::borne::{Borne, Demo};
use kiosk_runtime::config::Config;
use kiosk_runtime::core::{Message, messages};
use kiosk_runtime::recent::Recent;
use kiosk_runtime::screen::Screen;
use tokio::signal::unix::{SignalKind, signal};

use crate::binders::Keypad;
use crate::display::{self, Kind, Panel};

/// The panel the configuration describes.
pub(super) fn panel(config: &Config) -> Panel {
    let p = &config.panel;
    Panel {
        width_px: p.width_px,
        height_px: p.height_px,
        width_mm: p.width_mm,
        height_mm: p.height_mm,
        bottom_mm: p.bottom_mm,
        view_mm: p.view_mm,
    }
}

/// Runs until SIGTERM, SIGINT or the end of the window.
pub(super) fn run(config: &Config, kind: Kind, demo: &Demo, recent: Recent) -> anyhow::Result<()> {
    // Starts the program anew where the fonts are not in force yet, so it comes before everything.
    display::fonts::put_in_force(&config.borne.fonts)?;
    let panel = panel(config);
    let (sender, receiver) = messages();
    let touched = sender.clone();
    let keypad = Keypad::new(&config.keypad)?;
    let (screen, event_loop) = display::open(kind, &panel, &config.borne.fonts, keypad, move |input| {
        // A keypad with a jack of its own tells of the headset by keys: what speaks must know first.
        let message =
            if let Input::Headset(plugged) = input { Message::Headset(plugged) } else { Message::Input(input) };
        // The loop has ended, and the display is about to.
        let _ = touched.send(message);
    })?;
    let watchdog = Watchdog::from_env();
    let (rooms, drawn) = (panel.rooms(), Arc::clone(&screen));
    let borne = Borne::start(config, rooms, drawn, (sender, receiver), demo, Some(&watchdog), recent)?;
    tracing::info!(display = %event_loop.kind(), socket = %config.control.socket.display(), "the borne runs");
    if let Some(address) = borne.live_view {
        tracing::info!("live view: http://{address}/");
    }
    quit_on_signal(screen)?;
    let ended = event_loop.run(&watchdog);
    watchdog.stopping();
    borne.stop()?;
    Ok(ended?)
}

fn quit_on_signal(screen: Arc<dyn Screen>) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        runtime.block_on(async {
            let (Ok(mut terminate), Ok(mut interrupt)) =
                (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
            else {
                return;
            };
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            screen.quit();
        });
    })?;
    Ok(())
}
