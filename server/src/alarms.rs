//! What technicians must know, told once an hour: nobody must be able to fill the store with it.

use wire::ids::OriginId;
use wire::problem::ProblemKind;

use crate::app::App;
use crate::refusal::{Refusal, chain};
use crate::store::AlarmKind;

impl App {
    /// Raises an alarm about a borne that is known here, at most one an hour of its kind. Where that fails it is logged,
    /// and what was under way goes on.
    pub(crate) async fn alarm(&self, borne: OriginId, kind: AlarmKind, detail: &str) {
        let now = self.clock.now();
        // In memory first, so that a flood does not even reach the store, which decides over restarts.
        if self.limits.alarms.take((borne, kind), now).is_err() {
            return;
        }
        match self.store.raise(now, borne, kind, detail).await {
            Ok(true) => tracing::warn!(%borne, kind = kind.as_str(), "alarm raised"),
            Ok(false) => {}
            Err(e) => tracing::error!(%borne, kind = kind.as_str(), error = %chain(&e), "alarm not kept"),
        }
    }

    /// Tells technicians of the refusal of a borne that is known here, where they can do something about it.
    pub(crate) async fn telling<T>(&self, borne: OriginId, outcome: Result<T, Refusal>) -> Result<T, Refusal> {
        if let Err(refusal) = &outcome
            && let Some((kind, detail)) = alarm_of(refusal)
        {
            self.alarm(borne, kind, &detail).await;
        }
        outcome
    }
}

fn alarm_of(refusal: &Refusal) -> Option<(AlarmKind, String)> {
    let refused = || format!("a request in its name was refused: {}", refusal.detail());
    match refusal.kind() {
        ProblemKind::Revoked => {
            Some((AlarmKind::Revoked, "a request signed with its key came after its rights had ended".to_owned()))
        }
        ProblemKind::Signature => Some((AlarmKind::Signature, refused())),
        ProblemKind::Clock => Some((AlarmKind::Clock, refused())),
        ProblemKind::TooLarge => Some((AlarmKind::TooLarge, refused())),
        // The store raises the alarm of a copied card itself, with the quarantine.
        ProblemKind::Cloned
        | ProblemKind::BadRequest
        | ProblemKind::TooManyRequests
        | ProblemKind::Replay
        | ProblemKind::Sequence
        | ProblemKind::EnrolmentCode
        | ProblemKind::NoSeriesLeft
        | ProblemKind::Version
        | ProblemKind::Key
        | ProblemKind::Scope
        | ProblemKind::Conflict
        | ProblemKind::Idempotency
        | ProblemKind::NotFound
        | ProblemKind::Internal
        | ProblemKind::Other => None,
    }
}
