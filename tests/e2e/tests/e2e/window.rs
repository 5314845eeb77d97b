//! The window itself: it opens, shows what is due, keeps its keys, and is the only one on its data.

use std::io::Read;
use std::time::Duration;

use anyhow::{Context, Result};
use selvedge_e2e::{Display, Station, keys};
use serde_json::json;

#[test]
fn a_station_that_belongs_to_nobody_offers_the_demo_or_to_join() -> Result<()> {
    let display = Display::start()?;
    let station = Station::fresh()?;
    let window = station.open(&display)?;
    window.wait_for("start-demo")?;
    window.wait_for("join")?;
    window.close()
}

#[test]
fn the_page_may_sound_and_may_not_reach_out() -> Result<()> {
    let display = Display::start()?;
    let station = Station::fresh()?;
    let window = station.open(&display)?;
    window.wait_for("start-demo")?;
    let sound = "const sound = new AudioContext(); const end = performance.now() + 5000;
        while (sound.state !== 'running' && performance.now() < end) await new Promise(next => setTimeout(next, 20));
        return sound.state";
    let sound = window.script(sound, vec![])?;
    assert_eq!(sound, json!("running"), "a tone must sound before anybody has touched the window");
    let reach =
        "const refused = []; document.addEventListener('securitypolicyviolation', e => refused.push(e.blockedURI));
        try { await fetch('http://127.0.0.1:9/'); } catch {} return refused.length";
    assert_eq!(window.script(reach, vec![])?, json!(1), "the content policy refuses every address but the app's own");
    window.close()
}

#[test]
fn keys_of_a_browser_do_nothing_but_what_the_till_makes_of_them() -> Result<()> {
    let display = Display::start()?;
    let station = Station::fresh()?;
    let window = station.open(&display)?;
    window.wait_for("start-demo")?;
    window.script("window.stays = true", vec![])?;
    for key in ["F7", "F12", "ctrl+r", "ctrl+F5", "alt+Left", "F10"] {
        window.press(key)?;
    }
    window.until("the page has heard the keys", || {
        Ok(window.script("return window.stays === true", vec![])? == json!(true))
    })?;
    window.wait_for("start-demo")?;
    window.close()
}

#[test]
fn the_wheel_scrolls_what_is_longer_than_its_place() -> Result<()> {
    let display = Display::start()?;
    let station = Station::fresh()?;
    let window = station.open(&display)?;
    window.wait_for("start-demo")?;
    let long = "const place = document.createElement('div'), long = document.createElement('div');
        Object.assign(place.style, { position: 'fixed', inset: '0', overflow: 'auto', zIndex: '9' });
        long.style.height = '9000px'; place.id = 'place'; place.append(long); document.body.append(place)";
    window.script(long, vec![])?;
    keys::wheel(&display, 600, 400, 5)?;
    window.until("it is scrolled", || {
        Ok(window.script("return document.getElementById('place').scrollTop > 0", vec![])? == json!(true))
    })?;
    window.close()
}

#[test]
fn a_second_start_on_the_same_data_says_so_and_leaves() -> Result<()> {
    let display = Display::start()?;
    let station = Station::fresh()?;
    let window = station.open(&display)?;
    window.wait_for("start-demo")?;

    let mut second = station.start(&display)?;
    // The message waits for a person; Return is its only answer. It may take a moment to appear.
    let mut code = None;
    let mut told = Ok(());
    for _ in 0..40 {
        told = keys::press_in(&display, second.id(), "Return");
        code = second.wait(Duration::from_millis(500)).ok();
        if code.is_some() {
            break;
        }
    }
    second.end();
    let mut said = String::new();
    second.child().stderr.take().context("it has a pipe")?.read_to_string(&mut said)?;
    assert_eq!(code, Some(Some(3)), "a folder in use has an exit code of its own; it said: {said}; {told:?}");
    assert!(said.contains(&*station.data().to_string_lossy()), "the line names the folder; it said: {said}");
    window.wait_for("start-demo")?;
    window.close()
}
