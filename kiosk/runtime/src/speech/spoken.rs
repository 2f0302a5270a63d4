//! What is read out of what is written: pure.

/// Makes of a text what a synthesiser reads as a person would.
///
/// | written | read | why |
/// |---|---|---|
/// | `B 42` | `B, 42` | the letter by itself, then the number |
/// | `10 h 30`, `17 h` in French and Portuguese | `10 heures 30`, `17 horas` | `h` would be spelled |
/// | spaces that keep a line together | ordinary ones | they would be left out |
/// | `[[` | `[ [` | espeak-ng takes what follows as phonemes |
/// | control characters | spaces | they mean something to synthesisers |
#[must_use]
pub fn spoken_form(text: &str, language: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_whitespace() || c.is_control() { ' ' } else { c }).collect();
    // Twice: of three brackets the second and the third are a pair as well.
    let plain = spaced.replace("[[", "[ [").replace("[[", "[ [");
    let words: Vec<&str> = plain.split(' ').filter(|word| !word.is_empty()).collect();
    let mut read: Vec<String> = Vec::with_capacity(words.len());
    let mut place = 0;
    while let Some(word) = words.get(place) {
        let next = words.get(place + 1);
        if next.is_some_and(|next| is_number(next)) && is_letter(word) {
            read.push(format!("{word},"));
        } else if let (Some(hours), true) = (hours(language), is_number(word) && next.is_some_and(|next| is_hour(next)))
        {
            let one = word.trim_start_matches('0') == "1";
            let mark = next.map_or("", |next| next.trim_start_matches('h'));
            read.push(format!("{word} {}{mark}", if one { hours.0 } else { hours.1 }));
            place += 1;
        } else {
            read.push((*word).to_owned());
        }
        place += 1;
    }
    read.join(" ")
}

/// The hour of the clock, one and several, where `h` stands for it.
fn hours(language: &str) -> Option<(&'static str, &'static str)> {
    match language {
        "fr" | "fr-simple" => Some(("heure", "heures")),
        "pt" => Some(("hora", "horas")),
        _ => None,
    }
}

/// A ticket's letter, perhaps behind an opening mark.
fn is_letter(word: &str) -> bool {
    let letter = word.trim_start_matches(['(', '«', '"', '“']);
    letter.len() == 1 && letter.bytes().all(|b| b.is_ascii_uppercase())
}

/// Digits, perhaps with what ends a sentence or a part of it.
fn is_number(word: &str) -> bool {
    let digits = word.trim_end_matches(|c: char| c.is_ascii_punctuation() || matches!(c, '»' | '”' | '。' | '،' | '…'));
    !digits.is_empty() && digits.len() <= 4 && digits.bytes().all(|b| b.is_ascii_digit())
}

/// `h`, perhaps with what ends a sentence.
fn is_hour(word: &str) -> bool {
    word.strip_prefix('h').is_some_and(|end| end.chars().all(|c| c.is_ascii_punctuation()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_written_is_read_as_a_person_would() {
        let cases = [
            ("fr", "B\u{A0}42", "B, 42"),
            ("fr", "Votre numéro : B\u{202F}42.", "Votre numéro : B, 42."),
            ("en", "Your number is B 42, please wait.", "Your number is B, 42, please wait."),
            ("zh", "您的号码是 B 42。", "您的号码是 B, 42。"),
            ("ar", "رقمك هو B 42", "رقمك هو B, 42"),
            ("fr", "Rendez-vous à 10\u{A0}h\u{A0}30", "Rendez-vous à 10 heures 30"),
            ("fr-simple", "Avant 17 h.", "Avant 17 heures."),
            ("fr", "à 1 h 05", "à 1 heure 05"),
            ("pt", "às 9 h 15", "às 9 horas 15"),
            ("en", "3 h", "3 h"),
            ("fr", "7 personnes avant vous", "7 personnes avant vous"),
            ("fr", "Le guichet B est à 2 minutes", "Le guichet B est à 2 minutes"),
            ("fr", "RDV 12", "RDV 12"),
            ("fr", "[[[a]]", "[ [ [a]]"),
            ("fr", "a\u{1B}b\tc\u{0}", "a b c"),
            ("fr", "", ""),
        ];
        for (language, written, read) in cases {
            assert_eq!(spoken_form(written, language), read, "{written}");
        }
    }

    proptest! {
        #[test]
        fn nothing_that_is_read_commands_a_synthesiser(text in "[\\[\\x00-\\x1f a-zA-Z0-9h]{0,40}|.{0,40}", fr in any::<bool>()) {
            let read = spoken_form(&text, if fr { "fr" } else { "en" });
            prop_assert!(!read.contains("[[") && !read.contains(char::is_control), "{read:?}");
            prop_assert_eq!(spoken_form(&read, "en"), read);
        }
    }
}
