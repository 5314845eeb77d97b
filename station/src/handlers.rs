//! The window's commands, each handed to its use case. A handler that is missing does not compile.

use selvedge_app::Wish;
use selvedge_contract::commands::*;
use selvedge_contract::view::{
    Availability, DeviceTest, PromiseShown, ReturnableSale, SearchHit, SizeGrid, SoldPaper, SoldSale, StatusPage, Tile,
    TransferPage, View,
};
use selvedge_contract::{Failure, Handlers};

use crate::Station;

type Answer<T> = Result<T, Failure>;

impl Handlers for Station {
    fn get_view(&self, _: GetView) -> Answer<View> {
        Ok(self.app().view()?)
    }

    fn start_demo(&self, _: StartDemo) -> Answer<View> {
        self.begin_demo()
    }

    fn leave_demo(&self, _: LeaveDemo) -> Answer<View> {
        self.end_demo()
    }

    fn join(&self, request: Join) -> Answer<View> {
        self.join_company(&request.central, &request.code)
    }

    fn cancel_join(&self, _: CancelJoin) -> Answer<View> {
        self.give_up_joining()
    }

    fn set_language(&self, request: SetLanguage) -> Answer<View> {
        Ok(self.app().set_language(&request.language)?)
    }

    fn test_device(&self, request: TestDevice) -> Answer<DeviceTest> {
        self.try_device(&request.device)
    }

    fn sign_in(&self, request: SignIn) -> Answer<View> {
        Ok(self.app().sign_in(request.person, &request.pin)?)
    }

    fn sign_out(&self, _: SignOut) -> Answer<View> {
        Ok(self.app().sign_out()?)
    }

    fn print_badge(&self, _: PrintBadge) -> Answer<View> {
        Ok(self.app().print_badge()?)
    }

    fn scan(&self, request: Scan) -> Answer<View> {
        self.heard_wedge();
        Ok(self.app().scan(&request.text, "wedge")?)
    }

    fn demo_scan(&self, _: DemoScan) -> Answer<View> {
        Ok(self.app().demo_scan()?)
    }

    fn dismiss_tray(&self, request: DismissTray) -> Answer<View> {
        Ok(self.app().dismiss_tray(request.id)?)
    }

    fn search(&self, request: Search) -> Answer<Vec<SearchHit>> {
        Ok(self.app().search(&request.text, request.limit)?)
    }

    fn size_grid(&self, request: SizeGridOf) -> Answer<SizeGrid> {
        Ok(self.app().size_grid(request.product)?)
    }

    fn tiles(&self, request: Tiles) -> Answer<Vec<Tile>> {
        Ok(self.app().tiles(request.list)?)
    }

    fn add_product(&self, request: AddProduct) -> Answer<View> {
        Ok(self.app().add_product(request.product)?)
    }

    fn set_quantity(&self, request: SetQuantity) -> Answer<View> {
        Ok(self.app().set_quantity(request.line, request.quantity)?)
    }

    fn set_price(&self, request: SetPrice) -> Answer<View> {
        Ok(self.app().set_price(request.line, request.price)?)
    }

    fn discount_line(&self, request: DiscountLine) -> Answer<View> {
        Ok(self.app().discount_line(request.line, request.discount)?)
    }

    fn discount_sale(&self, request: DiscountSale) -> Answer<View> {
        Ok(self.app().discount_sale(request.discount)?)
    }

    fn remove_line(&self, request: RemoveLine) -> Answer<View> {
        Ok(self.app().remove_line(request.line)?)
    }

    fn put_back(&self, request: PutBack) -> Answer<View> {
        Ok(self.app().put_back(request.line)?)
    }

    fn select_line(&self, request: SelectLine) -> Answer<View> {
        Ok(self.app().select_line(request.line)?)
    }

    fn undo(&self, _: Undo) -> Answer<View> {
        Ok(self.app().undo()?)
    }

    fn cancel_sale(&self, _: CancelSale) -> Answer<View> {
        Ok(self.app().cancel_sale()?)
    }

    fn park(&self, request: Park) -> Answer<View> {
        Ok(self.app().park(&request.name)?)
    }

    fn name_parked(&self, request: NameParked) -> Answer<View> {
        Ok(self.app().name_parked(request.parked, &request.name)?)
    }

    fn recall(&self, request: Recall) -> Answer<View> {
        Ok(self.app().recall(request.parked)?)
    }

    fn find_sale(&self, request: FindSale) -> Answer<ReturnableSale> {
        Ok(self.app().find_sale(&request.receipt)?)
    }

    fn return_lines(&self, request: ReturnLines) -> Answer<View> {
        Ok(self.app().return_lines(request.sale, &request.lines)?)
    }

    fn take_tender(&self, request: TakeTender) -> Answer<View> {
        Ok(self.app().take_tender(request.kind, request.amount, &request.reference)?)
    }

    fn return_tender(&self, request: ReturnTender) -> Answer<View> {
        Ok(self.app().return_tender(request.tender)?)
    }

    fn complete_sale(&self, _: CompleteSale) -> Answer<View> {
        Ok(self.app().complete_sale()?)
    }

    fn next_sale(&self, _: NextSale) -> Answer<View> {
        Ok(self.app().next_sale()?)
    }

    fn reprint(&self, _: Reprint) -> Answer<View> {
        Ok(self.app().reprint()?)
    }

    fn reprint_sale(&self, request: ReprintSale) -> Answer<View> {
        Ok(self.app().reprint_sale(request.sale)?)
    }

    fn sales(&self, request: Sales) -> Answer<Vec<SoldSale>> {
        Ok(self.app().sales(request.before, request.limit)?)
    }

    fn sold(&self, request: Sold) -> Answer<SoldPaper> {
        Ok(self.app().sold(request.sale)?)
    }

    fn answer_uncertain(&self, request: AnswerUncertain) -> Answer<View> {
        Ok(self.app().answer_uncertain(request.job, request.in_hand)?)
    }

    fn drop_print(&self, request: DropPrint) -> Answer<View> {
        Ok(self.app().drop_print(request.job)?)
    }

    fn open_till(&self, request: OpenTill) -> Answer<View> {
        Ok(self.app().open_till(request.float)?)
    }

    fn cash_in(&self, request: CashIn) -> Answer<View> {
        Ok(self.app().cash_in(request.amount, &request.reason)?)
    }

    fn cash_out(&self, request: CashOut) -> Answer<View> {
        Ok(self.app().cash_out(request.amount, &request.reason)?)
    }

    fn open_drawer(&self, _: OpenDrawer) -> Answer<View> {
        Ok(self.app().open_drawer()?)
    }

    fn close_till(&self, request: CloseTill) -> Answer<View> {
        Ok(self.app().close_till(request.counted)?)
    }

    fn availability(&self, request: AvailabilityOf) -> Answer<Availability> {
        Ok(self.app().availability(request.product)?)
    }

    fn set_aside(&self, request: SetAside) -> Answer<PromiseShown> {
        let SetAside { product, quantity, site, kind, days, customer } = request;
        Ok(self.app().set_aside(&Wish { product, quantity, site, kind, days, customer })?)
    }

    fn promises(&self, _: Promises) -> Answer<Vec<PromiseShown>> {
        Ok(self.app().promises()?)
    }

    fn promise(&self, request: PromiseOf) -> Answer<PromiseShown> {
        Ok(self.app().promise(request.promise)?)
    }

    fn see_promise(&self, request: SeePromise) -> Answer<View> {
        Ok(self.app().see_promise(request.promise)?)
    }

    fn print_slip(&self, request: PrintSlip) -> Answer<View> {
        Ok(self.app().print_slip(request.promise)?)
    }

    fn collect(&self, request: Collect) -> Answer<View> {
        Ok(self.app().collect(request.promise)?)
    }

    fn let_go(&self, request: LetGo) -> Answer<PromiseShown> {
        Ok(self.app().let_go(request.promise)?)
    }

    fn status_page(&self, request: StatusPageOf) -> Answer<StatusPage> {
        Ok(self.app().status_page(request.part)?)
    }

    fn transfers(&self, _: Transfers) -> Answer<TransferPage> {
        Ok(self.app().transfers()?)
    }

    fn begin_dispatch(&self, request: BeginDispatch) -> Answer<View> {
        self.app().begin_dispatch(request.transfer, request.to)?;
        Ok(self.app().view()?)
    }

    fn begin_receipt(&self, request: BeginReceipt) -> Answer<View> {
        self.app().begin_receipt(request.transfer)?;
        Ok(self.app().view()?)
    }

    fn begin_asking(&self, request: BeginAsking) -> Answer<View> {
        self.app().begin_asking(request.from)?;
        Ok(self.app().view()?)
    }

    fn ask_for(&self, request: AskFor) -> Answer<View> {
        self.app().ask_for(request.product)?;
        Ok(self.app().view()?)
    }

    fn cancel_transfer(&self, request: CancelTransfer) -> Answer<View> {
        self.app().cancel_transfer(request.transfer)?;
        Ok(self.app().view()?)
    }

    fn reprint_transfer(&self, request: ReprintTransfer) -> Answer<View> {
        Ok(self.app().reprint_transfer(request.transfer)?)
    }

    fn count_wrong(&self, _: CountWrong) -> Answer<View> {
        self.app().count_wrong()?;
        Ok(self.app().view()?)
    }

    fn set_counted(&self, request: SetCounted) -> Answer<View> {
        self.app().set_counted(request.product, request.quantity)?;
        Ok(self.app().view()?)
    }

    fn undo_counted(&self, _: UndoCounted) -> Answer<View> {
        self.app().undo_counted()?;
        Ok(self.app().view()?)
    }

    fn drop_transfer(&self, _: DropTransfer) -> Answer<View> {
        self.app().drop_transfer()?;
        Ok(self.app().view()?)
    }

    fn finish_transfer(&self, request: FinishTransfer) -> Answer<View> {
        self.app().finish_transfer(request.complete, &request.reason)?;
        Ok(self.app().view()?)
    }

    fn close_transfer(&self, request: CloseTransfer) -> Answer<View> {
        self.app().close_transfer(request.transfer, &request.reason)?;
        Ok(self.app().view()?)
    }
}
