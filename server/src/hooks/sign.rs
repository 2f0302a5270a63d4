//! What tells the receiver that a message is from here, and when it was sent.

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;

/// The value of `X-Accueil-Signature`: `t=SECONDS,v1=HEX`, where `HEX` is the HMAC-SHA256, under the webhook's secret, of the
/// seconds, a full stop and the body. A receiver computes it anew, compares it in constant time, and refuses times that are
/// more than five minutes from its own.
///
/// # Panics
/// Never: HMAC takes keys of any length.
#[must_use]
pub fn signature(secret: &[u8; 32], at: Timestamp, body: &str) -> String {
    let seconds = at.as_second();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret)
        .unwrap_or_else(|never| unreachable!("HMAC takes keys of any length: {never}"));
    mac.update(format!("{seconds}.{body}").as_bytes());
    format!("t={seconds},v1={}", HEXLOWER.encode(&mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_what_any_library_computes() {
        // printf '1795250520.{"a":1}' | openssl dgst -sha256 -mac HMAC -macopt hexkey:0707…
        let signed = signature(&[7; 32], Timestamp::from_second(1_795_250_520).unwrap(), r#"{"a":1}"#);
        assert_eq!(signed, "t=1795250520,v1=e955a4e7121b68b5db03710271c1e129db9266abf70105e35b95690ce3d29311");
    }
}
