//! The key map: one table. A key presses the button on which it is printed, in the topmost layer, so that a key, a touch
//! and the help page cannot differ.

use web_sys::{HtmlElement, HtmlInputElement, KeyboardEvent};

use crate::dom;
use wasm_bindgen::JsCast;

/// A key that is printed on buttons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    F1,
    F2,
    ShiftF2,
    F3,
    F4,
    ShiftF4,
    F5,
    F6,
    F7,
    F8,
    ShiftF8,
    ShiftF9,
    F10,
    F11,
    ShiftF11,
    F12,
    Esc,
    Del,
    CtrlZ,
}

/// The keys and what they do.
pub const TABLE: &[(Key, &str)] = &[
    (Key::F1, "key-help"),
    (Key::F2, "key-search"),
    (Key::ShiftF2, "key-demo-scan"),
    (Key::F3, "key-copy"),
    (Key::F4, "key-quantity"),
    (Key::ShiftF4, "key-price"),
    (Key::F5, "key-cash"),
    (Key::F6, "key-discount"),
    (Key::F7, "key-return"),
    (Key::F8, "key-park"),
    (Key::ShiftF8, "key-parked"),
    (Key::ShiftF9, "key-set-aside"),
    (Key::F10, "key-menu"),
    (Key::F11, "key-tray"),
    (Key::ShiftF11, "key-tray-other"),
    (Key::F12, "key-forward"),
    (Key::Esc, "key-back"),
    (Key::Del, "key-remove"),
    (Key::CtrlZ, "key-undo"),
];

impl Key {
    /// On a button, `data-key`.
    pub fn name(self) -> &'static str {
        match self {
            Key::F1 => "F1",
            Key::F2 => "F2",
            Key::ShiftF2 => "Shift F2",
            Key::F3 => "F3",
            Key::F4 => "F4",
            Key::ShiftF4 => "Shift F4",
            Key::F5 => "F5",
            Key::F6 => "F6",
            Key::F7 => "F7",
            Key::F8 => "F8",
            Key::ShiftF8 => "Shift F8",
            Key::ShiftF9 => "Shift F9",
            Key::F10 => "F10",
            Key::F11 => "F11",
            Key::ShiftF11 => "Shift F11",
            Key::F12 => "F12",
            Key::Esc => "Esc",
            Key::Del => "Del",
            Key::CtrlZ => "Ctrl Z",
        }
    }

    /// The text that is printed, where it differs by language.
    pub fn cap(self) -> &'static str {
        match self {
            Key::Del => "cap-del",
            Key::CtrlZ => "cap-ctrl-z",
            Key::ShiftF2 => "cap-shift-f2",
            Key::ShiftF4 => "cap-shift-f4",
            Key::ShiftF8 => "cap-shift-f8",
            Key::ShiftF9 => "cap-shift-f9",
            Key::ShiftF11 => "cap-shift-f11",
            Key::F1
            | Key::F2
            | Key::F3
            | Key::F4
            | Key::F5
            | Key::F6
            | Key::F7
            | Key::F8
            | Key::F10
            | Key::F11
            | Key::F12
            | Key::Esc => "",
        }
    }

    /// For assistive technology, `aria-keyshortcuts`.
    pub fn shortcut(self) -> &'static str {
        match self {
            Key::ShiftF2 => "Shift+F2",
            Key::ShiftF4 => "Shift+F4",
            Key::ShiftF8 => "Shift+F8",
            Key::ShiftF9 => "Shift+F9",
            Key::ShiftF11 => "Shift+F11",
            Key::Esc => "Escape",
            Key::Del => "Delete",
            Key::CtrlZ => "Control+Z",
            Key::F1
            | Key::F2
            | Key::F3
            | Key::F4
            | Key::F5
            | Key::F6
            | Key::F7
            | Key::F8
            | Key::F10
            | Key::F11
            | Key::F12 => self.name(),
        }
    }

    fn of(event: &KeyboardEvent) -> Option<Key> {
        let plain = !(event.ctrl_key() || event.alt_key() || event.meta_key());
        let key = event.key();
        if event.ctrl_key() && !event.alt_key() {
            return key.eq_ignore_ascii_case("z").then_some(Key::CtrlZ);
        }
        if event.shift_key() && plain {
            return [Key::ShiftF2, Key::ShiftF4, Key::ShiftF8, Key::ShiftF9, Key::ShiftF11]
                .into_iter()
                .find(|known| known.shortcut().strip_prefix("Shift+") == Some(&key));
        }
        TABLE.iter().map(|(key, _)| *key).find(|known| plain && known.shortcut() == key)
    }
}

/// Acts on a key that is not a scanner's; whether it was ours. The web view's own ideas about keys are taken from it.
pub fn pressed(event: &KeyboardEvent) -> bool {
    let Some(key) = Key::of(event) else { return moved(event) || belongs_to_the_browser(event) };
    if edits_a_field(key) {
        return false;
    }
    if !event.repeat() {
        let selector = format!("[data-key=\"{}\"]:not([disabled])", key.name());
        // Help and menu are of the top bar, which stays in use below a sheet.
        if let Some(button) = dom::topmost(&selector).or_else(|| below(key, &selector)) {
            button.click();
        }
    }
    true
}

fn below(key: Key, selector: &str) -> Option<HtmlElement> {
    matches!(key, Key::F1 | Key::F10)
        .then(|| dom::document()?.query_selector(selector).ok()??.dyn_into().ok())
        .flatten()
}

/// Delete and undo belong to a field with something in it.
fn edits_a_field(key: Key) -> bool {
    matches!(key, Key::Del | Key::CtrlZ)
        && dom::focused()
            .and_then(|element| element.dyn_into::<HtmlInputElement>().ok())
            .is_some_and(|field| !field.value().is_empty())
}

/// Reload, print, find, zoom, history and the inspector have no place at a till. Copy and paste have.
fn belongs_to_the_browser(event: &KeyboardEvent) -> bool {
    let key = event.key();
    if event.ctrl_key() || event.meta_key() {
        let edits = matches!(key.to_ascii_lowercase().as_str(), "c" | "v" | "x" | "a");
        let types = event.alt_key() && key.chars().count() == 1;
        return !(edits || types);
    }
    event.alt_key() && matches!(key.as_str(), "ArrowLeft" | "ArrowRight")
        || key.strip_prefix('F').is_some_and(|number| number.parse::<u8>().is_ok())
}

/// Arrow keys go from button to button within what is marked as a list, a row of tabs or a grid; from nowhere to the
/// first of the topmost one.
fn moved(event: &KeyboardEvent) -> bool {
    let Some(direction) = Direction::of(event) else { return false };
    let focused = dom::focused().filter(|element| !element.is_instance_of::<HtmlInputElement>());
    let Some(focused) = focused else { return false };
    let Some(group) = focused.closest("[data-arrows]").ok().flatten() else {
        let nowhere = focused.tag_name() == "BODY" || focused.has_attribute("data-layer-body");
        let first = dom::topmost_first("[data-arrows] button:not([disabled])").filter(|_| nowhere);
        return first.is_some_and(|button| button.focus().is_ok());
    };
    let Ok(buttons) = group.query_selector_all("button:not([disabled])") else { return false };
    let here = Place::of(&focused);
    let next = (0..buttons.length())
        .filter_map(|at| buttons.item(at)?.dyn_into::<HtmlElement>().ok())
        .filter_map(|button| Some((direction.way(here, Place::of(&button))?, button)))
        .min_by_key(|(way, _)| *way);
    if let Some((_, button)) = next {
        let _ = button.focus();
    }
    true
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Left,
    Right,
    Up,
    Down,
}

/// The middle of a button, in pixels of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    x: i32,
    y: i32,
}

impl Place {
    #[allow(clippy::cast_possible_truncation, clippy::float_arithmetic, reason = "pixels of a window")]
    fn of(element: &web_sys::Element) -> Self {
        let place = element.get_bounding_client_rect();
        Place { x: (place.left() + place.width() / 2.0) as i32, y: (place.top() + place.height() / 2.0) as i32 }
    }
}

impl Direction {
    fn of(event: &KeyboardEvent) -> Option<Self> {
        if event.ctrl_key() || event.alt_key() || event.meta_key() || event.shift_key() {
            return None;
        }
        match event.key().as_str() {
            "ArrowLeft" => Some(Direction::Left),
            "ArrowRight" => Some(Direction::Right),
            "ArrowUp" => Some(Direction::Up),
            "ArrowDown" => Some(Direction::Down),
            _ => None,
        }
    }

    /// How far it is that way, where what lies aside counts thrice; none where it does not lie that way.
    fn way(self, from: Place, to: Place) -> Option<i32> {
        let (right, down) = (to.x - from.x, to.y - from.y);
        let (ahead, aside) = match self {
            Direction::Left => (-right, down),
            Direction::Right => (right, down),
            Direction::Up => (-down, right),
            Direction::Down => (down, right),
        };
        // A step to the side that goes mostly up or down is none.
        (ahead > 4 && aside.abs() <= ahead.saturating_mul(4))
            .then(|| ahead.saturating_add(aside.abs().saturating_mul(3)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_go_to_the_nearest_button_that_way() {
        let at = |x, y| Place { x, y };
        let (here, below, beside) = (at(100, 100), at(100, 160), at(200, 100));
        assert_eq!(Direction::Down.way(here, below), Some(60));
        assert_eq!(Direction::Down.way(here, beside), None, "what stands beside is not below");
        assert!(Direction::Right.way(here, beside) < Direction::Right.way(here, at(200, 160)));
        assert_eq!(Direction::Up.way(here, here), None, "nobody moves to where she is");
    }

    #[test]
    fn every_key_of_the_table_has_its_own_name() {
        let names: std::collections::BTreeSet<_> = TABLE.iter().map(|(key, _)| key.name()).collect();
        assert_eq!(names.len(), TABLE.len());
    }
}
