//! What a technician asks for at `/parc` reaches a borne that runs: it takes a setting over a new start, and refuses one that
//! cannot be, with why.

#![expect(clippy::unwrap_used, reason = "a test ends where its hall cannot be built")]

use accueil_server::simulate::page;
use integration_tests::borne::{Borne, Options};
use integration_tests::process::until;
use integration_tests::server::Server;
use integration_tests::{PATIENCE, client, free_port, project};
use reqwest::{Client, Response};

const PASSWORD: &str = "une longue phrase";

/// Ada, who also sits at the reception desk: while she does, bornes come back every few seconds.
struct Office {
    http: Client,
    url: String,
    _open: Response,
}

impl Office {
    async fn open(server: &Server) -> Self {
        let (http, url) = (client().unwrap().cookie_store(true).build().unwrap(), server.url());
        let fields = [("name", "Ada"), ("password", PASSWORD)];
        let home = http.post(format!("{url}/connexion")).form(&fields).send().await.unwrap();
        assert!(home.status().is_success(), "{}", home.url());
        let open = http.get(format!("{url}/accueil/flux")).send().await.unwrap().error_for_status().unwrap();
        Self { http, url, _open: open }
    }

    async fn read(&self, path: &str) -> String {
        self.http.get(format!("{}{path}", self.url)).send().await.unwrap().text().await.unwrap()
    }

    /// Asks for a voice of another speed, by way of the page that compares.
    async fn want(&self, path: &str, rate: &str) {
        let submit = async |page: &str, action: &str, filled: &[(&str, &str)]| {
            let form = page::form(page, action).unwrap_or_else(|| panic!("no form {action} in {page}"));
            let fields: Vec<(&str, &str)> = form.hidden().into_iter().chain(filled.iter().copied()).collect();
            let answer = self.http.post(format!("{}{action}", self.url)).form(&fields).send().await.unwrap();
            let (good, page) = (answer.status().is_success(), answer.text().await.unwrap());
            assert!(good, "{action}: {page}");
            page
        };
        let compared = submit(&self.read(path).await, path, &[("audio.rate_wpm", rate)]).await;
        submit(&compared, &format!("{path}/appliquer"), &[]).await;
    }

    async fn says(&self, path: &str, text: &str) {
        let said = || async { Ok(self.read(path).await.contains(text).then_some(())) };
        until(text, PATIENCE, said).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_borne_takes_a_setting_over_a_new_start_and_refuses_what_cannot_be() {
    let place = tempfile::tempdir().unwrap();
    let site = project().join("config/examples/marseille/site.toml");
    let mut server = Server::prepare(&place.path().join("server"), &site, free_port().unwrap()).unwrap();
    server.add_person("Ada", "administrator", PASSWORD).unwrap();
    let code = server.enrolment_code().unwrap();
    server.start().await.unwrap();
    let office = Office::open(&server).await;
    let options = Options::default();
    let mut borne = Borne::prepare(&place.path().join("borne"), &server, &options).unwrap();
    borne.start(&options, Some(&code)).await.unwrap();
    let status = borne.reaches("its server", |status| status.uplink.up).await.unwrap();
    let path = format!("/parc/{}/configuration", status.borne);

    // What cannot be: it says why, and goes on with what it had.
    office.want(&path, "999").await;
    office.says(&path, "use 80 to 300 words a minute").await;
    borne.check().unwrap();

    // What can be: its program ends once nobody is at it, and a service manager starts it anew.
    office.want(&path, "120").await;
    until("its end", PATIENCE, || {
        let ended = borne.check().is_err();
        async move { Ok(ended.then_some(())) }
    })
    .await
    .unwrap();
    borne.kill().unwrap();
    borne.start(&options, None).await.unwrap();
    office.says(&path, "120<br><span class=\"quiet small\">d’ici</span>").await;
    borne.stop().unwrap();
    server.stop().unwrap();
}
