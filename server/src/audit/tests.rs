use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;
use wire::ids::SiteId;

use super::chain::BEGINNING;
use super::*;

fn entry(n: u64) -> Entry {
    Entry {
        at: Timestamp::from_second(1_763_718_120 + i64::try_from(n).unwrap()).unwrap(),
        actor: "Léa".into(),
        role: "supervisor".into(),
        site: (!n.is_multiple_of(3)).then_some(SiteId(Uuid::from_u128(13))),
        action: Action::ALL[usize::try_from(n).unwrap() % Action::ALL.len()],
        object: format!("guichet {n}"),
        diff: Diff::none().with("state", "open", n),
        label: n.is_multiple_of(2).then(|| format!("B {n}")),
    }
}

fn chain(count: u64) -> Vec<Link> {
    let mut head = Head::EMPTY;
    let link = |n| {
        let entry = entry(n);
        let label = entry.label.as_deref().map(|label| Labelled::new(label, [u8::try_from(n).unwrap(); 16]));
        let link = Link::after(head, &entry, label.as_ref());
        head = link.head();
        link
    };
    (1..=count).map(link).collect()
}

fn broken(links: &[Link], head: Head, noted: Option<Head>) -> Vec<Broken> {
    let mut verifier = Verifier::new(noted);
    let mut all: Vec<Broken> = links.iter().flat_map(|link| verifier.next(link)).collect();
    all.extend(verifier.end(head));
    all
}

/// The end that the store remembers for a chain that nobody touched.
fn end(links: &[Link]) -> Head {
    links.last().map_or(Head::EMPTY, Link::head)
}

#[test]
fn a_chain_that_nobody_touched_holds_with_and_without_its_labels() {
    let mut links = chain(9);
    assert_eq!(broken(&links, end(&links), Some(links[3].head())), []);
    assert_eq!(broken(&[], Head::EMPTY, None), []);
    for link in &mut links {
        link.label = None;
    }
    assert_eq!(broken(&links, end(&links), None), [], "what was erased was never covered");
}

#[test]
fn audit_verify_finds_a_changed_removed_and_swapped_entry() {
    let whole = chain(9);
    let head = end(&whole);
    let touched = |touch: &dyn Fn(&mut Vec<Link>)| {
        let mut links = whole.clone();
        touch(&mut links);
        broken(&links, head, None)
    };
    assert_eq!(touched(&|links| links[4].actor = "Omar".into()), [Broken::Changed { n: 5 }]);
    assert_eq!(touched(&|links| links[4].at_ms += 1), [Broken::Changed { n: 5 }]);
    assert_eq!(touched(&|links| links[4].diff.push(' ')), [Broken::Changed { n: 5 }]);
    assert_eq!(touched(&|links| links[4].site = None), [Broken::Changed { n: 5 }]);
    assert_eq!(touched(&|links| links[3].label_hash = None), [Broken::Changed { n: 4 }, Broken::Label { n: 4 }]);
    let label = |links: &mut Vec<Link>| links[3].label.as_mut().unwrap().label = "A 1".into();
    assert_eq!(touched(&label), [Broken::Label { n: 4 }]);
    assert_eq!(touched(&|links| drop(links.remove(4))), [Broken::Missing { from: 5, to: 5 }]);
    assert_eq!(touched(&|links| drop(links.drain(2..5))), [Broken::Missing { from: 3, to: 5 }]);
    assert_eq!(touched(&|links| drop(links.remove(0))), [Broken::Missing { from: 1, to: 1 }]);
    assert_eq!(touched(&|links| links.truncate(6)), [Broken::Missing { from: 7, to: 9 }], "the end was cut off");
    assert_eq!(touched(&Vec::clear), [Broken::Missing { from: 1, to: 9 }]);
    let swapped = |links: &mut Vec<Link>| {
        links.swap(3, 4);
        (links[3].n, links[4].n) = (4, 5);
    };
    let swap = [Broken::Changed { n: 4 }, Broken::Changed { n: 5 }, Broken::Unlinked { n: 6 }];
    assert_eq!(touched(&swapped), swap);
    assert!(touched(&|links| links.insert(4, links[4].clone())).contains(&Broken::Disorder { n: 5 }));
}

#[test]
fn an_entry_written_anew_with_its_hash_does_not_follow() {
    let mut links = chain(9);
    let head = end(&links);
    links[4].object = "another".into();
    links[4].hash = links[4].reckoned();
    assert_eq!(broken(&links, head, None), [Broken::Unlinked { n: 6 }]);
    // With all that follows: only the end that the store remembers tells, and where that was written too, a note.
    let noted = links[6].head();
    for n in 5..9 {
        links[n].prev = links[n - 1].hash;
        links[n].hash = links[n].reckoned();
    }
    assert_eq!(broken(&links, head, None), [Broken::End { n: 9 }]);
    assert_eq!(broken(&links, end(&links), None), []);
    assert_eq!(broken(&links, end(&links), Some(noted)), [Broken::Noted { n: 7 }]);
    let short = &links[..5];
    assert_eq!(broken(short, end(short), Some(noted)), [Broken::Missing { from: 6, to: 7 }]);
}

#[test]
fn the_bytes_that_are_hashed_are_frozen() {
    let link = chain(2).remove(1);
    let hex = data_encoding::HEXLOWER.encode(&link.canonical());
    assert_eq!(
        hex,
        concat!(
            "0000000f6163637565696c206175646974203100000008000000000000000200000008",
            "0000019aa5caca10000000044cc3a9610000000a73757065727669736f720000001000",
            "00000000000000000000000000000d000000087369676e5f6f75740000000967756963",
            "68657420320000002d5b7b226669656c64223a227374617465222c226265666f726522",
            "3a226f70656e222c226166746572223a327d5d0000002001e1f789f1a4d270cc4f4b34",
            "1fd7c0cf412dad724c78d2dba0fdd3602288a28a"
        )
    );
    assert_eq!(link.hash.to_string(), "60ca754d35168e14b68a63c79a7a8629ddd034ea73829262602d02184e6b4d97");
}

#[test]
fn a_head_is_read_as_it_is_written() {
    let head = chain(3).remove(2).head();
    assert_eq!(head.to_string().parse::<Head>().unwrap(), head);
    for wrong in ["", "3", "x:00", "3:00", ":"] {
        assert!(wrong.parse::<Head>().is_err(), "{wrong}");
    }
}

#[test]
fn every_action_has_a_name_of_its_own() {
    for action in Action::ALL {
        assert_eq!(Action::named(action.as_str()), Some(action));
    }
}

#[test]
fn a_diff_says_what_changed_and_no_secret() {
    let before = json!({"name": "Léa", "password": "abc", "roles": ["agent"], "hours": {"mon": "9-12", "tue": "9-12"}});
    let after =
        json!({"name": "Léa", "password": "def", "roles": ["agent", "dpo"], "hours": {"mon": "9-16", "tue": "9-12"}});
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&Diff::between(&before, &after).to_json()).unwrap(),
        json!([
            {"field": "/hours/mon", "before": "9-12", "after": "9-16"},
            {"field": "/password", "before": "•", "after": "•"},
            {"field": "/roles/1", "after": "dpo"},
        ])
    );
    assert!(Diff::between(&before, &before).is_empty());
    let whole =
        json!({"hooks": [{"url": "https://a", "secret": "s3cr3t", "deep": {"api_key": "k3y", "public_key": "p"}}]});
    let made = Diff::between(&json!({}), &whole).to_json();
    assert!(!made.contains("s3cr3t") && !made.contains("k3y"), "{made}");
    assert!(made.contains("https://a") && made.contains("\"public_key\":\"p\""), "{made}");
    let named = Diff::none().with("client_secret", "s3cr3t", "n3w").with("Mot de passe", "s3cr3t", "n3w").to_json();
    assert!(!named.contains("s3cr3t") && !named.contains("n3w"), "{named}");
    assert!(Diff::none().with("mapping", "opening", 3).to_json().contains("opening"));
}

#[test]
fn a_diff_that_is_too_large_names_its_fields_and_then_counts_them() {
    let large = "x".repeat(9_000);
    let diff = Diff::none().with("a", large.clone(), large.clone());
    assert_eq!(diff.to_json(), r#"[{"changed":["a"],"field":""}]"#);
    let many = (0..4_000).fold(Diff::none(), |diff, n| diff.with(&format!("field {n}"), 1, 2));
    assert_eq!(many.to_json(), r#"[{"changed":4000,"field":""}]"#);
}

proptest! {
    #[test]
    fn no_two_entries_have_the_same_bytes(actor in "[ab]{0,3}", role in "[ab]{0,3}", object in "[ab]{0,3}", by in 0_usize..3) {
        let link = |actor: &str, role: &str, object: &str| {
            let entry = Entry { actor: actor.into(), role: role.into(), object: object.into(), ..entry(1) };
            Link::after(Head { n: 0, hash: BEGINNING }, &entry, None)
        };
        let one = link(&actor, &role, &object);
        let text = format!("{actor}{role}{object}");
        let cut = by.min(text.len());
        let other = link(&text[..cut], &text[cut..], "");
        let same = (one.actor, one.role, one.object) == (other.actor.clone(), other.role.clone(), other.object.clone());
        prop_assert_eq!(one.hash == other.hash, same);
    }
}
