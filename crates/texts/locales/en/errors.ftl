# What was refused: what happened, what is safe, the next step. No blame.

error-bad-request = The window and the app do not understand each other. Nothing was changed. Restart the app; if it happens again, call for help.
error-internal = Something inside failed. Nothing was changed. Try again; if it happens again, call for help.
error-disk-full = The disk is full. Finished sales are safe, new ones are not taken. Free some space, then go on.
error-data-damaged = The data on this computer is damaged. Close the till and start it again: it mends itself, and central gives back what it has.
error-not-now = That does not fit here. Finish this screen first.
error-signed-out = Nobody is signed in. Sign in, then go on.
error-not-allowed = That is not yours to do here. Ask a manager to sign in.
error-wrong-pin = That PIN is not right. { $tries ->
        [0] No try is left; wait a moment.
        [one] { $tries } try is left.
       *[other] { $tries } tries are left.
    }
error-locked-out = Too many wrong PINs. Wait { $seconds ->
        [one] { $seconds } second
       *[other] { $seconds } seconds
    }, then try again.
error-wrong-code = This code is not known or was used already. Ask your manager for a new one.
error-unknown-badge = Nobody of this site has this badge. Choose your name instead.
error-signed-in = Somebody is signed in. Sign out first, then scan the badge.
error-cancelled = Joining was given up. Nothing was changed; the same code can be tried again.
error-no-central = Central cannot be reached. Check the address and the network, then try again.
error-bad-central = Central answered something that this till does not understand. Nothing was changed. Check the address.
error-update-station = This app is too old for central. Update this app, then join again.
error-update-central = Central is too old for this app. Central is to be updated; then join again.
error-already-joined = This station belongs to a company already.
error-till-closed = The till is closed. Open it first.
error-till-open = The till is open already.
error-sale-open = Finish, park or cancel the present sale first.
error-sales-parked = Parked sales wait. Finish or cancel them first, then close the till.
error-sale-empty = The sale is empty. Scan something first.
error-price-missing = A line has no price yet. Type its price, then pay.
error-payment-started = Paying has started. Take the payments back before you change the sale.
error-not-paid = The sale is not paid yet. Take the rest, then complete.
error-no-such-line = That line is no longer in the sale.
error-no-such-tender = That payment is no longer in the sale.
error-no-such-product = That product is not in the catalogue of this till. Search for another.
error-no-such-transfer = This station knows no such transfer.
error-transfer-open = Finish the goods that are being scanned first, or drop them.
error-nothing-scanned = Nothing was scanned yet.
error-reason-missing = Say why it differs.
error-several-products = Several products have this code. Scan another code of the piece.
error-no-such-parked = That parked sale was brought back already.
error-no-such-sale = No sale of this till has that number. Check it, or go to the till that printed it.
error-sale-too-old = This till does not keep sales that are so old. A manager can pay it back by hand with the paper receipt.
error-no-such-job = That paper is not waiting any more.
error-no-such-promise = Nothing of the kind is set aside here, or it is over. Look into the list.
error-already-in-sale = That is in the sale already.
error-not-in-demo = The demo has no central that could set something aside. In your own shop it has.
error-wrong-day = That day is not possible. Choose one of the next 30.
error-nothing-to-undo = There is nothing to undo.
error-wrong-quantity = That quantity is not possible. Type at least 1.
error-wrong-price = That price is not possible. Type zero or more.
error-wrong-discount = That discount is not possible. More than 0, and not more than what it is taken from.
error-wrong-amount = That amount is not possible. Check it and type it again.
error-more-than-in-drawer = The drawer should not hold that much. Check the amount, or put cash in first.
error-only-cash-gives-change = Only cash gives change. Type not more than is due.
error-nothing-due = Nothing is due any more. Complete the sale.
error-refund-is-fixed = A returned line keeps the terms of its sale. Take it out and return it again.
error-more-than-bought = That is more than was bought, or than is left of it. Check the receipt.
error-too-large = That is more than a till can hold. Check what was typed.
error-no-such-language = That language is not here.
error-no-such-device = That device is not there, or cannot be tried. Check cable and power.
