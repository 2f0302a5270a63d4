//! The time of the day that is played.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How fast it passes, and whether it is over before its end.
#[derive(Clone)]
pub(super) struct Pace {
    pub(super) began: Instant,
    pub(super) speed: f64,
    pub(super) over: CancellationToken,
}

impl Pace {
    /// How long some seconds of the day take.
    pub(super) fn of(&self, seconds: i64) -> Duration {
        Duration::from_secs_f64((seconds.max(0) as f64 / self.speed).max(0.0))
    }

    /// Waits for a second of the day. False where the day is over before.
    pub(super) async fn until(&self, second: i64) -> bool {
        self.over.run_until_cancelled(tokio::time::sleep_until(self.began + self.of(second))).await.is_some()
    }

    /// Lets seconds of the day pass, as `until` does.
    pub(super) async fn pause(&self, seconds: i64) -> bool {
        self.rest(self.of(seconds)).await
    }

    /// Lets time pass that no speed shortens.
    pub(super) async fn rest(&self, time: Duration) -> bool {
        self.over.run_until_cancelled(tokio::time::sleep(time)).await.is_some()
    }

    /// How many minutes of the day have passed since an instant.
    pub(super) fn minutes(&self, since: Instant) -> f64 {
        since.elapsed().as_secs_f64() * self.speed / 60.0
    }
}
