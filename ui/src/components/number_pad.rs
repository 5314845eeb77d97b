//! The number pad: telephone order for a PIN, calculator order for money.

use yew::prelude::*;

use super::{Icon, icon};
use crate::state::use_desk;

/// In which order the digits stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// 1 on top.
    Telephone,
    /// 7 on top.
    Calculator,
}

/// A key of the pad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pad {
    Digits(&'static str),
    Delete,
}

impl Pad {
    /// What a field holds after this key.
    pub fn apply(self, text: &str) -> String {
        match self {
            Pad::Digits(digits) => format!("{text}{digits}"),
            Pad::Delete => {
                let mut kept = text.to_owned();
                kept.pop();
                kept
            }
        }
    }
}

/// What the pad needs.
#[derive(Clone, PartialEq, Properties)]
pub struct NumberPadProps {
    /// See [`Order`].
    pub order: Order,
    /// Each press.
    pub onkey: Callback<Pad>,
    /// In the last place, where a PIN is confirmed and money is deleted.
    #[prop_or_default]
    pub last: Option<Html>,
}

const TELEPHONE: [&str; 9] = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];
const CALCULATOR: [&str; 9] = ["7", "8", "9", "4", "5", "6", "1", "2", "3"];

/// A number pad.
#[component]
pub fn NumberPad(props: &NumberPadProps) -> Html {
    let desk = use_desk();
    let key = |digits: &'static str| {
        let onkey = props.onkey.clone();
        let onclick = Callback::from(move |_: MouseEvent| onkey.emit(Pad::Digits(digits)));
        html! { <button type="button" class="pad-key" key={digits} {onclick}>{ digits }</button> }
    };
    let delete = {
        let onkey = props.onkey.clone();
        let onclick = Callback::from(move |_: MouseEvent| onkey.emit(Pad::Delete));
        html! {
            <button type="button" class="pad-key" {onclick} aria-label={desk.t("delete-digit")}>{ icon(Icon::Delete) }</button>
        }
    };
    let digits = match props.order {
        Order::Telephone => TELEPHONE,
        Order::Calculator => CALCULATOR,
    };
    html! {
        <div class="pad" dir="ltr">
            { for digits.into_iter().map(key) }
            { match props.order {
                Order::Telephone => html! { <>{ delete }{ key("0") }{ props.last.clone().unwrap_or_default() }</> },
                Order::Calculator => html! { <>{ key("0") }{ key("00") }{ delete }</> },
            } }
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pad_types_at_the_end_and_deletes_there() {
        assert_eq!(Pad::Digits("00").apply("3"), "300");
        assert_eq!(Pad::Delete.apply("300"), "30");
        assert_eq!(Pad::Delete.apply(""), "");
    }
}
