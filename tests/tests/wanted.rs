//! What a technician asks for at `/parc` reaches a borne that runs: it takes a setting over a new start, and refuses one that
//! cannot be, with why.

#![expect(clippy::unwrap_used, reason = "a test ends where its hall cannot be built")]

use integration_tests::PATIENCE;
use integration_tests::borne::Options;
use integration_tests::office::Office;
use integration_tests::process::until;
use integration_tests::site::Site;

/// Asks for a voice of another speed, by way of the page that compares.
async fn want(office: &Office, path: &str, rate: &str) {
    let page = office.read(path).await.unwrap();
    let compared = office.submit(&page, path, &[("audio.rate_wpm", rate)]).await.unwrap().text().await.unwrap();
    office.submit(&compared, &format!("{path}/appliquer"), &[]).await.unwrap();
}

async fn says(office: &Office, path: &str, text: &str) {
    until(text, PATIENCE, || async { Ok(office.read(path).await?.contains(text).then_some(())) }).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_borne_takes_a_setting_over_a_new_start_and_refuses_what_cannot_be() {
    let mut site = Site::open().await.unwrap();
    let office = Office::open(&site.server, "Ada", "administrator").await.unwrap();
    let open = office.at_reception().await.unwrap();
    let options = Options::default();
    let mut borne = site.start_borne(&options).await.unwrap();
    let status = borne.reaches("its server", |status| status.uplink.up).await.unwrap();
    let path = format!("/parc/{}/configuration", status.borne);

    // What cannot be: it says why, and goes on with what it had.
    want(&office, &path, "999").await;
    says(&office, &path, "use 80 to 300 words a minute").await;
    borne.check().unwrap();

    // What can be: its program ends once nobody is at it, and a service manager starts it anew.
    want(&office, &path, "120").await;
    until("its end", PATIENCE, || {
        let ended = borne.check().is_err();
        async move { Ok(ended.then_some(())) }
    })
    .await
    .unwrap();
    borne.kill().unwrap();
    borne.start(&options, None).await.unwrap();
    says(&office, &path, "120<br><span class=\"quiet small\">d’ici</span>").await;
    drop(open);
    borne.stop().unwrap();
    site.server.stop().unwrap();
}
