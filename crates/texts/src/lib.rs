//! What people read: the Fluent files in `locales/`, their lookup, and the forms of amounts, dates and quantities.
//!
//! [`Texts`] is one language, cheap to clone and to share between threads. [`format`] needs no file: it is the grammar
//! of numbers. Receipts take their words from here too, so that paper and screen speak the same language.

pub mod format;
mod paper;
mod value;

use std::sync::Arc;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use unic_langid::LanguageIdentifier;

pub use format::Locale;
pub use paper::{PaperFigures, receipt_labels};
pub use value::Value;

/// The languages that are here, as (code, name in itself).
pub const LANGUAGES: &[(&str, &str)] = &[("en", "English"), ("de", "Deutsch")];

const EN: &[&str] = &[
    include_str!("../locales/en/window.ftl"),
    include_str!("../locales/en/errors.ftl"),
    include_str!("../locales/en/paper.ftl"),
];
const DE: &[&str] = &[
    include_str!("../locales/de/window.ftl"),
    include_str!("../locales/de/errors.ftl"),
    include_str!("../locales/de/paper.ftl"),
];

/// The texts of one language.
#[derive(Clone)]
pub struct Texts {
    locale: Locale,
    bundle: Arc<FluentBundle<FluentResource>>,
}

impl Texts {
    /// The texts of `language`, English where it is not here.
    pub fn new(language: &str) -> Self {
        let locale = Locale::of(language);
        let files = match locale {
            Locale::En => EN,
            Locale::De => DE,
        };
        let id: LanguageIdentifier = locale.code().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![id]);
        // Isolation marks would stand as boxes on paper and in test reports.
        bundle.set_use_isolating(false);
        for file in files {
            // A file with a mistake keeps its good messages; the crate's tests refuse any mistake.
            let resource = FluentResource::try_new((*file).to_owned()).unwrap_or_else(|(resource, _)| resource);
            let _ = bundle.add_resource(resource);
        }
        Texts { locale, bundle: Arc::new(bundle) }
    }

    /// Whether there is a language of this code.
    pub fn has_language(code: &str) -> bool {
        LANGUAGES.iter().any(|(known, _)| *known == code)
    }

    /// The forms of numbers and dates that go with the texts.
    pub fn locale(&self) -> Locale {
        self.locale
    }

    /// The text `id`; the id itself where there is none, which a test forbids.
    pub fn get(&self, id: &str) -> String {
        self.find(id, None).unwrap_or_else(|| id.to_owned())
    }

    /// The text `id` with its variables.
    pub fn with(&self, id: &str, values: &[(&str, Value)]) -> String {
        let mut args = FluentArgs::with_capacity(values.len());
        for (name, value) in values {
            args.set((*name).to_owned(), value.to_fluent());
        }
        self.find(id, Some(&args)).unwrap_or_else(|| id.to_owned())
    }

    /// Whether the text exists.
    pub fn has(&self, id: &str) -> bool {
        self.bundle.get_message(id).is_some_and(|message| message.value().is_some())
    }

    fn find(&self, id: &str, args: Option<&FluentArgs<'_>>) -> Option<String> {
        let message = self.bundle.get_message(id)?;
        let mut errors = Vec::new();
        Some(self.bundle.format_pattern(message.value()?, args, &mut errors).into_owned())
    }
}

impl PartialEq for Texts {
    fn eq(&self, other: &Self) -> bool {
        self.locale == other.locale
    }
}

impl std::fmt::Debug for Texts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Texts({})", self.locale.code())
    }
}
