// The only script of the page: the window itself is the WebAssembly beside it.
import init from "../selvedge_ui.js";

init({ module_or_path: new URL("../selvedge_ui_bg.wasm", import.meta.url) });
