//! What a key may be used for.

use serde::Serialize;
use utoipa::ToSchema;

/// What a program may do with its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub enum Scope {
    /// See services, counters, waits and displays.
    #[serde(rename = "hall:read")]
    HallRead,
    /// See tickets and what happened to them.
    #[serde(rename = "tickets:read")]
    TicketsRead,
    /// Give tickets, cancel them, check people in.
    #[serde(rename = "tickets:write")]
    TicketsWrite,
    /// Open and close counters, call people to them.
    #[serde(rename = "counters:write")]
    CountersWrite,
}

impl Scope {
    /// Every scope, the narrowest first.
    pub const ALL: [Self; 4] = [Self::HallRead, Self::TicketsRead, Self::TicketsWrite, Self::CountersWrite];

    /// Its name in the store and in forms.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HallRead => "hall:read",
            Self::TicketsRead => "tickets:read",
            Self::TicketsWrite => "tickets:write",
            Self::CountersWrite => "counters:write",
        }
    }
}
