//! What a request's signature covers: HTTP Message Signatures (RFC 9421) with Ed25519 over `@method`, `@authority`,
//! `@path`, `@query` and `content-digest` (RFC 9530), with `created`, `nonce` and `keyid`.
//!
//! The crate builds and reads the text that is signed; the edges hold the keys. `nonce` is a counter that only grows,
//! kept by the signer over restarts: a server that remembers the last one refuses a replay.

use std::fmt::Write;

use data_encoding::BASE64;
use sfv::{BareItem, Dictionary, InnerList, Item, ListEntry, Parser};
use sha2::{Digest, Sha256};

/// How far a signature's `created` may be from the verifier's clock, in seconds.
pub const WINDOW_S: i64 = 300;

const COMPONENTS: [&str; 5] = ["@method", "@authority", "@path", "@query", "content-digest"];
const LABEL: &str = "borne";

/// The request, as both ends see it.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// `POST`.
    pub method: &'a str,
    /// `Host`, lower case, without a default port.
    pub authority: &'a str,
    /// The path, as sent.
    pub path: &'a str,
    /// The query without its question mark, empty where there is none.
    pub query: &'a str,
    /// The value of `Content-Digest`.
    pub content_digest: &'a str,
}

/// The signature's parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Params {
    /// Seconds since 1970.
    pub created: i64,
    /// The signer's growing counter.
    pub nonce: u64,
    /// Who signs.
    pub keyid: String,
}

/// A header that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// `Signature-Input` or `Signature` is not a structured field with one entry `borne`.
    #[error("`Signature-Input` and `Signature` must be structured fields with one entry `borne`")]
    Syntax,
    /// Not the components agreed on.
    #[error("the signature must cover @method, @authority, @path, @query and content-digest, in this order")]
    Components,
    /// A parameter is missing or of the wrong type.
    #[error("the signature needs created, nonce (a decimal counter), keyid and alg=\"ed25519\"")]
    Params,
}

/// The value of `Content-Digest` for a body as sent.
#[must_use]
pub fn content_digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", BASE64.encode(&Sha256::digest(body)))
}

impl Params {
    fn inner_list(&self) -> String {
        let components = COMPONENTS.map(|c| format!("\"{c}\"")).join(" ");
        let Self { created, nonce, keyid } = self;
        format!("({components});created={created};nonce=\"{nonce}\";keyid=\"{keyid}\";alg=\"ed25519\"")
    }

    /// The value of `Signature-Input`.
    #[must_use]
    pub fn header(&self) -> String {
        format!("{LABEL}={}", self.inner_list())
    }

    /// Reads `Signature-Input`.
    pub fn parse(header: &str) -> Result<Self, SignatureError> {
        let fields: Dictionary = Parser::new(header).parse().map_err(|_| SignatureError::Syntax)?;
        let list = match (fields.len(), fields.get(LABEL)) {
            (1, Some(ListEntry::InnerList(list))) => list,
            _ => return Err(SignatureError::Syntax),
        };
        if !covers(list) {
            return Err(SignatureError::Components);
        }
        let text = |name: &str| list.params.get(name).and_then(text_of);
        let created = match list.params.get("created") {
            Some(BareItem::Integer(n)) => Some(i64::from(*n)),
            _ => None,
        };
        let nonce = text("nonce").and_then(|n| n.parse().ok());
        match (created, nonce, text("keyid"), text("alg").as_deref(), list.params.len()) {
            (Some(created), Some(nonce), Some(keyid), Some("ed25519"), 4) => {
                let params = Self { created, nonce, keyid };
                // The base is built from our own writing of the parameters: another writing would not verify anyway.
                if header == params.header() { Ok(params) } else { Err(SignatureError::Syntax) }
            }
            _ => Err(SignatureError::Params),
        }
    }

    /// The text that is signed (RFC 9421, 2.5).
    #[must_use]
    pub fn base(&self, request: &Request<'_>) -> String {
        let query = format!("?{}", request.query);
        let values = [request.method, request.authority, request.path, &query, request.content_digest];
        let mut base = String::new();
        for (name, value) in COMPONENTS.iter().zip(values) {
            // Writing to a String cannot fail.
            let _ = writeln!(base, "\"{name}\": {value}");
        }
        base + "\"@signature-params\": " + &self.inner_list()
    }
}

fn covers(list: &InnerList) -> bool {
    let name = |item: &Item| item.params.is_empty().then(|| text_of(&item.bare_item)).flatten();
    list.items.iter().map(name).eq(COMPONENTS.iter().map(|c| Some((*c).to_owned())))
}

fn text_of(item: &BareItem) -> Option<String> {
    if let BareItem::String(text) = item { Some(text.as_str().to_owned()) } else { None }
}
/// The value of `Signature`.
#[must_use]
pub fn header(signature: &[u8; 64]) -> String {
    format!("{LABEL}=:{}:", BASE64.encode(signature))
}

/// Reads `Signature`.
pub fn parse_header(header: &str) -> Result<[u8; 64], SignatureError> {
    let fields: Dictionary = Parser::new(header).parse().map_err(|_| SignatureError::Syntax)?;
    match (fields.len(), fields.get(LABEL)) {
        (1, Some(ListEntry::Item(Item { bare_item: BareItem::ByteSequence(bytes), .. }))) => {
            bytes.as_slice().try_into().map_err(|_| SignatureError::Syntax)
        }
        _ => Err(SignatureError::Syntax),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params() -> Params {
        Params { created: 1_763_718_120, nonce: 1042, keyid: "019aa5f0-7c00-7000-8000-0000000000aa".into() }
    }

    #[test]
    fn the_base_is_that_of_rfc_9421() {
        let digest = content_digest(b"{}");
        let request = Request {
            method: "POST",
            authority: "accueil.example.fr",
            path: "/v1/sync",
            query: "",
            content_digest: &digest,
        };
        assert_eq!(params().base(&request) + "\n", include_str!("../golden/signature-base-v1.txt"));
    }

    #[test]
    fn headers_are_read_back() {
        assert_eq!(Params::parse(&params().header()).unwrap(), params());
        assert_eq!(parse_header(&header(&[9; 64])).unwrap(), [9; 64]);
    }

    #[test]
    fn a_signature_that_covers_less_is_refused() {
        let less = params().header().replace(" \"content-digest\"", "");
        assert_eq!(Params::parse(&less), Err(SignatureError::Components));
        let reordered = params().header().replace("\"@method\" \"@authority\"", "\"@authority\" \"@method\"");
        assert_eq!(Params::parse(&reordered), Err(SignatureError::Components));
    }

    #[test]
    fn missing_or_foreign_parameters_are_refused() {
        let header = params().header();
        for (from, to) in [
            (";alg=\"ed25519\"", ""),
            ("ed25519", "hmac-sha256"),
            ("nonce=\"1042\"", "nonce=\"x\""),
            (";created=1763718120", ""),
            (";created=1763718120", ";created=\"1763718120\""),
        ] {
            assert_eq!(Params::parse(&header.replace(from, to)), Err(SignatureError::Params), "{from} -> {to}");
        }
        for bad in ["", "borne", "other=(\"@method\")", &(header.clone() + ";expires=1"), &(header + ", more=1")] {
            assert!(Params::parse(bad).is_err(), "{bad:?}");
        }
        for bad in ["", "borne=:AAAA:", "borne=1", "x=:AAAA:"] {
            assert!(parse_header(bad).is_err(), "{bad:?}");
        }
    }
}
