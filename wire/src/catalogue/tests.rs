//! What a catalogue promises.

use std::collections::BTreeSet;

use super::*;
use crate::label::Prefix;

const GOOD: &str = include_str!("../../../config/examples/marseille/site.toml");

#[test]
fn the_shipped_example_is_valid() {
    let catalogue = Catalogue::from_toml(GOOD).unwrap();
    assert!(catalogue.services.len() >= 5);
}

#[test]
fn a_ticket_link_fits_its_qr_code() {
    let catalogue = Catalogue::from_toml(GOOD).unwrap();
    let token = crate::token::TicketToken::from_random([255; 16]);
    let link = catalogue.ticket_link(&token, &"W9 9999".parse().unwrap());
    assert!(link.len() <= QR_LINK_MAX && link.chars().all(|c| QR_ALPHANUMERIC.contains(c)), "{link}");
    assert!(link.ends_with("/W9.9999"), "{link}");
}

fn refused(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "the example no longer holds {from:?}");
    Catalogue::from_toml(&GOOD.replacen(from, to, 1)).unwrap_err().to_string()
}

#[test]
fn what_cannot_be_used_names_key_and_remedy() {
    let unknown = refused("time_zone", "timezone");
    assert!(unknown.contains("unknown field `timezone`") && unknown.contains("`time_zone`"), "{unknown}");
    assert!(unknown.contains("line "), "{unknown}");
    assert!(refused("Europe/Paris", "Europe/Marseille").contains("site.time_zone"));
    assert!(refused("letter = \"A\"", "letter = \"R\"").contains("appointments"));
    assert!(refused("letter = \"A\"", "letter = \"O\"").contains(Prefix::ALLOWED));
    assert!(refused("scale = \"faces\"", "scale = \"rows\"").contains("survey"));
    assert!(refused("public_url = \"http", "public_url = \"ftp").contains("public_url"));
    assert!(refused("letter = \"A\"", "family = \"papiers\"\nletter = \"A\"").contains("there is no family `papiers`"));
    assert!(refused("letter = \"A\"", "quota = 0\nletter = \"A\"").contains("quota"));
    assert!(refused("mon = [\"08:15-16:15\"]", "mon = [\"12:00-08:30\"]").contains("12:00-08:30"));
}

#[test]
fn a_catalogue_is_the_same_as_a_file_and_as_it_is_published() {
    let catalogue = Catalogue::from_toml(GOOD).unwrap();
    assert_eq!(Catalogue::from_json(&catalogue.to_json()), Ok(catalogue.clone()));
    assert_eq!(Catalogue::from_toml(&catalogue.to_toml().unwrap()), Ok(catalogue.clone()));
    // What a site does not use is not written: a borne of an earlier version reads what it knows.
    let mut plain = catalogue;
    (plain.site.zones, plain.site.address, plain.site.commitment_min) = (Vec::new(), None, None);
    plain.services.iter_mut().for_each(|service| service.commitment_min = None);
    for counter in &mut plain.counters {
        (counter.zone, counter.capabilities) = (None, BTreeSet::new());
    }
    for display in &mut plain.displays {
        *display = Display { zones: Vec::new(), diagonal_in: None, distance_m: None, ..display.clone() };
    }
    let text = plain.to_json();
    for new in
        ["zone", "address", "commitment_min", "nearby", "full_text", "unreviewed", "capabilities", "layout", "media"]
    {
        assert!(!text.contains(&format!("\"{new}\":")), "{new}");
    }
}

#[test]
fn halls_and_displays_must_fit_one_another() {
    let display = |lines: &str| refused("[[display]]\nid = \"hall\"", &format!("[[display]]\nid = \"hall\"\n{lines}"));
    assert!(refused("zone = \"salle-a\"", "zone = \"cave\"").contains("there is no zone `cave`"));
    assert!(display("layout = \"guichet\"").contains("name the counter"));
    assert!(display("layout = \"guichet\"\ncounter = \"9\"").contains("there is no counter `9`"));
    assert!(display("counter = \"1\"").contains("leave `counter` out"));
    assert!(display("media = [{ file = \"a.png\" }]").contains("partage"));
    assert!(display("layout = \"partage\"\nmedia = [{ file = \"../a.png\" }]").contains("no file name"));
    assert!(display("layout = \"partage\"\nmedia = [{ file = \"a.png\", seconds = 0 }]").contains("0 s"));
    assert!(display("layout = \"mosaique\"").contains("unknown variant"));
    assert!(display("height_m = 2.55").contains("unknown field"));
    assert!(refused("commitment_min = 30", "commitment_min = 0").contains("promises that nobody waits"));
    assert!(refused("Mairie de Bonneveine, 13008 Marseille", "").contains("site.address"));
}

#[test]
fn a_measure_has_one_decimal() {
    for (good, is) in [("2.5", 2.5), ("43", 43.0), ("0.1", 0.1), ("0.3", 0.3), ("200.0", 200.0)] {
        let measure: Tenths = serde_json::from_str(good).unwrap();
        assert!((measure.get() - is).abs() < f64::EPSILON, "{good}");
        assert_eq!(serde_json::from_str::<Tenths>(&serde_json::to_string(&measure).unwrap()).unwrap(), measure);
    }
    for bad in ["0", "-1", "2.55", "1e9", "200.1"] {
        assert!(serde_json::from_str::<Tenths>(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_call_is_shown_in_its_hall_and_over_its_counter() {
    let mut catalogue = Catalogue::from_toml(GOOD).unwrap();
    let zone = |name: &str| Some(name.parse().unwrap());
    catalogue.counters[0].zone = zone("a");
    catalogue.counters[1].zone = zone("b");
    catalogue.counters[2].zone = None;
    let plain = Display { zones: Vec::new(), ..catalogue.displays[0].clone() };
    let in_a = Display { zones: vec!["a".parse().unwrap()], ..plain.clone() };
    let over = Display { layout: Layout::Counter, counter: Some(catalogue.counters[1].id.clone()), ..in_a.clone() };
    let shown = |display: &Display| [0, 1, 2].map(|n: usize| catalogue.shows(display, &catalogue.counters[n]));
    assert_eq!(shown(&plain), [true; 3]);
    assert_eq!(shown(&in_a), [true, false, true], "a counter of no hall is called in all");
    assert_eq!(shown(&over), [false, true, false]);
}

#[test]
fn days_that_differ_are_in_order() {
    let day = |from: &str, to: Option<&str>, hours: &[&str]| crate::opening::Exception {
        from: from.parse().unwrap(),
        to: to.map(|to| to.parse().unwrap()),
        hours: hours.iter().map(|stretch| stretch.parse().unwrap()).collect(),
        reason: None,
    };
    let mut catalogue = Catalogue::from_toml(GOOD).unwrap();
    catalogue.site.exceptions =
        vec![day("2026-05-02", Some("2026-05-01"), &[]), day("2026-05-04", None, &["08:30-12:00", "11:00-17:00"])];
    let told = [
        "site.exception of 2026-05-02: it ends before it begins",
        "site.exception of 2026-05-04: 11:00-17:00 begins before 08:30-12:00 has ended",
    ];
    assert_eq!(catalogue.violations(), told);
}
