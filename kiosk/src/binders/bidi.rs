//! Texts that are read from the right with parts that are read from the left.

/// Opens a part that is read from the left (Unicode bidirectional algorithm, LRI).
const OPEN: char = '\u{2066}';
/// Closes it (PDI).
const CLOSE: char = '\u{2069}';

/// Keeps what is read from the left together, in its own order: numbers, times, `B 42`, names in Latin letters.
pub(super) fn isolated(text: &str) -> String {
    let mut isolated = String::with_capacity(text.len() + 12);
    // What may belong to a part: only where another character of that part follows.
    let mut between = String::new();
    let mut open = false;
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || is_latin(c) {
            if !open {
                isolated.push_str(&between);
                between.clear();
                isolated.push(OPEN);
                open = true;
            }
            isolated.push_str(&between);
            between.clear();
            isolated.push(c);
        } else if open && joins(c) {
            between.push(c);
        } else {
            if open {
                isolated.push(CLOSE);
                open = false;
            }
            isolated.push_str(&between);
            between.clear();
            isolated.push(c);
        }
    }
    if open {
        isolated.push(CLOSE);
    }
    isolated + &between
}

/// What an isolated text said before.
#[must_use]
pub fn plain(text: &str) -> String {
    text.chars().filter(|c| ![OPEN, CLOSE].contains(c)).collect()
}

/// Letters of Latin alphabets beyond ASCII.
fn is_latin(c: char) -> bool {
    matches!(c, '\u{c0}'..='\u{24f}') && c.is_alphabetic()
}

/// Signs that stand within a number, a time, a name or an address.
fn joins(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | ':' | '.' | ',' | '/' | '-' | '·' | '’' | '\'' | '+' | '@' | '%')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_from_the_left_stays_together() {
        for (text, wanted) in [
            ("رقمك B\u{a0}42", "رقمك \u{2066}B\u{a0}42\u{2069}"),
            ("الانتظار: 20 إلى 30 دقيقة", "الانتظار: \u{2066}20\u{2069} إلى \u{2066}30\u{2069} دقيقة"),
            ("على 10:42.", "على \u{2066}10:42\u{2069}."),
            ("12, rue Neuve (مارسيليا)", "\u{2066}12, rue Neuve\u{2069} (مارسيليا)"),
            ("État civil", "\u{2066}État civil\u{2069}"),
            ("مرحبا", "مرحبا"),
            ("", ""),
        ] {
            assert_eq!(isolated(text), wanted);
            assert_eq!(plain(&isolated(text)), text);
        }
    }
}
