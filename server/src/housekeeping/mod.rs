//! What the server does by itself as time passes: a list of jobs, each of which knows when it is due.

mod days;
mod endings;
mod forgetting;
mod hearing;
mod plans;
mod renewal;

use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;

use self::days::BeginningDays;
use self::endings::EndingDays;
use self::forgetting::Forgetting;
use self::hearing::NotingCounters;
use self::plans::BeginningPlans;
use self::renewal::RenewingTls;
use crate::api::ForgettingAnswers;
use crate::app::App;
use crate::backup::BackingUp;
use crate::fleet::WatchingBornes;
use crate::fleet::actions::EndingActions;
use crate::refusal::chain;
use crate::store::StoreError;

/// Something that is done by itself now and then. Of several servers on one store each looks; what only one of them is to do
/// is done under the store's [turn](crate::store::Backups::turn).
#[async_trait]
pub(crate) trait Job: fmt::Debug + Send {
    /// What it is called in the log.
    fn name(&self) -> &'static str;

    /// Does what is due by now. What fails is logged, and due again at the next look.
    async fn look(&mut self, app: &App, now: Timestamp) -> Result<(), StoreError>;
}

/// Jobs that are looked at one after another.
#[derive(Debug)]
pub struct Housekeeping(Vec<Box<dyn Job>>);

impl Default for Housekeeping {
    /// The jobs that take moments.
    fn default() -> Self {
        Self(vec![
            Box::new(RenewingTls),
            Box::new(BeginningDays::default()),
            Box::new(BeginningPlans::default()),
            Box::new(NotingCounters),
            Box::new(WatchingBornes),
            Box::new(EndingActions),
            Box::new(EndingDays::default()),
            Box::new(Forgetting::default()),
            Box::new(ForgettingAnswers::default()),
        ])
    }
}

impl Housekeeping {
    /// The jobs that may take long: nothing else waits for them.
    #[must_use]
    pub fn long() -> Self {
        Self(vec![Box::new(BackingUp)])
    }

    /// Looks at each job.
    pub async fn look(&mut self, app: &App) {
        for job in &mut self.0 {
            let looked = job.look(app, app.clock.now()).await;
            app.figures.looked(looked.is_ok());
            if let Err(e) = looked {
                tracing::error!(job = job.name(), error = %chain(&e), "a job failed; it is tried again");
            }
        }
    }
}
