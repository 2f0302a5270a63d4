//! How often somebody may ask.
//!
//! Some keys (an account's name, a borne's identity) are known only once a body has been read or a signature has been
//! checked, where a layer around the router cannot look: hence a limiter that handlers ask.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::store::{ALARM_AGAIN, AlarmKind};

/// Beyond this many keys, those with nothing left to wait for are forgotten.
const KEYS_MAX: usize = 10_000;

/// Allows a burst, then one request a period, by key (generic cell rate algorithm).
#[derive(Debug)]
pub struct Limiter<K> {
    period_ms: i64,
    burst: i64,
    /// By key, the instant at which its whole burst is free again, in milliseconds since 1970.
    full_at: Mutex<HashMap<K, i64>>,
}

impl<K: Eq + Hash> Limiter<K> {
    /// `burst` requests at once, then one each `period`.
    #[must_use]
    pub fn new(burst: u32, period: Duration) -> Self {
        let period_ms = i64::try_from(period.as_millis()).unwrap_or(i64::MAX);
        Self { period_ms, burst: i64::from(burst), full_at: Mutex::default() }
    }

    /// Whether a request would be taken now; says otherwise in how many seconds to come back.
    pub fn look(&self, key: &K, now: Timestamp) -> Result<(), u32> {
        let full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let now = now.as_millisecond();
        self.taken(full_at.get(key).map_or(now, |at| self.within(*at, now)), now).map(drop)
    }

    /// Takes one request, or says in how many seconds to come back.
    pub fn take(&self, key: K, now: Timestamp) -> Result<(), u32> {
        let now = now.as_millisecond();
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() >= KEYS_MAX {
            full_at.retain(|_, at| *at > now);
        }
        let slot = full_at.entry(key).or_insert(now);
        *slot = self.within(*slot, now);
        *slot = self.taken(*slot, now)?;
        Ok(())
    }

    /// A clock set back must not shut anybody out for longer than a full burst takes.
    fn within(&self, full_at: i64, now: i64) -> i64 {
        full_at.clamp(now, now + self.period_ms * self.burst)
    }

    /// When the whole burst is free again once a request is taken.
    fn taken(&self, full_at: i64, now: i64) -> Result<i64, u32> {
        let next = full_at + self.period_ms;
        match next - now - self.period_ms * self.burst {
            ..=0 => Ok(next),
            wait_ms => Err(u32::try_from((wait_ms + 999) / 1000).unwrap_or(u32::MAX)),
        }
    }
}

/// One subscriber: an IPv4 address, or the /64 that an IPv6 line gets.
#[must_use]
pub fn subscriber(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        v4 @ IpAddr::V4(_) => v4,
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
    }
}

/// Every limit of the server.
#[derive(Debug)]
pub struct Limits {
    /// Signed requests: 2 a second, burst 10.
    pub devices: Limiter<wire::ids::OriginId>,
    /// Enrolments: 5 a minute and address.
    pub enrolments: Limiter<IpAddr>,
    /// Wrong codes of which nobody knows whose site they are for: ten, then one each six minutes, an address.
    pub wrong_codes: Limiter<IpAddr>,
    /// Questions for the time: 1 a second and address, burst 20: the bornes of a hall share one.
    pub times: Limiter<IpAddr>,
    /// Alarms: one an hour of a borne and kind.
    pub alarms: Limiter<(wire::ids::OriginId, AlarmKind)>,
    /// Sign-ins: 5 a minute and account.
    pub accounts: Limiter<String>,
    /// Sign-ins: 20 a minute and address.
    pub sign_ins: Limiter<IpAddr>,
    /// Pages of a ticket: 30 a minute and ticket.
    pub tickets: Limiter<wire::token::Hash32>,
    /// Pages of tickets that are none: 30 a minute and address.
    pub strangers: Limiter<IpAddr>,
    /// Keys of programs that are none: 10 a second and address, burst 60. One program with a key that is over must not shut
    /// out those beside it.
    pub keys: Limiter<IpAddr>,
    /// Posts of the console: 5 a second and session.
    pub posts: Limiter<wire::token::Hash32>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            devices: Limiter::new(10, Duration::from_millis(500)),
            enrolments: Limiter::new(5, Duration::from_secs(12)),
            wrong_codes: Limiter::new(10, Duration::from_secs(360)),
            times: Limiter::new(20, Duration::from_secs(1)),
            alarms: Limiter::new(1, ALARM_AGAIN),
            accounts: Limiter::new(5, Duration::from_secs(12)),
            sign_ins: Limiter::new(20, Duration::from_secs(3)),
            tickets: Limiter::new(30, Duration::from_secs(2)),
            strangers: Limiter::new(30, Duration::from_secs(2)),
            keys: Limiter::new(60, Duration::from_millis(100)),
            posts: Limiter::new(10, Duration::from_millis(200)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(1_763_718_120_000 + ms).unwrap()
    }

    #[test]
    fn a_burst_passes_then_one_a_period() {
        let limiter = Limiter::new(3, Duration::from_secs(2));
        for _ in 0..3 {
            assert_eq!(limiter.take("a", at(0)), Ok(()));
        }
        assert_eq!(limiter.take("a", at(0)), Err(2));
        assert_eq!(limiter.take("b", at(0)), Ok(()), "another key has its own burst");
        assert_eq!(limiter.take("a", at(1_999)), Err(1));
        assert_eq!([limiter.look(&"a", at(1_999)), limiter.look(&"a", at(2_000))], [Err(1), Ok(())]);
        assert_eq!(limiter.take("a", at(2_000)), Ok(()));
        assert_eq!(limiter.take("a", at(2_000)), Err(2));
    }

    #[test]
    fn a_clock_set_back_shuts_nobody_out_for_long() {
        let limiter = Limiter::new(2, Duration::from_secs(1));
        assert_eq!(limiter.take("a", at(3_600_000)), Ok(()));
        assert!(limiter.take("a", at(0)).is_err_and(|wait| wait <= 2));
        assert_eq!(limiter.take("a", at(2_000)), Ok(()));
    }

    #[test]
    fn an_ipv6_line_is_one_subscriber() {
        let [a, b, c]: [IpAddr; 3] =
            ["2001:db8:1:2:3::4", "2001:db8:1:2::9", "2001:db8:1:3::4"].map(|t| t.parse().unwrap());
        assert_eq!(subscriber(a), subscriber(b));
        assert_ne!(subscriber(a), subscriber(c));
        assert_eq!(subscriber("::ffff:192.0.2.1".parse().unwrap()), "192.0.2.1".parse::<IpAddr>().unwrap());
    }
}
