//! `borne support-bundle`: one file for whoever helps. Works with and without a running borne, as root and as a member of its
//! group; what could not be had stands in its README, with the reason.

mod journal;
mod machine;
mod pack;

use std::path::PathBuf;

use jiff::Timestamp;
use kiosk_runtime::clock::Clock;
use kiosk_runtime::config::Config;
use kiosk_runtime::identity::Identity;
use kiosk_runtime::wanted::WantedKeeper;
use wire::report::SettingFrom;

use super::{Sources, desk, doctor, say, whole};
use pack::Pack;

pub(super) fn bundle(sources: &Sources, out: Option<PathBuf>) -> anyhow::Result<()> {
    let now = Timestamp::now();
    let machine = machine::name();
    let folder = format!("borne-support-{machine}-{}", now.strftime("%Y%m%dT%H%M%SZ"));
    let path = out.unwrap_or_else(|| std::env::temp_dir().join(format!("{folder}.tar.gz")));
    let path = std::path::absolute(&path)?;
    // A file that cannot be made is told before anybody waits for what goes into it.
    let file = pack::create(&path)?;
    let mut pack = Pack::new();
    of_program(&mut pack, sources);
    of_configuration(&mut pack, sources);
    of_running(&mut pack, sources);
    machine::gather(&mut pack);
    let size = pack.write(file, &path, &folder, now)?;
    let missing = pack.missing();
    say(&format!("{} · {} KB · {} files", path.display(), size.div_ceil(1_000), pack.files()));
    if missing > 0 {
        say(&format!("not had: {missing}; README.txt in it says which and why"));
    }
    say(&format!("fetch it: scp {}@{machine}:{} .", machine::user(), path.display()));
    Ok(())
}

fn of_program(pack: &mut Pack, sources: &Sources) {
    let features =
        [("window", cfg!(feature = "window")), ("kms", cfg!(feature = "kms")), ("virtual", cfg!(feature = "virtual"))];
    let features: Vec<&str> = features.into_iter().filter(|(_, has)| *has).map(|(name, _)| name).collect();
    let text = format!(
        "borne {}\nmade not before {}\nfor {}-{}\nwith {}\noptimised {}\n",
        kiosk_runtime::version::installed(),
        Clock::default().moment().floor,
        std::env::consts::ARCH,
        std::env::consts::OS,
        features.join(", "),
        !cfg!(debug_assertions),
    );
    pack.put("version.txt", "the program that made this file, and how it was built", Ok(text));
    let report = doctor::examine(sources);
    pack.put("doctor.txt", "`borne doctor`: every part looked at, with what to do", Ok(report.text()));
    pack.put("doctor.json", "the same for programs", report.json().map_err(|e| whole(&e)));
    pack.put("devices.txt", "what is plugged in, as `borne doctor` lists it", Ok(report.plugged_in()));
}

fn of_configuration(pack: &mut Pack, sources: &Sources) {
    let overrides: Vec<(&str, String)> = sources.assignments.iter().map(|(k, v)| (k.as_str(), v.clone())).collect();
    let told = Config::told(sources.file().as_deref(), &overrides);
    let told = told.map_err(|error| error.to_string()).map(|settings| {
        let from = |from| match from {
            SettingFrom::Default => "default",
            SettingFrom::File => "file",
            SettingFrom::Server => "server",
            SettingFrom::Start => "environment or command line",
            SettingFrom::Other => "elsewhere",
        };
        let lines =
            settings.iter().map(|setting| format!("{} = {} ({})\n", setting.key, setting.value, from(setting.from)));
        lines.collect::<String>()
    });
    pack.put(
        "configuration.txt",
        "each setting and where it comes from; no remarks, no secrets, no values of unknown keys",
        told,
    );
    let wanted = sources.load().map_err(|error| whole(&error)).and_then(|config| {
        let identity = Identity::load(&config.borne.data).map_err(|error| error.to_string())?;
        let held = WantedKeeper::open(&config.borne.data, &identity).held();
        serde_json::to_string_pretty(&held).map_err(|error| error.to_string())
    });
    pack.put("wanted.json", "what the server wants of this borne: settings, whose updates, which", wanted);
}

fn of_running(pack: &mut Pack, sources: &Sources) {
    let config = sources.load();
    let asked = |path: &str| {
        let config = config.as_ref().map_err(whole)?;
        desk::get(config, path).map_err(|error| whole(&error))
    };
    let status = asked("/status").and_then(|reply| {
        let status: kiosk_runtime::control::Status = reply.read().map_err(|error| whole(&error))?;
        serde_json::to_string_pretty(&status).map_err(|error| error.to_string())
    });
    pack.put("status.json", "`borne status --json` of the running borne", status);
    let log = asked("/log").and_then(|reply| reply.text().map_err(|error| whole(&error)));
    pack.put("log.txt", "the running borne's last lines, as /parc is sent them: no numbers of tickets", log);
}
