//! What loudspeakers of a hall say: short enough to be heard whole, and nothing but number and counter.

use wire::ids::Language;
use wire::label::Label;

use super::fill;

/// « Numéro A 42, guichet 4. » in a language, as a synthesiser reads it best: after a full stop it rests for too long.
pub(crate) fn called(lang: Language, label: Label, counter: &str) -> String {
    fill(pattern(lang), &[("label", &label_spoken(label)), ("counter", &plain(counter))])
}

const fn pattern(lang: Language) -> &'static str {
    match lang {
        Language::Fr | Language::FrSimple => "Numéro {label}, {counter}.",
        Language::En => "Number {label}, {counter}.",
        Language::Es => "Número {label}, {counter}.",
        Language::Pt => "Senha {label}, {counter}.",
        Language::Ar => "الرقم {label}، {counter}.",
        Language::Tr => "{label} numara, {counter}.",
        Language::Uk => "Номер {label}, {counter}.",
        Language::Zh => "{label} 号，{counter}。",
    }
}

/// The letter by itself, its series, then the number: `A, 42`, `B 2, 142`, which would be heard as 2142 without a comma.
fn label_spoken(label: Label) -> String {
    let letter = label.prefix.letter();
    match label.series {
        Some(series) => format!("{letter} {}, {}", series.digit(), label.number),
        None => format!("{letter}, {}", label.number),
    }
}

/// A name that somebody typed, without what means something to a synthesiser: espeak-ng takes `[[` for phonemes.
fn plain(name: &str) -> String {
    let kept = name
        .chars()
        .map(|c| if c.is_whitespace() || c.is_control() || matches!(c, '[' | ']' | '<' | '>') { ' ' } else { c });
    kept.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_says_number_and_counter_and_no_two_alike() {
        let label: Label = "B2 42".parse().unwrap();
        let mut said: Vec<String> = Language::ALL.iter().map(|lang| called(*lang, label, "4")).collect();
        assert_eq!(said[0], "Numéro B 2, 42, 4.");
        for text in &said {
            assert!(text.contains("B 2, 42") && text.contains("4") && !text.contains('{'), "{text}");
        }
        said.sort_unstable();
        said.dedup();
        assert_eq!(said.len(), Language::ALL.len() - 1, "plain French speaks French");
    }

    #[test]
    fn a_name_cannot_command_the_synthesiser() {
        let label: Label = "A 7".parse().unwrap();
        let said = called(Language::Fr, label, "Guichet\u{a0}[[x]]\n<break/>{label} 4");
        assert_eq!(said, "Numéro A, 7, Guichet x break/ {label} 4.");
    }
}
