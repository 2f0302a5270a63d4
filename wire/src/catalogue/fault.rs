//! What breaks a rule of a catalogue, so that whoever shows it can say it in the reader's words.

use std::fmt;

use jiff::civil::Date;

use super::{ADDRESS_MAX, DOCUMENT_MAX, FULL_TEXT_MAX, MEDIA_S_MAX, NAME_MAX, QR_LINK_MAX, ROOM_MAX, SHORT_NAME_MAX};
use crate::ids::{CounterId, DisplayId, FamilyId, Language, ServiceId, ZoneId};
use crate::label::Prefix;
use crate::opening::Stretch;

/// As many characters of [`Site::public_url`](super::Site::public_url) as leave room for a ticket's path in its QR code.
pub const PUBLIC_URL_MAX: usize = QR_LINK_MAX - 37;

/// A part of a catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// The place itself.
    Site,
    /// A group of services.
    Family(FamilyId),
    /// A service.
    Service(ServiceId),
    /// A counter.
    Counter(CounterId),
    /// A screen.
    Display(DisplayId),
}

/// A text that has a longest length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    /// A service's or a family's name.
    Name,
    /// A service's name on narrow paper.
    ShortName,
    /// Where to wait.
    Room,
    /// A document to bring.
    Document,
    /// What is said once all places are taken.
    Full,
}

impl Text {
    /// The longest it may be, in characters.
    #[must_use]
    pub const fn most(self) -> usize {
        match self {
            Self::Name => NAME_MAX,
            Self::ShortName => SHORT_NAME_MAX,
            Self::Room => ROOM_MAX,
            Self::Document => DOCUMENT_MAX,
            Self::Full => FULL_TEXT_MAX,
        }
    }
}

/// A broken rule. Its text is for whoever writes catalogues as files: it names the key and the remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No IANA time zone.
    TimeZone(String),
    /// No address of a server, or one with a path.
    PublicUrl(String),
    /// An address that does not fit a ticket's QR code.
    LongPublicUrl(String),
    /// A promise of no wait at all: the site's or a service's.
    NoWait(Part),
    /// The site's address is empty or too long.
    Address,
    /// The site is told to be near to itself.
    NearItself,
    /// Something stands twice that must be there once.
    Twice {
        /// The key, `service.id`.
        key: &'static str,
        /// What stands twice.
        value: String,
    },
    /// A text is too long.
    Long {
        /// Whose.
        part: Part,
        /// Which.
        text: Text,
        /// In which language.
        lang: Language,
        /// How long it is, in characters.
        length: usize,
    },
    /// A family without services.
    EmptyFamily(FamilyId),
    /// A service of a family that is not there.
    UnknownFamily(ServiceId, FamilyId),
    /// A service without a family where there are some.
    NoFamily(ServiceId),
    /// A quota that never gives a ticket.
    NoQuota(ServiceId),
    /// Two stretches of a day overlap, or stand in the wrong order.
    Torn {
        /// Whose hours: the site's or a service's.
        part: Part,
        /// The day of the week, `mon`, where they are a week's.
        weekday: Option<&'static str>,
        /// The first day of the exception, where they are an exception's.
        exception: Option<Date>,
        /// What begins too early.
        late: Stretch,
        /// What has not ended.
        early: Stretch,
    },
    /// An exception that ends before it begins.
    Backwards(Date),
    /// A site without services.
    NoService,
    /// A service with the letter of appointments.
    AppointmentLetter(ServiceId),
    /// More documents than are shown.
    Documents(ServiceId, usize),
    /// A counter for a service that is not there.
    UnknownService(CounterId, ServiceId),
    /// A service that no counter receives for.
    NoCounter(ServiceId),
    /// A counter or a display of a hall that is not there.
    UnknownZone(Part, ZoneId),
    /// A display over a counter, without its counter.
    DisplayWithoutCounter(DisplayId),
    /// A display over a counter that is not there.
    DisplayOverUnknown(DisplayId, CounterId),
    /// A display with a counter that hangs over none.
    DisplayOverNone(DisplayId),
    /// A display with pictures that shows none.
    MediaUnused(DisplayId),
    /// A picture whose name leads elsewhere.
    MediaName(DisplayId, String),
    /// A picture that stands too long or not at all.
    MediaSeconds(DisplayId, String, u16),
    /// A survey without questions, or with too many.
    Questions(usize),
    /// A survey that does not begin with the faces.
    FirstQuestion,
    /// A question with too few or too many answers.
    Answers {
        /// Which question, from 1.
        question: usize,
        /// How many it has.
        count: usize,
        /// The fewest that are shown.
        least: usize,
        /// The most.
        most: usize,
    },
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Site => f.write_str("site"),
            Self::Family(id) => write!(f, "family `{id}`"),
            Self::Service(id) => write!(f, "service `{id}`"),
            Self::Counter(id) => write!(f, "counter `{id}`"),
            Self::Display(id) => write!(f, "display `{id}`"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimeZone(zone) => {
                write!(f, "site.time_zone: `{zone}` is no IANA time zone such as `Europe/Paris`")
            }
            Self::PublicUrl(url) => write!(f, "site.public_url: `{url}` must be `https://HOST` without a path"),
            Self::LongPublicUrl(url) => write!(
                f,
                "site.public_url: `{url}` does not fit a ticket's QR code: {PUBLIC_URL_MAX} characters of A-Z 0-9 - . : / \
                 at most"
            ),
            Self::NoWait(part) => write!(f, "{part}: commitment_min of 0 promises that nobody waits; leave it out"),
            Self::Address => write!(f, "site.address: 1 to {ADDRESS_MAX} characters"),
            Self::NearItself => f.write_str("site.nearby: the site itself is not near to itself"),
            Self::Twice { key, value } => write!(f, "{key}: `{value}` stands twice"),
            Self::Long { part, text, lang, length } => long(f, part, *text, lang.tag(), *length),
            Self::EmptyFamily(id) => write!(f, "family `{id}`: no service belongs to it"),
            Self::UnknownFamily(id, family) => write!(f, "service `{id}`: there is no family `{family}`"),
            Self::NoFamily(id) => write!(f, "service `{id}`: name its family, the site has families"),
            Self::NoQuota(id) => {
                write!(f, "service `{id}`: a quota of 0 gives no ticket ever; remove the service, or its quota")
            }
            Self::Torn { weekday, exception, late, early, part: _ } => {
                match (weekday, exception) {
                    (Some(day), _) => write!(f, "hours.{day}")?,
                    (None, Some(from)) => write!(f, "site.exception of {from}")?,
                    (None, None) => f.write_str("hours")?,
                }
                write!(f, ": {late} begins before {early} has ended")
            }
            Self::Backwards(from) => write!(f, "site.exception of {from}: it ends before it begins"),
            Self::NoService => f.write_str("service: a site offers one service or more"),
            Self::AppointmentLetter(id) => {
                write!(f, "service `{id}`: the letter R is for appointments; use another of {}", Prefix::ALLOWED)
            }
            Self::Documents(id, count) => write!(f, "service `{id}`: {count} documents, the screen shows 5"),
            Self::UnknownService(id, service) => write!(f, "counter `{id}`: there is no service `{service}`"),
            Self::NoCounter(id) => {
                write!(f, "service `{id}`: no counter receives for it, nobody would ever be called")
            }
            Self::UnknownZone(part, zone) => write!(f, "{part}: there is no zone `{zone}`; name it in site.zone"),
            Self::DisplayWithoutCounter(id) => write!(f, "display `{id}`: name the counter it hangs over"),
            Self::DisplayOverUnknown(id, counter) => write!(f, "display `{id}`: there is no counter `{counter}`"),
            Self::DisplayOverNone(id) => {
                write!(f, "display `{id}`: only layout = \"guichet\" hangs over a counter; leave `counter` out")
            }
            Self::MediaUnused(id) => write!(f, "display `{id}`: only layout = \"partage\" shows media"),
            Self::MediaName(id, file) => {
                write!(f, "display `{id}`: media `{file}` is no file name of letters, digits, - _ and .")
            }
            Self::MediaSeconds(id, file, seconds) => {
                write!(f, "display `{id}`: media `{file}` stands {seconds} s, 1 to {MEDIA_S_MAX} do")
            }
            Self::Questions(count) => write!(f, "survey: {count} questions, 1 to 4 are asked"),
            Self::FirstQuestion => f.write_str("survey: the first question is answered by faces (scale = \"faces\")"),
            Self::Answers { question, count, least, most } => {
                write!(f, "survey.question {question}: {count} answers, {least} to {most} are shown")
            }
        }
    }
}

fn long(f: &mut fmt::Formatter<'_>, part: &Part, text: Text, tag: &str, length: usize) -> fmt::Result {
    let most = text.most();
    match (text, part) {
        (Text::Name, Part::Family(_)) => {
            write!(f, "{part}: name.{tag} has {length} characters, the screen shows {most}")
        }
        (Text::Name, _) => write!(f, "{part}: name.{tag} has {length} characters, {most} fit a ticket"),
        (Text::ShortName, _) => write!(f, "{part}: narrow paper needs short_name.{tag} of {most} characters at most"),
        (Text::Room, _) => write!(f, "{part}: room.{tag} has {length} characters, the screen shows {most}"),
        (Text::Document, _) => {
            write!(f, "{part}: a document ({tag}) of {length} characters, the screen shows {most}")
        }
        (Text::Full, _) => write!(f, "{part}: full_text.{tag} has {length} characters, {most} are shown"),
    }
}
