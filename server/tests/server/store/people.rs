//! Accounts, sessions, seats, badges.

use accueil_server::roles::{Permission, Role};
use accueil_server::store::{BadgeOutcome, Changes, Grant, NewAccount, NewCall, Outcome, SeatOutcome, Session, What};
use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinSet;
use wire::ids::{AgentRef, CounterId, SiteId};
use wire::staff::{BadgeHash, MAX_BADGES, PinHash, StaffBadge, StaffRole};
use wire::token::Hash32;

use super::{DESK, Opened, SITE, now, promises, uuid};

promises!(
    a_counter_has_one_open_session_and_its_holder_is_named,
    a_counter_that_many_want_at_once_has_one_holder,
    counters_of_the_same_name_at_two_sites_are_two,
    a_site_is_chosen_and_left_unless_a_ticket_is_open,
    an_account_gets_another_password_and_whoever_knew_the_old_one_is_out,
    accounts_are_found_by_name_subject_and_site,
    roles_are_those_that_were_given_last,
    a_counter_is_free_where_no_role_that_is_left_receives_people,
    a_session_that_is_left_unused_ends_and_its_counter_is_free,
    a_name_is_taken_once_and_the_first_account_is_the_first,
    roles_change_only_from_those_that_were_seen,
    who_is_shut_out_has_no_session_until_they_are_let_in,
    a_session_is_fresh_for_as_long_as_it_is_told,
    other_servers_learn_of_seats_and_accounts,
    badges_are_one_a_label_in_order_and_not_too_many,
);

const OTHER: SiteId = SiteId(uuid::Uuid::from_u128(14));

fn session(n: u8) -> Hash32 {
    Hash32::of(&[n])
}

fn counter(name: &str) -> CounterId {
    name.parse().unwrap()
}

fn tomorrow() -> Timestamp {
    now() + SignedDuration::from_hours(10)
}

async fn put(on: &Opened, name: &str, password: &str) -> AgentRef {
    let account = NewAccount { name: name.into(), password: Some(password.into()), ..NewAccount::default() };
    on.store.put_account(&account).await.unwrap()
}

async fn a_name_is_taken_once_and_the_first_account_is_the_first(on: Opened) {
    let new = |name: &str, password: &str| NewAccount {
        name: name.into(),
        password: Some(password.into()),
        ..NewAccount::default()
    };
    let everywhere = [Grant { site: None, role: Role::Administrator }];
    assert!(!on.store.has_accounts().await.unwrap());
    let mut many = JoinSet::new();
    for n in 0..4 {
        let (store, account) = (std::sync::Arc::clone(&on.store), new(&format!("A{n}"), "-"));
        many.spawn(async move { store.add_first_account(&account, &everywhere).await.unwrap() });
    }
    let made: Vec<AgentRef> = many.join_all().await.into_iter().flatten().collect();
    assert_eq!(made.len(), 1);
    let all = on.store.accounts(None).await.unwrap();
    assert_eq!((all.len(), all[0].id, all[0].grants.as_slice()), (1, made[0], everywhere.as_slice()));
    assert!(on.store.has_accounts().await.unwrap());
    let here = [Grant { site: Some(SITE), role: Role::Agent }];
    let marie = on.store.add_account(&new("Marie", "first"), &here).await.unwrap().unwrap();
    assert_eq!(on.store.add_account(&new("Marie", "second"), &everywhere).await.unwrap(), None);
    let kept = on.store.account("Marie").await.unwrap().unwrap();
    assert_eq!((kept.password.as_deref(), kept.grants.as_slice()), (Some("first"), here.as_slice()));
    assert_eq!(on.store.account_names().await.unwrap()[&marie], "Marie");
}

async fn roles_change_only_from_those_that_were_seen(on: Opened) {
    let id = put(&on, "Léa", "-").await;
    let [here, there] = [SITE, OTHER].map(|site| Grant { site: Some(site), role: Role::Agent });
    assert!(on.store.set_grants(id, &[here, there]).await.unwrap());
    assert!(on.store.change_grants(id, Some(&[there, here]), &[here]).await.unwrap());
    // Who saw the role there would give it back.
    assert!(!on.store.change_grants(id, Some(&[here, there]), &[there, here]).await.unwrap());
    assert_eq!(on.store.account("Léa").await.unwrap().unwrap().grants, [here]);
}

async fn sign_in(on: &Opened, n: u8, name: &str) -> AgentRef {
    let account = match on.store.account(name).await.unwrap() {
        Some(account) => account.id,
        None => put(on, name, "-").await,
    };
    let opened = Session { hash: session(n), account, site: None, fresh_until: now(), expires_at: tomorrow() };
    on.store.open_session(&opened, now()).await.unwrap();
    account
}

async fn call(on: &Opened, n: u128, seq: u64, at: &str) {
    let call = NewCall { call: uuid(n), candidates: vec![on.candidate(seq)], counter: counter(at), seat: None };
    assert!(matches!(on.store.call(DESK, now(), &call).await.unwrap(), Outcome::Made(_)));
}

async fn a_counter_has_one_open_session_and_its_holder_is_named(on: Opened) {
    on.issue(1).await;
    for (n, name) in [(1, "Léa"), (2, "Omar"), (3, "Léa")] {
        sign_in(&on, n, name).await;
    }
    let take = async |n, name| on.store.take_seat(session(n), SITE, &counter(name), now()).await.unwrap();
    assert_eq!(take(1, "4").await, SeatOutcome::Taken);
    assert_eq!(take(2, "4").await, SeatOutcome::Held { by: "Léa".into() });
    assert_eq!(take(3, "4").await, SeatOutcome::Taken, "her other tab");
    assert_eq!(on.store.session(session(1), now()).await.unwrap().unwrap().counter, None);
    call(&on, 1, 1, "4").await;
    assert_eq!(take(3, "1").await, SeatOutcome::TicketOpen);
    assert_eq!(take(3, "4").await, SeatOutcome::Taken, "where she sits already");
    assert_eq!(on.store.leave_seat(session(3), now()).await.unwrap(), SeatOutcome::TicketOpen);
    assert_eq!(on.store.seats(SITE, now()).await.unwrap(), [(counter("4"), "Léa".to_owned())]);
    on.store.close_session(session(3)).await.unwrap();
    assert_eq!(take(2, "4").await, SeatOutcome::Taken);
    let seated = on.again().await.session(session(2), now()).await.unwrap().unwrap();
    assert_eq!((seated.name.as_str(), seated.site, seated.counter), ("Omar", Some(SITE), Some(counter("4"))));
    assert_eq!(on.store.session(session(2), tomorrow()).await.unwrap(), None);
    assert!(on.store.seats(SITE, tomorrow()).await.unwrap().is_empty());
    let late = on.store.take_seat(session(2), SITE, &counter("4"), tomorrow()).await.unwrap();
    assert_eq!(late, SeatOutcome::NoSession);
}

async fn a_counter_that_many_want_at_once_has_one_holder(on: Opened) {
    let mut agents = JoinSet::new();
    for n in 1..=6 {
        sign_in(&on, n, &format!("Agent {n}")).await;
        let store = on.again().await;
        agents.spawn(async move { store.take_seat(session(n), SITE, &counter("4"), now()).await.unwrap() });
    }
    let outcomes = agents.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == SeatOutcome::Taken).count(), 1, "{outcomes:?}");
    let [(_, holder)] = &on.store.seats(SITE, now()).await.unwrap()[..] else { panic!("one seat") };
    let told = |outcome: &&SeatOutcome| matches!(outcome, SeatOutcome::Held { by } if by == holder);
    assert_eq!(outcomes.iter().filter(told).count(), 5, "{outcomes:?}");
}

async fn counters_of_the_same_name_at_two_sites_are_two(on: Opened) {
    for (n, name, site) in [(1, "Léa", SITE), (2, "Omar", OTHER)] {
        sign_in(&on, n, name).await;
        assert_eq!(on.store.take_seat(session(n), site, &counter("4"), now()).await.unwrap(), SeatOutcome::Taken);
    }
    for (name, site) in [("Léa", SITE), ("Omar", OTHER)] {
        assert_eq!(on.store.seats(site, now()).await.unwrap(), [(counter("4"), name.to_owned())]);
    }
}

async fn a_site_is_chosen_and_left_unless_a_ticket_is_open(on: Opened) {
    on.issue(1).await;
    sign_in(&on, 1, "Léa").await;
    let place = async || {
        let seated = on.store.session(session(1), now()).await.unwrap().unwrap();
        (seated.site, seated.counter)
    };
    let choose = async |site| on.store.choose_site(session(1), site, now()).await.unwrap();
    assert_eq!(place().await, (None, None));
    assert_eq!(choose(SITE).await, SeatOutcome::Taken);
    assert_eq!(place().await, (Some(SITE), None));
    on.store.take_seat(session(1), SITE, &counter("4"), now()).await.unwrap();
    call(&on, 1, 1, "4").await;
    assert_eq!(choose(OTHER).await, SeatOutcome::TicketOpen);
    let away = on.store.take_seat(session(1), OTHER, &counter("4"), now()).await.unwrap();
    assert_eq!(away, SeatOutcome::TicketOpen, "another counter of that name");
    assert_eq!(choose(SITE).await, SeatOutcome::Taken);
    assert_eq!(place().await, (Some(SITE), Some(counter("4"))), "who stays keeps the counter");
    on.store.free_counter(SITE, &counter("4"), tomorrow()).await.unwrap();
    assert_eq!(choose(OTHER).await, SeatOutcome::Taken);
    assert_eq!(place().await, (Some(OTHER), None));
    assert!(on.store.seats(SITE, now()).await.unwrap().is_empty());
    assert_eq!(on.store.leave_seat(session(1), now()).await.unwrap(), SeatOutcome::Taken, "there is none");
    assert_eq!(on.store.choose_site(session(9), SITE, now()).await.unwrap(), SeatOutcome::NoSession);
    assert_eq!(on.store.leave_seat(session(1), tomorrow()).await.unwrap(), SeatOutcome::NoSession);
}

async fn an_account_gets_another_password_and_whoever_knew_the_old_one_is_out(on: Opened) {
    let id = sign_in(&on, 1, "Léa").await;
    assert_eq!(put(&on, "Léa", "new").await, id, "her number stays");
    assert_eq!(on.store.session(session(1), now()).await.unwrap(), None);
    for n in [1, 2] {
        sign_in(&on, n, "Léa").await;
    }
    sign_in(&on, 3, "Omar").await;
    let read = async || on.store.account("Léa").await.unwrap().unwrap();
    assert_eq!(read().await.password.as_deref(), Some("new"));
    assert_eq!(on.store.account("léa").await.unwrap(), None);
    assert!(on.store.set_password(id, "first", true, Some(session(1))).await.unwrap());
    assert_eq!(on.store.session(session(2), now()).await.unwrap(), None, "her other session");
    assert!(on.store.session(session(3), now()).await.unwrap().is_some(), "somebody else's");
    assert_eq!((read().await.password.as_deref(), read().await.must_change), (Some("first"), true));
    assert!(on.store.session(session(1), now()).await.unwrap().unwrap().must_change);
    assert!(!on.store.set_password(AgentRef(99), "first", true, None).await.unwrap());
    assert!(!format!("{:?}", read().await).contains("first"));
}

async fn accounts_are_found_by_name_subject_and_site(on: Opened) {
    let by_subject = NewAccount { name: "Omar".into(), oidc_subject: Some("sub-7".into()), ..NewAccount::default() };
    let omar = on.store.put_account(&by_subject).await.unwrap();
    let (lea, zoe) = (put(&on, "Léa", "-").await, put(&on, "Zoé", "-").await);
    let found = on.store.account_by_subject("sub-7").await.unwrap().unwrap();
    assert_eq!((found.id, found.name.as_str(), found.password), (omar, "Omar", None));
    assert_eq!(on.store.account_by_subject("sub-8").await.unwrap(), None);
    let same = NewAccount { name: "Eve".into(), ..by_subject };
    assert!(on.store.put_account(&same).await.is_err(), "one subject, one account");
    for (id, site) in [(omar, Some(OTHER)), (lea, Some(SITE)), (zoe, None)] {
        assert!(on.store.set_grants(id, &[Grant { site, role: Role::Agent }]).await.unwrap());
    }
    let at =
        async |site| on.store.accounts(site).await.unwrap().into_iter().map(|account| account.id).collect::<Vec<_>>();
    assert_eq!(at(Some(SITE)).await, [lea, zoe]);
    assert_eq!(at(Some(OTHER)).await, [omar, zoe]);
    assert_eq!(at(None).await, [lea, omar, zoe]);
}

async fn roles_are_those_that_were_given_last(on: Opened) {
    let id = sign_in(&on, 1, "Léa").await;
    let everywhere = Grant { site: None, role: Role::Reception };
    let here = Grant { site: Some(SITE), role: Role::Supervisor };
    for role in Role::ALL {
        assert!(on.store.set_grants(id, &[Grant { site: Some(OTHER), role }]).await.unwrap());
        assert_eq!(on.store.account("Léa").await.unwrap().unwrap().grants, [Grant { site: Some(OTHER), role }]);
    }
    assert!(on.store.set_grants(id, &[here, everywhere, everywhere, here]).await.unwrap());
    let grants = on.again().await.session(session(1), now()).await.unwrap().unwrap().grants;
    assert_eq!(grants, [everywhere, here]);
    let may = |site, permission| grants.iter().any(|grant| grant.allows(site, permission));
    assert!(may(SITE, Permission::Floor) && !may(OTHER, Permission::Floor));
    assert!(may(OTHER, Permission::Reception) && !may(SITE, Permission::Accounts));
    assert!(!on.store.set_grants(AgentRef(99), &[here]).await.unwrap());
}

async fn a_counter_is_free_where_no_role_that_is_left_receives_people(on: Opened) {
    let id = sign_in(&on, 1, "Léa").await;
    let holds = async |grants: &[(Option<SiteId>, Role)]| {
        on.store.take_seat(session(1), SITE, &counter("4"), now()).await.unwrap();
        let grants: Vec<Grant> = grants.iter().map(|(site, role)| Grant { site: *site, role: *role }).collect();
        assert!(on.store.set_grants(id, &grants).await.unwrap());
        !on.store.seats(SITE, now()).await.unwrap().is_empty()
    };
    assert!(holds(&[(Some(SITE), Role::Agent)]).await);
    assert!(holds(&[(None, Role::Reception), (Some(SITE), Role::Technician)]).await);
    assert!(!holds(&[(Some(SITE), Role::Technician), (Some(OTHER), Role::Agent)]).await);
    assert!(!holds(&[(None, Role::Dpo)]).await);
    assert!(!holds(&[]).await);
}

async fn a_session_that_is_left_unused_ends_and_its_counter_is_free(on: Opened) {
    sign_in(&on, 1, "Léa").await;
    sign_in(&on, 2, "Omar").await;
    on.store.take_seat(session(1), SITE, &counter("4"), now()).await.unwrap();
    let after = |minutes| now() + SignedDuration::from_mins(minutes);
    on.store.used(session(1), Some(after(30))).await.unwrap();
    let known = on.store.session(session(1), after(29)).await.unwrap().unwrap();
    assert_eq!((known.idle_until, known.counter), (Some(after(30)), Some(counter("4"))));
    assert_eq!(on.store.seats(SITE, after(29)).await.unwrap().len(), 1);
    assert_eq!(on.store.session(session(1), after(30)).await.unwrap(), None);
    assert_eq!(on.store.seats(SITE, after(30)).await.unwrap(), []);
    assert!(!on.store.freshen(session(1), after(60), after(30)).await.unwrap());
    assert_eq!(on.store.leave_seat(session(1), after(30)).await.unwrap(), SeatOutcome::NoSession);
    let take = on.store.take_seat(session(2), SITE, &counter("4"), after(30)).await.unwrap();
    assert_eq!(take, SeatOutcome::Taken);
    on.store.used(session(2), Some(after(60))).await.unwrap();
    on.store.used(session(2), None).await.unwrap();
    assert!(on.store.session(session(2), after(90)).await.unwrap().is_some(), "nothing but its time ends it now");
}

async fn who_is_shut_out_has_no_session_until_they_are_let_in(on: Opened) {
    let id = sign_in(&on, 1, "Léa").await;
    sign_in(&on, 2, "Omar").await;
    on.store.take_seat(session(1), SITE, &counter("4"), now()).await.unwrap();
    assert!(on.store.disable(id, Some(now())).await.unwrap());
    assert_eq!(on.store.session(session(1), now()).await.unwrap(), None);
    assert!(on.store.seats(SITE, now()).await.unwrap().is_empty());
    assert_eq!(on.store.account("Léa").await.unwrap().unwrap().disabled_at, Some(now()));
    let opened = Session { hash: session(3), account: id, site: None, fresh_until: now(), expires_at: tomorrow() };
    on.store.open_session(&opened, now()).await.unwrap();
    assert_eq!(on.store.session(session(3), now()).await.unwrap(), None, "a sign-in that was under way");
    assert!(on.store.disable(id, None).await.unwrap());
    assert!(on.store.session(session(3), now()).await.unwrap().is_some());
    assert_eq!(on.store.close_sessions_of(id).await.unwrap(), 1);
    assert_eq!(on.store.session(session(3), now()).await.unwrap(), None);
    assert!(on.store.session(session(2), now()).await.unwrap().is_some(), "another's stays");
    assert!(!on.store.disable(AgentRef(99), None).await.unwrap());
}

async fn a_session_is_fresh_for_as_long_as_it_is_told(on: Opened) {
    sign_in(&on, 1, "Léa").await;
    let until = now() + SignedDuration::from_mins(15);
    assert!(on.store.freshen(session(1), until, now()).await.unwrap());
    assert_eq!(on.store.session(session(1), now()).await.unwrap().unwrap().fresh_until, until);
    assert!(!on.store.freshen(session(1), until, tomorrow()).await.unwrap());
    assert!(!on.store.freshen(session(9), until, now()).await.unwrap());
}

async fn other_servers_learn_of_seats_and_accounts(on: Opened) {
    let id = sign_in(&on, 1, "Léa").await;
    let mut cursor = on.store.tail().await.unwrap();
    let mut told = async || {
        let mut all = std::collections::BTreeSet::new();
        loop {
            let Changes { cursor: reached, touched, more, .. } = on.store.changes(&cursor).await.unwrap();
            all.extend(touched);
            cursor = reached;
            if !more {
                return all.contains(&(SITE, What::People));
            }
        }
    };
    assert!(!told().await);
    on.store.take_seat(session(1), SITE, &counter("4"), now()).await.unwrap();
    assert!(told().await);
    on.store.leave_seat(session(1), now()).await.unwrap();
    assert!(told().await);
    on.store.set_grants(id, &[Grant { site: None, role: Role::Dpo }]).await.unwrap();
    assert!(told().await);
    on.store.close_sessions_of(id).await.unwrap();
    assert!(told().await);
}

fn badge(n: u8, label: &str) -> StaffBadge {
    StaffBadge {
        badge: BadgeHash(Hash32::of(&[n])),
        pin: PinHash("$argon2id$".into()),
        role: StaffRole::Technician,
        label: label.into(),
        expires: (n == 1).then(now),
    }
}

async fn badges_are_one_a_label_in_order_and_not_too_many(on: Opened) {
    let put = async |badge: StaffBadge| on.store.put_badge(SITE, &badge).await.unwrap();
    assert_eq!(put(badge(1, "zeta")).await, BadgeOutcome::Added);
    assert_eq!(put(badge(2, "Éole")).await, BadgeOutcome::Added);
    assert_eq!(put(badge(3, "Zeta")).await, BadgeOutcome::Added);
    assert_eq!(put(badge(2, "Zeta")).await, BadgeOutcome::LabelTaken);
    assert_eq!(put(badge(1, "eta")).await, BadgeOutcome::Changed);
    // By their bytes, wherever the database was made.
    let expected = [badge(3, "Zeta"), badge(1, "eta"), badge(2, "Éole")];
    assert_eq!(on.again().await.badges(SITE).await.unwrap(), expected);
    assert!(on.store.badges(SiteId(uuid(14))).await.unwrap().is_empty());
    assert!(on.store.remove_badge(SITE, "Zeta").await.unwrap());
    assert!(!on.store.remove_badge(SITE, "Zeta").await.unwrap());
    let unknown = StaffBadge { role: StaffRole::Unknown, ..badge(4, "four") };
    assert!(on.store.put_badge(SITE, &unknown).await.is_err());
    for n in 2..MAX_BADGES {
        let more = StaffBadge { badge: BadgeHash(Hash32::of(&n.to_le_bytes())), ..badge(9, &format!("n{n}")) };
        assert_eq!(put(more).await, BadgeOutcome::Added);
    }
    assert_eq!(put(badge(200, "one too many")).await, BadgeOutcome::Full);
    assert_eq!(put(badge(2, "still hers")).await, BadgeOutcome::Changed);
}
