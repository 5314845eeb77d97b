//! The reducer: the app's view, and the window's own state around it.

use std::rc::Rc;

use selvedge_contract::Failure;
use selvedge_contract::view::{PromptKind, Screen, StatusLine, StatusPart, View};
use selvedge_domain::ids::{ParkedId, PersonId, ProductId, PromiseId, SaleId, TransferId};
use selvedge_texts::Texts;
use yew::Reducible;

use super::Taste;

/// A page of the window's own, over the screen that the app asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Page {
    /// The app's screen.
    #[default]
    Due,
    /// Paying.
    Pay,
    /// Counting the drawer.
    CloseTill,
}

/// Which way cash moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// Into the drawer.
    In,
    /// Out of it.
    Out,
}

/// Something on top of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sheet {
    Help,
    Menu,
    Quantity,
    Price,
    Discount,
    Return,
    Parked,
    Cancel,
    Cash(Moved),
    Languages,
    Status(StatusPart),
    /// The return sheet, with a sale of this till.
    ReturnOf(SaleId),
    /// What the app's last prompt asks.
    Prompted,
    /// The finished sales of this till.
    Sales,
    /// One of them.
    Sold(SaleId),
    /// A product is set aside for a customer.
    SetAside(ProductId),
    /// What is set aside here, or was asked for here.
    Promises,
    /// One of them.
    Promise(PromiseId),
    /// Goods between this site and others.
    Transfers,
    /// One of them.
    Transfer(TransferId),
    /// What is in transit of it is written off.
    WriteOff(TransferId),
    /// Where goods are to be sent.
    SendTo,
    /// Which site is asked for goods.
    AskWhom,
    /// How much of a product is there, while goods are sent or received.
    Counted(ProductId),
    /// The end of that.
    Finish,
    /// Giving it up.
    StopScanning,
    /// At 200 % text the side panel is a sheet.
    Side,
}

/// A notice that leaves by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Toast {
    /// What happened.
    pub title: String,
    /// What now.
    pub text: String,
    /// What can be done about it.
    pub offer: Offer,
}

/// What a notice offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    /// To give a sale that was put aside a name, or to take it back.
    Name(ParkedId),
    /// To take it back.
    Recall(ParkedId),
    /// Nothing: it only tells.
    Nothing,
}

/// All that the window knows.
#[derive(Clone, PartialEq)]
pub struct Shell {
    /// The app's view; none until it answered.
    pub view: Option<Rc<View>>,
    /// In its language.
    pub texts: Texts,
    /// The window's own page.
    pub page: Page,
    /// What is on top.
    pub sheet: Option<Sheet>,
    /// The last refusal.
    pub failure: Option<Failure>,
    /// The last notice, numbered so that a timer ends its own.
    pub toast: Option<(u32, Toast)>,
    /// How many notices there were.
    pub notices: u32,
    /// Scans that the app could not take, oldest first.
    pub lost_scans: Vec<String>,
    /// Who was chosen to sign in, by her tile or her badge.
    pub picked: Option<PersonId>,
    /// The last prompt that was acted on.
    pub prompt_seen: Option<u64>,
    /// Theme, text size, loudness.
    pub taste: Taste,
}

/// What changes it.
pub enum Act {
    View(Box<View>),
    Status(Box<StatusLine>),
    Failed(Failure),
    FailureSeen,
    Go(Page),
    Open(Sheet),
    Close,
    Notice(Toast),
    NoticeOver(u32),
    NoticeGone,
    ScanLost(String),
    LostScanGone(usize),
    Pick(PersonId),
    Taste(Taste),
}

impl Shell {
    /// Before the app answered.
    pub fn new(taste: Taste) -> Self {
        Shell {
            view: None,
            texts: Texts::new("en"),
            page: Page::Due,
            sheet: None,
            failure: None,
            toast: None,
            notices: 0,
            lost_scans: Vec::new(),
            picked: None,
            prompt_seen: None,
            taste,
        }
    }

    fn take_view(&mut self, view: Box<View>) {
        // A late answer must not turn the screen back; the app numbers its views.
        if self.view.as_ref().is_some_and(|shown| shown.revision > view.revision) {
            return;
        }
        let first = self.view.is_none();
        let other_screen = self.view.as_ref().is_some_and(|shown| !same_screen(&shown.screen, &view.screen));
        if other_screen {
            self.page = Page::Due;
            self.sheet = self.sheet.filter(|sheet| stays(*sheet));
            self.failure = None;
            self.picked = None;
        }
        // What is being scanned is shown as soon as it begins; what belongs to it ends with it.
        if being_scanned(&view) != self.view.as_deref().and_then(being_scanned) {
            self.sheet = None;
            self.failure = None;
        }
        self.take_prompt(&view, first);
        if first && payment_started(&view) {
            self.page = Page::Pay;
        }
        if self.texts.locale().code() != view.language {
            self.texts = Texts::new(&view.language);
        }
        self.view = Some(Rc::from(view));
    }
}

impl Shell {
    /// Opens what a scan asks for, once. What was asked before this window was there is over.
    fn take_prompt(&mut self, view: &View, first: bool) {
        let Some(prompt) = &view.prompt else { return };
        if self.prompt_seen.replace(prompt.number) == Some(prompt.number) || first {
            return;
        }
        self.failure = None;
        match &prompt.what {
            PromptKind::SignIn { person } => self.picked = Some(*person),
            PromptKind::Return { .. } | PromptKind::Promise { .. } | PromptKind::Choose { .. } => {
                self.sheet = Some(Sheet::Prompted)
            }
        }
    }
}

/// Whether a sheet outlives a change of the screen.
fn stays(sheet: Sheet) -> bool {
    match sheet {
        Sheet::Help | Sheet::Languages | Sheet::Status(_) => true,
        Sheet::Menu
        | Sheet::Quantity
        | Sheet::Price
        | Sheet::Discount
        | Sheet::Return
        | Sheet::Parked
        | Sheet::Cancel
        | Sheet::Cash(_)
        | Sheet::ReturnOf(_)
        | Sheet::Prompted
        | Sheet::Sales
        | Sheet::Sold(_)
        | Sheet::SetAside(_)
        | Sheet::Promises
        | Sheet::Promise(_)
        | Sheet::Transfers
        | Sheet::Transfer(_)
        | Sheet::WriteOff(_)
        | Sheet::SendTo
        | Sheet::AskWhom
        | Sheet::Counted(_)
        | Sheet::Finish
        | Sheet::StopScanning
        | Sheet::Side => false,
    }
}

/// Which transfer is being scanned.
fn being_scanned(view: &View) -> Option<TransferId> {
    Some(view.transfers.as_ref()?.scanning.as_ref()?.transfer)
}

fn same_screen(a: &Screen, b: &Screen) -> bool {
    std::mem::discriminant(a) == std::mem::discriminant(b)
}

fn payment_started(view: &View) -> bool {
    match &view.screen {
        Screen::Selling(selling) => !selling.tenders.is_empty(),
        Screen::FirstStart(_) | Screen::SignIn(_) | Screen::OpenTill(_) | Screen::SaleDone(_) => false,
    }
}

impl Reducible for Shell {
    type Action = Act;

    fn reduce(self: Rc<Self>, act: Act) -> Rc<Self> {
        let mut next = (*self).clone();
        match act {
            Act::View(view) => next.take_view(view),
            Act::Status(status) => {
                if let Some(view) = &next.view {
                    next.view = Some(Rc::new(View { status: *status, ..(**view).clone() }));
                }
            }
            Act::Failed(failure) => next.failure = Some(failure),
            Act::FailureSeen => next.failure = None,
            Act::Go(page) => {
                next.page = page;
                next.sheet = None;
                next.failure = None;
            }
            Act::Open(sheet) => {
                next.sheet = Some(sheet);
                next.failure = None;
            }
            Act::Close => {
                next.sheet = None;
                next.failure = None;
            }
            Act::Notice(toast) => {
                next.notices = next.notices.wrapping_add(1);
                next.toast = Some((next.notices, toast));
            }
            Act::NoticeOver(number) => next.toast = next.toast.filter(|(shown, _)| *shown != number),
            Act::NoticeGone => next.toast = None,
            Act::ScanLost(text) => next.lost_scans.push(text),
            Act::LostScanGone(at) => {
                if at < next.lost_scans.len() {
                    next.lost_scans.remove(at);
                }
            }
            Act::Pick(person) => {
                next.picked = Some(person);
                next.failure = None;
            }
            Act::Taste(taste) => next.taste = taste,
        }
        Rc::new(next)
    }
}
