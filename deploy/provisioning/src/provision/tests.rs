use std::path::Path;

use super::*;

#[test]
fn the_servers_fingerprint_stands_in_what_enrolment_says() {
    let said = "enrolled as 0199 with series 3\nthis borne's fingerprint:  AB12\nthe server's fingerprint:  CD34\n";
    assert_eq!(server_fingerprint(said).as_deref(), Some("CD34"));
    assert_eq!(server_fingerprint("enrolled"), None);
}

/// A machine that says one thing.
struct Says(fn() -> Result<String, LinkError>);

impl Link for Says {
    fn run(&self, _: &str) -> Result<String, LinkError> {
        (self.0)()
    }

    fn send(&self, _: &Path, _: &str) -> Result<(), LinkError> {
        Ok(())
    }
}

#[test]
fn a_test_slip_that_is_not_printed_is_a_fault_in_the_bornes_words() {
    let told = |says| {
        let mut outcome = Outcome::default();
        assert!(print_slip(&Says(says), &mut outcome).is_ok());
        (outcome.changed.into_iter().map(|change| change.what).collect::<Vec<_>>(), outcome.faults)
    };
    let printed = told(|| Ok("the test slip is printed\n".to_owned()));
    assert_eq!(printed, (vec!["the test slip is printed".to_owned()], Vec::new()));
    let why = "the test slip is not printed: the printer is not ready: check paper and cover (printer: paper out)";
    let failed = told(|| {
        let said =
            "borne: the test slip is not printed: the printer is not ready: check paper and cover (printer: paper out)";
        Err(LinkError::Failed(said.to_owned()))
    });
    assert_eq!(failed, (Vec::new(), vec![why.to_owned()]));
}

#[test]
fn who_a_borne_is_stands_in_the_doctors_words() {
    let detail = "019aa5f0-7c00-7000-8000-0000000000aa · series 3 · fingerprint AB12-CD34";
    let read = identity(detail).unwrap();
    assert_eq!(read, ("019aa5f0-7c00-7000-8000-0000000000aa".to_owned(), "AB12-CD34".to_owned()));
    assert_eq!(identity("the identity /x is damaged"), None);
}
