//! What is asked of a card. By default its number, which the reader answers, and nothing of the card itself.
//!
//! People put whatever card they hold on a reader: a health card, an identity card, a payment card. So the rule is a list
//! of what is allowed, and it is held by types: a [`Script`] is the only thing that reaches a card, it begins by selecting
//! an [`Aid`] that the configuration names, reads, and writes nothing; an [`Aid`] of a health card, an identity card, a
//! passport, a driving licence or a payment card cannot be made.

use std::fmt;

use super::apdu::{Command, CommandError};

/// SELECT by name (ISO/IEC 7816-4, 7.1.1).
const SELECT: u8 = 0xA4;
/// What may follow: READ BINARY, READ RECORD and GET DATA, of the first channel, in the clear.
const READS: [u8; 3] = [0xB0, 0xB2, 0xCA];
/// The most commands in a script.
const LONGEST_SCRIPT: usize = 64;

/// Applications that are never selected, by how their names begin.
const FORBIDDEN: &[(&str, &[u8])] = &[
    ("the French health card (Vitale)", &[0xD2, 0x50, 0x00, 0x00, 0x02]),
    ("the French health card (Vitale 2)", &[0xD2, 0x50, 0x00, 0x00, 0x04]),
    ("the French health professionals' card (CPS)", &[0xD2, 0x50, 0x47, 0x65, 0x6E]),
    ("a health or identity card's directory (ISO/IEC 7816-15)", &[0xE8, 0x28, 0xBD, 0x08, 0x0F]),
    ("an identity card's directory (PKCS #15)", b"\xA0\x00\x00\x00\x63PKCS-15"),
    ("a European health or signature card (IAS ECC)", &[0xA0, 0x00, 0x00, 0x00, 0x77]),
    ("a European signature or identity card (eSIGN)", &[0xA0, 0x00, 0x00, 0x01, 0x67]),
    ("the German health card", &[0xD2, 0x76, 0x00, 0x00, 0x01]),
    ("an identity card (eID of BSI TR-03110)", &[0xE8, 0x07, 0x04, 0x00, 0x7F, 0x00, 0x07, 0x03]),
    ("a passport or identity card (ICAO 9303)", &[0xA0, 0x00, 0x00, 0x02, 0x47]),
    ("a driving licence (ISO/IEC 18013)", &[0xA0, 0x00, 0x00, 0x02, 0x48]),
    ("the Belgian identity card", &[0xA0, 0x00, 0x00, 0x01, 0x77]),
    ("an agent's identity card (PIV)", &[0xA0, 0x00, 0x00, 0x03, 0x08]),
    ("a payment card (contact directory)", b"1PAY.SYS.DDF01"),
    ("a payment card (contactless directory)", b"2PAY.SYS.DDF01"),
    ("a payment card (Visa)", &[0xA0, 0x00, 0x00, 0x00, 0x03]),
    ("a payment card (Mastercard)", &[0xA0, 0x00, 0x00, 0x00, 0x04]),
    ("a payment card (American Express)", &[0xA0, 0x00, 0x00, 0x00, 0x25]),
    ("a payment card (Cartes Bancaires)", &[0xA0, 0x00, 0x00, 0x00, 0x42]),
];

/// The name of an application on a card, 5 to 16 bytes (ISO/IEC 7816-4, 12.2.3): one that may be selected.
#[derive(Clone, PartialEq, Eq)]
pub struct Aid(Vec<u8>);

/// An application that is not selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AidError {
    /// Too short or too long. A card would take a short name for the beginning of any application's.
    #[error("an application's name has 5 to 16 bytes, not {0}")]
    Length(usize),
    /// It belongs to a card that a reception desk must not read.
    #[error("this is {0}: a kiosk never selects it; name an application of your own cards")]
    Forbidden(&'static str),
}

impl Aid {
    /// An application of the site's own cards.
    pub fn new(name: &[u8]) -> Result<Self, AidError> {
        if !(5..=16).contains(&name.len()) {
            return Err(AidError::Length(name.len()));
        }
        // A card selects by the beginning of a name too, so the beginning of a forbidden name is as forbidden.
        let meant = |(_, forbidden): &&(&str, &[u8])| name.starts_with(forbidden) || forbidden.starts_with(name);
        match FORBIDDEN.iter().find(meant) {
            Some((whose, _)) => Err(AidError::Forbidden(whose)),
            None => Ok(Self(name.to_owned())),
        }
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Aid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Aid(")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))?;
        write!(f, ")")
    }
}

/// Which applications the site's own cards hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    applications: Vec<Aid>,
}

impl Policy {
    /// The card's number and nothing else.
    #[must_use]
    pub const fn number_only() -> Self {
        Self { applications: Vec::new() }
    }

    /// The same, and this application may be read.
    #[must_use]
    pub fn reading(mut self, application: Aid) -> Self {
        self.applications.push(application);
        self
    }

    /// Whether a script may run.
    pub(super) fn permits(&self, script: &Script) -> bool {
        self.applications.contains(&script.application)
    }
}

/// What is read from one application, in one go: SELECT, then the commands in order. It ends at the first command that
/// the card refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    application: Aid,
    commands: Vec<Command>,
}

/// A script that is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScriptError {
    /// Not a command that reads.
    #[error(
        "command {class:02X} {instruction:02X} is not sent: after the application is selected, only 00 B0, 00 B2 and \
         00 CA are (READ BINARY, READ RECORD, GET DATA)"
    )]
    NoRead {
        /// The class byte.
        class: u8,
        /// The instruction byte.
        instruction: u8,
    },
    /// Reading needs no data.
    #[error("a command that reads carries no data")]
    Data,
    /// Too many.
    #[error("a script has at most {LONGEST_SCRIPT} commands, not {0}")]
    TooLong(usize),
    /// The selection cannot be written.
    #[error(transparent)]
    Command(#[from] CommandError),
}

impl Script {
    /// Selects an application and reads.
    pub fn new(application: Aid, reads: &[Command]) -> Result<Self, ScriptError> {
        if reads.len() > LONGEST_SCRIPT {
            return Err(ScriptError::TooLong(reads.len()));
        }
        for read in reads {
            let (class, instruction) = (read.class(), read.instruction());
            if class != 0x00 || !READS.contains(&instruction) {
                return Err(ScriptError::NoRead { class, instruction });
            }
            if !read.data().is_empty() {
                return Err(ScriptError::Data);
            }
        }
        let select = Command::new(0x00, SELECT, 0x04, 0x00).with_data(application.as_bytes())?.expecting(256)?;
        let commands = std::iter::once(select).chain(reads.iter().cloned()).collect();
        Ok(Self { application, commands })
    }

    /// The commands, the selection first.
    pub(super) fn commands(&self) -> &[Command] {
        &self.commands
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Names as published, whole.
    const PUBLISHED: &[(&str, &[u8])] = &[
        ("Vitale", b"\xD2\x50\x00\x00\x02VITALE"),
        ("Vitale, master file", b"\xD2\x50\x00\x00\x02MF_VITALE"),
        ("Vitale 2, Ad\u{e8}le", b"\xD2\x50\x00\x00\x04\x41\x64\xE8\x6C\x65\x01\x01"),
        ("Vitale 2, directory", b"\xE8\x28\xBD\x08\x0F\xD2\x50\x00\x00\x04\x41\x64\xE8\x6C\x65"),
        ("CPS3", b"\xE8\x28\xBD\x08\x0F\xD2\x50Generic"),
        ("passport, French identity card", b"\xA0\x00\x00\x02\x47\x10\x01"),
        ("eSIGN", b"\xA0\x00\x00\x01\x67ESIGN"),
        ("German identity card", b"\xE8\x07\x04\x00\x7F\x00\x07\x03\x02"),
        ("Belgian identity card", b"\xA0\x00\x00\x01\x77PKCS-15"),
        ("PKCS #15", b"\xA0\x00\x00\x00\x63PKCS-15"),
        ("contactless payment", b"2PAY.SYS.DDF01"),
        ("Cartes Bancaires", b"\xA0\x00\x00\x00\x42\x10\x10"),
    ];

    fn own() -> Aid {
        Aid::new(b"\xF0CITY1").unwrap()
    }

    fn read() -> Command {
        Command::new(0x00, 0xB0, 0, 0).expecting(256).unwrap()
    }

    #[test]
    fn health_identity_and_payment_cards_have_no_name_here() {
        for (whose, name) in PUBLISHED {
            for length in 0..=name.len() {
                assert!(Aid::new(&name[..length]).is_err(), "{whose}, {length} bytes");
            }
            let mut longer = name.to_vec();
            longer.push(1);
            assert!(Aid::new(&longer).is_err(), "{whose}, and one byte more");
        }
        let error = Aid::new(PUBLISHED[0].1).unwrap_err().to_string();
        assert!(error.contains("Vitale") && error.contains("never selects"), "{error}");
        assert!(Aid::new(b"\xF0CITY1").is_ok());
        assert_eq!(format!("{:?}", own()), "Aid(F04349545931)");
    }

    #[test]
    fn only_reading_follows_a_selection() {
        assert!(Script::new(own(), &[read(), read()]).is_ok());
        for (class, instruction) in [
            (0x00, 0xA4),
            (0x00, 0x20),
            (0x00, 0xD6),
            (0x00, 0xC2),
            (0x00, 0xCB),
            (0x00, 0x88),
            (0x01, 0xB0),
            (0x0C, 0xB0),
            (0x10, 0xB0),
            (0x80, 0xCA),
            (0xFF, 0xCA),
            (0xFF, 0x00),
        ] {
            let wrong = Command::new(class, instruction, 0x04, 0x00);
            let refused = Err(ScriptError::NoRead { class, instruction });
            assert_eq!(Script::new(own(), &[read(), wrong]), refused);
        }
        let with_data = read().with_data(PUBLISHED[0].1).unwrap();
        assert_eq!(Script::new(own(), &[with_data]), Err(ScriptError::Data));
        assert_eq!(Script::new(own(), &vec![read(); 65]), Err(ScriptError::TooLong(65)));
    }

    #[test]
    fn nothing_is_read_unless_the_site_names_it() {
        let script = Script::new(own(), &[read()]).unwrap();
        assert!(!Policy::default().permits(&script) && !Policy::number_only().permits(&script));
        assert!(Policy::number_only().reading(own()).permits(&script));
        let other = Aid::new(b"\xF0CITY2").unwrap();
        assert!(!Policy::number_only().reading(other).permits(&script));
    }

    fn names() -> impl Strategy<Value = Vec<u8>> {
        let published = proptest::sample::select(PUBLISHED).prop_map(|(_, name)| name.to_vec());
        let cut = (published.clone(), 0..17_usize).prop_map(|(name, length)| name[..length.min(name.len())].to_vec());
        let longer = (published.clone(), proptest::collection::vec(any::<u8>(), 0..6))
            .prop_map(|(name, more)| [name, more].concat());
        prop_oneof![published, cut, longer, proptest::collection::vec(any::<u8>(), 0..20)]
    }

    /// Commands that try to select something else, among others.
    fn commands() -> impl Strategy<Value = Command> {
        let header = prop_oneof![
            any::<[u8; 4]>(),
            proptest::sample::select(&[[0x00, 0xA4, 0x04, 0x00], [0x00, 0xA4, 0x00, 0x0C], [0x00, 0xB0, 0, 0]][..]),
        ];
        let data = prop_oneof![Just(vec![]), names()];
        (header, data, 0..300_u32).prop_map(|([class, instruction, p1, p2], data, expected)| {
            Command::new(class, instruction, p1, p2).with_data(&data).unwrap().expecting(expected).unwrap()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn no_script_selects_a_forbidden_application(
            name in names(),
            reads in proptest::collection::vec(commands(), 0..4),
        ) {
            let Ok(application) = Aid::new(&name) else { return Ok(()) };
            prop_assert!(PUBLISHED.iter().all(|(_, other)| !name.starts_with(other) && !other.starts_with(&name)));
            let Ok(script) = Script::new(application, &reads) else { return Ok(()) };
            for (index, command) in script.commands().iter().enumerate() {
                let bytes = command.encode();
                prop_assert_eq!(bytes[0], 0, "nothing goes to another channel or class");
                prop_assert_eq!(bytes[1] == 0xA4, index == 0, "the one selection is the first command");
                if index == 0 {
                    prop_assert_eq!(&bytes[2..4], &[4, 0], "by its whole name");
                    prop_assert_eq!(&bytes[5..bytes.len() - 1], name.as_slice());
                } else {
                    prop_assert!(command.data().is_empty() && READS.contains(&bytes[1]));
                }
            }
        }
    }
}
