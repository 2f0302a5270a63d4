//! The exit survey.

use super::*;

#[test]
fn an_answer_is_counted_once_whole_skipped_or_abandoned() {
    let whole = |b: &mut Bench| {
        b.tap(Control::GiveFeedback);
        b.tap(Control::Answer(1));
        b.tap(Control::Answer(4));
        assert_eq!(b.code(), "S20");
    };
    let mut b = Bench::new(Role::Both);
    whole(&mut b);
    b.tap(Control::Finish);
    b.wait(ms(6_000));
    b.tap(Control::GiveFeedback);
    b.tap(Control::Answer(3));
    b.tap(Control::Skip);
    b.tap(Control::Finish);
    b.wait(ms(6_000));
    b.tap(Control::GiveFeedback);
    b.tap(Control::Answer(2));
    b.wait(ms(60_000));
    assert_eq!(b.code(), "S01");
    b.tap(Control::GiveFeedback);
    b.wait(ms(80_000));
    let counted: Vec<_> = b.counted();
    let expected = [("1.4", false), ("3.0", false), ("2.0", false)].map(|(v, s)| (v.to_owned(), s));
    assert_eq!(counted, expected, "and nothing for a question left unanswered");
}

#[test]
fn an_answer_taken_back_is_not_counted_twice() {
    let mut b = Bench::new(Role::Both);
    b.tap(Control::GiveFeedback);
    b.tap(Control::Answer(3));
    b.tap(Control::Back);
    assert_eq!(b.code(), "S18");
    b.tap(Control::Answer(1));
    b.tap(Control::Answer(1));
    assert_eq!(b.counted(), [("1.1".to_owned(), false)]);
}

#[test]
fn a_hasty_repetition_is_thanked_and_marked() {
    let mut b = Bench::new(Role::Survey);
    assert_eq!(b.code(), "S18");
    b.tap(Control::Answer(1));
    b.tap(Control::Answer(1));
    b.tap(Control::Finish);
    b.tap(Control::Answer(3));
    b.tap(Control::Answer(1));
    assert_eq!(b.code(), "S20");
    assert_eq!(b.counted(), [("1.1".to_owned(), false), ("3.1".to_owned(), true)]);
}
