//! The ticket on a phone.

use accueil_server::roles::Role;
use axum::body::Body;
use http::{Request, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use wire::event::{Event, EventBody, TicketIssued};
use wire::ids::Language;
use wire::token::TicketToken;

use crate::support::{Answer, Borne, Site, event, site_id};
use crate::web::{Agent, Web, account_as};

async fn get(site: &Site, path: &str) -> Answer {
    get_in(site, path, "fr").await
}

async fn get_in(site: &Site, path: &str, lang: &str) -> Answer {
    site.send(Request::get(path).header("accept-language", lang).body(Body::empty()).unwrap()).await
}

/// Posts a form of a page as a browser would, to the address it names or to the page's own.
async fn submit(site: &Site, path: &str, page: &str) -> Answer {
    let start = page.find("<form method=\"post\"").unwrap_or_else(|| panic!("no form in {page}"));
    let form = &page[start..start + page[start..].find("</form>").unwrap()];
    let after =
        |text: &str, mark: &str| text.split_once(mark).map(|(_, rest)| rest[..rest.find('"').unwrap()].to_owned());
    let address = after(form, "action=\"").unwrap_or_else(|| path.to_owned());
    let fields = form.split("<input type=\"hidden\"").skip(1);
    let fields =
        fields.map(|input| format!("{}={}", after(input, "name=\"").unwrap(), after(input, "value=\"").unwrap()));
    post(site, &address, &fields.collect::<Vec<_>>().join("&")).await
}

async fn post(site: &Site, path: &str, form: &str) -> Answer {
    let request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
    site.send(request.body(Body::from(form.to_owned())).unwrap()).await
}

fn token(n: u64) -> TicketToken {
    TicketToken::from_random(u128::from(n).wrapping_mul(0x0123_4567_89ab_cdef_1122_3344_5566_7789).to_be_bytes())
}

fn link(n: u64) -> String {
    format!("/t/{}", token(n).in_address())
}

/// A ticket number `seq`, whose link is `link(seq)`.
fn ticket(borne: &Borne, site: &Site, seq: u64, more: impl FnOnce(&mut TicketIssued)) -> Value {
    let mut issued: TicketIssued = serde_json::from_value(borne.issued(site, seq, "titres")).unwrap();
    issued.token = token(seq).hash();
    more(&mut issued);
    // A second after the one before.
    let at = site.now() - SignedDuration::from_secs(100) + SignedDuration::from_secs(seq.cast_signed());
    serde_json::from_str(&Event { seq, at, body: EventBody::TicketIssued(issued) }.encode()).unwrap()
}

/// A hall where tickets 1 to `n` wait.
async fn hall(n: u64) -> (Site, Borne) {
    let site = Site::open().await;
    let borne = site.borne(7).await;
    let events: Vec<Value> = (1..=n).map(|seq| ticket(&borne, &site, seq, |_| {})).collect();
    let answer = borne.sync(&site, 1, &events).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    (site, borne)
}

async fn tell(site: &Site, borne: &Borne, from_seq: u64, bodies: Vec<EventBody>) {
    let events: Vec<Value> = bodies.into_iter().zip(from_seq..).map(|(body, seq)| event(site, seq, body)).collect();
    let answer = borne.sync(site, from_seq, &events).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
}

fn called(borne: &Borne, seq: u64, counter: &str) -> EventBody {
    let (ticket, call) = (borne.ticket(seq), uuid::Uuid::from_u128(u128::from(seq)));
    EventBody::Called { ticket, episode: 1, counter: counter.parse().unwrap(), call }
}

fn plain(page: &Answer) -> String {
    page.text().replace('\u{a0}', " ")
}

#[tokio::test]
async fn unknown_expired_and_unsynchronised_tokens_answer_the_same_bytes() {
    let (site, borne) = hall(1).await;
    site.advance(19 * 3_600);
    let yesterday = get(&site, &link(1)).await;
    assert_eq!(yesterday.status, StatusCode::OK);
    assert!(plain(&yesterday).contains("Le suivi de votre numéro n’est pas encore disponible. Gardez votre numéro."));
    // Its number is printed, and its borne has not told of it.
    let unsynchronised = format!("/T/{}", token(2).in_address());
    for path in [unsynchronised, link(3).to_lowercase(), "/t/AAAA".to_owned(), "/t/%3Cscript%3E".to_owned()] {
        let page = get(&site, &path).await;
        assert_eq!((page.status, page.text()), (yesterday.status, yesterday.text()), "{path}");
        assert_eq!(page.headers, yesterday.headers, "{path}");
    }
    assert!(!yesterday.text().contains(&token(1).in_address()));
    for page in ["/renoncer", "/plus-tard"] {
        let of_yesterday = get(&site, &format!("{}{page}", link(1))).await;
        let of_nobody = get(&site, &format!("{}{page}", link(9))).await;
        assert_eq!((of_yesterday.status, of_yesterday.text()), (of_nobody.status, of_nobody.text()));
    }
    let fields = format!("id={}&episode=1", uuid::Uuid::new_v4());
    for action in ["renoncer", "garder", "plus-tard"] {
        let of_yesterday = post(&site, &format!("{}/{action}", link(1)), &fields).await;
        let of_nobody = post(&site, &format!("{}/{action}", link(9)), &fields).await;
        assert_eq!((of_yesterday.status, of_yesterday.text()), (of_nobody.status, of_nobody.text()), "{action}");
    }
    assert_eq!(get(&site, &format!("{}/flux", link(1))).await.status, StatusCode::NO_CONTENT);
    drop(borne);
}

#[tokio::test]
async fn the_label_of_the_address_is_shown_only_where_it_could_be_one() {
    let site = Site::open().await;
    for path in [format!("{}/B2.42", link(5)), format!("{}/b2.42", link(5)).to_lowercase()] {
        assert!(get(&site, &path).await.text().contains("<bdi>B2\u{a0}42</bdi>"), "{path}");
    }
    let without = get(&site, &link(5)).await.text();
    for bad in ["B2.042", "%3Cb%3E", "GUICHET"] {
        assert_eq!(get(&site, &format!("{}/{bad}", link(5))).await.text(), without, "{bad}");
    }
}

#[tokio::test]
async fn no_cookie_no_third_party_no_referrer() {
    let (site, _borne) = hall(1).await;
    for (path, referrer) in [
        (link(1), "no-referrer"),
        (link(2), "no-referrer"),
        // Browsers send forms of pages that tell nobody where they are with `Origin: null`.
        (format!("{}/renoncer", link(1)), "same-origin"),
    ] {
        let page = get(&site, &path).await;
        let header = |name: &str| page.headers[name].to_str().unwrap().to_owned();
        assert_eq!(header("referrer-policy"), referrer, "{path}");
        assert_eq!((header("cache-control"), header("x-robots-tag")), ("no-store".into(), "noindex".into()));
        assert!(!page.headers.contains_key("set-cookie"));
        let text = page.text();
        let addresses = ["src=\"", "href=\"", "action=\""].into_iter().flat_map(|mark| text.split(mark).skip(1));
        for address in addresses.map(|rest| &rest[..rest.find('"').unwrap()]) {
            assert!(!address.contains("//"), "{path}: {address}");
        }
    }
}

#[tokio::test]
async fn who_waits_reads_how_many_are_before_them_and_how_long_that_takes_once_enough_is_known() {
    let (site, borne) = hall(9).await;
    let page = plain(&get(&site, &link(4)).await);
    assert!(page.contains("<bdi>A 4</bdi>") && page.contains("3 personnes avant vous"), "{page}");
    assert!(page.contains("Carte d’identité, passeport") && page.contains("Un justificatif de domicile"), "{page}");
    assert!(page.contains("Mis à jour à 9 h 42") && !page.contains("Attente"), "{page}");
    assert!(page.contains("<meta http-equiv=\"refresh\" content=\"30\">"), "{page}");
    let open = EventBody::CounterOpened { counter: "1".parse().unwrap(), agent: None, services: [].into() };
    tell(&site, &borne, 10, vec![open]).await;
    for (n, seq) in (1..=5).zip((11..).step_by(2)) {
        tell(&site, &borne, seq, vec![called(&borne, n, "1")]).await;
        site.advance(600);
        tell(&site, &borne, seq + 1, vec![EventBody::Finished { ticket: borne.ticket(n), episode: 1, inexact: false }])
            .await;
    }
    let page = plain(&get(&site, &link(9)).await);
    assert!(page.contains("3 personnes avant vous"), "{page}");
    // Three before it and ten minutes each, the last one having waited forty minutes: half and half.
    assert!(page.contains("Attente : entre 30 et 45 minutes."), "{page}");
    assert!(plain(&get(&site, &link(6)).await).contains("Personne avant vous"));
    // Nothing is foretold where nobody receives.
    tell(&site, &borne, 21, vec![EventBody::CounterClosed { counter: "1".parse().unwrap() }]).await;
    assert!(!plain(&get(&site, &link(9)).await).contains("Attente"));
}

#[tokio::test]
async fn each_state_has_its_page() {
    let (site, borne) = hall(3).await;
    let said = async |n: u64| plain(&get(&site, &link(n)).await);
    tell(&site, &borne, 4, vec![called(&borne, 1, "2"), EventBody::Recalled { ticket: borne.ticket(1), episode: 1 }])
        .await;
    let page = said(1).await;
    assert!(page.contains("C’est à vous. Allez à :") && page.contains("<bdi>Guichet 2</bdi>"), "{page}");
    assert!(page.contains("data-ring=\"1.2\"") && page.contains("<title>Guichet 2 – A 1</title>"), "{page}");
    assert!(!page.contains("/renoncer"), "who is called comes, or is absent");
    tell(&site, &borne, 6, vec![EventBody::Started { ticket: borne.ticket(1), episode: 1 }]).await;
    assert!(said(1).await.contains("On vous reçoit ici :"));
    tell(&site, &borne, 7, vec![EventBody::Finished { ticket: borne.ticket(1), episode: 1, inexact: false }]).await;
    assert!(said(1).await.contains("Merci de votre visite."));
    tell(&site, &borne, 8, vec![called(&borne, 2, "1"), EventBody::NoShow { ticket: borne.ticket(2), episode: 1 }])
        .await;
    assert!(said(2).await.contains("Présentez-vous à l’accueil."));
    let by = wire::event::Actor::Staff;
    tell(&site, &borne, 10, vec![EventBody::Cancelled { ticket: borne.ticket(3), episode: 1, by }]).await;
    let page = said(3).await;
    assert!(page.contains("Ce numéro est annulé.") && !page.contains("<form"), "{page}");
}

#[tokio::test]
async fn whoever_still_waited_when_the_day_was_closed_reads_why_and_who_was_received_does_not() {
    let (site, borne) = hall(3).await;
    tell(&site, &borne, 4, vec![called(&borne, 1, "2"), EventBody::Started { ticket: borne.ticket(1), episode: 1 }])
        .await;
    let by = wire::event::Actor::Staff;
    tell(&site, &borne, 6, vec![EventBody::Cancelled { ticket: borne.ticket(2), episode: 1, by }]).await;
    site.advance(60);
    account_as(site.store().as_ref(), "Léa", Role::Supervisor, None).await;
    let web = Web::start(&site).await;
    let lea = Agent::sign_in_home(&web, "Léa").await;
    assert_eq!(lea.post("/salle/cloture", &[("message", "see_reception")]).await.status().as_u16(), 200);
    let said = async |n: u64| plain(&get(&site, &link(n)).await);
    let page = said(3).await;
    assert!(page.contains("Votre numéro n’a pas été appelé ? Adressez-vous à l’accueil."), "{page}");
    assert!(!page.contains("<form") && !page.contains("Ce numéro est annulé."), "{page}");
    assert!(said(1).await.contains("On vous reçoit ici :"));
    assert!(said(2).await.contains("Ce numéro est annulé."), "it was cancelled before");
    assert_eq!(lea.post("/salle/cloture/rouvrir", &[]).await.status().as_u16(), 200);
    assert!(said(3).await.contains("/renoncer"), "the place is theirs again");
    web.stop().await;
}

#[tokio::test]
async fn the_page_is_in_the_tickets_language_unless_another_one_is_asked_for() {
    let (site, borne) = hall(1).await;
    for (seq, lang) in (2..).zip(Language::ALL) {
        borne.sync(&site, seq, &[ticket(&borne, &site, seq, |issued| issued.lang = lang)]).await;
        let page = get_in(&site, &link(seq), "de").await.text();
        let dir = if lang.rtl() { " dir=\"rtl\"" } else { "" };
        assert!(page.contains(&format!("<html lang=\"{}\"{dir}>", lang.bcp47())), "{page}");
        for other in Language::ALL {
            assert!(page.contains(&format!("<a href=\"?lang={}\"", other.tag())), "{}", other.tag());
        }
        let own = page.contains(&format!("href=\"{}/renoncer\"", link(seq)));
        assert!(own, "{page}");
    }
    let chinese = get(&site, &format!("{}?lang=zh", link(2))).await.text();
    assert!(chinese.contains("<html lang=\"zh-Hans\">") && chinese.contains("/renoncer?lang=zh\""), "{chinese}");
    for (asked, opening) in
        [("zh-CN,zh;q=0.9", "<html lang=\"zh-Hans\">"), ("ar,fr;q=0.5", "<html lang=\"ar\" dir=\"rtl\">")]
    {
        let unknown = get_in(&site, &link(99), asked).await;
        assert!(unknown.text().contains(opening));
        assert_eq!(unknown.headers["vary"], "accept-language");
    }
    assert!(get_in(&site, &format!("{}?lang=tr", link(99)), "fr").await.text().contains("<html lang=\"tr\">"));
    assert!(get_in(&site, &format!("{}?lang=klingon", link(99)), "fr").await.text().contains("<html lang=\"fr\">"));
}

#[tokio::test]
async fn get_cancels_nothing_and_a_place_given_up_is_had_again_for_two_minutes() {
    let (site, borne) = hall(3).await;
    let ask = format!("{}/renoncer", link(1));
    let question = get(&site, &ask).await;
    assert!(plain(&question).contains("Rendre votre place ?") && plain(&question).contains("2 minutes"));
    for path in [format!("{}/garder", link(1)), format!("{}/plus-tard", link(1)), ask.clone()] {
        get(&site, &path).await;
        site.send(Request::head(&path).body(Body::empty()).unwrap()).await;
    }
    assert!(plain(&get(&site, &link(1)).await).contains("Personne avant vous"), "looking changes nothing");
    assert!(plain(&get(&site, &link(2)).await).contains("1 personne avant vous"));

    let done = submit(&site, &ask, &question.text()).await;
    assert_eq!((done.status, done.headers["location"].to_str().unwrap()), (StatusCode::SEE_OTHER, link(1).as_str()));
    assert_eq!(submit(&site, &ask, &question.text()).await.status, StatusCode::SEE_OTHER, "the same form again");
    assert!(plain(&get(&site, &link(2)).await).contains("Personne avant vous"));
    let given_up = get(&site, &link(1)).await;
    assert!(plain(&given_up).contains("Vous pouvez la reprendre jusqu’à 9 h 44."), "{}", plain(&given_up));
    assert_eq!(given_up.headers["referrer-policy"], "same-origin", "the page has a form");
    // Kept once, of nobody in particular.
    let kept = site.store().audit_from(1, 10).await.unwrap();
    assert_eq!(kept.len(), 1, "{kept:?}");
    let (kept, first) = (&kept[0], borne.ticket(1).to_string());
    let said = [&kept.action, &kept.actor, &kept.role, &kept.object].map(String::as_str);
    assert_eq!((said, kept.site), (["visitor_cancel", "visiteur", "", &*first], Some(site_id())));
    assert_eq!(kept.diff, r#"[{"field":"état","before":"attend","after":"annulé"}]"#);
    assert_eq!(kept.label.as_ref().unwrap().label, "A\u{a0}1");

    site.advance(100);
    assert_eq!(submit(&site, &link(1), &given_up.text()).await.status, StatusCode::SEE_OTHER);
    assert!(plain(&get(&site, &link(1)).await).contains("Personne avant vous"), "at its exact place");

    let question = get(&site, &ask).await;
    submit(&site, &ask, &question.text()).await;
    let given_up = get(&site, &link(1)).await;
    site.advance(121);
    let late = get(&site, &link(1)).await;
    assert!(plain(&late).contains("Ce numéro est annulé.") && !late.text().contains("<form"));
    let refused = submit(&site, &link(1), &given_up.text()).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(plain(&refused).contains("Ce n’est plus possible."));
}

#[tokio::test]
async fn more_time_twice_at_most_and_never_past_a_slot() {
    let (site, borne) = hall(4).await;
    let ask = format!("{}/plus-tard", link(1));
    for (left, people) in [(2, "1 personne"), (1, "2 personnes")] {
        let question = get(&site, &ask).await;
        assert!(
            plain(&question).contains(&format!("Vous pouvez encore le demander : {left} fois.")),
            "{}",
            plain(&question)
        );
        assert_eq!(submit(&site, &ask, &question.text()).await.status, StatusCode::SEE_OTHER);
        assert!(plain(&get(&site, &link(1)).await).contains(&format!("{people} avant vous")));
    }
    let third = get(&site, &ask).await;
    assert!(plain(&third).contains("Votre place ne change plus.") && !third.text().contains("<form"));
    let forced = format!("id={}&episode=3", uuid::Uuid::new_v4());
    let refused = post(&site, &ask, &forced).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(plain(&get(&site, &link(1)).await).contains("2 personnes avant vous"));

    let last = format!("{}/plus-tard", link(4));
    assert!(plain(&get(&site, &last).await).contains("Personne n’attend après vous"));
    let slot: Timestamp = site.now() + SignedDuration::from_mins(30);
    let with_slot = ticket(&borne, &site, 5, |issued| issued.appointment = Some(slot));
    borne.sync(&site, 5, &[with_slot, ticket(&borne, &site, 6, |_| {})]).await;
    let page = plain(&get(&site, &link(5)).await);
    assert!(page.contains("Rendez-vous à 10 h 12"), "{page}");
    let slot = format!("{}/plus-tard", link(5));
    let refused = get(&site, &slot).await;
    assert!(plain(&refused).contains("Vous avez un rendez-vous : votre place ne change pas."));
    assert!(!refused.text().contains("<form"));
    let forced = format!("id={}&episode=1", uuid::Uuid::new_v4());
    assert_eq!(post(&site, &slot, &forced).await.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_link_dies_at_the_cut_over() {
    let (site, _borne) = hall(1).await;
    // 21 November, 09:42 in Paris; the day ends on the 22nd at 04:00.
    site.advance(18 * 3_600 + 17 * 60);
    assert!(plain(&get(&site, &link(1)).await).contains("<bdi>A 1</bdi>"));
    site.advance(120);
    let over = get(&site, &link(1)).await;
    assert_eq!(over.text(), get(&site, &link(77)).await.text());
}

#[tokio::test]
async fn thirty_pages_a_minute_of_a_ticket_and_thirty_unknown_tokens_an_address() {
    let (site, _borne) = hall(2).await;
    for _ in 0..30 {
        assert_eq!(get(&site, &link(1)).await.status, StatusCode::OK);
    }
    let refused = get(&site, &link(1)).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers["retry-after"], "2");
    assert!(plain(&refused).contains("Attendez une minute"), "{}", plain(&refused));
    assert_eq!(get(&site, &link(2)).await.status, StatusCode::OK, "another ticket is not held up");
    for n in 0..30 {
        assert_eq!(get(&site, &link(1_000 + n)).await.status, StatusCode::OK);
    }
    assert_eq!(get(&site, &link(2_000)).await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(get(&site, &link(2)).await.status, StatusCode::OK, "who has a ticket is not held up by who guesses");
    site.advance(2);
    assert_eq!(get(&site, &link(2_001)).await.status, StatusCode::OK);
}
