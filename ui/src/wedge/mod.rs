//! The keyboard wedge in the page: one listener ahead of everything else. It feeds the [`machine`], remembers the field
//! at the start of a burst and puts it back when the burst was a scan. Per key it does no more than that.

mod machine;

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::prelude::*;
use web_sys::{Element, HtmlElement, HtmlInputElement, KeyboardEvent};

use crate::dom;
use machine::{Key, SILENCE_MS, Scan, Verdict, Wedge};

/// A timer that is later than this was held up by the page itself.
const LATE_MS: u64 = 10;

/// Keys are not believed to be later than this.
const MOST_LATE_MS: u64 = 2000;

/// A scan that was caught.
pub struct Caught {
    /// Without its suffix.
    pub text: String,
    /// When its last key went down, on the clock of the window.
    pub at_ms: f64,
}

/// A field as it was before the burst.
struct Field {
    element: HtmlInputElement,
    value: String,
    start: u32,
    end: u32,
}

impl Field {
    fn of(element: HtmlInputElement) -> Self {
        let start = element.selection_start().ok().flatten().unwrap_or(0);
        let end = element.selection_end().ok().flatten().unwrap_or(start);
        Field { value: element.value(), start, end, element }
    }

    /// As it was, and tells the component that listens to it.
    fn put_back(self) {
        if self.element.value() != self.value {
            dom::type_into(&self.element, &self.value);
        }
        let _ = self.element.set_selection_range(self.start, self.end);
    }
}

#[derive(Default)]
struct Page {
    wedge: Wedge,
    fields: Vec<Field>,
    /// Fields as they were at the burst's last pause.
    since_pause: Vec<Field>,
    focus: Option<Element>,
    waiting_for_silence: bool,
    last_ms: f64,
    /// When it was heard here: a busy page hears keys long after they went down.
    heard_ms: f64,
}

/// Starts to listen. `scanned` is told each scan, `pressed` each other key; it answers whether the key was its own.
pub fn listen(scanned: impl Fn(Caught) + 'static, pressed: impl Fn(&KeyboardEvent) -> bool + 'static) {
    let page = Rc::new(RefCell::new(Page::default()));
    let scanned = Rc::new(scanned);
    dom::on_window_first("keydown", move |event: KeyboardEvent| {
        if event.is_composing() {
            return;
        }
        let verdict = page.borrow_mut().key(&event);
        match verdict {
            Verdict::First | Verdict::More => guard_space(&event, &page),
            Verdict::Long | Verdict::Resumed => {
                guard_space(&event, &page);
                wait_for_silence(&page, &scanned);
            }
            Verdict::Pass => {
                if pressed(&event) {
                    swallow(&event);
                }
            }
            Verdict::Swallow => swallow(&event),
            Verdict::Scan(scan) => {
                swallow(&event);
                page.borrow_mut().put_back(&scan);
                scanned(Caught { text: scan.text, at_ms: event.time_stamp() });
            }
        }
    });
}

impl Page {
    fn key(&mut self, event: &KeyboardEvent) -> Verdict {
        self.last_ms = event.time_stamp();
        self.heard_ms = dom::now_ms();
        let verdict = self.wedge.key(whole_ms(self.last_ms), read(event), !self.fields.is_empty());
        match verdict {
            Verdict::First => {
                self.fields.clear();
                self.since_pause.clear();
                self.focus = dom::focused();
                go_home(self.focus.as_ref());
                self.remember();
            }
            Verdict::Resumed => {
                self.since_pause.clear();
                self.remember();
            }
            Verdict::More | Verdict::Long => self.remember(),
            Verdict::Pass | Verdict::Swallow | Verdict::Scan(_) => {}
        }
        verdict
    }

    /// How long nothing was typed, as far as can be told: keys that the last one waited behind may still be on the way.
    fn silent_ms(&self, now_ms: u64) -> u64 {
        let heard_ms = whole_ms(self.heard_ms);
        let late_ms = heard_ms.saturating_sub(whole_ms(self.last_ms)).min(MOST_LATE_MS);
        now_ms.saturating_sub(heard_ms).saturating_sub(late_ms)
    }

    /// Remembers the field that this key goes to, once a burst.
    fn remember(&mut self) {
        let Some(field) = dom::focused_field() else { return };
        for fields in [&mut self.fields, &mut self.since_pause] {
            if !fields.iter().any(|known| known.element == field) {
                fields.push(Field::of(field.clone()));
            }
        }
    }

    fn put_back(&mut self, scan: &Scan) {
        let fields = if scan.after_pause { &mut self.since_pause } else { &mut self.fields };
        for field in fields.drain(..) {
            field.put_back();
        }
        let before = self.focus.take().and_then(|element| element.dyn_into::<HtmlElement>().ok());
        if let Some(before) = before.filter(|element| element.is_connected()) {
            let now = dom::focused();
            if now.is_some_and(|now| &now != before.as_ref() as &Element) {
                let _ = before.focus();
            }
        }
    }
}

/// Where nothing takes keys, a screen's home field does: the PIN, the amount.
fn go_home(focus: Option<&Element>) {
    if focus.is_some_and(|element| element.is_instance_of::<HtmlInputElement>()) {
        return;
    }
    if let Some(home) = dom::topmost("[data-home]") {
        let _ = home.focus();
    }
}

/// A space presses a button that has the focus. Within a burst it does not; as the first key it does so only when
/// nothing follows.
fn guard_space(event: &KeyboardEvent, page: &Rc<RefCell<Page>>) {
    if event.key() != " " {
        return;
    }
    let Some(button) = dom::focused().and_then(|element| element.dyn_into::<HtmlElement>().ok()) else { return };
    if button.is_instance_of::<HtmlInputElement>() {
        return;
    }
    event.prevent_default();
    let page = page.clone();
    let at_ms = event.time_stamp();
    dom::after_ms(60, move || {
        let alone = page.borrow().last_ms <= at_ms;
        if alone && button.is_connected() {
            button.click();
        }
    });
}

fn wait_for_silence<F: Fn(Caught) + 'static>(page: &Rc<RefCell<Page>>, scanned: &Rc<F>) {
    if std::mem::replace(&mut page.borrow_mut().waiting_for_silence, true) {
        return;
    }
    check_later(page.clone(), scanned.clone());
}

fn check_later<F: Fn(Caught) + 'static>(page: Rc<RefCell<Page>>, scanned: Rc<F>) {
    let due_ms = whole_ms(dom::now_ms()) + SILENCE_MS;
    dom::after_ms(i32::try_from(SILENCE_MS).unwrap_or(100), move || {
        let now_ms = whole_ms(dom::now_ms());
        let (scan, at_ms, still) = {
            let mut page = page.borrow_mut();
            // A page that was busy drawing has keys still to hear, so it cannot call this silence.
            let silent_ms = if now_ms > due_ms + LATE_MS { 0 } else { page.silent_ms(now_ms) };
            let in_field = !page.fields.is_empty();
            let until_ms = whole_ms(page.last_ms) + silent_ms;
            let scan = page.wedge.silence(until_ms, in_field);
            if let Some(scan) = &scan {
                page.put_back(scan);
            }
            let still = silent_ms < SILENCE_MS || page.wedge.waits();
            page.waiting_for_silence = still;
            (scan, page.last_ms, still)
        };
        if let Some(scan) = scan {
            scanned(Caught { text: scan.text, at_ms });
        }
        if still {
            check_later(page, scanned);
        }
    });
}

/// Reads a key by what the system says it types.
fn read(event: &KeyboardEvent) -> Key {
    let key = event.key();
    let control = event.ctrl_key() || event.meta_key();
    let graphic = event.alt_key() == event.ctrl_key();
    let mut characters = key.chars();
    match (characters.next(), characters.next()) {
        _ if event.repeat() => Key::Person,
        // Scanners send GS as Ctrl+], LF as Ctrl+J and STX as Ctrl+B.
        (Some(']'), None) if control && !graphic => Key::Character('\u{1d}'),
        (Some('j' | 'J'), None) if control && !graphic => Key::Character('\n'),
        (Some(_), None) if control && !graphic => Key::Command,
        (Some(character), None) if graphic || !event.ctrl_key() => Key::Character(character),
        (Some(_), None) => Key::Command,
        _ => named(&key),
    }
}

fn named(key: &str) -> Key {
    match key {
        "Enter" | "Tab" => Key::Suffix,
        "Shift" | "Control" | "Alt" | "AltGraph" | "CapsLock" | "NumLock" | "Meta" => Key::Modifier,
        "Escape" | "Delete" => Key::Command,
        other if other.starts_with('F') && other[1..].parse::<u8>().is_ok() => Key::Command,
        _ => Key::Person,
    }
}

fn swallow(event: &KeyboardEvent) {
    event.prevent_default();
    event.stop_immediate_propagation();
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn whole_ms(at_ms: f64) -> u64 {
    at_ms as u64
}
