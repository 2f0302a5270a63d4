//! What the server does by itself as time passes: it begins service days and forgets what is kept no longer.

use jiff::{SignedDuration, Timestamp};
use wire::service_day::ServiceDay;

use crate::app::App;
use crate::refusal::chain;
use crate::store::{Cut, Forgotten, StoreError};

/// How often late tickets are looked through.
const AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// When the house was last kept.
#[derive(Debug, Default)]
pub struct Housekeeping {
    done: Option<(ServiceDay, Timestamp)>,
    /// When it last looked.
    looked: Option<Timestamp>,
}

impl Housekeeping {
    /// Looks what is due: a service day to begin; an early closing to show; forgetting at the start, when a service day begins, and each hour. What
    /// fails is logged and due again at the next look.
    pub async fn look(&mut self, app: &App) {
        let now = app.clock.now();
        app.live.roll(now);
        let before = self.looked.replace(now);
        if app.intake(now).closes_at.is_some_and(|at| at <= now && before.is_none_or(|before| before < at)) {
            app.live.touch();
        }
        let today = ServiceDay::of(now, &app.zone);
        let recent = |(day, at): (ServiceDay, Timestamp)| day == today && at <= now && now.duration_since(at) < AGAIN;
        if self.done.is_some_and(recent) {
            return;
        }
        match app.forget(now).await {
            Ok(forgotten) => {
                let Forgotten { events, tokens, sessions } = forgotten;
                if forgotten != Forgotten::default() {
                    tracing::info!(events, tokens, sessions, "what is kept no longer is forgotten");
                }
                self.done = Some((today, now));
            }
            Err(e) => tracing::error!(error = %chain(&e), "nothing could be forgotten"),
        }
    }
}

impl App {
    async fn forget(&self, now: Timestamp) -> Result<Forgotten, StoreError> {
        let cut = Cut::at(now, &self.zone);
        let forgotten = self.store.forget(&cut).await?;
        self.live.forget(now, cut.kept_from);
        Ok(forgotten)
    }
}
