//! What the service manager is told (sd_notify(3)): that the server serves, that it lives, that it stops. Nothing where
//! there is none.

use sd_notify::NotifyState;

/// The start is over: who waited for the server may come.
pub(super) fn ready() {
    tell(NotifyState::Ready);
}

/// The server ends as it should.
pub(super) fn stopping() {
    tell(NotifyState::Stopping);
}

/// Says that the server lives, twice as often as the unit's `WatchdogSec=` asks for. It takes its turns among the tasks that
/// answer requests: where those get none it has none either, and the server is started anew. A store that is away is
/// told to people and ends nothing.
pub(super) async fn live() {
    let Some(timeout) = sd_notify::watchdog_enabled().filter(|timeout| !timeout.is_zero()) else { return };
    let mut beats = tokio::time::interval(timeout / 4);
    loop {
        beats.tick().await;
        tell(NotifyState::Watchdog);
    }
}

fn tell(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "the service manager takes no message");
    }
}
