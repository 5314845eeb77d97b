//! The one list of commands: name, request, reply. Those that change something answer with the new [`View`].

use selvedge_domain::cart::Discount;
use selvedge_domain::ids::{
    JobId, LineId, ParkedId, PersonId, ProductId, PromiseId, SaleId, SiteId, TenderId, TransferId,
};
use selvedge_domain::stock::promise::PromiseKind;
use selvedge_domain::tender::TenderKind;
use selvedge_domain::{Amount, Quantity};

use crate::commands;
use crate::view::{
    Availability, DeviceTest, PromiseShown, ReturnableSale, SearchHit, SizeGrid, SoldPaper, SoldSale, StatusPage,
    StatusPart, Tile, TileList, TransferPage, View,
};

commands! {
    /// The whole of what is to be shown; the first call of a window.
    get_view: GetView {} => View;
    /// First start: the demo company, in a data folder of its own, never uploaded.
    start_demo: StartDemo {} => View;
    /// Leaves the demo company; its data folder is kept until the next demo.
    leave_demo: LeaveDemo {} => View;
    /// First start: joins a company by its one-time code.
    join: Join {
        /// Central's address, `https://…`; empty takes the one that the app was started with.
        central: String,
        /// Two groups of four, with or without the dash.
        code: String,
    } => View;
    /// Gives up waiting for central's answer to [`Join`]; the same code may be tried again. Answers with what is due:
    /// the station may have joined in that very moment.
    cancel_join: CancelJoin {} => View;
    /// The language of this station: `en`, `de`.
    set_language: SetLanguage {
        /// A language that `texts` has.
        language: String,
    } => View;
    /// Tries a device of the first start's list.
    test_device: TestDevice {
        /// The device's name.
        device: String,
    } => DeviceTest;

    /// Signs a person in by PIN.
    sign_in: SignIn {
        /// Who.
        person: PersonId,
        /// Four to eight digits; never stored or logged.
        pin: String,
    } => View;
    /// Leaves the till to the next person; the sale stays.
    sign_out: SignOut {} => View;
    /// Prints the badge of who is signed in, to be scanned at the next sign-in.
    print_badge: PrintBadge {} => View;

    /// A code caught by the keyboard wedge anywhere in the window.
    scan: Scan {
        /// As the scanner typed it, without its suffix.
        text: String,
    } => View;
    /// The demo's virtual scanner reads one of the shop's shirts.
    demo_scan: DemoScan {} => View;
    /// Takes an entry out of the tray.
    dismiss_tray: DismissTray {
        /// Which.
        id: u64,
    } => View;

    /// Search as you type, ranked.
    search: Search {
        /// What was typed.
        text: String,
        /// At most so many.
        limit: u32,
    } => Vec<SearchHit>;
    /// Styles, colours and sizes around a product, with stock.
    size_grid: SizeGridOf {
        /// Any product of the style.
        product: ProductId,
    } => SizeGrid;
    /// Products for the side panel.
    tiles: Tiles {
        /// Which list.
        list: TileList,
    } => Vec<Tile>;
    /// Adds one of a product that was chosen by hand.
    add_product: AddProduct {
        /// Which.
        product: ProductId,
    } => View;
    /// Another quantity of a line.
    set_quantity: SetQuantity {
        /// Which line.
        line: LineId,
        /// More than zero.
        quantity: Quantity,
    } => View;
    /// The price of one, where the catalogue has none or another.
    set_price: SetPrice {
        /// Which line.
        line: LineId,
        /// Zero or more.
        price: Amount,
    } => View;
    /// A reduction of a line; none takes it away.
    discount_line: DiscountLine {
        /// Which line.
        line: LineId,
        /// The new one.
        discount: Option<Discount>,
    } => View;
    /// A reduction of the whole sale; none takes it away.
    discount_sale: DiscountSale {
        /// The new one.
        discount: Option<Discount>,
    } => View;
    /// Takes a line out; it stays visible until the next scan.
    remove_line: RemoveLine {
        /// Which line.
        line: LineId,
    } => View;
    /// Puts it back.
    put_back: PutBack {
        /// Which line.
        line: LineId,
    } => View;
    /// Chooses a line.
    select_line: SelectLine {
        /// Which line.
        line: LineId,
    } => View;
    /// Takes the last change of the sale back.
    undo: Undo {} => View;
    /// Empties the sale. Refused while payments are in it.
    cancel_sale: CancelSale {} => View;
    /// Puts the sale aside.
    park: Park {
        /// What to call it; empty takes the time.
        name: String,
    } => View;
    /// Another name for a sale that was put aside.
    name_parked: NameParked {
        /// Which.
        parked: ParkedId,
        /// The new one; empty takes the time at which it was put aside.
        name: String,
    } => View;
    /// Brings a sale back; the present one must be empty.
    recall: Recall {
        /// Which.
        parked: ParkedId,
    } => View;

    /// Finds a sale of this till by its receipt, for a return.
    find_sale: FindSale {
        /// The number, typed or scanned.
        receipt: String,
    } => ReturnableSale;
    /// Takes lines of a sale back, into the present sale.
    return_lines: ReturnLines {
        /// The sale.
        sale: SaleId,
        /// Which lines, and how much of each.
        lines: Vec<(LineId, Quantity)>,
    } => View;

    /// Takes a payment.
    take_tender: TakeTender {
        /// How.
        kind: TenderKind,
        /// Handed over; negative when paid out.
        amount: Amount,
        /// What the terminal or voucher calls it; may be empty.
        reference: String,
    } => View;
    /// Gives a payment back.
    return_tender: ReturnTender {
        /// Which.
        tender: TenderId,
    } => View;
    /// Finishes the sale: journal, stock, totals, receipt, drawer, in one transaction.
    complete_sale: CompleteSale {} => View;
    /// Leaves the finished sale.
    next_sale: NextSale {} => View;
    /// A second paper of the last receipt, marked COPY.
    reprint: Reprint {} => View;
    /// A second paper of any receipt of this till, marked COPY.
    reprint_sale: ReprintSale {
        /// Which.
        sale: SaleId,
    } => View;
    /// The finished sales of this till, newest first.
    sales: Sales {
        /// Only those before this [`SoldSale::number`]; none begins with the newest.
        before: Option<u32>,
        /// At most so many.
        limit: u32,
    } => Vec<SoldSale>;
    /// A finished sale of this till with its receipt.
    sold: Sold {
        /// Which.
        sale: SaleId,
    } => SoldPaper;
    /// Answers "is it in your hand?" of an uncertain job: yes ends it, no prints a COPY.
    answer_uncertain: AnswerUncertain {
        /// Which job.
        job: JobId,
        /// Whether the paper is there.
        in_hand: bool,
    } => View;
    /// Drops a waiting print job that nobody wants any more.
    drop_print: DropPrint {
        /// Which job.
        job: JobId,
    } => View;

    /// Opens the till for a shift.
    open_till: OpenTill {
        /// Cash in the drawer.
        float: Amount,
    } => View;
    /// Puts cash into the drawer.
    cash_in: CashIn {
        /// More than zero.
        amount: Amount,
        /// Why; may be empty.
        reason: String,
    } => View;
    /// Takes cash out of the drawer.
    cash_out: CashOut {
        /// More than zero, and not more than the drawer should hold.
        amount: Amount,
        /// Why; may be empty.
        reason: String,
    } => View;
    /// Opens the drawer without a sale; recorded.
    open_drawer: OpenDrawer {} => View;
    /// Closes the shift with the counted cash and prints the Z report. Refused while a sale is open.
    close_till: CloseTill {
        /// Counted in the drawer.
        counted: Amount,
    } => View;

    /// Goods between sites: what is on the way. What is being scanned is in every view.
    transfers: Transfers {} => TransferPage;
    /// Begins to send goods to another site; each scan proves a piece from now on.
    begin_dispatch: BeginDispatch {
        /// What that site asked for; none sends without being asked.
        transfer: Option<TransferId>,
        /// Who is to have it.
        to: SiteId,
    } => View;
    /// Begins to receive goods of another site; each scan proves a piece from now on.
    begin_receipt: BeginReceipt {
        /// Which; this station need not have heard of it.
        transfer: TransferId,
    } => View;
    /// Begins to ask another site for goods; each scan is one of them from now on.
    begin_asking: BeginAsking {
        /// Who is to send them.
        from: SiteId,
    } => View;
    /// One more of a product that is asked for, by name.
    ask_for: AskFor {
        /// Which product.
        product: ProductId,
    } => View;
    /// What was asked for is not wanted any more, or cannot be sent; central is asked, a moment at most. What central
    /// refused is forgotten.
    cancel_transfer: CancelTransfer {
        /// Which.
        transfer: TransferId,
    } => View;
    /// A second paper of goods that were sent from here, marked COPY.
    reprint_transfer: ReprintTransfer {
        /// Which.
        transfer: TransferId,
    } => View;
    /// The last scan is meant, although it is not expected.
    count_wrong: CountWrong {} => View;
    /// So much of a product that was scanned is there, in all.
    set_counted: SetCounted {
        /// Which product.
        product: ProductId,
        /// Zero or more.
        quantity: Quantity,
    } => View;
    /// Takes the last scan or quantity back.
    undo_counted: UndoCounted {} => View;
    /// Forgets what was scanned.
    drop_transfer: DropTransfer {} => View;
    /// The goods are gone, or there.
    finish_transfer: FinishTransfer {
        /// Nothing more is to come of what is received.
        complete: bool,
        /// Why it differs, or a note for who receives it; may be empty where nothing differs.
        reason: String,
    } => View;
    /// Writes off what is still in transit by the books. For managers.
    close_transfer: CloseTransfer {
        /// Which.
        transfer: TransferId,
        /// Why.
        reason: String,
    } => View;
    /// Where a product can be set aside; central is asked, a moment at most.
    availability: AvailabilityOf {
        /// Which.
        product: ProductId,
    } => Availability;
    /// Has goods set aside for a customer; central is asked, a moment at most. Without an answer the request is kept,
    /// and asked again.
    set_aside: SetAside {
        /// What.
        product: ProductId,
        /// How much.
        quantity: Quantity,
        /// The site that shall deliver.
        site: SiteId,
        /// What the customer is told.
        kind: PromiseKind,
        /// Until the end of so many days after today.
        days: u32,
        /// What the customer says: a name, a number; may be empty.
        customer: String,
    } => PromiseShown;
    /// What is set aside here or was asked for here: what needs a look first.
    promises: Promises {} => Vec<PromiseShown>;
    /// One of them.
    promise: PromiseOf {
        /// Which.
        promise: PromiseId,
    } => PromiseShown;
    /// The person who asked has seen the answer.
    see_promise: SeePromise {
        /// Which.
        promise: PromiseId,
    } => View;
    /// Prints the slip of what is set aside.
    print_slip: PrintSlip {
        /// Which.
        promise: PromiseId,
    } => View;
    /// Puts what is set aside into the sale; the sale ends the promise.
    collect: Collect {
        /// Which.
        promise: PromiseId,
    } => View;
    /// The customer does not want it any more; central is asked, a moment at most.
    let_go: LetGo {
        /// Which.
        promise: PromiseId,
    } => PromiseShown;

    /// The page behind a part of the status line.
    status_page: StatusPageOf {
        /// Which part.
        part: StatusPart,
    } => StatusPage;
}
