use proptest::prelude::*;

use super::*;

const SITE: &str = "https://accueil.example.fr";
const TOKEN: &str = "GAYTEMZUGU3DOOBZMFRGGZDFMY";

/// What the borne does, without the contents.
#[derive(Debug, PartialEq, Eq)]
enum Does {
    ChecksIn,
    ShowsTicket,
    LooksUp,
    CallsProof,
    CallsIdentity,
    RefusesHealth,
    RefusesMobility,
    NotHere,
    Unreadable,
}

fn does(bytes: &[u8]) -> Does {
    match classify(bytes, SITE) {
        ScannedCode::Appointment(_) => Does::ChecksIn,
        ScannedCode::Ticket(..) => Does::ShowsTicket,
        ScannedCode::PreRequest(_) => Does::LooksUp,
        ScannedCode::ForAgent(Document::Proof) => Does::CallsProof,
        ScannedCode::ForAgent(Document::Identity) => Does::CallsIdentity,
        ScannedCode::Refused(Refusal::HealthNumber) => Does::RefusesHealth,
        ScannedCode::Refused(Refusal::MobilityCard) => Does::RefusesMobility,
        ScannedCode::NotAcceptedHere => Does::NotHere,
        ScannedCode::Unreadable => Does::Unreadable,
    }
}

fn appointment_code(payload: usize) -> String {
    format!("RDV1.{}.{}", "A7".repeat(payload / 2), "Q".repeat(103))
}

/// ANTS' specimens, with the document's type put in.
fn two_d_doc(version: &str, kind: &str) -> String {
    let tail = match version {
        "03" => "01",
        "04" => "01FR",
        _ => "",
    };
    format!("DC{version}FR000001125E125B{kind}{tail}26FR247500010MME/SPECIMEN/NATACHA\u{1d}22145 AVENUE\u{1f}LDD5F7JD")
}

#[test]
fn each_code_of_the_table_is_what_it_is() {
    let appointment = appointment_code(120);
    let ticket = format!("HTTPS://ACCUEIL.EXAMPLE.FR/T/{TOKEN}/A.42");
    let cases: Vec<(&str, Vec<u8>, Does)> = vec![
        ("appointment", appointment.clone().into(), Does::ChecksIn),
        ("appointment, case inverted", appointment.to_lowercase().into(), Does::ChecksIn),
        ("appointment behind an AIM identifier", format!("]Q1{appointment}").into(), Does::ChecksIn),
        ("appointment, longest", appointment_code(480).into(), Does::ChecksIn),
        ("appointment, too long", appointment_code(482).into(), Does::Unreadable),
        ("appointment, too short", appointment_code(14).into(), Does::Unreadable),
        ("appointment, cut off", appointment[..appointment.len() - 1].into(), Does::Unreadable),
        ("appointment, another alphabet", appointment.replace("A7", "A8").into(), Does::Unreadable),
        ("appointment of a newer version", appointment.replace("RDV1", "RDV2").into(), Does::NotHere),
        ("ticket", ticket.clone().into(), Does::ShowsTicket),
        ("ticket, small letters", ticket.to_lowercase().into(), Does::ShowsTicket),
        ("ticket without label", format!("{SITE}/T/{TOKEN}").into(), Does::ShowsTicket),
        ("ticket with a series", format!("{SITE}/T/{TOKEN}/B2.1042").into(), Does::ShowsTicket),
        ("ticket with a label of nobody", format!("{SITE}/T/{TOKEN}/O.42").into(), Does::NotHere),
        ("ticket with a short token", format!("{SITE}/T/{}", &TOKEN[1..]).into(), Does::NotHere),
        ("ticket with more behind", format!("{SITE}/T/{TOKEN}/A.42/x").into(), Does::NotHere),
        ("ticket of another site", format!("https://autre.example.fr/T/{TOKEN}/A.42").into(), Does::NotHere),
        ("ticket of a host that only starts alike", format!("{SITE}.evil.example/T/{TOKEN}").into(), Does::NotHere),
        ("pre-request", "AB12CD34EF".into(), Does::LooksUp),
        ("pre-request, small letters", "ab12cd34ef".into(), Does::Unreadable),
        ("pre-request, nine characters", "AB12CD34E".into(), Does::Unreadable),
        ("2D-Doc 01", two_d_doc("01", "01").into(), Does::CallsProof),
        ("2D-Doc 02", two_d_doc("02", "01").into(), Does::CallsProof),
        ("2D-Doc 03", two_d_doc("03", "28").into(), Does::CallsProof),
        ("2D-Doc 04", two_d_doc("04", "28").into(), Does::CallsProof),
        (
            "2D-Doc whose separators a wedge lost",
            two_d_doc("04", "28").replace(char::is_control, "").into(),
            Does::CallsProof,
        ),
        (
            "2D-Doc with a binary signature",
            [two_d_doc("01", "01").as_bytes(), &[0xE7, 0xD6, 0x9A]].concat(),
            Does::CallsProof,
        ),
        ("2D-Doc of a version to come", two_d_doc("05", "01").into(), Does::Unreadable),
        ("2D-Doc, header alone", two_d_doc("04", "01")[..26].into(), Does::Unreadable),
        ("2D-Doc with a date that is none", two_d_doc("04", "01").replace("125E", "12ZE").into(), Does::Unreadable),
        ("CMI", two_d_doc("03", "A2").into(), Does::RefusesMobility),
        ("CMI, version 04", two_d_doc("04", "A2").into(), Does::RefusesMobility),
        ("CMI behind an AIM identifier", format!("]d1{}", two_d_doc("04", "A2")).into(), Does::RefusesMobility),
        ("visa's seal", [&[0xDC, 0x03], &[0x6A; 40][..]].concat(), Does::CallsIdentity),
        ("telephone, ISO 18013-5", "mdoc:owBjMS4wAYIB2BhYS6QBAiABIVgg".into(), Does::CallsIdentity),
        ("telephone, presentation", "openid4vp://authorize?client_id=x".into(), Does::CallsIdentity),
        ("France Identité", "https://app.france-identite.gouv.fr/v/abc".into(), Does::CallsIdentity),
        ("not France Identité", "https://france-identite.gouv.fr.evil.example/".into(), Does::NotHere),
        ("nor this", "https://xfrance-identite.gouv.fr/".into(), Does::NotHere),
        ("NIR", "185057800608491".into(), Does::RefusesHealth),
        ("NIR in groups", "1 85 05 78 006 084 91".into(), Does::RefusesHealth),
        ("NIR without key", "1850578006084".into(), Does::RefusesHealth),
        ("NIR, wrong key", "185057800608492".into(), Does::Unreadable),
        ("book", "9782070541270".into(), Does::NotHere),
        ("EAN-8", "96385074".into(), Does::NotHere),
        ("UPC-A", "036000291452".into(), Does::NotHere),
        ("product with a wrong digit", "9782070541271".into(), Does::Unreadable),
        ("health pass", "HC1:6BFOXN%TSMAHN-H SZNSTQK$".into(), Does::NotHere),
        ("Wi-Fi", "WIFI:T:WPA;S:hall;P:secret;;".into(), Does::NotHere),
        ("script", "javascript:alert(1)".into(), Does::NotHere),
        ("file", "file:///etc/passwd".into(), Does::NotHere),
        ("telephone number", "tel:+33491000000".into(), Does::NotHere),
        ("a word", "BONJOUR".into(), Does::Unreadable),
        ("nothing", Vec::new(), Does::Unreadable),
        ("control characters", b"AB12\x0012CD".to_vec(), Does::Unreadable),
        ("an escape sequence", b"\x1b[2J\x1b]0;x\x07".to_vec(), Does::Unreadable),
        ("a C1 control", "https://x.example/\u{9b}31m".into(), Does::Unreadable),
        ("no UTF-8", b"https://x\xff\xfe".to_vec(), Does::Unreadable),
        ("an address of 10 kB", [b"https://x.example/".as_slice(), &[b'a'; 10_240]].concat(), Does::Unreadable),
        ("digits, 10 kB", vec![b'1'; 10_240], Does::Unreadable),
        ("2D-Doc of 10 kB", [two_d_doc("04", "28").as_bytes(), &[b'A'; 10_240]].concat(), Does::Unreadable),
        ("ten characters that are not ASCII", "ÀÀÀÀÀ".into(), Does::Unreadable),
    ];
    let wrong: Vec<_> = cases
        .into_iter()
        .filter_map(|(name, bytes, expected)| {
            let found = does(&bytes);
            (found != expected).then(|| format!("{name}: {found:?}, not {expected:?}"))
        })
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
}

/// The key of a number whose Corsican department is replaced by 19 or 18.
fn key(replaced: u64) -> u64 {
    97 - replaced % 97
}

#[test]
fn corsican_numbers_have_their_own_arithmetic() {
    let south = format!("269042A004123{:02}", key(2_690_419_004_123));
    let north = format!("169042B004123{:02}", key(1_690_418_004_123));
    assert_eq!(does(south.as_bytes()), Does::RefusesHealth);
    assert_eq!(does(north.as_bytes()), Does::RefusesHealth);
    assert_eq!(does(south.to_lowercase().as_bytes()), Does::RefusesHealth);
    assert_eq!(does(b"269042A004123"), Does::RefusesHealth, "without key");
    assert_eq!(does(b"269043A004123"), Does::Unreadable, "no department 3A");
    assert_eq!(does(b"26904A2004123"), Does::Unreadable, "the letter in the wrong place");
}

#[test]
fn what_was_shown_is_told_by_no_debug_text() {
    let shown = [
        appointment_code(40),
        format!("{SITE}/T/{TOKEN}/A.42"),
        "AB12CD34EF".to_owned(),
        two_d_doc("04", "A2"),
        two_d_doc("04", "28"),
        "185057800608491".to_owned(),
    ];
    let texts: Vec<String> = shown.iter().map(|code| format!("{:?}", classify(code.as_bytes(), SITE))).collect();
    assert_eq!(texts, ["Appointment(…)", "Ticket(…)", "PreRequest(…)", "Refused(…)", "ForAgent(…)", "Refused(…)"],);
    assert_eq!(format!("{:?}{:?}", Refusal::MobilityCard, Refusal::HealthNumber), "Refusal(…)Refusal(…)");
    let Some(token) = appointment(&shown[0]) else { panic!("an appointment") };
    assert_eq!(format!("{token:?}"), "AppointmentToken(…)");
    assert_eq!(token.reveal(), shown[0]);
}

#[test]
fn a_ticket_gives_the_token_and_label_that_were_printed() {
    let token = TicketToken::from_random(*b"0123456789abcdef");
    let label: Label = "B2 42".parse().unwrap();
    let link = format!("{}/T/{}/{}", SITE.to_ascii_uppercase(), token.in_address(), label.in_address());
    assert_eq!(classify(link.as_bytes(), SITE), ScannedCode::Ticket(token, Some(label)));
}

proptest! {
    #[test]
    fn any_bytes_are_sorted(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = classify(&bytes, SITE);
    }

    #[test]
    fn any_text_that_starts_like_one_of_ours_is_sorted(
        start in proptest::sample::select(vec!["DC04", "DC", "RDV1.", "RDV", "HTTPS://ACCUEIL.EXAMPLE.FR/T/", "mdoc:", "1", "]Q1", "é"]),
        rest in ".{0,300}",
    ) {
        let _ = classify(format!("{start}{rest}").as_bytes(), SITE);
        let _ = classify(start.as_bytes(), &rest);
    }

    #[test]
    fn a_number_with_its_key_is_refused_however_it_is_spaced(
        sex in 1_u64..=2, year in 0_u64..100, month in 1_u64..=12, rest in 0_u64..100_000_000, spaces in 0_usize..8,
    ) {
        let number = ((sex * 100 + year) * 100 + month) * 100_000_000 + rest;
        let mut text = format!("{number}{:02}", key(number));
        for at in 0..spaces {
            text.insert(at * 2, ' ');
        }
        prop_assert_eq!(does(text.as_bytes()), Does::RefusesHealth);
    }

    #[test]
    fn controls_never_reach_what_is_acted_upon(text in "[A-Z0-9]{0,9}", control in 0_u8..32, at in 0_usize..10) {
        let mut bytes = text.into_bytes();
        bytes.insert(at.min(bytes.len()), control);
        prop_assert_eq!(does(&bytes), Does::Unreadable);
    }
}
