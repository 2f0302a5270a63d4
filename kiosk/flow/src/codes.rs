//! What a scanned code is, and therefore what the borne does with it: pure, and the same for every scanner.
//!
//! Whatever is not in this table is dropped: no address is opened, nothing is looked up, nothing is kept.
//!
//! | code | grammar | the borne |
//! |---|---|---|
//! | our appointment | `RDV1.` payload `.` signature, RFC 4648 base 32 without padding | checks in |
//! | our ticket | the address that tickets bear, at this site's own host | shows the ticket |
//! | ANTS pre-request | ten capitals or digits | looks the appointment up |
//! | 2D-Doc, visible digital seal, identity in a telephone | see [`Document`] | sends to an agent, keeps nothing |
//! | NIR, carte Vitale; carte mobilité inclusion | see [`Refusal`] | refuses, does not read on |
//! | other sites' tickets, addresses, products, health passes | see [`classify`] | says that it is not accepted here |
//! | anything else | | says that it cannot be read |
//!
//! A scanner may put an AIM identifier (`]Q1`, ISO/IEC 15424) before a code; it is left out.

mod health;
mod two_d_doc;

use std::fmt;
use std::str::FromStr;

use wire::label::Label;
use wire::token::TicketToken;

/// What a code is and what the borne does with it. No form says what the code contained.
#[derive(Clone, PartialEq, Eq)]
pub enum ScannedCode {
    /// Check in with this appointment; its signature is still to be checked.
    Appointment(AppointmentToken),
    /// Show this ticket.
    Ticket(TicketToken, Option<Label>),
    /// Look up the appointment made with this pre-request.
    PreRequest(PreRequestNumber),
    /// "Présentez ceci à l'agent": nothing is kept.
    ForAgent(Document),
    /// Refused by law; the reason is for the words on the screen alone.
    Refused(Refusal),
    /// Read well, but not accepted here.
    NotAcceptedHere,
    /// Not read well, or nothing that anyone issues.
    Unreadable,
}

/// A document that only a person may look at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Document {
    /// A 2D-Doc (ANTS, *Spécifications techniques des codes à barres 2D-Doc*): proof of address, tax notice, diploma.
    Proof,
    /// An identity: a telephone's (ISO/IEC 18013-5, France Identité) or a travel document's seal (ICAO 9303-13).
    Identity,
}

/// Why a code is refused. What was shown says something of the person's health, so `Debug` does not tell.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The number of the national register (NIR), reserved to health and social bodies.
    HealthNumber,
    /// A carte mobilité inclusion: priority is asked for with a button, the card is for an agent's eyes.
    MobilityCard,
}

/// The text of an appointment's code in capitals, of the right form; not yet known to be genuine.
#[derive(Clone, PartialEq, Eq)]
pub struct AppointmentToken(String);

/// Ten capitals or digits.
#[derive(Clone, PartialEq, Eq)]
pub struct PreRequestNumber(String);

impl AppointmentToken {
    /// What it starts with: the kind and the version of the token.
    pub const PREFIX: &str = "RDV1.";
    /// Characters of the signature: 64 bytes of Ed25519 in base 32.
    pub const SIGNATURE_LENGTH: usize = 103;
    /// Characters of the payload, at most: a code of version 15-M, which telephones show well, holds the whole token.
    pub const PAYLOAD_MAX: usize = 480;

    /// The whole token, for the check of its signature. Never for a log.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl PreRequestNumber {
    /// The number, for the look-up. Never for a log.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// Sorts what a scanner read. `site_url` is the site's `public_url`, an origin such as `https://accueil.example.fr`.
///
/// *Not accepted here* are: a ticket of another host or a newer appointment, an address of any scheme, a product
/// (EAN-8, UPC-A, EAN-13 with a right check digit) and a health pass (`HC1:`). Whatever the bytes are, this neither
/// panics nor takes more than one pass over them.
#[must_use]
pub fn classify(bytes: &[u8], site_url: &str) -> ScannedCode {
    let bytes = without_aim_identifier(bytes);
    if let Some(kind) = two_d_doc::document_kind(bytes) {
        return if kind == two_d_doc::MOBILITY_CARD {
            ScannedCode::Refused(Refusal::MobilityCard)
        } else {
            ScannedCode::ForAgent(Document::Proof)
        };
    }
    if is_travel_document_seal(bytes) {
        return ScannedCode::ForAgent(Document::Identity);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if text.len() <= TEXT_MAX && !text.contains(char::is_control) => classify_text(text, site_url),
        Ok(_) | Err(_) => ScannedCode::Unreadable,
    }
}

/// Bytes of text beyond which nobody issues a code that we know: a health pass has some 600, an address fewer.
const TEXT_MAX: usize = 2048;

fn classify_text(text: &str, site_url: &str) -> ScannedCode {
    if health::is_health_number(text) {
        return ScannedCode::Refused(Refusal::HealthNumber);
    }
    if let Some(token) = appointment(text) {
        return ScannedCode::Appointment(token);
    }
    if let Some((token, label)) = ticket(text, site_url) {
        return ScannedCode::Ticket(token, label);
    }
    if is_identity_in_a_telephone(text) {
        return ScannedCode::ForAgent(Document::Identity);
    }
    if is_known_elsewhere(text) {
        return ScannedCode::NotAcceptedHere;
    }
    if text.len() == 10 && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) {
        return ScannedCode::PreRequest(PreRequestNumber(text.to_owned()));
    }
    ScannedCode::Unreadable
}

/// `]`, a letter for the symbology and a modifier.
fn without_aim_identifier(bytes: &[u8]) -> &[u8] {
    match bytes {
        [b']', letter, modifier, rest @ ..] if letter.is_ascii_alphabetic() && modifier.is_ascii_alphanumeric() => rest,
        _ => bytes,
    }
}

fn appointment(text: &str) -> Option<AppointmentToken> {
    let rest = strip_prefix_ignoring_case(text, AppointmentToken::PREFIX)?;
    let (payload, signature) = rest.split_once('.')?;
    let payload_fits = (16..=AppointmentToken::PAYLOAD_MAX).contains(&payload.len());
    let well_formed = payload_fits
        && signature.len() == AppointmentToken::SIGNATURE_LENGTH
        && is_base32(payload)
        && is_base32(signature);
    well_formed.then(|| AppointmentToken(text.to_ascii_uppercase()))
}

fn is_base32(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphabetic() || (b'2'..=b'7').contains(&b))
}

/// `HOST/T/TOKEN` or `HOST/T/TOKEN/LABEL`, in capitals or not.
fn ticket(text: &str, site_url: &str) -> Option<(TicketToken, Option<Label>)> {
    let path = strip_prefix_ignoring_case(text, site_url.trim_end_matches('/'))?;
    let rest = strip_prefix_ignoring_case(path, "/T/")?;
    let (token, label) = match rest.split_once('/') {
        Some((token, label)) => (token, Some(Label::from_str(&label.to_ascii_uppercase()).ok()?)),
        None => (rest, None),
    };
    Some((token.parse().ok()?, label))
}

/// ICAO 9303-13, 2.2.1: the constant 0xDC and the version, which the same clause numbers from 2 (version 3).
fn is_travel_document_seal(bytes: &[u8]) -> bool {
    matches!(bytes, [0xDC, 0x02 | 0x03, rest @ ..] if rest.len() >= 16)
}

/// ISO/IEC 18013-5, 8.2.2.3 (`mdoc:`), OpenID for Verifiable Presentations, and what France Identité shows.
fn is_identity_in_a_telephone(text: &str) -> bool {
    const SCHEMES: [&str; 4] = ["mdoc:", "openid4vp:", "eudi-openid4vp:", "mdoc-openid4vp:"];
    if SCHEMES.iter().any(|scheme| strip_prefix_ignoring_case(text, scheme).is_some()) {
        return true;
    }
    let Some(rest) = strip_prefix_ignoring_case(text, "https://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    host == "france-identite.gouv.fr" || host.ends_with(".france-identite.gouv.fr")
}

fn is_known_elsewhere(text: &str) -> bool {
    let newer_appointment = strip_prefix_ignoring_case(text, "RDV").is_some_and(|rest| {
        rest.split_once('.').is_some_and(|(version, _)| is_short_number(version) && version != "1")
    });
    newer_appointment || is_address(text) || is_product(text)
}

fn is_short_number(text: &str) -> bool {
    (1..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// RFC 3986, 3.1: a scheme and a colon, then printable ASCII. Health passes (`HC1:`), Wi-Fi and cards have this form.
fn is_address(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let of_a_scheme = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
    (2..=32).contains(&scheme.len())
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(of_a_scheme)
        && !rest.is_empty()
        && rest.bytes().all(|b| (b' '..=b'~').contains(&b))
}

/// GS1 General Specifications, 7.9: weights 3 and 1 from the right, the sum is a multiple of ten.
fn is_product(text: &str) -> bool {
    if !matches!(text.len(), 8 | 12 | 13) || !text.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    let digits = text.bytes().rev().map(|b| u32::from(b - b'0'));
    let sum: u32 = digits.zip([1, 3].into_iter().cycle()).map(|(digit, weight)| digit * weight).sum();
    sum.is_multiple_of(10)
}

fn strip_prefix_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}

impl fmt::Debug for ScannedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Appointment(_) => "Appointment(…)",
            Self::Ticket(..) => "Ticket(…)",
            Self::PreRequest(_) => "PreRequest(…)",
            Self::ForAgent(_) => "ForAgent(…)",
            Self::Refused(_) => "Refused(…)",
            Self::NotAcceptedHere => "NotAcceptedHere",
            Self::Unreadable => "Unreadable",
        })
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Refusal(…)")
    }
}

impl fmt::Debug for AppointmentToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AppointmentToken(…)")
    }
}

impl fmt::Debug for PreRequestNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PreRequestNumber(…)")
    }
}

#[cfg(test)]
mod tests;
