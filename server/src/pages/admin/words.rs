//! Dates, short names and numbers, in an administrator's words.

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;

const MONTHS: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

/// « lundi »
pub(in crate::pages) const fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "lundi",
        Weekday::Tuesday => "mardi",
        Weekday::Wednesday => "mercredi",
        Weekday::Thursday => "jeudi",
        Weekday::Friday => "vendredi",
        Weekday::Saturday => "samedi",
        Weekday::Sunday => "dimanche",
    }
}

/// « 24 décembre »
pub(in crate::pages) fn day_and_month(date: Date) -> String {
    let month = MONTHS.get(usize::try_from(date.month() - 1).unwrap_or_default()).copied().unwrap_or_default();
    let day = if date.day() == 1 { "1er".to_owned() } else { date.day().to_string() };
    format!("{day}\u{a0}{month}")
}

/// « 24 décembre 2026 »
pub(in crate::pages) fn short_date(date: Date) -> String {
    format!("{} {}", day_and_month(date), date.year())
}

/// « jeudi 24 décembre 2026 »
pub(in crate::pages) fn long_date(date: Date) -> String {
    format!("{} {}", weekday(date.weekday()), short_date(date))
}

/// « 24 décembre 2026 à 10 h 05 »
pub(in crate::pages) fn moment(at: Timestamp, zone: &TimeZone) -> String {
    let local = at.to_zoned(zone.clone());
    format!("{} à {}\u{a0}h\u{a0}{:02}", short_date(local.date()), local.hour(), local.minute())
}

/// « 3 changements »
pub(in crate::pages) fn count(n: usize, one: &str, many: &str) -> String {
    if n < 2 { format!("{n} {one}") } else { format!("{n} {many}") }
}

/// A short name for something: `État civil` becomes `etat-civil`; where that is taken, `etat-civil-2`.
pub(in crate::pages) fn slug(name: &str, taken: impl Fn(&str) -> bool) -> String {
    let mut text = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        match plain(c) {
            "" if c.is_ascii_alphanumeric() => text.push(c),
            "" if text.ends_with('-') || text.is_empty() => {}
            "" => text.push('-'),
            plain => text.push_str(plain),
        }
    }
    // Room for a number behind it.
    text.truncate(28);
    let base = text.trim_matches('-');
    let base = if base.is_empty() { "x" } else { base };
    let free = |name: &String| name != NEW && !taken(name);
    let numbered = (2..1_000).map(|n| format!("{base}-{n}"));
    std::iter::once(base.to_owned()).chain(numbered).find(free).unwrap_or_else(|| base.to_owned())
}

/// What stands in an address in the place of something that is not there yet.
pub(in crate::pages) const NEW: &str = "nouveau";

/// A small letter of French without its accent; nothing for any other character.
pub(in crate::pages) const fn plain(c: char) -> &'static str {
    match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => "a",
        'ç' => "c",
        'è' | 'é' | 'ê' | 'ë' => "e",
        'ì' | 'í' | 'î' | 'ï' => "i",
        'ñ' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' => "o",
        'ù' | 'ú' | 'û' | 'ü' => "u",
        'ý' | 'ÿ' => "y",
        'œ' => "oe",
        'æ' => "ae",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_are_made_of_names() {
        let free = |_: &str| false;
        for (name, expected) in [
            ("État civil", "etat-civil"),
            ("Carte d’identité, passeport", "carte-d-identite-passeport"),
            ("  Guichet 4 ", "guichet-4"),
            ("Œuvres & Cœur", "oeuvres-coeur"),
            ("身份证", "x"),
            ("Nouveau", "nouveau-2"),
        ] {
            assert_eq!(slug(name, free), expected, "{name}");
            assert!(expected.parse::<wire::ids::ServiceId>().is_ok());
        }
        assert_eq!(slug("État civil", |taken| taken == "etat-civil"), "etat-civil-2");
        let long = slug("une démarche dont le nom est beaucoup trop long", free);
        assert!(long.parse::<wire::ids::ServiceId>().is_ok(), "{long}");
    }

    #[test]
    fn dates_are_written_as_people_do() {
        let date = Date::new(2026, 12, 1).unwrap();
        assert_eq!(long_date(date), "mardi 1er\u{a0}décembre 2026");
    }
}
