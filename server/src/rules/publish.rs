//! Publishing rules: a draft becomes a version, which holds from the next service day, or at once with a reason.

use jiff::Timestamp;
use queue_engine::{Hall, Policy};
use wire::ids::AgentRef;

use super::{body, faults, read};
use crate::app::App;
use crate::received::Left;
use crate::site::{Plan, Site};
use crate::store::{Draft, NewDraft, NewPublication, PublicationKind, PublishOutcome, StoreError};

const KIND: PublicationKind = PublicationKind::Policy;
/// The longest reason, in characters.
pub(crate) const REASON_MAX: usize = 300;

/// From when on rules are to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    /// The beginning of the next service day.
    NextDay,
    /// This moment.
    Now,
}

/// What became of publishing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Published {
    /// It is published, under this version.
    Done(u64),
    /// It cannot be: what is to be changed first.
    Faults(Vec<String>),
    /// They would leave people to nobody.
    Hindered(Vec<Left>),
    /// What holds at once wants a reason.
    NoReason,
    /// There is no such draft any more: somebody changed it or published it.
    Changed,
}

/// A draft that can be read.
pub(crate) struct Drafted {
    /// As the store holds it.
    pub(crate) draft: Draft,
    /// What it says.
    pub(crate) policy: Policy,
}

impl Site {
    /// What is about to be published, where anything is.
    pub(crate) async fn drafted(&self) -> Result<Option<Drafted>, StoreError> {
        let draft = self.store.draft(self.id, KIND).await?;
        let Some(text) = &draft.body else { return Ok(None) };
        let policy = read(text, 0)?;
        Ok(Some(Drafted { draft, policy }))
    }

    /// Keeps a draft in the place of the one that was seen. False where somebody else was faster.
    pub(crate) async fn draft_rules(
        &self,
        by: AgentRef,
        seen: u64,
        policy: Option<&Policy>,
    ) -> Result<bool, StoreError> {
        let body = policy.map(|policy| body(&Policy { version: 0, ..policy.clone() })).transpose()?;
        let draft = NewDraft { body, by: Some(by), at: self.clock.now() };
        Ok(self.store.put_draft(self.id, KIND, seen, &draft).await?.is_some())
    }

    /// Publishes the draft that was seen.
    pub(crate) async fn publish_rules(
        &self,
        app: &App,
        by: AgentRef,
        seen: u64,
        from: From,
        reason: &str,
    ) -> Result<Published, StoreError> {
        let now = self.clock.now();
        if from == From::Now && reason.trim().is_empty() {
            return Ok(Published::NoReason);
        }
        let Some(Drafted { draft, policy }) = self.drafted().await?.filter(|drafted| drafted.draft.revision == seen)
        else {
            return Ok(Published::Changed);
        };
        let faults = faults(&policy, &self.plan().catalogue);
        if !faults.is_empty() {
            return Ok(Published::Faults(faults));
        }
        // Nobody waits any more when the next service day begins.
        if from == From::Now {
            // Others' acts too, before anybody is said to wait for nothing.
            app.follow().await?;
            let plan = self.plan();
            let after = Plan { policy: policy.clone(), ..Plan::clone(&plan) };
            let left = self.left_by(&plan, &after).await?;
            if !left.is_empty() {
                return Ok(Published::Hindered(left));
            }
        }
        let newest = self.store.publications(self.id, KIND, 1).await?.first().map_or(0, |head| head.version);
        let version = newest.saturating_add(1);
        let kept = Policy { version: u32::try_from(version).unwrap_or(u32::MAX), ..policy };
        let new = NewPublication {
            version,
            draft: Some(draft.revision),
            body: body(&kept)?,
            signature: None,
            valid_from: self.from(from, now),
            by: Some(by),
            reason: reason.trim().chars().take(REASON_MAX).collect(),
            at: now,
        };
        match self.store.publish(self.id, KIND, &new).await? {
            PublishOutcome::Done => {
                tracing::info!(site = %self.id, version, valid_from = %new.valid_from, "rules of calls are published");
                self.reload().await?;
                // Of rules of another day only the page of rules shows anything.
                self.live.touch();
                Ok(Published::Done(version))
            }
            PublishOutcome::Overtaken | PublishOutcome::DraftChanged => Ok(Published::Changed),
        }
    }

    fn from(&self, from: From, now: Timestamp) -> Timestamp {
        match from {
            From::Now => now,
            From::NextDay => self.live.read(now, Hall::day).end(&self.zone),
        }
    }
}
