//! Nobody starves: whatever the policy and whoever comes, a ticket that may be called is called within a bound.

use proptest::prelude::*;
use wire::event::TicketIssued;

use super::order::policies;
use super::*;

/// How long counter 1 takes with each person, in minutes.
const EACH_MIN: i64 = 3;

/// Somebody who comes: after so many minutes, with priority, for the second service, with an appointment so much later.
type Visitor = (i64, bool, bool, Option<i64>);

fn visitors() -> impl Strategy<Value = Vec<Visitor>> {
    proptest::collection::vec((0i64..240, any::<bool>(), any::<bool>(), proptest::option::of(0i64..60)), 1..120)
}

fn issue(n: usize, &(minute, priority, second, slot): &Visitor) -> TicketIssued {
    let appointment = slot.map(|later| min(minute + later));
    TicketIssued { priority, appointment, ..taken(n as u32, if second { "y" } else { "x" }) }
}

/// By when a visitor must have been called, in minutes: their wait reaches the ceiling, the one in front of the counter is
/// done with, then come those who count from earlier and, in turns with each, one with priority.
fn bound(policy: &Policy, visitors: &[Visitor], n: usize) -> i64 {
    let counts_from = |(minute, _, _, slot): &Visitor| minute + slot.unwrap_or(0);
    let (_, _, second, _) = visitors[n];
    let own = counts_from(&visitors[n]);
    let before = visitors.iter().enumerate().filter(|(i, v)| *i != n && counts_from(v) <= own).count() as i64;
    let ceiling = i64::from(policy.ceiling.of(&service(if second { "y" } else { "x" })));
    own + ceiling + 1 + EACH_MIN + 2 * (before + 1) * EACH_MIN
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn nobody_starves(policy in policies(), visitors in visitors()) {
        let mut desk = Desk::new();
        let seat = seat(&["x", "y"]);
        let mut free_at = 0;
        let mut served = vec![None; visitors.len()];
        for minute in 0..1_200 {
            for (n, visitor) in visitors.iter().enumerate().filter(|(_, visitor)| visitor.0 == minute) {
                desk.write(minute * 60, EventBody::TicketIssued(issue(n, visitor)));
            }
            if minute >= free_at && let Some(n) = desk.serve(minute * 60, &policy, &seat) {
                (served[n as usize], free_at) = (Some(minute), minute + EACH_MIN);
            }
        }
        for (n, called) in served.iter().enumerate() {
            let bound = bound(&policy, &visitors, n);
            prop_assert!(called.is_some_and(|minute| minute <= bound), "{:?} by {bound}: {called:?}", visitors[n]);
        }
    }
}
