//! Who gets updates when, and how the rings do. Pure.

use std::collections::BTreeMap;

use jiff::Timestamp;
use wire::wanted::{Release, ReleaseName, Ring, Wanted};

use super::Known;
use super::judge::{Norm, Presence, faults, presence};
use crate::store::AlarmKind;

/// A borne, and what is wanted of it.
#[derive(Clone, Debug)]
pub(crate) struct Member<'a> {
    pub(crate) known: &'a Known,
    pub(crate) wanted: Wanted,
    /// It is heard of, and nothing is wrong with it beside its version.
    pub(crate) is_well: bool,
}

impl<'a> Member<'a> {
    pub(crate) fn of(known: &'a Known, wanted: Option<Wanted>, norm: &Norm<'_>, now: Timestamp) -> Self {
        let heard = known.report.is_some() && presence(known, norm.thresholds, now) != Presence::Offline;
        let sound = faults(known, norm, now).iter().all(|fault| fault.kind() == AlarmKind::Version);
        let wanted = wanted.unwrap_or(Wanted::nothing(known.borne.id));
        Self { known, wanted, is_well: heard && sound }
    }

    /// The version that it runs, as it said last.
    pub(crate) fn runs(&self) -> Option<&'a str> {
        self.known.report.as_ref().map(|(_, report)| report.version.as_str())
    }

    /// The version that it tried last and took back.
    pub(crate) fn took_back(&self) -> Option<&'a str> {
        self.known.took_back()
    }

    /// Whether it has been told what is wanted.
    pub(crate) fn holds(&self) -> bool {
        let held = self.known.report.as_ref().and_then(|(_, report)| report.wanted).unwrap_or_default();
        held >= self.wanted.version
    }
}

/// A version, how many bornes of a ring run it, how many of them are well, and how many tried it last and took it back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) version: String,
    pub(crate) all: usize,
    pub(crate) well: usize,
    pub(crate) taken_back: usize,
}

/// The versions that a ring runs: that which most of its bornes run well first.
pub(crate) fn shares<'a>(members: impl IntoIterator<Item = &'a Member<'a>>) -> Vec<Share> {
    let mut by_version: BTreeMap<&str, Share> = BTreeMap::new();
    let none = |version: &str| Share { version: version.to_owned(), all: 0, well: 0, taken_back: 0 };
    for member in members {
        if let Some(version) = member.runs() {
            let share = by_version.entry(version).or_insert_with(|| none(version));
            share.all += 1;
            share.well += usize::from(member.is_well);
        }
        if let Some(version) = member.took_back() {
            by_version.entry(version).or_insert_with(|| none(version)).taken_back += 1;
        }
    }
    let mut shares: Vec<Share> = by_version.into_values().collect();
    shares.sort_by(|one, other| (other.well, other.all, &other.version).cmp(&(one.well, one.all, &one.version)));
    shares
}

/// What the next ring could be given: the version that most bornes of this one run well, where the next one has bornes that
/// are not to have it yet.
pub(crate) fn promotion(members: &[Member<'_>], from: Ring) -> Option<(Share, ReleaseName, Ring)> {
    let next = from.next()?;
    let share = shares(members.iter().filter(|member| member.wanted.ring == Some(from))).into_iter().next()?;
    let release: ReleaseName = share.version.parse().ok().filter(|_| share.well > 0)?;
    let lacks = |member: &&Member<'_>| member.wanted.release != Release::Exact(release.clone());
    members.iter().filter(|member| member.wanted.ring == Some(next)).find(lacks)?;
    Some((share, release, next))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use wire::enrolment::PublicKey;
    use wire::ids::{OriginId, SiteId};
    use wire::label::Series;
    use wire::report::{PaperLevel, Report, UpdateOutcome, UpdateReport};

    use super::*;
    use crate::store::Borne;

    fn known(version: &str) -> Known {
        let borne = Borne {
            id: OriginId(Uuid::from_u128(1)),
            site: SiteId(Uuid::from_u128(2)),
            name: "Borne".to_owned(),
            public_key: PublicKey([1; 32]),
            series: Series::FIRST,
            enrolled_at: Timestamp::UNIX_EPOCH,
            revoked_at: None,
            quarantined_at: None,
            hwm: 0,
        };
        let report = Report {
            version: version.to_owned(),
            schema: 4,
            started_at: Timestamp::UNIX_EPOCH,
            catalogue: 1,
            paper: PaperLevel::Enough,
            unknown_prints: 0,
            devices: Vec::new(),
            unsent: 0,
            oldest_unsent: None,
            clock_uncertain: false,
            store_fails: false,
            disk: None,
            panel: None,
            wanted: None,
            settings: None,
            update: None,
        };
        Known { borne, heard_at: None, report: Some((Timestamp::UNIX_EPOCH, report)), asked: None, gap_since: None }
    }

    fn member(known: &Known, ring: Ring, is_well: bool) -> Member<'_> {
        Member { known, wanted: Wanted { ring: Some(ring), ..Wanted::nothing(known.borne.id) }, is_well }
    }

    #[test]
    fn what_most_run_well_is_what_the_next_ring_is_offered() {
        let (old, new) = (known("0.1.0"), known("0.2.0"));
        let mut all = vec![
            member(&old, Ring::Pilot, true),
            member(&new, Ring::Pilot, true),
            member(&new, Ring::Pilot, true),
            member(&new, Ring::Pilot, false),
        ];
        assert_eq!(promotion(&all, Ring::Pilot), None, "nobody is in the next ring");
        all.push(member(&old, Ring::Early, true));
        let (share, release, next) = promotion(&all, Ring::Pilot).unwrap();
        assert_eq!((share.all, share.well, release.as_str(), next), (3, 2, "0.2.0", Ring::Early));
        all[4].wanted.release = Release::Exact(release);
        assert_eq!(promotion(&all, Ring::Pilot), None, "it is to have it already");
        assert_eq!(promotion(&all, Ring::Stable), None, "nothing comes after it");
    }

    #[test]
    fn what_was_taken_back_is_told_beside_those_who_run_it_well() {
        let mut fell_back = known("0.1.0");
        let tried = |outcome| Some(UpdateReport { version: "0.2.0".to_owned(), outcome, at: Timestamp::UNIX_EPOCH });
        fell_back.report.as_mut().unwrap().1.update = tried(UpdateOutcome::TakenBack);
        let mut runs = known("0.2.0");
        runs.report.as_mut().unwrap().1.update = tried(UpdateOutcome::Works);
        let old = known("0.1.0");
        let mut all = vec![member(&fell_back, Ring::Pilot, false), member(&old, Ring::Early, true)];
        let told = |all: &[Member<'_>]| -> Vec<(String, usize, usize)> {
            let pilot = all.iter().filter(|member| member.wanted.ring == Some(Ring::Pilot));
            shares(pilot).into_iter().map(|share| (share.version, share.all, share.taken_back)).collect()
        };
        assert_eq!(told(&all), [("0.1.0".to_owned(), 1, 0), ("0.2.0".to_owned(), 0, 1)]);
        assert_eq!(promotion(&all, Ring::Pilot), None, "nobody runs it");
        all.push(member(&runs, Ring::Pilot, true));
        let (share, ..) = promotion(&all, Ring::Pilot).unwrap();
        assert_eq!((share.version.as_str(), share.well, share.taken_back), ("0.2.0", 1, 1));
        // Somebody installed it by hand.
        fell_back.report.as_mut().unwrap().1.version = "0.2.0".to_owned();
        assert_eq!(member(&fell_back, Ring::Pilot, true).took_back(), None);
    }

    #[test]
    fn what_nobody_runs_well_is_offered_to_nobody() {
        let (old, new) = (known("0.1.0"), known("0.2.0"));
        let all = [member(&new, Ring::Pilot, false), member(&new, Ring::Pilot, false), member(&old, Ring::Early, true)];
        assert_eq!(promotion(&all, Ring::Pilot), None);
        let unknown = Known { report: None, ..known("") };
        assert_eq!(shares(&[member(&unknown, Ring::Pilot, true)]), []);
    }
}
