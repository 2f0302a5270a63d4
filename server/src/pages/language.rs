//! The language of a page for somebody nobody knows: what their browser asks for, of what the site offers.

use http::{HeaderMap, header};
use wire::ids::Language;

/// The language asked for most (`Accept-Language`) of those that are offered; French where none is.
pub(super) fn asked(headers: &HeaderMap, offered: &[Language]) -> Language {
    let values = headers.get_all(header::ACCEPT_LANGUAGE).iter().filter_map(|value| value.to_str().ok());
    let mut best = None;
    for (lang, weight) in values.flat_map(|value| value.split(',')).filter_map(|range| read(range, offered)) {
        // Of equals the first one, as RFC 9110, 12.5.4 leaves it and browsers mean it.
        if best.is_none_or(|(_, most)| weight > most) {
            best = Some((lang, weight));
        }
    }
    best.map_or(Language::Fr, |(lang, _)| lang)
}

/// A range with its weight in thousandths; none where it is not offered, not wanted or no range.
fn read(range: &str, offered: &[Language]) -> Option<(Language, u16)> {
    let mut parts = range.split(';').map(str::trim);
    let primary = parts.next()?.split('-').next()?;
    let weight = match parts.next() {
        None => 1_000,
        Some(q) => weight(q.strip_prefix("q=").or_else(|| q.strip_prefix("Q="))?)?,
    };
    let speaks = |lang: &&Language| **lang != Language::FrSimple && lang.tag().eq_ignore_ascii_case(primary);
    offered.iter().find(speaks).map(|lang| (*lang, weight)).filter(|(_, weight)| *weight > 0)
}

/// `0.8` in thousandths: three decimals at most, and never more than 1 (RFC 9110, 12.4.2).
fn weight(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let valid = decimals.len() <= 3 && decimals.bytes().all(|b| b.is_ascii_digit());
    let thousandths = format!("{decimals:0<3}").parse::<u16>().ok().filter(|_| valid)?;
    match whole {
        "0" => Some(thousandths),
        "1" => Some(1_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_asked_for_most_is_taken_where_it_is_offered() {
        let every = Language::ALL;
        let few = [Language::Fr, Language::En];
        let cases: [(&str, &[Language], Language); 13] = [
            ("", &every, Language::Fr),
            ("ar", &every, Language::Ar),
            ("zh-TW,zh;q=0.9", &every, Language::Zh),
            ("PT-BR", &every, Language::Pt),
            ("de-DE,de;q=0.9,en;q=0.8,fr;q=0.7", &every, Language::En),
            ("fr;q=0.3, uk ; q=0.9, en;q=0.9", &every, Language::Uk),
            ("en;q=0.50,tr;q=0.505", &every, Language::Tr),
            ("es;q=0, de", &every, Language::Fr),
            ("ar,en;q=0.5", &few, Language::En),
            ("ar", &few, Language::Fr),
            ("fr-simple", &every, Language::Fr),
            ("*", &every, Language::Fr),
            ("en;q=high,es;q=1.5,,;;-,q=1", &every, Language::Es),
        ];
        for (header, offered, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, header.parse().unwrap());
            assert_eq!(asked(&headers, offered), expected, "{header:?}");
        }
        assert_eq!(asked(&HeaderMap::new(), &every), Language::Fr);
    }
}
