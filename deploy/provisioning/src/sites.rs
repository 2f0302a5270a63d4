//! The sites of a run: which server keeps each, and its catalogue there. Each is asked once, however many machines stand in it.

use crate::fleet::Machine;
use crate::inventory::Keys;
use crate::link::LinkError;
use crate::server::Server;

/// The sites that machines of a run stand in.
#[derive(Debug, Default)]
pub struct Sites(Vec<Place>);

#[derive(Debug)]
struct Place {
    server_ssh: Option<String>,
    server_site: Option<String>,
    server: Option<Server>,
    catalogue: Option<String>,
}

impl Place {
    fn is_of(&self, keys: &Keys) -> bool {
        self.server_ssh == keys.server_ssh && self.server_site == keys.server_site
    }
}

impl Sites {
    /// Opens a way to the server of every site, with what opens one. Where machines of a site name no catalogue and one is needed,
    /// the server is asked for it.
    ///
    /// # Errors
    /// When a server is not reached, or lacks a site that is asked for.
    pub fn of(
        machines: &[Machine],
        needs_catalogue: bool,
        open: impl Fn(&Keys) -> Result<Option<Server>, LinkError>,
    ) -> Result<Self, LinkError> {
        let mut sites = Self::default();
        for (_, keys) in machines {
            if sites.0.iter().any(|place| place.is_of(keys)) {
                continue;
            }
            let server = open(keys)?;
            let (server_ssh, server_site) = (keys.server_ssh.clone(), keys.server_site.clone());
            let mut place = Place { server_ssh, server_site, server, catalogue: None };
            let asked = needs_catalogue && machines.iter().any(|(_, keys)| place.is_of(keys) && keys.site.is_none());
            place.catalogue = place.server.as_ref().filter(|_| asked).map(Server::site).transpose()?;
            sites.0.push(place);
        }
        Ok(sites)
    }

    /// The server that a machine is of, and what that says of its site.
    #[must_use]
    pub fn around(&self, keys: &Keys) -> (Option<&Server>, Option<&str>) {
        let place = self.0.iter().find(|place| place.is_of(keys));
        place.map_or((None, None), |place| (place.server.as_ref(), place.catalogue.as_deref()))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::link::Link;

    /// A server that answers with what it is asked.
    struct Echo;

    impl Link for Echo {
        fn run(&self, script: &str) -> Result<String, LinkError> {
            Ok(script.to_owned())
        }

        fn send(&self, _: &Path, _: &str) -> Result<(), LinkError> {
            Ok(())
        }
    }

    fn machine(host: &str, site: Option<&str>) -> Machine {
        let server_site = site.map(str::to_owned);
        (host.to_owned(), Keys { server_ssh: Some("root@server".to_owned()), server_site, ..Keys::default() })
    }

    #[test]
    fn machines_of_several_sites_are_of_one_run_and_each_site_is_asked_once() {
        let machines = [machine("a", Some("Nord")), machine("b", Some("Sud")), machine("c", Some("Nord"))];
        let opened = Cell::new(0);
        let open = |keys: &Keys| {
            opened.set(opened.get() + 1);
            Ok(Some(Server::through(Box::new(Echo), keys.server_site.clone())))
        };
        let sites = Sites::of(&machines, true, open).unwrap();
        assert_eq!(opened.get(), 2);
        for (_, keys) in &machines {
            let (server, catalogue) = sites.around(keys);
            let site = keys.server_site.as_deref().unwrap();
            assert!(server.is_some());
            assert!(catalogue.unwrap().contains(&format!("--site '{site}' catalogue show")), "{catalogue:?}");
        }
    }

    #[test]
    fn a_catalogue_that_nobody_needs_is_not_asked_for() {
        let (host, keys) = machine("a", None);
        let named = [(host, Keys { site: Some(PathBuf::from("site.toml")), ..keys })];
        let open = |keys: &Keys| Ok(Some(Server::through(Box::new(Echo), keys.server_site.clone())));
        let sites = Sites::of(&named, true, open).unwrap();
        assert_eq!(sites.around(&named[0].1).1, None);
        let retired = [machine("a", None)];
        assert_eq!(Sites::of(&retired, false, open).unwrap().around(&retired[0].1).1, None);
        assert!(Sites::default().around(&named[0].1).0.is_none(), "a machine of no run");
    }
}
