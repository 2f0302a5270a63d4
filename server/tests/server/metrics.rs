//! Figures for Prometheus: told on a listener of their own, in its format, and they grow.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use accueil_server::{Listeners, run};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::fleet::{report, well, with};
use crate::support::Site;
use crate::web::browser;

/// Every value of a page by its name and labels; the page is checked to be of the format.
fn values(page: &str) -> BTreeMap<String, f64> {
    let (mut all, mut family) = (BTreeMap::new(), String::new());
    let mut families = Vec::new();
    for line in page.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
            assert_eq!(name.ends_with("_total"), kind == "counter", "{line}");
            assert!(!families.contains(&name.to_owned()), "{name} stands in one place");
            families.push(name.to_owned());
            name.clone_into(&mut family);
            continue;
        }
        if line.starts_with("# HELP ") {
            continue;
        }
        let (name, value) = line.rsplit_once(' ').unwrap();
        assert!(name.starts_with(&family), "{line} is not of {family}");
        assert!(name.split('{').next().unwrap().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{line}");
        assert!(all.insert(name.to_owned(), value.parse().unwrap()).is_none(), "{line} stands twice");
    }
    assert!(page.ends_with('\n'));
    all
}

#[tokio::test]
async fn figures_are_told_apart_from_everything_else_and_grow() {
    let site = Site::open().await;
    let borne = site.borne(1).await;
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let (plain, metrics) = (TcpListener::bind(any).await.unwrap(), TcpListener::bind(any).await.unwrap());
    let (public, private) = (plain.local_addr().unwrap(), metrics.local_addr().unwrap());
    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async {
        let _ = stopped.await;
    };
    let listeners = Listeners { plain, tls: None, metrics: Some(metrics) };
    let running = tokio::spawn(run(Arc::clone(&site.app), listeners, shutdown));
    let client = browser();
    let ask = async |path: String| {
        let answer = client.get(path).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    assert_eq!(ask(format!("http://{public}/metrics")).await.0, 404, "the public is not told");
    assert_eq!(ask(format!("http://{private}/sante")).await.0, 404, "and nothing else is said there");
    let read = async || values(&ask(format!("http://{private}/metrics")).await.1);
    let before = read().await;
    let labels = format!("{{borne=\"{}\",site=\"{}\"}}", borne.id, crate::support::site_id());
    assert_eq!(before["accueil_store_up"], 1.0);
    assert!(!before.contains_key(&format!("accueil_borne_paper_out{labels}")), "it has not said yet");
    report(&site, &borne, 1, &well(&site)).await;
    borne.sync(&site, 1, &[borne.issued(&site, 1, "titres")]).await;
    report(&site, &borne, 2, &with(&site, "paper", "out")).await;
    ask(format!("http://{public}/sante")).await;
    let after = read().await;
    let requests = "accueil_requests_total{room=\"v1\",status=\"2xx\"}";
    assert!(after[requests] >= before.get(requests).copied().unwrap_or(0.0) + 3.0, "{after:?}");
    assert!(after["accueil_requests_total{room=\"sante\",status=\"2xx\"}"] >= 1.0);
    assert_eq!(
        after["accueil_request_seconds_bucket{room=\"v1\",le=\"+Inf\"}"],
        after["accueil_request_seconds_count{room=\"v1\"}"]
    );
    assert_eq!(after["accueil_events_ingested_total"], before["accueil_events_ingested_total"] + 1.0);
    assert_eq!(after[&format!("accueil_borne_paper_out{labels}")], 1.0);
    assert_eq!(after[&format!("accueil_borne_disk_free_bytes{labels}")], 8_000_000_000.0);
    // What it tells of a bad day stands each in its own figure.
    let mut bad = well(&site);
    let told = json!({
        "unsent": 37, "oldest_unsent": site.now(), "clock_uncertain": true, "store_fails": true, "unknown_prints": 5, "catalogue": 3,
        "update": {"version": "0.2.0", "outcome": "taken_back", "at": site.now()},
        "paper": "low", "devices": [{"kind": "printer", "condition": "works"}, {"kind": "sound", "condition": "gone"}],
    });
    bad.as_object_mut().unwrap().extend(told.as_object().unwrap().clone());
    report(&site, &borne, 2, &bad).await;
    let after = read().await;
    let now = site.now().as_second() as f64;
    for (name, value) in [
        ("events_unsent", 37.0),
        ("oldest_unsent_timestamp_seconds", now),
        ("clock_uncertain", 1.0),
        ("store_fails", 1.0),
        ("update_taken_back", 1.0),
        ("prints_unknown", 5.0),
        ("catalogue_version", 3.0),
        ("paper_low", 1.0),
        ("paper_out", 0.0),
        ("disk_bytes", 16_000_000_000.0),
        ("heard_timestamp_seconds", now),
        ("start_time_seconds", now),
    ] {
        assert_eq!(after[&format!("accueil_borne_{name}{labels}")], value, "{name}");
    }
    assert!(after[&format!("accueil_borne_faults{labels}")] >= 3.0, "{after:?}");
    let among = |name: &str, label: &str| {
        let found =
            after.iter().find(|(key, _)| key.starts_with(&format!("accueil_borne_{name}{{")) && key.contains(label));
        *found.unwrap_or_else(|| panic!("no {name} of {label}: {after:?}")).1
    };
    assert_eq!((among("device_works", "printer"), among("device_works", "sound")), (1.0, 0.0));
    assert_eq!(among("info", env!("CARGO_PKG_VERSION")), 1.0);
    assert!(!after.keys().any(|name| name.contains("Borne 01") || name.contains("A 1")), "no names, no numbers");
    stop.send(()).unwrap();
    running.await.unwrap();
}
