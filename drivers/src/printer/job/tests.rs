use super::*;

#[test]
fn process_ids_are_printable_and_differ() {
    let ids = |job| job_ids(JobId(job), true);
    assert_eq!(ids(0).printed, *b"    ");
    assert_eq!(ids(0).cut, Some(*b"   !"));
    assert_eq!(ids(47).cut, Some(*b"  ! "));
    for job in [1, 46, 4512, 40_000_000, u64::MAX] {
        let JobIds { printed, cut } = ids(job);
        let cut = cut.expect("a cutter");
        assert_ne!(printed, cut);
        assert_ne!(printed, ids(job.wrapping_add(1)).printed);
        for byte in printed.into_iter().chain(cut) {
            assert!((0x20..=0x7E).contains(&byte));
        }
    }
    assert_eq!(job_ids(JobId(3), false).cut, None);
}

#[test]
fn a_torso_is_completed_with_blank_rows_and_cut_off() {
    let profile = Profile::load("epson-tm-t20iii").expect("a shipped profile");
    let questions = b"\x10\x04\x01\x10\x04\x02\x10\x04\x04";
    let bytes = greeting(&profile, true);
    let (blank, rest) = bytes.split_at(72 * BAND_ROWS);
    assert!(blank.iter().all(|byte| *byte == 0));
    assert_eq!(rest, [&questions[..], b"\x1B@\x1DVB\0\x1Da\xFF"].concat());
    assert_eq!(greeting(&profile, false), [&questions[..], b"\x1B@\x1Da\xFF"].concat());
}
