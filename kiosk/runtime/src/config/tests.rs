use super::*;

fn load(text: &str) -> Result<Config, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("borne.toml");
    std::fs::write(&path, text).unwrap();
    Config::load(Some(&path), &[])
}

fn refused(text: &str) -> String {
    load(text).unwrap_err().to_string()
}

#[test]
fn the_shipped_example_is_whole() {
    let config = Config::load(None, &[]).unwrap();
    assert_eq!((config.panel.width_px, config.panel.height_px), (1080, 1920));
}

#[test]
fn a_file_changes_what_it_names_and_the_command_line_wins() {
    let config = load("[borne]\nname = \"Borne 02\"\n").unwrap();
    assert_eq!((config.borne.name.as_str(), config.panel.width_px), ("Borne 02", 1080));
    let config = Config::load(None, &[("printer.device", "tcp:10.0.0.7".to_owned())]).unwrap();
    assert_eq!(config.printer.device.unwrap().to_string(), "tcp:10.0.0.7:9100");
}

#[test]
fn what_cannot_be_names_file_key_and_what_is_allowed() {
    let unknown = refused("[printer]\ndevise = \"tcp:x\"\n");
    assert!(unknown.contains("borne.toml") && unknown.contains("devise") && unknown.contains("device"), "{unknown}");
    let kind = refused("[printer]\ndevice = \"parallel:1\"\n");
    assert!(kind.contains("printer.device") && kind.contains("tcp:HOST"), "{kind}");
    let none = refused("[printer]\ndevice = \"\"\n");
    assert!(none.contains("printer.device") && none.contains("tcp:HOST") && none.contains("survey"), "{none}");
    let survey = load("[borne]\nrole = \"survey\"\n[printer]\ndevice = \"\"\n").unwrap();
    assert_eq!(survey.printer.device, None);
    let role = refused("[borne]\nrole = \"queue\"\n");
    assert!(role.contains("borne.role") && role.contains("`survey`"), "{role}");
    let number = refused("[panel]\nwidth_px = \"wide\"\n");
    assert!(number.contains("panel.width_px"), "{number}");
    let profile = refused("[printer]\nprofile = \"laser\"\n");
    assert!(profile.contains("printer.profile") && profile.contains("epson-tm-t20iii"), "{profile}");
    let url = refused("[server]\nurl = \"accueil.example.fr\"\n");
    assert!(url.contains("server.url") && url.contains("https://HOST"), "{url}");
    let rate = refused("[audio]\nrate_wpm = 20\n");
    assert!(rate.contains("audio.rate_wpm") && rate.contains("80 to 300"), "{rate}");
    let speaker = refused("[audio]\nspeaker = \"default\"\n");
    assert!(speaker.contains("audio.speaker") && speaker.contains("alsa:default"), "{speaker}");
    let jack = refused("[audio]\njack = \"auto\"\n");
    assert!(jack.contains("audio.jack") && jack.contains("jack:auto"), "{jack}");
    let voice = refused("[audio]\nvoice = \"festival\"\n");
    assert!(voice.contains("audio.voice") && voice.contains("`espeak-ng`"), "{voice}");
    let quiet = refused("[audio]\nquiet_hours = \"night\"\n");
    assert!(quiet.contains("audio.quiet_hours") && quiet.contains("20:00-08:00"), "{quiet}");
    let syntax = refused("[server\n");
    assert!(syntax.contains("borne.toml") && syntax.contains("line 1"), "{syntax}");
    let section = refused("[prinetr]\ndevice = \"tcp:x\"\n");
    assert!(section.contains("prinetr") && section.contains("printer"), "{section}");
}

#[test]
fn the_command_line_is_named_where_it_is_at_fault() {
    let load = |key, value: &str| Config::load(None, &[(key, value.to_owned())]);
    let error = load("printer.devise", "tcp:x").unwrap_err().to_string();
    assert!(error.starts_with("the command line: `printer.devise`"), "{error}");
    assert_eq!(load("panel.width_px", "800").unwrap().panel.width_px, 800);
    assert_eq!(load("borne.name", "L'accueil \"A\"").unwrap().borne.name, "L'accueil \"A\"");
}

#[test]
fn a_missing_file_says_what_to_do() {
    let error = Config::load(Some(Path::new("/nowhere/borne.toml")), &[]).unwrap_err().to_string();
    assert!(error.contains("/nowhere/borne.toml") && error.contains("copy"), "{error}");
}

#[test]
fn what_is_shipped_refuses_virtual_devices_with_the_configuration() {
    let set = [("printer.device", "virtual:/tmp/slips".to_owned()), ("gpio.ring", "fake:/tmp/board:RING".to_owned())];
    let wanted = Settings::new();
    let origin = |overrides| Origin { file: None, overrides, wanted: &wanted };
    for (nth, sentence) in
        [(0, "virtual printers are not part of this build"), (1, "a program built with virtual devices")]
    {
        let overrides = &set[nth..=nth];
        let config = Config::load(None, overrides).unwrap();
        assert!(config.check_build(true, &origin(overrides)).is_ok());
        let error = config.check_build(false, &origin(overrides)).unwrap_err().to_string();
        assert!(error.contains(set[nth].0) && error.contains(sentence), "{error}");
    }
    let real = Config::load(None, &[]).unwrap();
    assert!(real.check_build(false, &origin(&[])).is_ok());
}
