//! A field for money: what is proposed stands in it in light figures, and the first digit replaces it.

use selvedge_domain::{Amount, Currency};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::field::{on_enter, use_first_focus};
use crate::state::use_desk;

/// What the field needs.
#[derive(Clone, PartialEq, Properties)]
pub struct AmountFieldProps {
    /// What it is for.
    pub label: String,
    /// What was typed; empty shows the proposal.
    pub value: String,
    /// Each change.
    pub onchange: Callback<String>,
    /// In light figures while nothing is typed.
    #[prop_or_default]
    pub proposal: String,
    /// Enter.
    #[prop_or_default]
    pub onenter: Callback<()>,
    /// For tests.
    pub testid: &'static str,
    /// What is wrong with it.
    #[prop_or_default]
    pub wrong: Option<String>,
    /// Larger, for the pay screen.
    #[prop_or_default]
    pub large: bool,
}

/// A field for money.
#[component]
pub fn AmountField(props: &AmountFieldProps) -> Html {
    let desk = use_desk();
    let node = use_first_focus();
    let oninput = {
        let onchange = props.onchange.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(field) = event.target_dyn_into::<HtmlInputElement>() {
                onchange.emit(field.value());
            }
        })
    };
    let onkeydown = {
        let onenter = props.onenter.clone();
        on_enter(move || onenter.emit(()))
    };
    let wrong = props.wrong.clone().map(|text| html! { <p class="wrong" id={props.testid} role="alert">{ text }</p> });
    html! {
        <div class={classes!("amount", props.large.then_some("amount-large"), props.wrong.is_some().then_some("is-wrong"))}>
            <label class="amount-box">
                <span class="amount-label">{ &props.label }</span>
                <input ref={node} type="text" inputmode="decimal" autocomplete="off" spellcheck="false" dir="ltr"
                    data-testid={props.testid} data-home="" value={props.value.clone()} placeholder={props.proposal.clone()}
                    aria-invalid={props.wrong.is_some().then_some("true")} {oninput} {onkeydown}
                    aria-label={desk.with("amount-field", &[("label", (&props.label).into())])} />
            </label>
            { wrong.unwrap_or_default() }
        </div>
    }
}

/// Reads what stands in a money field: the proposal where nothing was typed, none where it is no amount.
pub fn read_amount(typed: &str, proposal: Option<Amount>, currency: Currency) -> Option<Amount> {
    if typed.trim().is_empty() {
        return proposal;
    }
    Amount::parse(&plain_number(typed), currency).ok()
}

/// `1.234,50` and `1,234.50` are the same to a person: the last mark is the decimal one when both are there. A minus may
/// be the true one.
fn plain_number(typed: &str) -> String {
    let text = typed.trim().replace('\u{2212}', "-").replace(['€', '\u{a0}', ' '], "");
    match (text.rfind('.'), text.rfind(',')) {
        (Some(point), Some(comma)) if point > comma => text.replace(',', ""),
        (Some(_), Some(_)) => text.replace('.', "").replace(',', "."),
        (None | Some(_), None | Some(_)) => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_people_write_them() {
        let read = |text: &str| read_amount(text, None, Currency::EUR).map(Amount::minor);
        assert_eq!(read("300"), Some(30_000));
        assert_eq!(read("1.234,50"), Some(123_450));
        assert_eq!(read("1,234.50"), Some(123_450));
        assert_eq!(read("24,9"), Some(2490));
        assert_eq!(read("\u{2212}5.60"), Some(-560));
        assert_eq!(read("€ 12"), Some(1200));
        assert_eq!(read("12.345"), None, "two digits after the point, no guessing");
        assert_eq!(read("twelve"), None);
    }

    #[test]
    fn an_untouched_field_means_its_proposal() {
        assert_eq!(read_amount(" ", Some(Amount::from_minor(5)), Currency::EUR), Some(Amount::from_minor(5)));
        assert_eq!(read_amount("", None, Currency::EUR), None);
    }
}
