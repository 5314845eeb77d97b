//! The window's files: Rust to wasm, wasm to bindings, all of it laid out in `ui/dist`.

use anyhow::Result;

use crate::build::Profile;
use crate::shell::{self, Shell};

/// A profile of its own: it is made small.
const PAGE: &[&str] = &["--profile", "page"];

/// Makes `ui/dist`.
pub fn build(shell: &Shell, profile: Profile) -> Result<()> {
    let target = "wasm32-unknown-unknown";
    let (flags, folder) = match profile {
        Profile::Debug => (profile.flags(), profile.folder()),
        Profile::Release => (PAGE, "page"),
    };
    shell::run(shell.cargo(&["build", "-p", "selvedge-ui", "--target", target]).args(flags))?;
    let wasm = shell.target().join(target).join(folder).join("selvedge-ui.wasm");
    let ui = shell.root().join("ui");
    let mut binder = shell.cargo(&["run", "--quiet", "-p", "ui-build", "--"]);
    shell::run(binder.arg(wasm).arg(&ui).arg(ui.join("dist")).args(profile.flags()))
}
