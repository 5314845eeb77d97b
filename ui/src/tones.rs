//! The three tones: they differ in number, pitch and rhythm, so that no good ear is needed.

use std::cell::RefCell;

use selvedge_contract::view::Tone;
use wasm_bindgen::JsValue;
use web_sys::{AudioContext, OscillatorType};

thread_local! {
    static AUDIO: RefCell<Option<AudioContext>> = const { RefCell::new(None) };
}

/// A note: (start in s, length in s, pitch in Hz).
type Note = (f64, f64, f32);

const DONE: &[Note] = &[(0.0, 0.06, 1320.0)];
const UNKNOWN: &[Note] = &[(0.0, 0.09, 880.0), (0.13, 0.09, 660.0)];
const ATTENTION: &[Note] = &[(0.0, 0.14, 440.0), (0.22, 0.14, 440.0), (0.44, 0.14, 440.0)];

/// Plays a tone. A machine without sound has the edge's flash.
pub fn play(tone: Tone, volume: f32) {
    let notes = match tone {
        Tone::Done => DONE,
        Tone::Unknown => UNKNOWN,
        Tone::Attention => ATTENTION,
    };
    AUDIO.with_borrow_mut(|audio| {
        if audio.is_none() {
            *audio = AudioContext::new().ok();
        }
        if let Some(audio) = audio {
            let _ = audio.resume();
            for note in notes {
                let _ = sound(audio, *note, volume);
            }
        }
    });
}

// The clock of the sound card counts in floating seconds.
#[allow(clippy::float_arithmetic)]
fn sound(audio: &AudioContext, (start_s, length_s, pitch_hz): Note, volume: f32) -> Result<(), JsValue> {
    let note = audio.create_oscillator()?;
    let gain = audio.create_gain()?;
    note.set_type(OscillatorType::Sine);
    note.frequency().set_value(pitch_hz);
    let from_s = audio.current_time() + start_s;
    // A short rise and fall, or the note would click.
    gain.gain().set_value_at_time(0.0, from_s)?;
    gain.gain().linear_ramp_to_value_at_time(volume, from_s + 0.005)?;
    gain.gain().set_value_at_time(volume, from_s + length_s - 0.01)?;
    gain.gain().linear_ramp_to_value_at_time(0.0, from_s + length_s)?;
    note.connect_with_audio_node(&gain)?;
    gain.connect_with_audio_node(&audio.destination())?;
    note.start_with_when(from_s)?;
    note.stop_with_when(from_s + length_s)
}
