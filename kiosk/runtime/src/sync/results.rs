//! What became of what technicians asked for, on its way up: in memory, since whoever asked does not wait for long.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wire::outcome::{Outcome, PATH};
use wire::problem::Problem;

use super::client::CallError;
use super::{ExchangeError, Next, Uplink, is_about_the_body};

/// As many wait at most: each command is about one of four things, and ends within minutes.
const WAITING: usize = 8;

/// What waits for the server, oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Results(Arc<Mutex<VecDeque<Outcome>>>);

impl Results {
    fn lock(&self) -> MutexGuard<'_, VecDeque<Outcome>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps one; the oldest goes where too many wait.
    pub(super) fn push(&self, outcome: Outcome) {
        let mut waiting = self.lock();
        if waiting.len() == WAITING {
            waiting.pop_front();
        }
        waiting.push_back(outcome);
    }

    /// Whether nothing waits, nor is on its way.
    pub(super) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    fn first(&self) -> Option<Outcome> {
        self.lock().front().cloned()
    }

    /// Lets go of one, wherever it stands by now.
    fn done(&self, outcome: &Outcome) {
        self.lock().retain(|waiting| waiting.command != outcome.command);
    }
}

impl Uplink {
    /// Sends what waits; answers what to do next where that failed. While the server is away, the events try whether it is
    /// back.
    pub(super) async fn tell_results(&mut self) -> Option<Next> {
        while let (0, Some(outcome)) = (self.failures, self.handle.results.first()) {
            if let Err(error) = self.tell_result(&outcome).await {
                return Some(self.after(error));
            }
            self.handle.results.done(&outcome);
        }
        None
    }

    async fn tell_result(&mut self, outcome: &Outcome) -> Result<(), ExchangeError> {
        let body = serde_json::to_vec(outcome).map_err(|e| CallError::Foreign(e.to_string()))?;
        match self.post(PATH, body, false).await {
            Ok(_) => {}
            Err(ExchangeError::Call(CallError::Refused { problem, .. })) if is_over(&problem) => {
                tracing::warn!(status = problem.status, "nobody waits any more for what a technician asked for");
            }
            Err(error) => return Err(error),
        }
        self.followed = false;
        Ok(())
    }
}

/// Whether sending it again would change nothing.
fn is_over(problem: &Problem) -> bool {
    problem.status == 404 || is_about_the_body(problem)
}
