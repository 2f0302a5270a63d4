//! The number of the national register of persons (NIR), which the carte Vitale bears.
//!
//! Thirteen characters and a key: sex, year, month, department, commune, order, then 97 minus the rest of the division
//! by 97. Corsica's departments 2A and 2B count as 19 and 18 (INSEE, *Le numéro d'inscription au répertoire*).

/// True for a NIR with a right key, or for one without key that has its form; spaces between groups do not matter.
///
/// A product's EAN-13 may have that form too: it is refused as well, for the doubt is in the person's favour.
pub(super) fn is_health_number(text: &str) -> bool {
    if text.len() > 24 {
        return false;
    }
    let characters: Vec<u8> = text.bytes().filter(|b| *b != b' ').map(|b| b.to_ascii_uppercase()).collect();
    let Some((body, key)) = characters.split_at_checked(13) else { return false };
    let Some(number) = value(body) else { return false };
    match key {
        [] => has_the_form(body),
        [tens, units] if tens.is_ascii_digit() && units.is_ascii_digit() => {
            let key = u64::from(tens - b'0') * 10 + u64::from(units - b'0');
            has_a_sex(body) && key == 97 - number % 97
        }
        _ => false,
    }
}

/// The thirteen characters as a number, Corsica replaced.
fn value(body: &[u8]) -> Option<u64> {
    body.iter().enumerate().try_fold(0_u64, |sum, (place, character)| {
        let digit = match (place, character) {
            (_, b'0'..=b'9') => character - b'0',
            (6, b'A') if body[5] == b'2' => 9,
            (6, b'B') if body[5] == b'2' => 8,
            _ => return None,
        };
        // 2A is 19 and 2B is 18: the tens change as well.
        let digit = if place == 5 && matches!(body[6], b'A' | b'B') { 1 } else { digit };
        Some(sum * 10 + u64::from(digit))
    })
}

/// 1 and 2; 3, 4, 7 and 8 are given while an identity is not yet certain.
fn has_a_sex(body: &[u8]) -> bool {
    matches!(body[0], b'1' | b'2' | b'3' | b'4' | b'7' | b'8')
}

/// A sex, and a month: 01 to 12, or 20 to 99 where the civil status is incomplete.
fn has_the_form(body: &[u8]) -> bool {
    let month = (body[3] - b'0') * 10 + (body[4] - b'0');
    has_a_sex(body) && ((1..=12).contains(&month) || month >= 20)
}
