//! The machine under the borne: how its network is, and how it is stopped.

use std::net::{Ipv4Addr, ToSocketAddrs as _, UdpSocket};
use std::path::Path;
use std::process::Command;

/// What the configuration allows to be done with the machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MachineCommands {
    /// Starts the machine anew; none: the program ends, and the service manager starts it again.
    pub restart: Option<Vec<String>>,
    /// Shuts the machine down; none: it is not offered.
    pub power_off: Option<Vec<String>>,
}

/// What was asked for could not be begun.
#[derive(Debug, thiserror::Error)]
#[error("`{command}` cannot be run; check [machine] in the configuration")]
pub struct MachineError {
    command: String,
    #[source]
    source: std::io::Error,
}

/// Runs one of the configuration's commands; comes back when it has begun.
pub fn run(command: &[String]) -> Result<(), MachineError> {
    let Some((program, arguments)) = command.split_first() else { return Ok(()) };
    let mut child = Command::new(program)
        .args(arguments)
        .spawn()
        .map_err(|source| MachineError { command: command.join(" "), source })?;
    // Nobody waits for the end of the machine on the loop's time.
    std::thread::spawn(move || child.wait());
    Ok(())
}

/// The machine's network as technicians write it: interfaces that are up, the address towards the server.
#[must_use]
pub fn network(server: &str) -> Vec<String> {
    let mut lines = interfaces(Path::new("/sys/class/net"));
    lines.extend(address_towards(server));
    lines.push(server.to_owned());
    lines
}

fn interfaces(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut lines: Vec<String> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok().filter(|name| name != "lo")?;
            let state = std::fs::read_to_string(entry.path().join("operstate")).ok()?;
            Some(format!("{name}: {}", state.trim()))
        })
        .collect();
    lines.sort();
    lines
}

/// Which of the machine's addresses reaches the server. Nothing is sent: a datagram socket only chooses its route.
fn address_towards(server: &str) -> Option<String> {
    let (scheme, host) = server.split_once("://")?;
    let port = if scheme == "http" { 80 } else { 443 };
    // A name would have to be looked up, which waits for the network.
    let literal = host.parse::<std::net::SocketAddr>().ok().or_else(|| {
        let address: std::net::IpAddr = host.trim_matches(['[', ']']).parse().ok()?;
        Some((address, port).into())
    });
    let target = literal.unwrap_or_else(|| (Ipv4Addr::new(192, 0, 2, 1), port).into());
    let target = target.to_socket_addrs().ok()?.next()?;
    let local = if target.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let socket = UdpSocket::bind(local).ok()?;
    socket.connect(target).ok()?;
    Some(socket.local_addr().ok()?.ip().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_network_is_told_by_interface_and_address() {
        let folder = tempfile::tempdir().unwrap();
        for (name, state) in [("lo", "unknown\n"), ("eth0", "up\n"), ("wlan0", "down\n")] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
            std::fs::write(folder.path().join(name).join("operstate"), state).unwrap();
        }
        assert_eq!(interfaces(folder.path()), ["eth0: up", "wlan0: down"]);
        assert_eq!(address_towards("http://127.0.0.1:8080").as_deref(), Some("127.0.0.1"));
        assert_eq!(network("http://127.0.0.1:8080").last().map(String::as_str), Some("http://127.0.0.1:8080"));
    }

    #[test]
    fn a_command_that_is_not_there_says_where_to_look() {
        let error = run(&["/nowhere/reboot".to_owned()]).unwrap_err().to_string();
        assert!(error.contains("/nowhere/reboot") && error.contains("[machine]"), "{error}");
        run(&[]).unwrap();
    }
}
