//! Who is called next, and why.
//!
//! 1. Eligible: the counter receives for the service and its agent can do it, or the counter helps out, or the ticket was
//!    handed to it; it has what the person needs; the ticket is not to be called later.
//! 2. Ceiling: whoever waits longer than the service's ceiling goes first, the longest wait before the others; where
//!    somebody with priority waits too, a counter takes them in turns, else priority would vanish in a full hall.
//! 3. Appointments are due at their slot; a little earlier only where nobody else waits; later than tolerated they wait
//!    like everybody, from when they came.
//! 4. Lanes, in strict order or by weight; a limit of people with priority in a row.
//! 5. In a lane: services by their shares, where there are any; then (effective arrival, borne, seq) (rule R11).
//!
//! Whose turn it is follows from the calls that the counter made, which are in the log: no figure is kept anywhere, and a
//! restart or a replica decides the same.

mod before;
mod postpone;
mod snapshot;

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use wire::ids::{CounterId, ServiceId, TicketId};

use crate::hall::Hall;
use crate::policy::{Lane, LaneMode, Policy};
use crate::ticket::State;

pub(crate) use before::before;
pub use postpone::{NotPostponed, postpone};
use snapshot::Reach;
pub use snapshot::{Candidate, NotHere, Past, Seat, Snapshot};

/// Why a ticket was chosen.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Rule {
    /// It came first, and only its lane has people (rule R11).
    Arrival,
    /// Its lane goes before those of the others who wait.
    Lane,
    /// Its lane has had fewer of this counter's turns than its weight gives it.
    Turn,
    /// It waits longer than its service's ceiling.
    Ceiling {
        /// The ceiling, in minutes.
        minutes: u32,
    },
    /// The counter called so many people with priority in a row.
    AfterPriority {
        /// As many as the policy lets go first.
        in_a_row: u32,
    },
    /// Its appointment is not due yet, and nobody else waits.
    Early,
    /// An agent chose it.
    ByHand,
}

/// Who would have been called otherwise.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RunnerUp {
    /// Which ticket.
    pub ticket: TicketId,
    /// What for.
    pub service: ServiceId,
    /// Its lane.
    pub lane: Lane,
    /// When it is expected, where it has an appointment that holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<Timestamp>,
    /// How long it has waited, in seconds.
    pub waited_s: i64,
    /// Its service's ceiling, in minutes.
    pub ceiling_min: u32,
}

/// Who is called, and what the choice was made of.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Decision {
    /// Whom to call.
    pub ticket: TicketId,
    /// Of which passage.
    pub episode: u32,
    /// To which counter.
    pub counter: CounterId,
    /// When it was decided.
    pub at: Timestamp,
    /// By which edition of the policy.
    pub policy: u32,
    /// What for.
    pub service: ServiceId,
    /// Since when the ticket counts.
    pub arrival: Timestamp,
    /// When it is expected, where it has an appointment that holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<Timestamp>,
    /// How long it has waited, in seconds.
    pub waited_s: i64,
    /// Its lane.
    pub lane: Lane,
    /// Why this one.
    pub rule: Rule,
    /// Whether it was its service's turn among those of its lane.
    pub share: bool,
    /// Whether the counter helps out.
    pub helped: bool,
    /// Who would have been called otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runner_up: Option<RunnerUp>,
}

/// The next ticket for a counter; none while the counter is paused or closed ([`Hall::receives`]).
#[must_use]
pub fn choose(hall: &Hall, policy: &Policy, seat: &Seat, now: Timestamp) -> Option<Decision> {
    decide(&Snapshot::of(hall, policy, seat, now), policy, seat, now)
}

/// Whom a counter would call, and whom it would call if others had been faster: each is chosen as if those before it were
/// gone, called to other counters, while this one's own turns stand as they do. None while the counter is paused or closed.
#[must_use]
pub fn ranking(hall: &Hall, policy: &Policy, seat: &Seat, now: Timestamp, most: usize) -> Vec<Decision> {
    let mut ranking = Vec::new();
    let reach = Reach::of(hall, policy, seat, now);
    let Snapshot { waiting, past } = Snapshot::of(hall, policy, seat, now);
    let round = Round { policy, past: &past, now };
    let mut eligible = round.eligible(&waiting);
    let mut gone = BTreeSet::new();
    let mut next = round.pick(&eligible);
    while let Some(pick) = next.filter(|_| ranking.len() < most) {
        gone.insert(pick.candidate.ticket);
        eligible.retain(|other| other.ticket != pick.candidate.ticket);
        next = round.pick(&eligible);
        ranking.push(round.decision(seat, &pick, next.as_ref().map(|pick| pick.candidate)));
        // With fewer who wait it may not help out any more.
        let helped = reach.helped_without(&gone);
        let known = eligible.len();
        eligible.retain(|other| !other.helped || helped.contains(&other.service));
        if eligible.len() < known {
            next = round.pick(&eligible);
        }
    }
    ranking
}

/// The same from what was kept of the hall: a decision can be made again after the hall has moved on.
#[must_use]
pub fn decide(snapshot: &Snapshot, policy: &Policy, seat: &Seat, now: Timestamp) -> Option<Decision> {
    let round = Round { policy, past: &snapshot.past, now };
    let eligible = round.eligible(&snapshot.waiting);
    let pick = round.pick(&eligible)?;
    let others: Vec<_> = eligible.iter().copied().filter(|other| other.ticket != pick.candidate.ticket).collect();
    let runner_up = round.pick(&others).map(|pick| pick.candidate);
    Some(round.decision(seat, &pick, runner_up))
}

/// The tickets a counter would call one after the other if nobody came and time stood still, and how many more wait that
/// it may call, now or later. A counter that is paused or closed sees it too, for when it opens.
#[must_use]
pub fn line(hall: &Hall, policy: &Policy, seat: &Seat, now: Timestamp, most: usize) -> (Vec<Decision>, usize) {
    let Snapshot { waiting, mut past } = Snapshot::as_if_open(hall, policy, seat, now);
    let mut eligible = Round { policy, past: &past, now }.eligible(&waiting);
    let mut line: Vec<Decision> = Vec::new();
    while line.len() < most {
        let round = Round { policy, past: &past, now };
        let Some(pick) = round.pick(&eligible) else { break };
        let decision = round.decision(seat, &pick, None);
        eligible.retain(|other| other.ticket != decision.ticket);
        past.insert(0, Past { lane: decision.lane, service: decision.service.clone() });
        line.push(decision);
    }
    let more = waiting.len() - line.len();
    (line, more)
}

/// An agent's own choice of a ticket, with whom the policy would have called as runner-up.
pub fn choose_by_hand(
    hall: &Hall,
    policy: &Policy,
    seat: &Seat,
    ticket: &TicketId,
    now: Timestamp,
) -> Result<Decision, NotHere> {
    if !hall.receives(&seat.counter) {
        return Err(NotHere::Away);
    }
    let known = hall.ticket(ticket).filter(|ticket| ticket.state(hall.day()) == State::Waiting);
    let candidate = Reach::of(hall, policy, seat, now).candidate(known.ok_or(NotHere::NotWaiting)?)?;
    let Snapshot { mut waiting, past } = Snapshot::of(hall, policy, seat, now);
    waiting.retain(|other| other.ticket != *ticket);
    let round = Round { policy, past: &past, now };
    let runner_up = round.pick(&round.eligible(&waiting)).map(|pick| pick.candidate);
    Ok(round.decision(seat, &Pick { candidate: &candidate, rule: Rule::ByHand, share: false }, runner_up))
}

/// One choice: the rules, the counter's last calls (the last one first), and the time.
struct Round<'a> {
    policy: &'a Policy,
    past: &'a [Past],
    now: Timestamp,
}

struct Pick<'a> {
    candidate: &'a Candidate,
    rule: Rule,
    share: bool,
}

impl Round<'_> {
    fn eligible<'c>(&self, waiting: &'c [Candidate]) -> Vec<&'c Candidate> {
        let early = SignedDuration::from_mins(i64::from(self.policy.appointment.early_min));
        let due = |c: &&Candidate| c.slot.is_none_or(|slot| slot.duration_since(self.now) <= early);
        let mut eligible = Vec::with_capacity(waiting.len());
        eligible.extend(waiting.iter().filter(|c| c.not_before.is_none_or(|at| at <= self.now)).filter(due));
        eligible
    }

    fn pick<'c>(&self, eligible: &[&'c Candidate]) -> Option<Pick<'c>> {
        let is_due = |c: &Candidate| c.slot.is_none_or(|slot| slot <= self.now);
        let mut lanes: BTreeMap<Lane, Vec<&'c Candidate>> = BTreeMap::new();
        for candidate in eligible.iter().copied().filter(|c| is_due(c)) {
            let lane = candidate.lane(self.policy, self.now);
            lanes.entry(lane).or_insert_with(|| Vec::with_capacity(eligible.len())).push(candidate);
        }
        if lanes.is_empty() {
            let first = eligible.iter().copied().min_by_key(|c| c.place())?;
            return Some(Pick { candidate: first, rule: Rule::Early, share: false });
        }
        if let Some(pick) = self.over_ceiling(&lanes) {
            return Some(pick);
        }
        let limit = self.policy.lanes.priority_in_a_row.filter(|most| lanes.len() > 1 && self.had_enough(*most));
        let limited = limit.filter(|_| lanes.remove(&Lane::Priority).is_some());
        let lane = self.next_lane(&lanes)?;
        let rule = match limited {
            Some(in_a_row) => Rule::AfterPriority { in_a_row },
            None if lanes.len() == 1 => Rule::Arrival,
            None if self.policy.lanes.mode == LaneMode::Weighted => Rule::Turn,
            None => Rule::Lane,
        };
        self.first(lanes.get(&lane)?, rule)
    }

    /// Whoever waits longest of those over their ceiling, in turns with those who have priority.
    fn over_ceiling<'c>(&self, lanes: &BTreeMap<Lane, Vec<&'c Candidate>>) -> Option<Pick<'c>> {
        let minutes = |c: &Candidate| self.policy.ceiling.of(&c.service);
        let over = |c: &&'c Candidate| c.waited(self.now) > SignedDuration::from_mins(i64::from(minutes(c)));
        let over = lanes.values().flatten().copied().filter(over);
        let longest = over.min_by_key(|c| (c.counts_from(), c.issued, c.ticket))?;
        let priority = lanes.get(&Lane::Priority).filter(|_| !self.had_enough(1));
        match priority {
            Some(lane) if longest.lane(self.policy, self.now) != Lane::Priority => self.first(lane, Rule::Lane),
            Some(_) | None => {
                Some(Pick { candidate: longest, rule: Rule::Ceiling { minutes: minutes(longest) }, share: false })
            }
        }
    }

    /// Whether the counter's last calls, so many of them, were all of people with priority.
    fn had_enough(&self, most: u32) -> bool {
        let most = most as usize;
        self.past.len() >= most && self.past.iter().take(most).all(|past| past.lane == Lane::Priority)
    }

    fn next_lane(&self, lanes: &BTreeMap<Lane, Vec<&Candidate>>) -> Option<Lane> {
        let place = |lane: &Lane| self.policy.lane_place(*lane);
        match self.policy.lanes.mode {
            LaneMode::Strict => lanes.keys().copied().min_by_key(place),
            LaneMode::Weighted => {
                let weight = |lane: Lane| self.policy.lane_weight(lane);
                let all: u32 = Lane::ALL.iter().map(|lane| weight(*lane)).sum();
                let had = |lane: Lane| self.turns(all, |past| past.lane == lane);
                let by_turn = |a: &Lane, b: &Lane| {
                    fewer((had(*a), weight(*a)), (had(*b), weight(*b))).then(place(a).cmp(&place(b)))
                };
                lanes.keys().copied().min_by(by_turn)
            }
        }
    }

    /// How many of the turns before this one, in a round of `all`, were of a kind.
    fn turns(&self, all: u32, kind: impl Fn(&Past) -> bool) -> u32 {
        let before = self.past.iter().take((all as usize).saturating_sub(1));
        u32::try_from(before.filter(|past| kind(past)).count()).unwrap_or(u32::MAX)
    }

    /// The first of a lane: by the turns of its services where they have shares, then by arrival.
    fn first<'c>(&self, lane: &[&'c Candidate], rule: Rule) -> Option<Pick<'c>> {
        let mut heads: BTreeMap<Option<usize>, &'c Candidate> = BTreeMap::new();
        for candidate in lane {
            let head = heads.entry(self.policy.share(&candidate.service)).or_insert(candidate);
            if candidate.place() < head.place() {
                *head = candidate;
            }
        }
        let weight = |share: Option<usize>| self.policy.share_weight(share);
        let all = weight(None) + (0..self.policy.shares.len()).map(|share| weight(Some(share))).sum::<u32>();
        let had = |share: Option<usize>| self.turns(all, |past| self.policy.share(&past.service) == share);
        let share = heads.len() > 1;
        let by_turn = |(a, first): &(Option<usize>, &Candidate), (b, second): &(Option<usize>, &Candidate)| {
            fewer((had(*a), weight(*a)), (had(*b), weight(*b))).then(first.place().cmp(&second.place()))
        };
        let (_, candidate) = heads.into_iter().min_by(by_turn)?;
        Some(Pick { candidate, rule, share })
    }

    fn decision(&self, seat: &Seat, pick: &Pick<'_>, runner_up: Option<&Candidate>) -> Decision {
        let Pick { candidate, rule, share } = *pick;
        let lane = |c: &Candidate| c.lane(self.policy, self.now);
        Decision {
            ticket: candidate.ticket,
            episode: candidate.episode,
            counter: seat.counter.clone(),
            at: self.now,
            policy: self.policy.version,
            service: candidate.service.clone(),
            arrival: candidate.arrival,
            slot: candidate.slot,
            waited_s: candidate.waited(self.now).as_secs(),
            lane: lane(candidate),
            rule,
            share,
            helped: candidate.helped,
            runner_up: runner_up.map(|c| RunnerUp {
                ticket: c.ticket,
                service: c.service.clone(),
                lane: lane(c),
                slot: c.slot,
                waited_s: c.waited(self.now).as_secs(),
                ceiling_min: self.policy.ceiling.of(&c.service),
            }),
        }
    }
}

/// Which has had fewer turns for its weight.
fn fewer((a, a_weight): (u32, u32), (b, b_weight): (u32, u32)) -> Ordering {
    (u64::from(a) * u64::from(b_weight)).cmp(&(u64::from(b) * u64::from(a_weight)))
}
