//! Bakes the window's files, its permissions and its icon into the app.

fn main() {
    println!("cargo:rerun-if-changed=../ui/dist");
    let commands = tauri_build::AppManifest::new().commands(&["dispatch"]);
    let attributes = tauri_build::Attributes::new().app_manifest(commands);
    if let Err(error) = tauri_build::try_build(attributes) {
        println!("cargo:error=the window cannot be built: {error:#} (`cargo xtask build` makes ui/dist first)");
        std::process::exit(1);
    }
}
