//! When a copy is due, which ones are old, and what is wrong with them.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::store::{Backup, BackupOutcome};

/// How soon after the first one that failed another one is tried.
const AGAIN: SignedDuration = SignedDuration::from_hours(1);
/// How long after its hour a copy may take before it is missed.
const LATE: SignedDuration = SignedDuration::from_hours(3);

/// What is wrong with the copies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// None are made.
    Off,
    /// The newest one is not what was copied.
    Damaged(Backup),
    /// Nobody could look into the newest one.
    Unchecked(Backup),
    /// The last attempt made none.
    Failed(Backup),
    /// There is no good one of the last day: the newest one, if any.
    Late(Option<Backup>),
    /// The newest one could be read through, but not be restored.
    NotRestored(Backup),
}

/// When the last copy was due: at this hour of today, or of yesterday.
pub(super) fn last_due(at: Time, zone: &TimeZone, now: Timestamp) -> Timestamp {
    let today = now.to_zoned(zone.clone()).date();
    let instants = [today, today.saturating_sub(1.days())].map(|date| {
        // An hour that the change of time leaves out comes an hour later, one that comes twice the first time.
        date.to_datetime(at).to_zoned(zone.clone()).map(|due| due.timestamp())
    });
    instants.into_iter().flatten().find(|due| *due <= now).unwrap_or(now)
}

/// What is to be done now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Nothing,
    Copy,
    /// The day's copy is there, and nobody could look into it.
    Check(Backup),
}

/// What is to be done on a machine now. After what failed a wait is as long as it has been tried for, an hour at least.
pub(super) fn due(known: &[Backup], host: &str, last_due: Timestamp, now: Timestamp) -> Due {
    if known.iter().any(|backup| backup.outcome.is_good() && backup.at >= last_due) {
        return Due::Nothing;
    }
    // A clock that was set back must not keep it waiting.
    let touched = |backup: &Backup| backup.checked_at.filter(|at| *at <= now).map_or(backup.at, |at| at.max(backup.at));
    let fresh = |backup: &&Backup| backup.at >= last_due || now.duration_since(touched(backup)) < AGAIN;
    let tried: Vec<&Backup> = known.iter().filter(|backup| backup.at <= now).filter(fresh).collect();
    let Some(newest) = tried.iter().max_by_key(|backup| backup.at) else {
        return Due::Copy;
    };
    let last = tried.iter().map(|backup| touched(backup)).max().unwrap_or(newest.at);
    let first = tried.iter().map(|backup| backup.at).min().unwrap_or(newest.at);
    if now.duration_since(last) < last.duration_since(first).max(AGAIN) {
        Due::Nothing
    } else if newest.outcome == BackupOutcome::Unchecked && newest.host == host && !newest.file.is_empty() {
        Due::Check((*newest).clone())
    } else {
        Due::Copy
    }
}

/// Copies of a machine that are kept no longer. The newest good one always is; of those that are damaged only the newest.
pub(super) fn old(known: &[Backup], keep_days: u16, now: Timestamp) -> Vec<&Backup> {
    let kept_from = now - SignedDuration::from_hours(24 * i64::from(keep_days));
    let files = || known.iter().filter(|backup| !backup.file.is_empty());
    let is_damaged = |backup: &&Backup| backup.outcome == BackupOutcome::Damaged;
    let newest = files().filter(|backup| backup.outcome.is_good()).map(|backup| backup.at).max();
    let damaged = files().filter(is_damaged).map(|backup| backup.at).max();
    let gone = |backup: &&Backup| {
        let old = backup.at < kept_from && Some(backup.at) != newest;
        old || (is_damaged(backup) && Some(backup.at) != damaged)
    };
    files().filter(gone).collect()
}

/// What is wrong, the worst first. A server that has just begun is given time for its first copy.
pub(super) fn troubles(known: &[Backup], last_due: Timestamp, started_at: Timestamp, now: Timestamp) -> Vec<Trouble> {
    let newest = known.iter().max_by_key(|backup| backup.at);
    let good = known.iter().filter(|backup| backup.outcome.is_good()).max_by_key(|backup| backup.at);
    let mut all = Vec::new();
    if let Some(newest) = newest {
        match newest.outcome {
            BackupOutcome::Damaged => all.push(Trouble::Damaged(newest.clone())),
            // A check takes its time.
            BackupOutcome::Unchecked if newest.checked_at.is_some() || now.duration_since(newest.at) > LATE => {
                all.push(Trouble::Unchecked(newest.clone()));
            }
            BackupOutcome::Failed => all.push(Trouble::Failed(newest.clone())),
            BackupOutcome::Read => all.push(Trouble::NotRestored(newest.clone())),
            BackupOutcome::Unchecked | BackupOutcome::Restored => {}
        }
    }
    let due = last_due.max(started_at);
    if now.duration_since(due) > LATE && good.is_none_or(|good| good.at < last_due) {
        all.push(Trouble::Late(good.cloned()));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn backup(at: &str, outcome: BackupOutcome) -> Backup {
        Backup {
            at: time(at),
            host: "a".into(),
            file: if outcome == BackupOutcome::Failed { String::new() } else { at.into() },
            bytes: 1,
            hash: None,
            checked_at: None,
            events: 0,
            outcome,
            detail: String::new(),
        }
    }

    #[test]
    fn a_copy_is_due_once_a_day_at_its_hour_on_the_sites_clock() {
        let paris = TimeZone::get("Europe/Paris").unwrap();
        let hour = "02:30".parse().unwrap();
        let due = |now| last_due(hour, &paris, time(now));
        assert_eq!(due("2026-11-21T01:29:59Z"), time("2026-11-20T01:30:00Z"));
        assert_eq!(due("2026-11-21T01:30:00Z"), time("2026-11-21T01:30:00Z"));
        // The hour that is left out in spring, and the one that comes twice in autumn.
        assert_eq!(due("2026-03-29T12:00:00Z"), time("2026-03-29T01:30:00Z"));
        assert_eq!(due("2026-10-25T12:00:00Z"), time("2026-10-25T00:30:00Z"));
    }

    #[test]
    fn one_that_failed_is_tried_ever_more_seldom_and_a_good_one_ends_the_day() {
        use BackupOutcome::{Damaged, Failed, Read, Restored};
        let begun = time("2026-11-21T01:30:00Z");
        let due = |known: &[Backup], now| due(known, "a", begun, time(now));
        assert_eq!(due(&[], "2026-11-21T01:30:00Z"), Due::Copy);
        assert_eq!(due(&[backup("2026-11-20T01:30:00Z", Restored)], "2026-11-21T01:30:00Z"), Due::Copy);
        for bad in [Failed, Damaged] {
            let first = backup("2026-11-21T01:30:00Z", bad);
            let known = [first.clone()];
            assert_eq!(due(&known, "2026-11-21T02:29:59Z"), Due::Nothing);
            assert_eq!(due(&known, "2026-11-21T02:30:00Z"), Due::Copy);
            let known = [backup("2026-11-21T05:30:00Z", bad), first];
            assert_eq!(due(&known, "2026-11-21T09:29:59Z"), Due::Nothing);
            assert_eq!(due(&known, "2026-11-21T09:30:00Z"), Due::Copy);
        }
        for good in [Read, Restored] {
            assert_eq!(due(&[backup("2026-11-21T01:30:05Z", good)], "2026-11-21T23:00:00Z"), Due::Nothing);
        }
    }

    #[test]
    fn one_that_could_not_be_checked_is_checked_again_where_it_is_until_the_next_day() {
        let begun = time("2026-11-21T01:30:00Z");
        let mut unchecked = backup("2026-11-21T01:30:00Z", BackupOutcome::Unchecked);
        unchecked.checked_at = Some(time("2026-11-21T04:30:00Z"));
        let known = [unchecked.clone()];
        assert_eq!(due(&known, "a", begun, time("2026-11-21T07:29:00Z")), Due::Nothing);
        assert_eq!(due(&known, "a", begun, time("2026-11-21T07:30:00Z")), Due::Check(unchecked.clone()));
        assert_eq!(due(&known, "b", begun, time("2026-11-21T07:30:00Z")), Due::Copy);
        assert_eq!(due(&known, "a", time("2026-11-22T01:30:00Z"), time("2026-11-22T01:30:00Z")), Due::Copy);
    }

    #[test]
    fn old_copies_go_and_the_last_good_one_stays_however_old() {
        use BackupOutcome::{Damaged, Restored};
        let known = [
            backup("2026-11-20T01:30:00Z", Damaged),
            backup("2026-11-12T01:30:00Z", Restored),
            backup("2026-11-11T01:30:00Z", Restored),
            backup("2026-11-20T00:30:00Z", Damaged),
            backup("2026-11-20T00:10:00Z", BackupOutcome::Unchecked),
        ];
        let gone: Vec<_> = old(&known, 7, time("2026-11-21T01:31:00Z")).iter().map(|old| old.at).collect();
        assert_eq!(gone, [known[2].at, known[3].at]);
    }

    #[test]
    fn what_is_wrong_is_told() {
        use BackupOutcome::{Damaged, Failed, Read, Restored};
        let begun = time("2026-11-21T01:30:00Z");
        let told = |known: &[Backup], now| troubles(known, begun, time("2026-11-01T00:00:00Z"), time(now));
        let noon = "2026-11-21T12:00:00Z";
        let good = backup("2026-11-21T01:30:00Z", Restored);
        assert_eq!(told(std::slice::from_ref(&good), noon), []);
        let (failed, damaged) = (backup("2026-11-21T02:00:00Z", Failed), backup("2026-11-21T02:00:00Z", Damaged));
        assert_eq!(told(&[failed.clone(), good.clone()], noon), [Trouble::Failed(failed.clone())]);
        assert_eq!(told(&[damaged.clone(), good.clone()], noon), [Trouble::Damaged(damaged)]);
        let read = backup("2026-11-21T01:30:00Z", Read);
        assert_eq!(told(std::slice::from_ref(&read), noon), [Trouble::NotRestored(read)]);
        let yesterday = backup("2026-11-20T01:30:00Z", Restored);
        assert_eq!(told(std::slice::from_ref(&yesterday), "2026-11-21T02:00:00Z"), []);
        assert_eq!(told(std::slice::from_ref(&yesterday), noon), [Trouble::Late(Some(yesterday))]);
        assert_eq!(told(&[], noon), [Trouble::Late(None)]);
        let mut unchecked = backup("2026-11-21T09:30:00Z", BackupOutcome::Unchecked);
        assert_eq!(told(&[unchecked.clone(), good.clone()], noon), [], "it is being checked");
        unchecked.checked_at = Some(time("2026-11-21T09:40:00Z"));
        assert_eq!(told(&[unchecked.clone(), good], noon), [Trouble::Unchecked(unchecked)]);
        assert_eq!(troubles(&[], begun, time(noon), time(noon)), []);
    }
}
