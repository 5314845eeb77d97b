//! The woven edge at the inline start of every screen: whole while central answers, a running stitch while it does not,
//! a tape in the demo; it widens for a moment to say *done*, *unknown* or *attention*.

use selvedge_contract::view::{ConnectionState, Signal, StatusLine, Tone};
use yew::prelude::*;

use crate::{dom, tones};

/// What the edge needs.
#[derive(Clone, PartialEq, Properties)]
pub struct EdgeProps {
    /// For the thread.
    pub status: Option<StatusLine>,
    /// Flashed once, when its number is new.
    pub signal: Option<Signal>,
    /// The view that is shown; the next one ends a call for attention.
    pub revision: u64,
    /// Loudness of the tones in percent.
    pub volume_percent: u32,
}

/// The edge.
#[component]
pub fn Edge(props: &EdgeProps) -> Html {
    let flash = use_state(|| None::<Signal>);
    let heard = use_mut_ref(|| None::<u64>);
    {
        let flash = flash.clone();
        let volume_percent = props.volume_percent;
        let heard = heard.clone();
        use_effect_with(props.signal, move |signal| {
            let Some(signal) = *signal else { return };
            let first = heard.borrow_mut().replace(signal.number).is_none();
            // What was signalled before this window opened is over.
            if first && signal.number == 0 {
                return;
            }
            tones::play(signal.tone, loudness(volume_percent));
            flash.set(Some(signal));
            if let Some(length_ms) = length_ms(signal.tone) {
                let flash = flash.clone();
                let heard = heard.clone();
                dom::after_ms(length_ms, move || {
                    if *heard.borrow() == Some(signal.number) {
                        flash.set(None);
                    }
                });
            }
        });
    }
    {
        let flash = flash.clone();
        let number = props.signal.map(|signal| signal.number);
        use_effect_with(props.revision, move |_| {
            // The next act is over the call for attention, unless it calls anew.
            if flash.is_some_and(|shown| shown.tone == Tone::Attention && Some(shown.number) == number) {
                flash.set(None);
            }
        });
    }
    let thread = match props.status.as_ref().map(|status| (status.demo, status.connection.state)) {
        Some((_, ConnectionState::Offline)) => "edge offline",
        Some((true, _)) => "edge demo",
        Some((false, _)) | None => "edge",
    };
    let flashing = match flash.map(|signal| signal.tone) {
        Some(Tone::Done) => Some("flash-done"),
        Some(Tone::Unknown) => Some("flash-unknown"),
        Some(Tone::Attention) => Some("flash-attention"),
        None => None,
    };
    html! { <div class={classes!(thread, flashing)} aria-hidden="true"></div> }
}

/// How long the edge stays wide; attention stays until the next act.
fn length_ms(tone: Tone) -> Option<i32> {
    match tone {
        Tone::Done => Some(250),
        Tone::Unknown => Some(600),
        Tone::Attention => None,
    }
}

#[allow(clippy::cast_precision_loss, clippy::float_arithmetic)]
fn loudness(percent: u32) -> f32 {
    percent as f32 / 100.0
}
