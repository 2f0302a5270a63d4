//! Several machines at once.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::inventory::Keys;
use crate::report::Outcome;

/// A machine and what is wanted of it.
pub type Machine = (String, Keys);

/// Does something to each machine, so many at once, and tells of each when it is done. Answers in the machines' order.
pub fn each<W, T>(machines: &[Machine], jobs: usize, work: W, told: T) -> Vec<Outcome>
where
    W: Fn(&str, &Keys) -> Outcome + Sync,
    T: Fn(&Outcome, usize) + Sync,
{
    let waiting: Mutex<VecDeque<usize>> = Mutex::new((0..machines.len()).collect());
    let outcomes: Mutex<Vec<Option<Outcome>>> = Mutex::new(vec![None; machines.len()]);
    let done = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..jobs.clamp(1, machines.len().max(1)) {
            scope.spawn(|| {
                loop {
                    let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                    let Some(place) = next else { return };
                    let (host, keys) = &machines[place];
                    let outcome = work(host, keys);
                    told(&outcome, done.fetch_add(1, Ordering::Relaxed) + 1);
                    outcomes.lock().unwrap_or_else(PoisonError::into_inner)[place] = Some(outcome);
                }
            });
        }
    });
    outcomes.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn machines_are_seen_to_at_once_and_told_in_their_order() {
        let machines: Vec<Machine> = (0..6).map(|n| (n.to_string(), Keys::default())).collect();
        // Three must be under way together, or nobody gets past.
        let together = Barrier::new(3);
        let work = |host: &str, _: &Keys| {
            together.wait();
            Outcome { host: host.to_owned(), ..Outcome::default() }
        };
        let outcomes = each(&machines, 3, work, |_, _| {});
        let hosts: Vec<&str> = outcomes.iter().map(|outcome| outcome.host.as_str()).collect();
        assert_eq!(hosts, ["0", "1", "2", "3", "4", "5"]);
    }
}
