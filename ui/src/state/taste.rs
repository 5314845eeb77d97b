//! How this window looks and sounds, remembered by the window.

use crate::dom;

/// Light, dark, or as the system says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    System,
    Light,
    Dark,
}

/// A person's own settings of a station.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taste {
    /// Which colours.
    pub theme: Theme,
    /// Text size in percent, 100 to 200.
    pub text_percent: u32,
    /// Loudness of the tones in percent.
    pub volume_percent: u32,
}

/// The text sizes that can be chosen.
pub const TEXT_SIZES: &[u32] = &[100, 125, 150, 175, 200];
/// The volumes that can be chosen.
pub const VOLUMES: &[u32] = &[0, 25, 50, 100];
/// Below this, in widths of the standard text, the side panel becomes a sheet.
const NARROW_PX: u32 = 900;
/// From this on the till is fuller.
const WIDE_PX: u32 = 1600;

impl Theme {
    /// In `data-theme` and in storage.
    pub fn name(self) -> &'static str {
        match self {
            Theme::System => "system",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    /// All of them, for the menu.
    pub const ALL: [Theme; 3] = [Theme::System, Theme::Light, Theme::Dark];
}

impl Taste {
    /// As this window remembers it.
    pub fn remembered() -> Self {
        let number = |name: &str, allowed: &[u32], otherwise: u32| {
            let kept = dom::remembered(name).and_then(|text| text.parse().ok());
            kept.filter(|number| allowed.contains(number)).unwrap_or(otherwise)
        };
        let kept = dom::remembered("selvedge.theme").unwrap_or_default();
        Taste {
            theme: Theme::ALL.into_iter().find(|theme| theme.name() == kept).unwrap_or(Theme::System),
            text_percent: number("selvedge.text", TEXT_SIZES, 100),
            volume_percent: number("selvedge.volume", VOLUMES, 50),
        }
    }

    /// Remembers it and shows it.
    pub fn apply(self) {
        dom::remember("selvedge.theme", self.theme.name());
        dom::remember("selvedge.text", &self.text_percent.to_string());
        dom::remember("selvedge.volume", &self.volume_percent.to_string());
        dom::root_attribute("data-theme", (self.theme != Theme::System).then(|| self.theme.name()));
        dom::root_variable("--text-percent", &self.text_percent.to_string());
        self.fit();
    }

    /// Tells the style sheet how much fits into the window at this text size.
    pub fn fit(self) {
        let Some(width) = dom::window().and_then(|window| window.inner_width().ok()?.as_f64()) else { return };
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let effective_px = (width as u32) * 100 / self.text_percent;
        let fit = match effective_px {
            0..NARROW_PX => "narrow",
            NARROW_PX..WIDE_PX => "usual",
            WIDE_PX.. => "wide",
        };
        dom::root_attribute("data-fit", Some(fit));
    }
}
