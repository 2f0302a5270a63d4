//! What a scanned code is.

use kiosk_flow::codes::{AppointmentToken, ScannedCode, classify};

const SITE: &str = "https://accueil.example.fr";
/// Bytes of a 2D-Doc, at most, and of an AIM identifier before it: what a DataMatrix holds is longer than any other code.
const LONGEST: usize = 2335 + 3;
/// All that `Debug` says of a code: nothing that stood in it.
const WORDS: [&str; 7] =
    ["Appointment(…)", "Ticket(…)", "PreRequest(…)", "ForAgent(…)", "Refused(…)", "NotAcceptedHere", "Unreadable"];

/// Any bytes are sorted, twice the same, and an AIM identifier changes nothing; what is taken was shown, has the form
/// that it promises and no control character; a health number is refused and nothing else; what was read is not in
/// `Debug`.
pub fn run(data: &[u8]) {
    let code = classify(data, SITE);
    assert!(code == classify(data, SITE), "sorted in two ways");
    if data.first() != Some(&b']') {
        let with_identifier = [b"]Q1", data].concat();
        assert!(code == classify(&with_identifier, SITE), "an AIM identifier changes what a code is");
    }
    assert!(WORDS.contains(&format!("{code:?}").as_str()), "a log would show what was scanned");
    if is_health_number(data) {
        assert!(matches!(code, ScannedCode::Refused(_)), "a health number is not refused");
    }
    match &code {
        ScannedCode::Appointment(token) => check_appointment(token, data),
        ScannedCode::PreRequest(number) => {
            let number = number.reveal().as_bytes();
            assert!(data.ends_with(number) && number.len() == 10);
            assert!(number.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()));
        }
        ScannedCode::Ticket(token, _) => {
            let shown = String::from_utf8_lossy(data).to_ascii_uppercase();
            assert!(shown.bytes().all(|byte| byte.is_ascii_graphic()));
            assert!(shown.contains(&format!("{}/T/{}", SITE.to_ascii_uppercase(), token.in_address())));
        }
        ScannedCode::NotAcceptedHere => {
            assert!(std::str::from_utf8(data).is_ok_and(|text| !text.contains(char::is_control)));
        }
        ScannedCode::Refused(_) => assert!(data.len() <= LONGEST),
        ScannedCode::ForAgent(_) | ScannedCode::Unreadable => {}
    }
}

fn check_appointment(token: &AppointmentToken, data: &[u8]) {
    let token = token.reveal();
    assert!(data.to_ascii_uppercase().ends_with(token.as_bytes()), "another token than was shown");
    let rest = token.strip_prefix(AppointmentToken::PREFIX).expect("the kind of the token");
    let (payload, signature) = rest.split_once('.').expect("a signature");
    assert!(payload.len() <= AppointmentToken::PAYLOAD_MAX);
    assert_eq!(signature.len(), AppointmentToken::SIGNATURE_LENGTH);
    assert!([payload, signature].concat().bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7')));
}

/// Fifteen digits of which the last two are the key of the others.
fn is_health_number(data: &[u8]) -> bool {
    let Some(number) = std::str::from_utf8(data).ok().filter(|text| text.len() == 15) else {
        return false;
    };
    if !number.bytes().all(|byte| byte.is_ascii_digit()) || !number.starts_with(['1', '2']) {
        return false;
    }
    let (body, key) = number.split_at(13);
    let (body, key): (u64, u64) = (body.parse().expect("digits"), key.parse().expect("digits"));
    key == 97 - body % 97
}
