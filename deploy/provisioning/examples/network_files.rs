//! Writes the files of a wished network into a folder, as a machine is given them: for programs that read them, where there is
//! no such machine.
//!
//! `network_files INVENTORY MANAGER INTERFACE OUT`, of the inventory's `[all]`.

use std::path::Path;
use std::{env, fs};

use anyhow::Context as _;
use provisioning::inventory::Inventory;
use provisioning::network::Connection;

fn main() -> anyhow::Result<()> {
    let words: Vec<String> = env::args().skip(1).collect();
    let [inventory, manager, interface, out] = words.as_slice() else {
        anyhow::bail!("say which: network_files INVENTORY MANAGER INTERFACE OUT");
    };
    let inventory = Inventory::read(Path::new(inventory))?;
    let network = inventory.all.network.context("the inventory's [all] says nothing of a network")?;
    let text = |path: &Path| fs::read_to_string(path);
    let connection = Connection::read(&network, &text, &text).map_err(anyhow::Error::msg)?;
    for file in connection.files(manager, interface) {
        let path = Path::new(out).join(file.path.trim_start_matches('/'));
        fs::create_dir_all(path.parent().context("a path without a folder")?)?;
        fs::write(path, file.text)?;
    }
    Ok(())
}
