//! An entry, its bytes, and how it hangs on the one before.
//!
//! `hash = SHA-256(prev ‖ canonical)`. The canonical bytes hold every field with its length before it, so that no two entries
//! have the same, and the entry's number, so that none can stand elsewhere. A ticket's label is erased after seven days:
//! the chain covers `SHA-256(salt ‖ label)` instead, and the salt goes with the label, so that the few thousand labels there
//! are cannot be tried.

use std::fmt;

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use wire::ids::SiteId;
use wire::token::Hash32;

use super::Diff;
use crate::store::StoreError;

/// What stands where the first entry's predecessor would.
pub const BEGINNING: Hash32 = Hash32([0; 32]);

/// What the canonical bytes begin with; another form gets another number.
const FORM: &str = "accueil audit 1";

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Somebody signed in.
    SignIn,
    /// A sign-in was refused.
    SignInRefused,
    /// Somebody signed out.
    SignOut,
    /// Somebody gave their password again, to do what asks for it.
    SignInAgain,
    /// An account was made or changed.
    Account,
    /// A password was changed or reset.
    Password,
    /// Tickets were ended, closed early or given again.
    Intake,
    /// The day was closed.
    DayEnd,
    /// Somebody was called before their turn.
    Chosen,
    /// A ticket was sent to another service or counter.
    Transfer,
    /// Something was undone.
    Undo,
    /// A ticket was marked absent.
    NoShow,
    /// A ticket was cancelled by staff.
    Cancel,
    /// A ticket was cancelled by whoever holds it.
    VisitorCancel,
    /// Something was put in force.
    Publication,
    /// The rules of calls were put in force.
    Rules,
    /// A display was enrolled or revoked.
    Display,
    /// A borne was enrolled, revoked or set apart.
    Borne,
    /// A badge of staff was made, changed or removed.
    Badge,
    /// A key of a program was made or revoked.
    Key,
    /// An address that is told of tickets was changed.
    Webhook,
    /// Something was exported.
    Export,
    /// A backup was made, checked or restored.
    Backup,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 23] = [
        Self::SignIn,
        Self::SignInRefused,
        Self::SignOut,
        Self::SignInAgain,
        Self::Account,
        Self::Password,
        Self::Intake,
        Self::DayEnd,
        Self::Chosen,
        Self::Transfer,
        Self::Undo,
        Self::NoShow,
        Self::Cancel,
        Self::VisitorCancel,
        Self::Publication,
        Self::Rules,
        Self::Display,
        Self::Borne,
        Self::Badge,
        Self::Key,
        Self::Webhook,
        Self::Export,
        Self::Backup,
    ];

    /// Its name in the store, in exports and in the chain.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::SignInRefused => "sign_in_refused",
            Self::SignOut => "sign_out",
            Self::SignInAgain => "sign_in_again",
            Self::Account => "account",
            Self::Password => "password",
            Self::Intake => "intake",
            Self::DayEnd => "day_end",
            Self::Chosen => "chosen",
            Self::Transfer => "transfer",
            Self::Undo => "undo",
            Self::NoShow => "no_show",
            Self::Cancel => "cancel",
            Self::VisitorCancel => "visitor_cancel",
            Self::Publication => "publication",
            Self::Rules => "rules",
            Self::Display => "display",
            Self::Borne => "borne",
            Self::Badge => "badge",
            Self::Key => "key",
            Self::Webhook => "webhook",
            Self::Export => "export",
            Self::Backup => "backup",
        }
    }

    /// In a sentence of staff's pages.
    #[must_use]
    pub const fn in_french(self) -> &'static str {
        match self {
            Self::SignIn => "Connexion",
            Self::SignInRefused => "Connexion refusée",
            Self::SignOut => "Déconnexion",
            Self::SignInAgain => "Identité confirmée",
            Self::Account => "Compte",
            Self::Password => "Mot de passe",
            Self::Intake => "Prise de tickets",
            Self::DayEnd => "Clôture de la journée",
            Self::Chosen => "Appel hors de l’ordre",
            Self::Transfer => "Transfert",
            Self::Undo => "Annulation d’une action",
            Self::NoShow => "Absence",
            Self::Cancel => "Ticket annulé",
            Self::VisitorCancel => "Ticket annulé par le visiteur",
            Self::Publication => "Publication",
            Self::Rules => "Règles d’appel",
            Self::Display => "Écran",
            Self::Borne => "Borne",
            Self::Badge => "Badge",
            Self::Key => "Clé d’accès",
            Self::Webhook => "Adresse avertie",
            Self::Export => "Export",
            Self::Backup => "Sauvegarde",
        }
    }

    /// The action of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == name)
    }
}

/// Something that somebody did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// Who: the name of an account, or of what acts by itself.
    pub actor: String,
    /// What they were there: a role's name, or nothing.
    pub role: String,
    /// Where; nothing where it concerns every site.
    pub site: Option<SiteId>,
    /// What.
    pub action: Action,
    /// To what: an identity, never a visitor's label.
    pub object: String,
    /// What it was before and is after, without secrets.
    pub diff: Diff,
    /// The label of the ticket that it was about; it is erased after seven days.
    pub label: Option<String>,
}

impl Entry {
    /// That somebody did something, wherever and as whatever they are.
    #[must_use]
    pub fn new(at: Timestamp, actor: impl Into<String>, action: Action, object: impl Into<String>) -> Self {
        let (actor, object) = (actor.into(), object.into());
        Self { at, actor, role: String::new(), site: None, action, object, diff: Diff::none(), label: None }
    }

    /// With what changed.
    #[must_use]
    pub fn changing(self, diff: Diff) -> Self {
        Self { diff, ..self }
    }

    /// Of the ticket with this label.
    #[must_use]
    pub fn of_ticket(self, label: impl Into<String>) -> Self {
        Self { label: Some(label.into()), ..self }
    }
}

/// A label and what it is hashed with.
#[derive(Clone, PartialEq, Eq)]
pub struct Labelled {
    /// As visitors see it.
    pub label: String,
    /// 128 random bits, which are erased with it.
    pub salt: [u8; 16],
}

/// A text as every store holds it: PostgreSQL has no place for one character.
fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

impl Labelled {
    /// A label with its salt.
    #[must_use]
    pub fn new(label: &str, salt: [u8; 16]) -> Self {
        Self { label: storable(label), salt }
    }

    /// What the chain covers.
    #[must_use]
    pub fn hash(&self) -> Hash32 {
        Hash32(Sha256::new().chain_update(self.salt).chain_update(&self.label).finalize().into())
    }
}

impl fmt::Debug for Labelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Labelled").field("label", &self.label).finish_non_exhaustive()
    }
}

/// The last entry of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its number; 0 where there is none.
    pub n: u64,
    /// Its hash.
    pub hash: Hash32,
}

impl Head {
    /// Before the first entry.
    pub const EMPTY: Self = Self { n: 0, hash: BEGINNING };
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.n, self.hash)
    }
}

/// A text that is no head.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no entry's number and hash, such as 41:9f86d0…, as `audit verify` prints them")]
pub struct HeadError(String);

impl std::str::FromStr for Head {
    type Err = HeadError;

    fn from_str(text: &str) -> Result<Self, HeadError> {
        let read = || {
            let (n, hash) = text.split_once(':')?;
            Some(Self { n: n.parse().ok()?, hash: hash.parse().ok()? })
        };
        read().ok_or_else(|| HeadError(text.to_owned()))
    }
}

/// An entry as it is kept. Texts are those that were written: a later version may know more actions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its number, from 1, without gaps.
    pub n: u64,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// Who.
    pub actor: String,
    /// As what.
    pub role: String,
    /// Where.
    pub site: Option<SiteId>,
    /// What.
    pub action: String,
    /// To what.
    pub object: String,
    /// From what to what, in JSON.
    pub diff: String,
    /// The ticket's label with its salt, until both are erased.
    pub label: Option<Labelled>,
    /// The hash of both, where there was one.
    pub label_hash: Option<Hash32>,
    /// The hash of the entry before.
    pub prev: Hash32,
    /// The hash of `prev` and everything above but the label.
    pub hash: Hash32,
}

impl Link {
    /// The next entry after `head`.
    #[must_use]
    pub fn after(head: Head, entry: &Entry, label: Option<&Labelled>) -> Self {
        let mut link = Self {
            n: head.n + 1,
            at_ms: entry.at.as_millisecond(),
            actor: storable(&entry.actor),
            role: storable(&entry.role),
            site: entry.site,
            action: entry.action.as_str().to_owned(),
            object: storable(&entry.object),
            diff: entry.diff.to_json(),
            label: label.cloned(),
            label_hash: label.map(Labelled::hash),
            prev: head.hash,
            hash: BEGINNING,
        };
        link.hash = link.reckoned();
        link
    }

    /// Where the chain stands with this entry.
    #[must_use]
    pub const fn head(&self) -> Head {
        Head { n: self.n, hash: self.hash }
    }

    /// When.
    pub fn at(&self) -> Result<Timestamp, StoreError> {
        Timestamp::from_millisecond(self.at_ms).map_err(|_| StoreError::Unreadable { what: "an audit entry's time" })
    }

    /// The hash that follows from what it says.
    #[must_use]
    pub fn reckoned(&self) -> Hash32 {
        Hash32(Sha256::new().chain_update(self.prev.0).chain_update(self.canonical()).finalize().into())
    }

    /// Every field that the chain covers, each with its length in four bytes before it, the highest first.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        let (n, at) = (self.n.to_be_bytes(), self.at_ms.to_be_bytes());
        let site = self.site.map(|site| *site.0.as_bytes());
        let fields: [&[u8]; 10] = [
            FORM.as_bytes(),
            &n,
            &at,
            self.actor.as_bytes(),
            self.role.as_bytes(),
            site.as_ref().map_or(&[], <[u8; 16]>::as_slice),
            self.action.as_bytes(),
            self.object.as_bytes(),
            self.diff.as_bytes(),
            self.label_hash.as_ref().map_or(&[], |hash| hash.0.as_slice()),
        ];
        let mut bytes = Vec::with_capacity(256);
        for field in fields {
            // An entry of four gigabytes does not exist.
            bytes.extend(u32::try_from(field.len()).unwrap_or(u32::MAX).to_be_bytes());
            bytes.extend(field);
        }
        bytes
    }
}
