// Stands in for the app: answers commands from fixed views, does nothing else.
import { grid, hits, statusPage, tiles, views } from "./views.js";

const query = new URLSearchParams(location.search);
for (const name of ["theme", "text", "volume"]) {
  localStorage.removeItem(`selvedge.${name}`);
  if (query.has(name)) localStorage.setItem(`selvedge.${name}`, query.get(name));
}
const name = query.get("view") ?? "till";
let view = { ...structuredClone(views[name]), language: query.get("lang") ?? "en" };
const calls = [];
window.calls = calls;

const answers = {
  search: () => hits,
  size_grid: () => grid,
  tiles: () => tiles,
  status_page: ({ part }) => ({ ...statusPage, part }),
  test_device: () => "printing",
  find_sale: () => views.returnable,
  sign_in: () => Promise.reject({ code: "wrong-pin", detail: "3" }),
  set_language: ({ language }) => (view = { ...view, language, revision: view.revision + 1 }),
};

window.__TAURI_INTERNALS__ = {
  transformCallback: () => 0,
  invoke: async (command, { name, payload } = {}) => {
    if (command !== "dispatch") return null;
    calls.push({ name, payload });
    document.documentElement.dataset.calls = calls.map((call) => call.name).join(" ");
    return answers[name] ? answers[name](payload) : view;
  },
};

// Each step is a key (`F12`, `Shift+F8`), a press on a handle (`@pay-cash`), a scan (`~9521874003313`) or typed text (`=300`).
const key = (name, shiftKey = false) =>
  (document.activeElement ?? document.body).dispatchEvent(
    new KeyboardEvent("keydown", { key: name, shiftKey, bubbles: true, cancelable: true }),
  );
const type = (text) => {
  const field = document.activeElement;
  field.value = text;
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
};
const step = (what) => {
  if (what.startsWith("@")) document.querySelector(`[data-testid=${what.slice(1)}]`).click();
  else if (what.startsWith("~")) [...what.slice(1)].forEach((letter) => key(letter)), key("Enter");
  else if (what.startsWith("=")) type(what.slice(1));
  else if (what.startsWith("Shift+")) key(what.slice(6), true);
  else key(what);
};
const steps = (query.get("press") ?? "").split(",").filter(Boolean);
steps.forEach((what, place) => setTimeout(() => step(what), 400 + place * 250));
