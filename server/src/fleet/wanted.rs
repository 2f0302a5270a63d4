//! What is wanted of bornes beside what their site publishes: kept in every version, signed when it is told.

use wire::ids::OriginId;
use wire::wanted::{SignedWanted, Wanted};

use super::Known;
use crate::app::App;
use crate::audit::{Action, Diff};
use crate::pages::Person;
use crate::store::{StoreError, WantedVersion};

/// What a borne may say at most that it holds: more is a mistake, and would leave no room for a later version.
const HELD_MAX: u64 = 1 << 53;

/// What came of wanting something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// It is wanted from now on.
    Made,
    /// It was wanted already.
    Same,
    /// Somebody wanted something else since it was looked at: nothing changed.
    Overtaken,
}

impl App {
    /// What a borne is handed that says which version it holds.
    pub(crate) async fn news_of_wanted(
        &self,
        borne: OriginId,
        held: Option<u64>,
    ) -> Result<Option<SignedWanted>, StoreError> {
        let Some(held) = held else { return Ok(None) };
        let latest = self.wanted_of(borne).await?.filter(|latest| latest.version > held);
        Ok(latest.map(|latest| SignedWanted::seal(&latest, &self.key)))
    }

    /// What is wanted of a borne, where anything ever was.
    pub(crate) async fn wanted_of(&self, borne: OriginId) -> Result<Option<Wanted>, StoreError> {
        Ok(self.store.wanted(borne).await?.as_ref().and_then(read))
    }

    /// Wants something else of a borne, and keeps who does. Where somebody else is first, what they made is changed in its turn,
    /// unless a version is said that was `seen`.
    pub(crate) async fn want(
        &self,
        person: &Person,
        known: &Known,
        seen: Option<u64>,
        change: impl Fn(&mut Wanted),
    ) -> Result<Wish, StoreError> {
        let borne = known.borne.id;
        loop {
            let kept = self.store.wanted(borne).await?;
            let before = kept.as_ref().and_then(read).unwrap_or(Wanted::nothing(borne));
            if seen.is_some_and(|seen| seen != before.version) {
                return Ok(Wish::Overtaken);
            }
            let mut wanted = before.clone();
            change(&mut wanted);
            if wanted == before {
                return Ok(Wish::Same);
            }
            // A store that was restored may know less than the borne, which takes no earlier version than it holds.
            let told = known.report.as_ref().and_then(|(_, report)| report.wanted).filter(|told| *told < HELD_MAX);
            wanted.version = kept.map_or(0, |kept| kept.version).max(told.unwrap_or_default()) + 1;
            let unreadable = |_| StoreError::Unreadable { what: "what is wanted" };
            let body = serde_json::to_string(&wanted).map_err(unreadable)?;
            let (now, by) = (self.clock.now(), person.name.clone());
            let version = WantedVersion { borne, version: wanted.version, at: now, by, body };
            if self.store.put_wanted(&version).await? {
                let entry = person.did(now, Action::Borne, borne.to_string());
                self.audit(entry.changing(difference(&before, &wanted))).await;
                return Ok(Wish::Made);
            }
        }
    }
}

/// A version as it was kept; what a later server wrote that is none here is as good as none.
pub(crate) fn read(version: &WantedVersion) -> Option<Wanted> {
    serde_json::from_str(&version.body).ok()
}

fn difference(before: &Wanted, after: &Wanted) -> Diff {
    let ring = |wanted: &Wanted| wanted.ring.map_or("-", wire::wanted::Ring::as_str);
    let mut diff = Diff::none().with("version demandée", before.version, after.version);
    if before.ring != after.ring {
        diff = diff.with("anneau", ring(before), ring(after));
    }
    if before.release != after.release {
        diff = diff.with("mise à jour", before.release.to_string(), after.release.to_string());
    }
    for key in wire::wanted::SETTINGS {
        let value = |wanted: &Wanted| wanted.settings.get(key).cloned();
        if value(before) != value(after) {
            diff = diff.with(key, value(before), value(after));
        }
    }
    diff
}
