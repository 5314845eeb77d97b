//! Keys that come from the display, as a keyboard or a scanner sends them; nothing of the page is touched.

use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::display::Display;
use crate::process::first_in_line;

/// Milliseconds between two keys of a scanner.
pub const SCANNER_MS: u32 = 5;

/// Types a code as a wedge scanner does: quickly, with Return at the end.
pub fn scan(display: &Display, code: &str) -> Result<()> {
    let mut names = names(code)?;
    names.push("Return".into());
    press_all(display, &names, SCANNER_MS)
}

/// Types a text as a person does.
pub fn typed(display: &Display, text: &str) -> Result<()> {
    press_all(display, &names(text)?, 120)
}

/// Presses one key by its X name: `F12`, `Return`, `ctrl+z`.
pub fn press(display: &Display, key: &str) -> Result<()> {
    press_all(display, &[key.into()], 0)
}

/// Turns the wheel by so many notches towards the person, over a point of the display.
pub fn wheel(display: &Display, x: u32, y: u32, notches: u32) -> Result<()> {
    let mut xdotool = first_in_line("xdotool");
    xdotool.env("DISPLAY", display.name()).args(["mousemove", &x.to_string(), &y.to_string()]);
    let status = xdotool.args(["click", "--repeat", &notches.to_string(), "--delay", "100", "5"]).status()?;
    ensure!(status.success(), "xdotool ended with {status}");
    Ok(())
}

/// Presses a key in the window of one process; fails while it has none.
pub fn press_in(display: &Display, process: u32, key: &str) -> Result<()> {
    let mut search = Command::new("xdotool");
    search.env("DISPLAY", display.name()).args(["search", "--all", "--onlyvisible", "--pid", &process.to_string()]);
    let found = search.args(["--name", "Selvedge"]).output()?;
    let windows = String::from_utf8_lossy(&found.stdout).into_owned();
    let window = windows.lines().next().with_context(|| format!("process {process} has no window"))?;
    let mut press = first_in_line("xdotool");
    let status = press.env("DISPLAY", display.name()).args(["windowfocus", window, "key", key]).status()?;
    ensure!(status.success(), "xdotool ended with {status}");
    Ok(())
}

fn press_all(display: &Display, names: &[String], delay_ms: u32) -> Result<()> {
    // `xdotool type` loses a Return at the end; `key` does not.
    let mut xdotool = first_in_line("xdotool");
    xdotool.env("DISPLAY", display.name()).args(["key", "--delay", &delay_ms.to_string()]).args(names);
    let status = xdotool.status()?;
    ensure!(status.success(), "xdotool ended with {status}");
    Ok(())
}

fn names(text: &str) -> Result<Vec<String>> {
    text.chars().map(name).collect()
}

fn name(character: char) -> Result<String> {
    Ok(match character {
        'a'..='z' | 'A'..='Z' | '0'..='9' => character.to_string(),
        ' ' => "space".into(),
        '-' => "minus".into(),
        '_' => "underscore".into(),
        '.' => "period".into(),
        ',' => "comma".into(),
        ':' => "colon".into(),
        '/' => "slash".into(),
        '+' => "plus".into(),
        '*' => "asterisk".into(),
        '$' => "dollar".into(),
        '%' => "percent".into(),
        '(' => "parenleft".into(),
        ')' => "parenright".into(),
        ']' => "bracketright".into(),
        '[' => "bracketleft".into(),
        '\u{1d}' => "ctrl+bracketright".into(),
        other => bail!("no key is known for {other:?}"),
    })
}
