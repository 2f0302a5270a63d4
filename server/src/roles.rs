//! Who may do what. A role is a set of permissions; accounts have roles at a site or at all of them.

use std::fmt;
use std::str::FromStr;

use wire::ids::SiteId;

use crate::store::Grant;

/// Something that not everybody may do at a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// Sit at a counter: call, receive, send on.
    Counter,
    /// Give tickets without a borne, print them again, cancel them, answer calls for help.
    Reception,
    /// See the whole hall, free counters, take over what others parked.
    Floor,
    /// End tickets for today and close the day.
    DayEnd,
    /// Change the rules of calls and try them.
    Rules,
    /// Change services, counters, hours, closures, and put them in force.
    Sites,
    /// Add sites to the server.
    NewSites,
    /// Make accounts, give them roles, reset passwords.
    Accounts,
    /// Enrol and revoke displays.
    Displays,
    /// Read who did what.
    Audit,
    /// See to bornes: codes, revocation, alarms.
    Fleet,
    /// Keys of programs, and addresses that are told of tickets.
    Api,
    /// Backups, which are of all sites: when, where, whether they can be restored.
    Backups,
}

impl Permission {
    /// Whether it is about the whole server: a role at one site does not give it.
    #[must_use]
    pub const fn is_of_the_server(self) -> bool {
        matches!(self, Self::NewSites | Self::Backups)
    }
}

/// What somebody is at a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Receives people at a counter.
    Agent,
    /// Welcomes them, with or without a borne.
    Reception,
    /// Sees to the whole hall.
    Supervisor,
    /// Sees to what is published, and to accounts.
    Administrator,
    /// Sees to the devices; sees nothing of visitors.
    Technician,
    /// Reads who did what (délégué à la protection des données).
    Dpo,
}

impl Role {
    /// Every role, the narrowest first.
    pub const ALL: [Self; 6] =
        [Self::Agent, Self::Reception, Self::Supervisor, Self::Administrator, Self::Technician, Self::Dpo];

    /// What it may do.
    #[must_use]
    pub const fn permissions(self) -> &'static [Permission] {
        use Permission as P;
        match self {
            Self::Agent => &[P::Counter],
            Self::Reception => &[P::Counter, P::Reception],
            Self::Supervisor => &[P::Counter, P::Reception, P::Floor, P::DayEnd, P::Rules],
            Self::Administrator => &[
                P::Counter,
                P::Reception,
                P::Floor,
                P::DayEnd,
                P::Rules,
                P::Sites,
                P::NewSites,
                P::Accounts,
                P::Displays,
                P::Audit,
                P::Fleet,
                P::Api,
                P::Backups,
            ],
            Self::Technician => &[P::Displays, P::Fleet, P::Backups],
            Self::Dpo => &[P::Audit],
        }
    }

    /// Whether it may do this.
    #[must_use]
    pub fn may(self, permission: Permission) -> bool {
        self.permissions().contains(&permission)
    }

    /// The names of the roles that may do something.
    pub(crate) fn that_may(permission: Permission) -> Vec<&'static str> {
        Self::ALL.into_iter().filter(|role| role.may(permission)).map(Self::as_str).collect()
    }

    /// As stores and the command line write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Reception => "reception",
            Self::Supervisor => "supervisor",
            Self::Administrator => "administrator",
            Self::Technician => "technician",
            Self::Dpo => "dpo",
        }
    }
}

/// Somebody's roles at a site, or everywhere they have one, as the audit chain names them.
pub(crate) fn named(grants: &[Grant], site: Option<SiteId>) -> String {
    let here = |grant: &&Grant| site.is_none() || grant.site.is_none() || grant.site == site;
    let name = |grant: &Grant| match (grant.site, site) {
        (Some(at), None) => format!("{}@{at}", grant.role),
        (Some(_) | None, _) => grant.role.to_string(),
    };
    let mut names: Vec<String> = grants.iter().filter(here).map(name).collect();
    names.sort_unstable();
    names.dedup();
    names.join(", ")
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no role.
#[derive(Debug, thiserror::Error)]
#[error("unknown role `{0}`: use agent, reception, supervisor, administrator, technician or dpo")]
pub struct RoleError(String);

impl FromStr for Role {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Self, RoleError> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(|| RoleError(text.to_owned()))
    }
}
