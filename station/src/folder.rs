//! Where the data lies, by the rules of the system.

use std::path::PathBuf;

/// The data folder when none is given: `$XDG_DATA_HOME/selvedge` or `~/.local/share/selvedge` on Linux,
/// `%LOCALAPPDATA%\selvedge` on Windows, `~/Library/Application Support/selvedge` on macOS.
pub fn default_data_dir() -> Option<PathBuf> {
    let from = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = if cfg!(windows) {
        from("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        from("HOME").map(|home| home.join("Library/Application Support"))
    } else {
        from("XDG_DATA_HOME")
            .filter(|path| path.is_absolute())
            .or_else(|| from("HOME").map(|home| home.join(".local/share")))
    };
    base.map(|base| base.join("selvedge"))
}
