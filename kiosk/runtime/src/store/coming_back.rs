//! The command that a new start of the program answers: kept beside the store over that start, and told once.

use std::path::PathBuf;

use wire::ids::CommandId;

use super::Store;

impl Store {
    fn note(&self) -> PathBuf {
        self.path.with_file_name("restart")
    }

    /// Notes which command ends the program.
    pub fn note_restart(&self, command: CommandId) -> std::io::Result<()> {
        std::fs::write(self.note(), command.to_string())
    }

    /// The command that ended the last run, once. What cannot be read, or cannot be taken away, was none: it must not be told
    /// at every start.
    #[must_use]
    pub fn restarted_by(&self) -> Option<CommandId> {
        let noted = std::fs::read_to_string(self.note()).ok()?;
        std::fs::remove_file(self.note()).ok()?;
        noted.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_that_ended_the_program_is_told_once() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        assert_eq!(store.restarted_by(), None);
        let command = CommandId(uuid::Uuid::from_u128(7));
        store.note_restart(command).unwrap();
        drop(store);
        let store = Store::open(folder.path()).unwrap();
        assert_eq!((store.restarted_by(), store.restarted_by()), (Some(command), None));
        std::fs::write(folder.path().join("restart"), "cut of").unwrap();
        assert_eq!((store.restarted_by(), folder.path().join("restart").exists()), (None, false));
    }
}
