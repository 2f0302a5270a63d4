use super::*;

#[test]
fn only_an_address_over_tls_has_a_host() {
    assert_eq!(host("https://Accueil.ville.fr:8443/x").as_deref(), Some("Accueil.ville.fr"));
    assert_eq!(host("https://[2001:db8::1]:8443").as_deref(), Some("2001:db8::1"));
    assert_eq!(host("http://accueil.ville.fr"), None);
    assert_eq!(host("accueil.ville.fr"), None);
}

/// Whether a machine that trusts this root takes what it signed for another name.
fn takes(authority: &Authority, name: &str) -> Result<(), rustls::Error> {
    use rustls::client::danger::ServerCertVerifier;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let now = Timestamp::now();
    let signed = authority.sign(now, &provider).unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(signed.cert[1].clone()).unwrap();
    let verifier = rustls::client::WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
    let time = rustls::pki_types::UnixTime::now();
    let name = name.to_owned().try_into().unwrap();
    verifier.build().unwrap().verify_server_cert(&signed.cert[0], &[], &name, &[], time).map(drop)
}

#[test]
fn a_stolen_root_speaks_for_its_own_names_only() {
    let made_for = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        Authority::read(&Authority::fresh(&names, NonZeroU32::MIN, Timestamp::now()).unwrap(), NonZeroU32::MIN).unwrap()
    };
    for (names, good, bad) in [
        (&["accueil.ville.test"][..], "accueil.ville.test", ["bank.test", "192.0.2.1", "2001:db8::1"]),
        (&["192.0.2.1"][..], "192.0.2.1", ["bank.test", "192.0.2.2", "2001:db8::1"]),
        (&["2001:db8::1", "accueil.test"][..], "2001:db8::1", ["bank.test", "192.0.2.1", "2001:db8::2"]),
    ] {
        let mut authority = made_for(names);
        assert_eq!(takes(&authority, good), Ok(()), "{names:?}");
        for name in bad {
            authority.speak_for(name);
            assert!(takes(&authority, name).is_err(), "{names:?} for {name}");
        }
    }
}

#[test]
fn names_are_compared_in_small_letters_each_once() {
    let names = ["b.test", "A.test", "a.TEST"].map(str::to_owned);
    assert_eq!(authority::in_order(names), ["a.test", "b.test"]);
}

#[test]
fn a_certificate_that_needs_care_is_spoken_of() {
    let now = Timestamp::now();
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(["accueil.test".to_owned()]).unwrap();
    params.not_before = std::time::SystemTime::from(now).into();
    params.not_after = std::time::SystemTime::from(now + SignedDuration::from_hours(24 * 100)).into();
    let chain = vec![params.self_signed(&key).unwrap().der().clone()];
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(key.serialized_der().to_vec());
    let provider = rustls::crypto::ring::default_provider();
    let pair = CertifiedKey::from_der(chain, key.into(), &provider).unwrap();
    let files = Files { certificate: "c.pem".into(), key: "k.pem".into() };
    let told = |names: &[&str], days: i64| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        files.cautions(&pair, &names, now + SignedDuration::from_hours(24 * days)).join("; ")
    };
    assert_eq!(told(&["accueil.test"], 50), "");
    assert!(told(&["accueil.test"], 90).contains("expires in 10 days"), "{}", told(&["accueil.test"], 90));
    assert!(told(&["accueil.test"], 101).contains("has expired"));
    assert!(told(&["accueil.test"], -2).contains("not valid yet"));
    assert!(told(&["accueil.test", "mairie.test"], 50).contains("not for mairie.test"));
}
