//! What one model of printer is like. Built-in profiles are data files; a device that disagrees with them gets one of
//! its own.

use selvedge_domain::receipt::Paper;
use serde::Deserialize;

use super::code_page::CodePageName;

/// A model of printer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Cells on a line, in font A.
    pub columns: u16,
    /// Printable dots on a line.
    pub dots: u16,
    /// How it cuts.
    pub cutter: Cutter,
    /// Whether it says how it is.
    pub status: StatusAbility,
    /// What proves that a document is out, best first; all of them are sent.
    #[serde(default)]
    pub fences: Vec<Fence>,
    /// How the drawer on it is opened; none where none can be connected.
    pub drawer: Option<Drawer>,
    /// Its code pages, the preferred ones first. The numbers are the model's own.
    #[serde(rename = "code_page")]
    pub code_pages: Vec<CodePage>,
}

/// A code page of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodePage {
    /// What `ESC t` calls it.
    pub number: u8,
    /// Which it is.
    pub name: CodePageName,
}

/// How a printer cuts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cutter {
    /// Leaves a bridge.
    Partial,
    /// Cuts through.
    Full,
    /// Has none: feeds to where it is torn.
    None,
}

/// Whether a printer says how it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StatusAbility {
    /// Answers `DLE EOT`; one that stays silent is taken for a one-way printer.
    RealTime,
    /// Never asked: prints one way.
    None,
}

/// What proves that a document is out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fence {
    /// `GS ( H` function 48: printed.
    ProcessId,
    /// `GS r 1`: processed, not necessarily printed.
    PaperStatus,
}

/// How a drawer is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drawer {
    /// Pin of the connector, 2 or 5.
    pub pin: u8,
    /// How long the pulse is.
    pub on_ms: u16,
    /// How long it rests after it.
    pub off_ms: u16,
    /// Takes `DLE DC4`, which also opens while the printer is offline or out of paper.
    pub real_time: bool,
}

const BUILT_IN: [(&str, &str); 3] = [
    ("generic-80", include_str!("../../profiles/generic-80.toml")),
    ("generic-80-42", include_str!("../../profiles/generic-80-42.toml")),
    ("generic-58", include_str!("../../profiles/generic-58.toml")),
];

impl Profile {
    /// A profile by its name.
    ///
    /// # Errors
    /// [`ProfileError::Unknown`] with the names that there are.
    pub fn built_in(name: &str) -> Result<Self, ProfileError> {
        let found = BUILT_IN.iter().find(|(known, _)| *known == name);
        let (_, text) = found.ok_or_else(|| ProfileError::Unknown(name.to_owned(), Self::names().join(", ")))?;
        Self::parse(text)
    }

    /// The names of the built-in profiles.
    pub fn names() -> Vec<&'static str> {
        BUILT_IN.iter().map(|(name, _)| *name).collect()
    }

    /// Reads a profile.
    ///
    /// # Errors
    /// [`ProfileError::Unreadable`] with the field.
    pub fn parse(text: &str) -> Result<Self, ProfileError> {
        let profile: Profile = toml::from_str(text).map_err(|error| ProfileError::Unreadable(error.to_string()))?;
        let wrong = |what: &str| Err(ProfileError::Unreadable(what.to_owned()));
        if profile.columns < Paper::LEAST_COLUMNS || profile.dots < profile.columns {
            return wrong("columns: a line has at least 16 columns and as many dots");
        }
        if profile.code_pages.is_empty() {
            return wrong("code_page: at least one is needed");
        }
        match profile.drawer {
            Some(drawer) if ![2, 5].contains(&drawer.pin) => wrong("drawer.pin: 2 or 5"),
            Some(drawer) if !(10..=510).contains(&drawer.on_ms) || drawer.off_ms > 510 => {
                wrong("drawer.on_ms: 10 to 510, off_ms at most 510")
            }
            Some(_) | None => Ok(profile),
        }
    }

    /// Its paper, for the layout.
    pub fn paper(&self) -> Paper {
        Paper { columns: self.columns, dots: self.dots }
    }
}

/// Why there is no profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// No such name; the known ones.
    #[error("there is no profile {0:?}; there are {1}")]
    Unknown(String, String),
    /// Not a profile; what is wrong.
    #[error("the profile cannot be read: {0}")]
    Unreadable(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_profile_is_readable() {
        for name in Profile::names() {
            Profile::built_in(name).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        assert_eq!(Profile::built_in("generic-58").map(|profile| profile.columns), Ok(32));
    }

    #[test]
    fn a_wrong_profile_names_its_field() {
        let error = Profile::parse("columns = 48\ndots = 576\ncutter = \"sharp\"").expect_err("no such cutter");
        assert!(error.to_string().contains("sharp"), "{error}");
        assert!(matches!(Profile::built_in("laser"), Err(ProfileError::Unknown(..))));
    }
}
