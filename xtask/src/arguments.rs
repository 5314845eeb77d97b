//! Reading the command line, by hand: flags only, and whatever is left over is a mistake.

use anyhow::{Result, ensure};

use crate::build::Profile;

/// What was typed after `cargo xtask`.
pub struct Arguments(Vec<String>);

impl Arguments {
    /// Of this process.
    pub fn of_process() -> Self {
        Arguments(std::env::args().skip(1).collect())
    }

    /// Takes the command, the first word that is no flag.
    pub fn command(&mut self) -> Option<String> {
        let at = self.0.iter().position(|word| !word.starts_with('-'))?;
        Some(self.0.remove(at))
    }

    /// Takes a flag; whether it was there.
    pub fn flag(&mut self, name: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|word| word != name);
        self.0.len() < before
    }

    /// Takes `--release`.
    pub fn profile(&mut self) -> Profile {
        if self.flag("--release") { Profile::Release } else { Profile::Debug }
    }

    /// What nobody took, for another program.
    pub fn rest(self) -> Vec<String> {
        self.0
    }

    /// Refuses what nobody took.
    pub fn finish(self) -> Result<()> {
        ensure!(self.0.is_empty(), "not understood: {}", self.0.join(" "));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(words: &[&str]) -> Arguments {
        Arguments(words.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn flags_are_taken_wherever_they_stand() {
        let mut arguments = of(&["--fresh", "demo", "--yes"]);
        assert_eq!(arguments.command().as_deref(), Some("demo"), "the command is the first word without a dash");
        assert!(arguments.flag("--yes") && arguments.flag("--fresh"), "flags may stand before and after the command");
        assert!(arguments.finish().is_ok(), "all was taken");
    }

    #[test]
    fn what_nobody_takes_is_a_mistake() {
        let mut arguments = of(&["test", "--requires-samples"]);
        assert_eq!(arguments.command().as_deref(), Some("test"));
        let refusal = arguments.finish().err().map(|error| error.to_string());
        assert_eq!(refusal.as_deref(), Some("not understood: --requires-samples"), "a mistyped flag is never ignored");
    }
}
