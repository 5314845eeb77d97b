# The window's words. Sentence case; what a person reads says the next step.

# Everywhere
help = Help
menu = Menu
undo = Undo
close = Close
back = Back
find = Find
change = change
try-again = Try again
language = Language
amount = Amount
reason = Reason
amount-field = { $label }, amount
delete-digit = Delete the last digit
status-line = Status
demo-badge = Demo, nothing counts
demo-short = Demo
demo-rest = nothing counts
asking-central = Asking central…

# Keys
cap-del = Del
cap-ctrl-z = Ctrl Z
cap-shift-f4 = Shift F4
cap-shift-f2 = Shift F2
cap-shift-f8 = Shift F8
cap-shift-f11 = Shift F11
key-help = Help: this page
key-search = Search; a name at the sign-in
key-copy = Print a COPY of the last receipt
key-quantity = Quantity of the chosen line
key-price = Price of the chosen line
key-cash = Cash when paying; the demo at the first start
key-discount = Discount; card when paying
key-return = Take goods back; voucher when paying
key-park = Park the sale; the exact amount when paying
key-demo-scan = Play a scan (demo)
key-parked = Parked sales
key-menu = Menu: cash, sales, close the till
key-tray = Act on the newest thing in the tray
key-tray-other = The other answer in the tray
key-forward = Forward: pay, complete, next sale
key-back = Back, close
key-remove = Take the chosen line out
key-undo = Undo the last change
help-title = Keys
help-scan = Scanning works on every screen, whatever is open. No letter or digit presses anything.
help-lists = In lists, tabs and grids: arrow keys and Enter.

# Status line and its pages
no-site = No site yet
no-station = New station
nobody = Not signed in
connection-not-joined = Not joined
connection-connecting = Connecting
connection-online = Online
connection-offline = Offline, { $unsent } to send
connection-offline-since = Offline since { $time }, { $unsent } to send
printer-none = No printer
printer-connecting = Looking for printer
printer-ready = Printer ready
printer-silent = Printer, silent
printer-paper-low = Paper low
printer-paper-out = No paper
printer-cover-open = Printer open
printer-offline = Printer away
printer-error = Printer error
scanner-not-tried = Scanner not tried
scanner-ready = Scanner ready
scanner-unplugged = Scanner unplugged
clock-slow = Clock { $span } slow
clock-fast = Clock { $span } fast
clock-impossible = Clock not set
span-minutes = { $count } min
span-hours = { $count } h
span-days = { $count ->
        [one] { $count } day
       *[other] { $count } days
    }
status-connection = Connection to central
status-printer = Receipt printer
status-scanner = Scanner
status-station = This station
last-errors = Last errors
no-errors = Nothing went wrong since the start.
all-well = All is well here.
advice-connection = The till sells without central. What waits is sent by itself, in order, when central answers again.
advice-printer = Receipts wait until the printer is ready and print once. A second paper says COPY.
advice-scanner = Scan anything: the state turns to ready. If nothing happens, unplug the scanner and plug it in again.
advice-station = Give these lines to whoever helps you on the telephone.
fact-central = Central
fact-acknowledged = Central has entries up to number
fact-unsent = Entries to send
fact-oldest-unsent = Oldest entry to send
fact-held = Entries held for a manager
fact-offset = This clock beside central's
fact-waiting = Waiting to print
fact-device = Device
fact-version = Version
fact-device-id = Device number
fact-generation = Receipt series
fact-entries = Entries in the journal
fact-products = Products
fact-folder = Data folder
fact-heard = Central answered last
fact-just-now = just now
fact-never-sent = never: the demo stays here
fact-unknown = not known yet
fact-same-clock = the same
fact-clock-behind = { $seconds } s behind
fact-clock-ahead = { $seconds } s ahead
fact-till = Till
fact-generations = Lives of this journal
fact-stock-heard = Stock heard
fact-lent = Lent by central
fact-lent-nothing = nothing at present
fact-lent-one = { $line }: { $drawn } of { $quantity } promised, until { $until }
fact-columns = Characters in a line

# What needs a look, and what to do
finding-disk = The disk is nearly full
finding-disk-do = Finished sales are safe. No new sale begins until there is room: delete something that is not needed.
finding-store = The data of this station cannot be read
finding-store-do = Finished sales are kept. Start the app again; call for help when this stays.
finding-not-joined = This station belongs to no company yet
finding-not-joined-do = Join with an enrolment code, or try the demo.
finding-no-products = There are no products here yet
finding-no-products-do = They come from central by themselves. Look at the connection.
finding-no-key = The key of this station is missing
finding-no-key-do = What was sold is safe. Call for help: the station has to join again.
finding-clock-slow = The clock of this machine is { $count } min slow
finding-clock-slow-do = Sales carry central's time, so nothing is lost. Set the clock when the shop is closed.
finding-clock-fast = The clock of this machine is { $count } min fast
finding-clock-fast-do = Sales carry central's time, so nothing is lost. Set the clock when the shop is closed.
finding-clock-impossible = The clock of this machine shows a time that cannot be
finding-clock-impossible-do = Sales keep their order. Set the clock; its battery may be empty.
finding-offline = Central does not answer, { $count } { $count ->
        [one] entry waits
       *[other] entries wait
    }
finding-offline-do = The till sells on. What waits is sent by itself. Look at the network if other devices are offline too.
finding-downloading = People, products and prices are still coming
finding-downloading-do = The till sells what has arrived. This ends by itself.
finding-forked = Another station has the data of this one
finding-forked-do = A disk was copied or restored. Both go on and nothing is lost; this one goes on under a new receipt series. A manager is told.
finding-central = Central asks a manager to look at something
finding-central-do = Nothing is lost and selling goes on. Read this out on the telephone:
finding-update-station = This app is too old for central
finding-update-station-do = The till sells on, and nothing is lost. Update this app.
finding-update-central = Central is too old for this app
finding-update-central-do = The till sells on, and nothing is lost. Central is to be updated.
finding-revoked = This station was revoked at central
finding-revoked-do = What was sold is still sent. Nothing comes down any more: ask who looks after central.
finding-stuck = Central does not take a journal of this station
finding-stuck-do = Nothing is lost, it is tried again. Read this out on the telephone:
finding-row = Something that central decided cannot be used here
finding-row-do = The rest works. Read this out on the telephone:
finding-given-back = Central could not use something that it got back
finding-given-back-do = It is kept here. Read this out on the telephone:
finding-held-unreadable = { $count ->
        [one] One entry waits at central: it cannot be read
       *[other] { $count } entries wait at central: they cannot be read
    }
finding-held-unreadable-do = Central keeps what it cannot read. A manager looks at it there.
finding-held-unknown-product = { $count ->
        [one] One entry waits at central: its product is not known there
       *[other] { $count } entries wait at central: their products are not known there
    }
finding-held-unknown-product-do = They count as soon as the product is known. A manager adds it at central.
finding-held-other-site = { $count ->
        [one] One entry waits at central: it belongs to another site
       *[other] { $count } entries wait at central: they belong to another site
    }
finding-held-other-site-do = A manager decides at central where they belong.
finding-held-device-revoked = { $count ->
        [one] One entry waits at central: the station was revoked
       *[other] { $count } entries wait at central: the station was revoked
    }
finding-held-device-revoked-do = They are kept. A manager releases them at central.
finding-held-impossible-number = { $count ->
        [one] One entry waits at central: its quantity cannot be
       *[other] { $count } entries wait at central: their quantities cannot be
    }
finding-held-impossible-number-do = They are kept. A manager looks at them at central.
finding-uncertain = { $count ->
        [one] One paper is uncertain
       *[other] { $count } papers are uncertain
    }
finding-uncertain-do = The printer stopped in the middle. The till asks whether the paper is in your hand.
finding-printer = The printer does not print, { $count } { $count ->
        [one] paper waits
       *[other] papers wait
    }
finding-printer-do = The sales are kept. Look at paper, cover, cable and power; papers print by themselves then.
finding-no-printer = No printer is set up, { $count } { $count ->
        [one] paper waits
       *[other] papers wait
    }
finding-no-printer-do = List a printer in devices.toml and start again.
finding-paper-low = The paper is near its end
finding-paper-low-do = Put a new roll beside the till. The printer says when it is empty.
finding-scanner = The scanner is unplugged
finding-scanner-do = Plug it in again. Meanwhile search with F2.
finding-trouble = A setting or device was not understood
finding-trouble-do = The rest works. Read this out on the telephone:

# First start
welcome = Welcome. How do you want to start?
welcome-text = You can change your mind later. Nothing is sent before you join.
demo-title = Try the demo shop
demo-text = Twisted Threads, with shirts, stock and people. Sell something in a minute.
demo-devices = Scanner and printer are played on the screen
demo-stays = Stays on this computer, never uploaded
start-demo = Start the demo
join-title = Join a company
join-text = Scan or type the enrolment code that your manager made in the office.
join = Join
join-missing = Join: { $count } more { $count ->
        [one] character
       *[other] characters
    }
enrol-code = Enrolment code, two groups of four
central = Central
central-address = Address of central
no-devices = No devices found yet. You can sell without them; add them in devices.toml.
device-answers = answers
device-silent = does not answer
device-not-scanned = nothing scanned yet
print-test = Print a test
scan-test = Scan a test code
test-printing = A test page is on its way
test-scan-now = Scan something now

# Sign in
sign-in-title = Who is at the till?
sign-in = Sign in
sign-out = Sign out
choose-person = Choose your name.
enter-pin = Enter your PIN
pin-label = PIN
pin-of = PIN of { $person }
person-locked = Locked for a moment
role-cashier = Cashier
role-counter = Counter
role-picker = Picker
role-manager = Manager
demo-pin = In the demo the PIN of { $name } is { $pin }.
demo-scan = Scan a shirt
leave-demo = Leave the demo
shift-open = The drawer is shared. Shift open since { $time } by { $person }.
shift-none = No shift is open. You count the drawer first.
or-badge = Or scan your badge.
not-in-list = Not in the list?
find-name = Find a name
nobody-found = Nobody here has such a name. Try fewer letters.
print-badge = Print my badge

# Open and close the till
open-till = Open the till
open-till-title = Open the till
open-till-heading = Count the drawer
open-till-text = Type how much cash is in the drawer now. What was left at the last closing is proposed.
float-label = Cash in the drawer
float-opening = Float at the opening
till-closed = Till closed, Z report { $number }
expected = Expected
counted = Counted
difference = Difference
difference-over = Too much in the drawer
difference-short = Missing in the drawer
z-report = Z report
close-till = Close the till
close-till-count = Close: count first
close-till-parked = Close: { $count } parked first
close-parked = { $count ->
        [one] { $count } parked sale waits
       *[other] { $count } parked sales wait
    }
close-parked-text = Finish or cancel it first: then the till can be closed.
shift = Shift
shift-title = Shift { $number }, open since { $time } by { $person }
sales = Sales
turnover = Sold minus taken back
counted-label = Counted cash
count-first = Count the drawer and type what is in it. What was expected is shown then.
keep-open = Keep it open
close-the-till = Close the till
close-question = Close { $station } for today?
close-consequence = After this no sale can be added to this shift. The Z report prints now.
close-difference = The difference of { $difference } is booked.
close-unsent = { $count } { $count ->
        [one] entry
       *[other] entries
    } will be sent when central is back.
cash-in = Cash in
open-drawer = Open the drawer
cash-out = Cash out
cash-in-done = { $amount } put in
cash-out-done = { $amount } taken out
cash-moved-text = The drawer opens and the slip prints.

# Till
search-hint = Scan, or search by name, colour, size
next-hint = Scan to start the next sale
clear-search = Clear the search
search-results = Found products
nothing-found = Nothing found for “{ $text }”. Try fewer letters or another word.
nearly-found = Nothing is called “{ $text }”. This comes close:
on-hand = { $count } here
no-price = No price
cart = Sale
side-panel = Products
pieces = { $count ->
        [one] { $count } piece
       *[other] { $count } pieces
    }
in-lines = in { $count ->
        [one] { $count } line
       *[other] { $count } lines
    }
total = Total
to-pay-out = To pay out
tax-included = VAT { $percent } % incl.
tax-added = VAT { $percent } %
quantity = Quantity
discount = Discount
return = Return
park-sale = Park
price = Price
remove = Remove
pay = Pay
pay-out = Pay out
put-back = Put back
set-price = Set price
one-less = One less
one-more = One more
return-of = From { $receipt }
empty-title = Scan the first item
empty-text = or search with F2.
empty-text-parked = or search with F2. { $count ->
        [one] { $count } parked sale waits.
       *[other] { $count } parked sales wait.
    }
sizes = Sizes
favourites = Favourites
recent = Recent
sizes-empty = The sizes of the last scan stand here.
tiles-empty = What is sold stands here after the first sales.
stock = On hand
here-now = Here, heard just now
here-heard = Here, heard { $minutes } min ago
here-never = Here, never heard
in-sale = + in sale
cell-label = { $colour }, { $size }: { $count } here. Add one.

# Tray
tray-more = And { $count } more.
tray-unknown = Unknown code { $code }
tray-unknown-text = Not in the sale. The rest is safe.
tray-misread-text = Not in the sale: this looks misread. Scan it again.
tray-not-now = Scanned { $code }
tray-lost-scan = Scan not taken: { $code }
tray-lost-scan-text = It is kept here. The rest is safe.
tray-uncertain = Is { $title } in your hand?
tray-uncertain-text = The printer stopped answering in the middle of it.
in-hand-yes = Yes, I have it
in-hand-no = No, print a COPY
tray-printer-text = { $waiting ->
        [0] Nothing waits.
        [one] The sale is kept. { $waiting } paper waits and prints by itself.
       *[other] The sales are kept. { $waiting } papers wait and print by themselves.
    }
stopped-paper-out = The printer is out of paper: load paper
stopped-cover-open = The printer is open: close its cover
stopped-error = The printer reports an error: switch it off and on
stopped-none = There is no printer
stopped-offline = The printer cannot be reached: check cable and power
tray-disk = The disk is nearly full
tray-disk-text = Finished sales are safe. Free some space before you go on.
tray-clock = This computer's clock shows { $shows }
tray-clock-text = The till goes by { $used }. Set the clock when there is time.
tray-forked = Another station has the data of this one
tray-forked-text = Nothing is lost. This till goes on under a new receipt series, and a manager is told.
tray-recovered = The data on this computer was damaged
tray-recovered-text = { $missing ->
        [0] Everything is there again: { $found } entries. The damaged file is kept in { $folder }.
       *[other] { $found } entries are there again; these are missing: { $numbers }. Tell your manager. The damaged file is kept in { $folder }.
    }
tray-trouble = A setting was not understood

# Parked sales
parked = Parked
parked-title = Parked sales
parked-text = Choose one to go on with it.
parked-none = No sale is parked. F8 parks the present one.
parked-blocked = Finish or park the present sale first, then choose one.
parked-lines-since = { $count ->
        [one] { $count } line
       *[other] { $count } lines
    }, since { $time }
parked-lines = { $count ->
        [one] { $count } line
       *[other] { $count } lines
    }
parked-notice = Sale parked
parked-notice-text = Shift F8 brings it back.
parked-as = Parked as “{ $name }”
parked-name = Name it

# Line and discount
quantity-of = Quantity of { $name }
set-quantity = Set quantity
price-of = Price of { $name }
price-of-one = Price of one
discount-title = Discount
give-discount = Give discount
no-discount = No discount
one-line = Chosen line
whole-sale = Whole sale
percent = Percent
cancel-sale = Cancel the sale
cancel-question = Cancel this sale?
cancel-consequence = All its lines are taken out. Nothing is booked, and it cannot be brought back.
keep-sale = Keep it
# Sales of this till
sales-title = Sales of this till
sales-text = Newest first. A press shows the receipt.
sales-none = Nothing was sold here yet. Finished sales stand here.
older-sales = Older ones
sold-by = Sold by { $person }
sold-by-nobody = Sold
choose-title = Several products have the code { $code }
choose-text = Which one is it? The price tag says.

# Returns
return-title = Take goods back
return-text = Scan the receipt, or type its number as it is printed on top.
return-no-receipt = No receipt at hand?
receipt-number = Receipt number
find-receipt = Find receipt
return-of-sale = { $receipt }, { $date } { $time }, { $total }
return-all = Take everything back
return-left = { $left } can come back, { $amount }
return-none-left = all came back already
take-back-lines = Take back

# Pay
back-to-sale = Back to sale
payment = Payment
payments = Payments
payment-methods = Ways to pay
cash = Cash
card = Card
voucher = Voucher
exact = Exact
total-of = { $count ->
        [one] Total, { $count } piece
       *[other] Total, { $count } pieces
    }
cash-received = Cash received
card-amount = On the card
voucher-amount = On the voucher
pay-out-amount = Paid out
card-text = Key the amount into the terminal. Complete when it says approved.
card-reference = Number on the terminal's slip, if you want it here
voucher-text = Complete when the voucher is in your hand.
voucher-reference = Number of the voucher
still-to-pay = Still to pay
still-to-pay-out = Still to pay out
change-due = Change due
of-total = of { $total }, { $method }
in-cash = in cash
by-card = by card
by-voucher = by voucher
split-hint = To split the payment, enter a smaller amount and choose the next method.
card-back-hint = Taking a card payment back is a reversal at the terminal: do it there too.
all-paid = All is paid.
approved = Approved
take-back = Take this payment back
reverse-card = Reverse this card payment
complete = Complete
approved-complete = Approved, complete

# Sale done
sale-done = Sale done
change-from = Change due, from { $cash } cash
paid = Paid
paid-out = Paid out
receipt = Receipt
receipt-picture = Receipt { $receipt }
print-copy = Print a COPY
print-copy-of = Print a COPY of { $receipt }
next-sale = Next sale
or-scan = or just scan
print-none = No printer
print-none-proof = { $paper } is kept
print-waiting = { $paper } waits
print-waiting-proof = for the printer
print-sending = { $paper } on its way
print-printed = { $paper } printed
print-sent = { $paper } sent
print-uncertain = { $paper } uncertain
print-uncertain-proof = is it in your hand?
print-dropped = { $paper } not printed
drawer-waiting = Drawer about to open
drawer-opened = Drawer opened
drawer-once = once
drawer-expired = Drawer did not open
drawer-key = open it with the key
at-central = At central
at-central-proof = safe in two places
kept-here = Kept here
kept-here-proof = goes to central by itself
kept-here-sending = on its way to central
kept-in-demo = Kept in the demo
kept-in-demo-proof = never sent

# What is wrong in a field
wrong-amount = An amount like 12.34
wrong-not-more = An amount like 12.34, not more than is due
wrong-pieces = Whole pieces, at least 1
wrong-quantity = A quantity like 0.250
wrong-percent = More than 0, at most 100

# Taste
theme = Colours
theme-system = As the system
theme-light = Light
theme-dark = Dark
text-size = Text size
volume = Tones
volume-off = Off

# Setting aside

key-set-aside = Set the chosen product aside for a customer
cap-shift-f9 = Shift F9
set-aside = Set aside
set-aside-title = Set aside
set-aside-none = Nothing is set aside here. Choose a product, then press Set aside.
set-aside-text = For customers of this shop, and what was asked for here. What needs a look comes first.
place-here = { $site }, here
place-figures = { $on_hand } on hand, { $promised } set aside
place-lent = { $count } lent to this till: it promises them at once
place-available = { $count } free
figures-central = Heard from central, { $seconds ->
    [0] just now
    [one] 1 second old
   *[other] { $seconds } seconds old
}
figures-till = Central does not answer. What this till knows, heard { $minutes ->
    [0] just now
   *[other] { $minutes } min ago
}
figures-never = Central does not answer. What this till knows by itself
what-customer-is-told = What the customer is told
kind-hold = Keep it until
kind-order = Customer order
kept-until = Kept until
expected-by = Expected by
day-today = Today
day-tomorrow = Tomorrow
day-in = { $days } days
customer-words = Customer
customer-words-hint = A name or a number. It stays at this till, and is erased when it is over.
for-customer = For
at-site = At
asked-at = Asked
asked-by = By
lines-more = and { $count ->
    [one] 1 more
   *[other] { $count } more
}
collect = Collect
collected = Was set aside
tray-broken = There is not enough for a customer of yours
tray-count = Sold, and the books had fewer
tray-count-text = { $line }; the books had { $believed }. { $more ->
    [0] It is noted for the next count.
   *[other] That and { $more } more are noted for the next count.
}
print-slip = Print slip
let-go = Let it go
look-elsewhere = Look where there is some
show = Show
tray-answered = Central answered: { $how }
standing-broken = There is not enough
standing-broken-text = { $why } Tell the customer, and look where there is some.
standing-needs-confirmation = Needs confirmation
standing-needs-confirmation-text = Central has not answered, so nothing is promised yet. It is asked again by itself, and you are told here.
standing-late = Late
standing-late-text = It is set aside, and its time is over. Ask the customer, or let it go.
standing-reserved = Set aside
standing-reserved-text = Nobody else is promised these. Print the slip and put it with the goods.
standing-confirmed = Ordered
standing-confirmed-text = It stands until the customer has it or cancels. Print the slip and put it with the goods.
standing-by-till = { $text } This till promised it by itself, from what central lent it.
standing-by-a-till = { $text } A till of this shop promised it by itself, from what central lent it.
standing-letting-go = Being let go
standing-letting-go-text = Central has not answered yet. It is asked again by itself.
standing-sold-out = Too few
standing-sold-out-text = There are not so many that nobody else was promised. Nothing is set aside.
standing-refused = Not possible
standing-refused-text = Central does not know this product or site. Nothing is set aside.
standing-too-late = Too late
standing-too-late-text = Its time was over before central answered. Nothing is set aside.
standing-fulfilled = Collected
standing-fulfilled-text = The customer has it.
standing-let-go = Let go
standing-let-go-text = Nothing is set aside any more.
standing-expired = Expired
standing-expired-text = Nobody came in time. Nothing is set aside any more.
cause-hand-sale = They were sold at a till although the books had none.
cause-late-fact = They were sold at a till that was offline.
cause-overdrawn = A till promised more than it had been lent.
cause-dead-holder = A till that was given up had promised them.
cause-restore = Central was restored and has fewer in its books.
cause-correction = The books were put right.

# Goods between sites

transfers-title = Goods between sites
transfers-none = Nothing is on the way. Send some goods, or scan the paper that came with some.
transfers-text = What somebody has to do something about comes first. To receive goods, scan the paper that came with them.
send-goods = Send goods
send-where = Where to? Then scan each piece as it goes into the box.
send-nowhere = Central has not said so far which sites there are.
send-these = Send these
receive-these = Receive these
goods-to = To { $site }
goods-from = From { $site }
goods-to-another = To another site
goods-from-another = From another site
goods-unknown = A product this station does not know
goods-asked = { $quantity } asked for
goods-sent = { $quantity } sent
goods-there = { $quantity } there
goods-missing = { $quantity } missing
goods-too-much = { $quantity } too many
transit-to-send = To send
transit-to-send-text = The other site asked for these. Scan each piece; at the end a paper goes with them.
transit-asked = Asked for
transit-asked-text = The other site has not sent anything yet.
transit-on-the-way = On the way
transit-on-the-way-text = They left here. The paper that was printed goes with the goods.
transit-to-receive = To receive
transit-to-receive-text = When they are at the door, scan their paper, then each piece.
transit-unannounced = Here already
transit-unannounced-text = What came is there. The other site's message is still to come; nothing has to be done.
transit-differing = Differs
transit-differing-text = What came is not what was sent. Look for it, and receive what turns up; a manager can write the difference off.
transit-received = Received
transit-received-text = All that was sent is there.
transit-closed = Written off
transit-closed-text = The difference was written off. What still turns up can be received.
transit-cancelled = Cancelled
transit-cancelled-text = It is not wanted any more, and nothing was sent.
write-off = Write off
write-off-title = Write off what is not on the way?
write-off-text = It leaves the books as a loss, or joins them where too much came. What turns up later can still be received.
scan-this = Scan { $name }
scan-left = Still { $quantity }
scan-all-there = All there
scan-all-there-text = Nothing is missing. Finish with F12.
scan-each = Scan each piece
scan-each-out = What is scanned goes into the box. Finish with F12.
scan-each-in = Nobody has said how many there are, so every piece counts. Finish with F12.
scan-of = { $counted } of { $expected }
scan-not-expected = Not one of these
scan-enough = One too many
scan-wrong-text = { $name } was not counted. Put it back, or count it all the same.
count-anyway = Count it all the same
put-it-back = Put it back
finish-goods = Finish
stop-scanning = Drop all
go-on-scanning = Go on
stop-question = Drop all that was scanned?
stop-consequence = Nothing is sent or received, and the stock stays as it is.
finish-out-title = Send these goods?
finish-out-text = They leave the stock of this site, and a paper is printed that goes with them.
finish-out = Send
finish-in-title = Receive these goods?
finish-in-text = They are in the stock of this site from now on.
finish-in = Receive
finish-differs = This is not what was expected:
note-for-them = For who receives them
rest-of-goods = Is there more to come?
nothing-more = Nothing more is to come
rest-later = The rest comes later
wrong-count = Whole pieces
