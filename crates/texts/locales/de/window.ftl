# Die Worte des Fensters. Satzweise Großschreibung; wer liest, erfährt den nächsten Schritt.

# Überall
help = Hilfe
menu = Menü
undo = Rückgängig
close = Schließen
back = Zurück
find = Suchen
change = ändern
try-again = Noch einmal
language = Sprache
amount = Betrag
reason = Grund
amount-field = { $label }, Betrag
delete-digit = Letzte Ziffer löschen
status-line = Zustand
demo-badge = Demo, nichts davon zählt
demo-short = Demo
demo-rest = nichts zählt
asking-central = Frage die Zentrale…

# Tasten
cap-del = Entf
cap-ctrl-z = Strg Z
cap-shift-f4 = ⇧ F4
cap-shift-f2 = ⇧ F2
cap-shift-f8 = ⇧ F8
cap-shift-f11 = ⇧ F11
key-help = Hilfe: diese Seite
key-search = Suche; Namen beim Anmelden
key-copy = Eine KOPIE des letzten Bons drucken
key-quantity = Menge der gewählten Zeile
key-price = Preis der gewählten Zeile
key-cash = Bar beim Bezahlen; die Demo beim ersten Start
key-discount = Rabatt; Karte beim Bezahlen
key-return = Ware zurücknehmen; Gutschein beim Bezahlen
key-park = Verkauf parken; passend beim Bezahlen
key-demo-scan = Einen Scan spielen (Demo)
key-parked = Geparkte Verkäufe
key-menu = Menü: Bargeld, Verkäufe, Kasse schließen
key-tray = Das Neueste in der Ablage erledigen
key-tray-other = Die andere Antwort in der Ablage
key-forward = Weiter: bezahlen, abschließen, nächster Verkauf
key-back = Zurück, schließen
key-remove = Gewählte Zeile herausnehmen
key-undo = Letzte Änderung rückgängig machen
help-title = Tasten
help-scan = Scannen geht auf jeder Seite, was auch offen ist. Kein Buchstabe und keine Ziffer löst etwas aus.
help-lists = In Listen, Reitern und Rastern: Pfeiltasten und Eingabetaste.

# Statuszeile und ihre Seiten
no-site = Noch kein Standort
no-station = Neue Station
nobody = Nicht angemeldet
connection-not-joined = Nicht verbunden
connection-connecting = Verbindet
connection-online = Online
connection-offline = Offline, { $unsent } zu senden
connection-offline-since = Offline seit { $time }, { $unsent } zu senden
printer-none = Kein Drucker
printer-connecting = Sucht Drucker
printer-ready = Drucker bereit
printer-silent = Drucker, stumm
printer-paper-low = Papier knapp
printer-paper-out = Kein Papier
printer-cover-open = Drucker offen
printer-offline = Drucker fehlt
printer-error = Druckerfehler
scanner-not-tried = Scanner ungeprüft
scanner-ready = Scanner bereit
scanner-unplugged = Scanner abgezogen
clock-slow = Uhr geht { $span } nach
clock-fast = Uhr geht { $span } vor
clock-impossible = Uhr nicht gestellt
span-minutes = { $count } Min.
span-hours = { $count } Std.
span-days = { $count ->
        [one] { $count } Tag
       *[other] { $count } Tage
    }
status-connection = Verbindung zur Zentrale
status-printer = Bondrucker
status-scanner = Scanner
status-station = Diese Station
last-errors = Letzte Fehler
no-errors = Seit dem Start ging nichts schief.
all-well = Hier ist alles in Ordnung.
advice-connection = Die Kasse verkauft auch ohne Zentrale. Was wartet, wird von selbst der Reihe nach gesendet, sobald die Zentrale wieder antwortet.
advice-printer = Bons warten, bis der Drucker bereit ist, und werden einmal gedruckt. Auf einem zweiten Papier steht KOPIE.
advice-scanner = Scannen Sie irgendetwas: der Zustand wechselt auf bereit. Wenn nichts geschieht, den Scanner abziehen und wieder anstecken.
advice-station = Lesen Sie diese Zeilen vor, wenn jemand am Telefon hilft.
fact-central = Zentrale
fact-acknowledged = Die Zentrale hat Einträge bis Nummer
fact-unsent = Einträge zu senden
fact-oldest-unsent = Ältester Eintrag zu senden
fact-held = Einträge, die auf die Leitung warten
fact-offset = Diese Uhr gegenüber der Zentrale
fact-waiting = Wartet auf Druck
fact-device = Gerät
fact-version = Version
fact-device-id = Gerätenummer
fact-generation = Bonreihe
fact-entries = Einträge im Journal
fact-products = Artikel
fact-folder = Datenordner
fact-heard = Zentrale antwortete zuletzt
fact-just-now = gerade eben
fact-never-sent = nie: die Demo bleibt hier
fact-unknown = noch nicht bekannt
fact-same-clock = gleich
fact-clock-behind = { $seconds } s zurück
fact-clock-ahead = { $seconds } s voraus
fact-till = Kasse
fact-generations = Leben dieses Journals
fact-stock-heard = Bestand gehört
fact-lent = Von der Zentrale geliehen
fact-lent-nothing = zurzeit nichts
fact-lent-one = { $line }: { $drawn } von { $quantity } zugesagt, bis { $until }
fact-columns = Zeichen in einer Zeile

# Was einen Blick braucht, und was zu tun ist
finding-disk = Die Festplatte ist fast voll
finding-disk-do = Fertige Verkäufe sind sicher. Kein neuer beginnt, bis Platz ist: löschen Sie, was nicht gebraucht wird.
finding-store = Die Daten dieser Station sind nicht lesbar
finding-store-do = Fertige Verkäufe sind sicher. App neu starten; Hilfe rufen, wenn das bleibt.
finding-not-joined = Diese Station gehört noch zu keiner Firma
finding-not-joined-do = Treten Sie mit einem Code bei, oder probieren Sie die Demo.
finding-no-products = Hier sind noch keine Artikel
finding-no-products-do = Sie kommen von selbst aus der Zentrale. Sehen Sie nach der Verbindung.
finding-no-key = Der Schlüssel dieser Station fehlt
finding-no-key-do = Was verkauft wurde, ist sicher. Rufen Sie Hilfe: die Station muss neu beitreten.
finding-clock-slow = Die Uhr dieses Rechners geht { $count } Min. nach
finding-clock-slow-do = Verkäufe tragen die Zeit der Zentrale, nichts geht verloren. Stellen Sie die Uhr nach Ladenschluss.
finding-clock-fast = Die Uhr dieses Rechners geht { $count } Min. vor
finding-clock-fast-do = Verkäufe tragen die Zeit der Zentrale, nichts geht verloren. Stellen Sie die Uhr nach Ladenschluss.
finding-clock-impossible = Die Uhr dieses Rechners zeigt eine unmögliche Zeit
finding-clock-impossible-do = Verkäufe behalten ihre Reihenfolge. Stellen Sie die Uhr; vielleicht ist ihre Batterie leer.
finding-offline = Die Zentrale antwortet nicht, { $count } { $count ->
        [one] Eintrag wartet
       *[other] Einträge warten
    }
finding-offline-do = Die Kasse verkauft weiter. Was wartet, wird von selbst gesendet. Sehen Sie nach dem Netz, wenn auch andere Geräte offline sind.
finding-downloading = Leute, Artikel und Preise kommen noch
finding-downloading-do = Die Kasse verkauft, was schon da ist. Das endet von selbst.
finding-forked = Eine andere Station hat die Daten von dieser
finding-forked-do = Eine Festplatte wurde kopiert oder zurückgeholt. Beide machen weiter, nichts geht verloren; diese in einer neuen Bonreihe. Die Leitung erfährt es.
finding-central = Die Zentrale bittet die Leitung um einen Blick
finding-central-do = Nichts ist verloren, der Verkauf geht weiter. Lesen Sie das am Telefon vor:
finding-update-station = Diese App ist zu alt für die Zentrale
finding-update-station-do = Die Kasse verkauft weiter, nichts geht verloren. Aktualisieren Sie diese App.
finding-update-central = Die Zentrale ist zu alt für diese App
finding-update-central-do = Die Kasse verkauft weiter, nichts geht verloren. Die Zentrale muss aktualisiert werden.
finding-revoked = Diese Station wurde in der Zentrale gesperrt
finding-revoked-do = Was verkauft wurde, wird noch gesendet. Es kommt nichts mehr herunter: Fragen Sie, wer die Zentrale betreut.
finding-stuck = Die Zentrale nimmt ein Journal dieser Station nicht an
finding-stuck-do = Nichts ist verloren, es wird wieder versucht. Lesen Sie das am Telefon vor:
finding-row = Etwas, das die Zentrale entschieden hat, ist hier nicht zu gebrauchen
finding-row-do = Der Rest geht. Lesen Sie das am Telefon vor:
finding-given-back = Die Zentrale konnte etwas nicht gebrauchen, das sie zurückbekam
finding-given-back-do = Hier bleibt es erhalten. Lesen Sie das am Telefon vor:
finding-held-unreadable = { $count ->
        [one] Ein Eintrag wartet in der Zentrale: er ist nicht lesbar
       *[other] { $count } Einträge warten in der Zentrale: sie sind nicht lesbar
    }
finding-held-unreadable-do = Die Zentrale behält, was sie nicht lesen kann. Die Leitung sieht es sich dort an.
finding-held-unknown-product = { $count ->
        [one] Ein Eintrag wartet in der Zentrale: sein Artikel ist dort unbekannt
       *[other] { $count } Einträge warten in der Zentrale: ihre Artikel sind dort unbekannt
    }
finding-held-unknown-product-do = Sie zählen, sobald der Artikel bekannt ist. Die Leitung legt ihn in der Zentrale an.
finding-held-other-site = { $count ->
        [one] Ein Eintrag wartet in der Zentrale: er gehört zu einem anderen Standort
       *[other] { $count } Einträge warten in der Zentrale: sie gehören zu einem anderen Standort
    }
finding-held-other-site-do = Die Leitung entscheidet in der Zentrale, wohin sie gehören.
finding-held-device-revoked = { $count ->
        [one] Ein Eintrag wartet in der Zentrale: die Station wurde gesperrt
       *[other] { $count } Einträge warten in der Zentrale: die Station wurde gesperrt
    }
finding-held-device-revoked-do = Sie bleiben erhalten. Die Leitung gibt sie in der Zentrale frei.
finding-held-impossible-number = { $count ->
        [one] Ein Eintrag wartet in der Zentrale: seine Menge kann nicht sein
       *[other] { $count } Einträge warten in der Zentrale: ihre Mengen können nicht sein
    }
finding-held-impossible-number-do = Sie bleiben erhalten. Die Leitung sieht sie sich in der Zentrale an.
finding-uncertain = { $count ->
        [one] Ein Papier ist ungewiss
       *[other] { $count } Papiere sind ungewiss
    }
finding-uncertain-do = Der Drucker hörte mittendrin auf. Die Kasse fragt, ob das Papier in Ihrer Hand ist.
finding-printer = Der Drucker druckt nicht, { $count } { $count ->
        [one] Papier wartet
       *[other] Papiere warten
    }
finding-printer-do = Die Verkäufe sind sicher. Sehen Sie nach Papier, Deckel, Kabel und Strom; dann wird von selbst gedruckt.
finding-no-printer = Kein Drucker ist eingerichtet, { $count } { $count ->
        [one] Papier wartet
       *[other] Papiere warten
    }
finding-no-printer-do = Tragen Sie einen Drucker in devices.toml ein und starten Sie neu.
finding-paper-low = Das Papier geht zu Ende
finding-paper-low-do = Legen Sie eine neue Rolle neben die Kasse. Der Drucker sagt, wenn er leer ist.
finding-scanner = Der Scanner ist abgezogen
finding-scanner-do = Stecken Sie ihn wieder an. Bis dahin suchen Sie mit F2.
finding-trouble = Eine Einstellung oder ein Gerät wurde nicht verstanden
finding-trouble-do = Der Rest geht. Lesen Sie das am Telefon vor:

# Erster Start
welcome = Willkommen. Wie möchten Sie beginnen?
welcome-text = Sie können es sich später anders überlegen. Vor dem Beitritt wird nichts gesendet.
demo-title = Den Demoladen ausprobieren
demo-text = Twisted Threads, mit Shirts, Bestand und Leuten. In einer Minute etwas verkaufen.
demo-devices = Scanner und Drucker spielt der Bildschirm
demo-stays = Bleibt auf diesem Rechner, wird nie gesendet
start-demo = Demo starten
join-title = Einer Firma beitreten
join-text = Scannen oder tippen Sie den Code, den Ihre Leitung im Büro erstellt hat.
join = Beitreten
join-missing = Beitreten: noch { $count } Zeichen
enrol-code = Beitrittscode, zwei Gruppen zu vier
central = Zentrale
central-address = Adresse der Zentrale
no-devices = Noch keine Geräte gefunden. Es geht auch ohne; tragen Sie sie in devices.toml ein.
device-answers = antwortet
device-silent = antwortet nicht
device-not-scanned = noch nichts gescannt
print-test = Test drucken
scan-test = Testcode scannen
test-printing = Eine Testseite ist unterwegs
test-scan-now = Jetzt etwas scannen

# Anmelden
sign-in-title = Wer ist an der Kasse?
sign-in = Anmelden
sign-out = Abmelden
choose-person = Wählen Sie Ihren Namen.
enter-pin = PIN eingeben
pin-label = PIN
pin-of = PIN von { $person }
person-locked = Kurz gesperrt
role-cashier = Kasse
role-counter = Zählung
role-picker = Lager
role-manager = Leitung
demo-pin = In der Demo hat { $name } die PIN { $pin }.
demo-scan = Hemd scannen
leave-demo = Demo verlassen
shift-open = Die Lade wird geteilt. Schicht offen seit { $time } von { $person }.
shift-none = Keine Schicht ist offen. Zuerst wird die Lade gezählt.
or-badge = Oder scannen Sie Ihren Ausweis.
not-in-list = Nicht in der Liste?
find-name = Namen suchen
nobody-found = Niemand hier heißt so. Versuchen Sie weniger Buchstaben.
print-badge = Meinen Ausweis drucken

# Kasse öffnen und schließen
open-till = Kasse öffnen
open-till-title = Kasse öffnen
open-till-heading = Die Lade zählen
open-till-text = Tippen Sie, wie viel Bargeld jetzt in der Lade liegt. Vorgeschlagen ist, was beim letzten Schließen blieb.
float-label = Bargeld in der Lade
float-opening = Bargeld beim Öffnen
till-closed = Kasse geschlossen, Z-Bericht { $number }
expected = Erwartet
counted = Gezählt
difference = Differenz
difference-over = Zu viel in der Lade
difference-short = Fehlt in der Lade
z-report = Z-Bericht
close-till = Kasse schließen
close-till-count = Schließen: zuerst zählen
close-till-parked = Zuerst { $count } geparkte
close-parked = { $count ->
        [one] { $count } geparkter Verkauf wartet
       *[other] { $count } geparkte Verkäufe warten
    }
close-parked-text = Zuerst abschließen oder abbrechen: dann kann die Kasse schließen.
shift = Schicht
shift-title = Schicht { $number }, offen seit { $time } von { $person }
sales = Verkäufe
turnover = Verkauft minus zurückgenommen
counted-label = Gezähltes Bargeld
count-first = Zählen Sie die Lade und tippen Sie, was darin liegt. Danach wird gezeigt, was erwartet war.
keep-open = Offen lassen
close-the-till = Kasse schließen
close-question = { $station } für heute schließen?
close-consequence = Danach kommt kein Verkauf mehr in diese Schicht. Der Z-Bericht wird jetzt gedruckt.
close-difference = Die Differenz von { $difference } wird gebucht.
close-unsent = { $count ->
        [one] { $count } Eintrag wird
       *[other] { $count } Einträge werden
    } gesendet, wenn die Zentrale wieder da ist.
cash-in = Einzahlung
open-drawer = Schublade öffnen
cash-out = Auszahlung
cash-in-done = { $amount } eingezahlt
cash-out-done = { $amount } ausgezahlt
cash-moved-text = Die Lade öffnet, der Beleg wird gedruckt.

# Kasse
search-hint = Scannen oder Name, Farbe, Größe suchen
next-hint = Scannen beginnt den nächsten Verkauf
clear-search = Suche leeren
search-results = Gefundene Artikel
nothing-found = Nichts gefunden für „{ $text }“. Versuchen Sie weniger Buchstaben oder ein anderes Wort.
nearly-found = Nichts heißt „{ $text }“. Das kommt nahe:
on-hand = { $count } hier
no-price = Kein Preis
cart = Verkauf
side-panel = Artikel
pieces = { $count } Stück
in-lines = in { $count ->
        [one] { $count } Zeile
       *[other] { $count } Zeilen
    }
total = Summe
to-pay-out = Auszuzahlen
tax-included = inkl. { $percent } % MwSt.
tax-added = { $percent } % MwSt.
quantity = Menge
discount = Rabatt
return = Rückgabe
park-sale = Parken
price = Preis
remove = Entfernen
pay = Bezahlen
pay-out = Auszahlen
put-back = Zurück
set-price = Preis setzen
one-less = Eins weniger
one-more = Eins mehr
return-of = Aus { $receipt }
empty-title = Scannen Sie den ersten Artikel
empty-text = oder suchen Sie mit F2.
empty-text-parked = oder suchen Sie mit F2. { $count ->
        [one] { $count } geparkter Verkauf wartet.
       *[other] { $count } geparkte Verkäufe warten.
    }
sizes = Größen
favourites = Favoriten
recent = Zuletzt
sizes-empty = Hier stehen die Größen des letzten Scans.
tiles-empty = Hier steht nach den ersten Verkäufen, was verkauft wird.
stock = Bestand
here-now = Hier, eben gehört
here-heard = Hier, vor { $minutes } Min. gehört
here-never = Hier, nie gehört
in-sale = + im Verkauf
cell-label = { $colour }, { $size }: { $count } hier. Eins dazu.

# Ablage
tray-more = Und { $count } weitere.
tray-unknown = Unbekannter Code { $code }
tray-unknown-text = Nicht im Verkauf. Der Rest ist sicher.
tray-misread-text = Nicht im Verkauf: wohl falsch gelesen. Noch einmal scannen.
tray-not-now = Gescannt: { $code }
tray-lost-scan = Scan nicht angenommen: { $code }
tray-lost-scan-text = Er wird hier aufgehoben. Der Rest ist sicher.
tray-uncertain = Haben Sie { $title } in der Hand?
tray-uncertain-text = Der Drucker hat mittendrin aufgehört zu antworten.
in-hand-yes = Ja, ist da
in-hand-no = Nein, KOPIE drucken
tray-printer-text = { $waiting ->
        [0] Nichts wartet.
        [one] Der Verkauf ist sicher. { $waiting } Papier wartet und wird von selbst gedruckt.
       *[other] Die Verkäufe sind sicher. { $waiting } Papiere warten und werden von selbst gedruckt.
    }
stopped-paper-out = Der Drucker hat kein Papier: bitte einlegen
stopped-cover-open = Der Drucker ist offen: bitte schließen
stopped-error = Der Drucker meldet einen Fehler: aus- und einschalten
stopped-none = Es gibt keinen Drucker
stopped-offline = Der Drucker ist nicht erreichbar: Kabel und Strom prüfen
tray-disk = Die Festplatte ist fast voll
tray-disk-text = Fertige Verkäufe sind sicher. Schaffen Sie Platz, bevor es weitergeht.
tray-clock = Die Uhr dieses Rechners zeigt { $shows }
tray-clock-text = Die Kasse rechnet mit { $used }. Bitte die Uhr stellen, wenn Zeit ist.
tray-forked = Eine andere Station hat die Daten von dieser
tray-forked-text = Nichts geht verloren. Diese Kasse macht in einer neuen Bonreihe weiter, und die Leitung erfährt es.
tray-recovered = Die Daten auf diesem Rechner waren beschädigt
tray-recovered-text = { $missing ->
        [0] Alles ist wieder da: { $found } Einträge. Die beschädigte Datei liegt in { $folder }.
       *[other] { $found } Einträge sind wieder da; diese fehlen: { $numbers }. Sagen Sie es Ihrer Leitung. Die beschädigte Datei liegt in { $folder }.
    }
tray-trouble = Eine Einstellung wurde nicht verstanden

# Geparkte Verkäufe
parked = Geparkt
parked-title = Geparkte Verkäufe
parked-text = Wählen Sie einen, um damit weiterzumachen.
parked-none = Kein Verkauf ist geparkt. F8 parkt den jetzigen.
parked-blocked = Zuerst den jetzigen Verkauf abschließen oder parken, dann einen wählen.
parked-lines-since = { $count ->
        [one] { $count } Zeile
       *[other] { $count } Zeilen
    }, seit { $time }
parked-lines = { $count ->
        [one] { $count } Zeile
       *[other] { $count } Zeilen
    }
parked-notice = Verkauf geparkt
parked-notice-text = ⇧ F8 holt ihn zurück.
parked-as = Geparkt als „{ $name }“
parked-name = Name dafür

# Zeile und Rabatt
quantity-of = Menge von { $name }
set-quantity = Menge setzen
price-of = Preis von { $name }
price-of-one = Einzelpreis
discount-title = Rabatt
give-discount = Rabatt geben
no-discount = Kein Rabatt
one-line = Gewählte Zeile
whole-sale = Ganzer Verkauf
percent = Prozent
cancel-sale = Verkauf abbrechen
cancel-question = Diesen Verkauf abbrechen?
cancel-consequence = Alle Zeilen werden herausgenommen. Nichts wird gebucht, und er lässt sich nicht zurückholen.
keep-sale = Behalten
# Verkäufe dieser Kasse
sales-title = Verkäufe dieser Kasse
sales-text = Neueste zuerst. Ein Druck zeigt den Bon.
sales-none = Hier wurde noch nichts verkauft. Fertige Verkäufe stehen dann hier.
older-sales = Ältere
sold-by = Verkauft von { $person }
sold-by-nobody = Verkauft
choose-title = Mehrere Artikel haben den Code { $code }
choose-text = Welcher ist es? Das Preisschild sagt es.

# Rückgabe
return-title = Ware zurücknehmen
return-text = Scannen Sie den Bon, oder tippen Sie die Nummer, die oben darauf steht.
return-no-receipt = Kein Bon zur Hand?
receipt-number = Bonnummer
find-receipt = Bon suchen
return-of-sale = { $receipt }, { $date } { $time }, { $total }
return-all = Alles zurücknehmen
return-left = { $left } können zurück, { $amount }
return-none-left = schon alles zurückgegeben
take-back-lines = Zurücknehmen

# Bezahlen
back-to-sale = Zum Verkauf
payment = Zahlung
payments = Zahlungen
payment-methods = Zahlungsarten
cash = Bar
card = Karte
voucher = Gutschein
exact = Passend
total-of = Summe, { $count } Stück
cash-received = Bar erhalten
card-amount = Mit Karte
voucher-amount = Mit Gutschein
pay-out-amount = Ausgezahlt
card-text = Tippen Sie den Betrag ins Terminal. Abschließen, wenn es genehmigt hat.
card-reference = Nummer vom Beleg des Terminals, wenn gewünscht
voucher-text = Abschließen, wenn Sie den Gutschein in der Hand haben.
voucher-reference = Nummer des Gutscheins
still-to-pay = Noch zu zahlen
still-to-pay-out = Noch auszuzahlen
change-due = Rückgeld
of-total = von { $total }, { $method }
in-cash = in bar
by-card = mit Karte
by-voucher = mit Gutschein
split-hint = Zum Aufteilen einen kleineren Betrag eingeben und die nächste Zahlungsart wählen.
card-back-hint = Eine Kartenzahlung zurückzunehmen ist ein Storno am Terminal: auch dort ausführen.
all-paid = Alles ist bezahlt.
approved = Genehmigt
take-back = Diese Zahlung zurücknehmen
reverse-card = Diese Kartenzahlung stornieren
complete = Abschließen
approved-complete = Genehmigt, fertig

# Verkauf fertig
sale-done = Verkauf fertig
change-from = Rückgeld, von { $cash } bar
paid = Bezahlt
paid-out = Ausgezahlt
receipt = Bon
receipt-picture = Bon { $receipt }
print-copy = KOPIE drucken
print-copy-of = KOPIE von { $receipt } drucken
next-sale = Nächster Verkauf
or-scan = oder einfach scannen
print-none = Kein Drucker
print-none-proof = { $paper } ist aufgehoben
print-waiting = { $paper } wartet
print-waiting-proof = auf den Drucker
print-sending = { $paper } ist unterwegs
print-printed = { $paper } gedruckt
print-sent = { $paper } gesendet
print-uncertain = { $paper } ungewiss
print-uncertain-proof = haben Sie ihn in der Hand?
print-dropped = { $paper } nicht gedruckt
drawer-waiting = Lade öffnet gleich
drawer-opened = Lade geöffnet
drawer-once = einmal
drawer-expired = Lade blieb zu
drawer-key = mit dem Schlüssel öffnen
at-central = In der Zentrale
at-central-proof = an zwei Orten sicher
kept-here = Hier gesichert
kept-here-proof = geht von selbst zur Zentrale
kept-here-sending = unterwegs zur Zentrale
kept-in-demo = Bleibt in der Demo
kept-in-demo-proof = wird nie gesendet

# Was in einem Feld nicht stimmt
wrong-amount = Ein Betrag wie 12,34
wrong-not-more = Ein Betrag wie 12,34, nicht mehr als offen ist
wrong-pieces = Ganze Stücke, mindestens 1
wrong-quantity = Eine Menge wie 0,250
wrong-percent = Mehr als 0, höchstens 100

# Geschmack
theme = Farben
theme-system = Wie das System
theme-light = Hell
theme-dark = Dunkel
text-size = Schriftgröße
volume = Töne
volume-off = Aus

# Zurücklegen

key-set-aside = Den gewählten Artikel für einen Kunden zurücklegen
cap-shift-f9 = ⇧ F9
set-aside = Zurücklegen
set-aside-title = Zurückgelegt
set-aside-none = Hier ist nichts zurückgelegt. Wählen Sie einen Artikel und drücken Sie auf Zurücklegen.
set-aside-text = Für Kunden dieses Geschäfts, und was hier angefragt wurde. Was einen Blick braucht, steht oben.
place-here = { $site }, hier
place-figures = { $on_hand } da, { $promised } zurückgelegt
place-lent = { $count } dieser Kasse geliehen: sie sagt sie sofort zu
place-available = { $count } frei
figures-central = Von der Zentrale, { $seconds ->
    [0] gerade eben
    [one] 1 Sekunde alt
   *[other] { $seconds } Sekunden alt
}
figures-till = Die Zentrale antwortet nicht. Was diese Kasse weiß, { $minutes ->
    [0] eben gehört
   *[other] vor { $minutes } Min. gehört
}
figures-never = Die Zentrale antwortet nicht. Was diese Kasse selbst weiß
what-customer-is-told = Was der Kunde erfährt
kind-hold = Aufheben bis
kind-order = Kundenbestellung
kept-until = Aufgehoben bis
expected-by = Erwartet am
day-today = Heute
day-tomorrow = Morgen
day-in = { $days } Tage
customer-words = Kunde
customer-words-hint = Ein Name oder eine Nummer. Bleibt an dieser Kasse und wird gelöscht, wenn es erledigt ist.
for-customer = Für
at-site = In
asked-at = Angefragt
asked-by = Von
lines-more = und { $count ->
    [one] 1 weitere
   *[other] { $count } weitere
}
collect = Abholen
collected = War zurückgelegt
tray-broken = Für einen Ihrer Kunden ist nicht genug da
tray-count = Verkauft, und die Bücher hatten weniger
tray-count-text = { $line }; die Bücher hatten { $believed }. { $more ->
    [0] Für die nächste Zählung ist es vermerkt.
   *[other] Das und { $more } weitere sind für die nächste Zählung vermerkt.
}
print-slip = Zettel drucken
let-go = Freigeben
look-elsewhere = Nachsehen, wo es welche gibt
show = Zeigen
tray-answered = Die Zentrale hat geantwortet: { $how }
standing-broken = Es ist nicht genug da
standing-broken-text = { $why } Sagen Sie es dem Kunden, und sehen Sie nach, wo es welche gibt.
standing-needs-confirmation = Noch zu bestätigen
standing-needs-confirmation-text = Die Zentrale hat nicht geantwortet, also ist noch nichts zugesagt. Sie wird von selbst wieder gefragt, und hier erfahren Sie es.
standing-late = Überfällig
standing-late-text = Es ist zurückgelegt, und die Zeit ist um. Fragen Sie den Kunden, oder geben Sie es frei.
standing-reserved = Zurückgelegt
standing-reserved-text = Niemand anderem ist das zugesagt. Drucken Sie den Zettel und legen Sie ihn zur Ware.
standing-confirmed = Bestellt
standing-confirmed-text = Es bleibt, bis der Kunde es hat oder absagt. Drucken Sie den Zettel und legen Sie ihn zur Ware.
standing-by-till = { $text } Diese Kasse hat es selbst zugesagt, aus dem, was die Zentrale ihr geliehen hat.
standing-by-a-till = { $text } Eine Kasse dieses Ladens hat es selbst zugesagt, aus dem, was die Zentrale ihr geliehen hat.
standing-letting-go = Wird freigegeben
standing-letting-go-text = Die Zentrale hat noch nicht geantwortet. Sie wird von selbst wieder gefragt.
standing-sold-out = Zu wenige
standing-sold-out-text = So viele, die niemand anderem zugesagt sind, gibt es nicht. Nichts ist zurückgelegt.
standing-refused = Nicht möglich
standing-refused-text = Die Zentrale kennt diesen Artikel oder diesen Ort nicht. Nichts ist zurückgelegt.
standing-too-late = Zu spät
standing-too-late-text = Die Zeit war um, bevor die Zentrale geantwortet hat. Nichts ist zurückgelegt.
standing-fulfilled = Abgeholt
standing-fulfilled-text = Der Kunde hat es.
standing-let-go = Freigegeben
standing-let-go-text = Es ist nichts mehr zurückgelegt.
standing-expired = Abgelaufen
standing-expired-text = Niemand kam rechtzeitig. Es ist nichts mehr zurückgelegt.
cause-hand-sale = Sie wurden an einer Kasse verkauft, obwohl die Bücher keine hatten.
cause-late-fact = Sie wurden an einer Kasse verkauft, die offline war.
cause-overdrawn = Eine Kasse hat mehr zugesagt, als ihr geliehen war.
cause-dead-holder = Eine Kasse, die aufgegeben wurde, hatte sie zugesagt.
cause-restore = Die Zentrale wurde wiederhergestellt und hat weniger in den Büchern.
cause-correction = Die Bücher wurden berichtigt.

# Ware zwischen Standorten

transfers-title = Ware zwischen Standorten
transfers-none = Nichts ist unterwegs. Schicken Sie Ware, oder scannen Sie den Schein, der mit Ware gekommen ist.
transfers-text = Was zu tun ist, steht oben. Um Ware anzunehmen, scannen Sie den Schein, der mit ihr gekommen ist.
send-goods = Ware schicken
send-where = Wohin? Danach jedes Stück scannen, das in den Karton kommt.
send-nowhere = Die Zentrale hat noch nicht gesagt, welche Standorte es gibt.
send-these = Diese schicken
receive-these = Diese annehmen
goods-to = An { $site }
goods-from = Von { $site }
goods-to-another = An einen anderen Standort
goods-from-another = Von einem anderen Standort
goods-unknown = Ein Artikel, den diese Station nicht kennt
goods-asked = { $quantity } angefragt
goods-sent = { $quantity } geschickt
goods-there = { $quantity } da
goods-missing = { $quantity } zu wenig
goods-too-much = { $quantity } zu viel
transit-to-send = Zu schicken
transit-to-send-text = Der andere Standort hat danach gefragt. Scannen Sie jedes Stück; am Ende geht ein Schein mit.
transit-asked = Angefragt
transit-asked-text = Der andere Standort hat noch nichts geschickt.
transit-on-the-way = Unterwegs
transit-on-the-way-text = Die Ware ist hier weg. Der gedruckte Schein geht mit ihr.
transit-to-receive = Anzunehmen
transit-to-receive-text = Wenn sie an der Tür ist, scannen Sie ihren Schein, dann jedes Stück.
transit-unannounced = Schon da
transit-unannounced-text = Was kam, ist da. Die Nachricht des anderen Standorts kommt noch; zu tun ist nichts.
transit-differing = Weicht ab
transit-differing-text = Gekommen ist nicht, was geschickt wurde. Suchen Sie danach, und nehmen Sie an, was auftaucht; die Leitung kann den Unterschied ausbuchen.
transit-received = Angenommen
transit-received-text = Alles, was geschickt wurde, ist da.
transit-closed = Ausgebucht
transit-closed-text = Der Unterschied ist ausgebucht. Was noch auftaucht, kann angenommen werden.
transit-cancelled = Abgesagt
transit-cancelled-text = Es wird nicht mehr gebraucht, und nichts wurde geschickt.
write-off = Ausbuchen
write-off-title = Ausbuchen, was nicht unterwegs ist?
write-off-text = Es verlässt die Bücher als Verlust, oder kommt hinein, wo zu viel kam. Was später auftaucht, kann immer noch angenommen werden.
scan-this = { $name } scannen
scan-left = Noch { $quantity }
scan-all-there = Alles da
scan-all-there-text = Nichts fehlt. Abschließen mit F12.
scan-each = Jedes Stück scannen
scan-each-out = Was gescannt ist, kommt in den Karton. Abschließen mit F12.
scan-each-in = Niemand hat gesagt, wie viele es sind; jedes Stück zählt. Abschließen mit F12.
scan-of = { $counted } von { $expected }
scan-not-expected = Gehört nicht dazu
scan-enough = Eins zu viel
scan-wrong-text = { $name } wurde nicht gezählt. Legen Sie es zurück, oder zählen Sie es trotzdem.
count-anyway = Trotzdem zählen
put-it-back = Nicht zählen
finish-goods = Abschließen
stop-scanning = Verwerfen
go-on-scanning = Weiter
stop-question = Alles Gescannte verwerfen?
stop-consequence = Nichts wird geschickt oder angenommen, und der Bestand bleibt, wie er ist.
finish-out-title = Diese Ware schicken?
finish-out-text = Sie verlässt den Bestand dieses Standorts, und ein Schein wird gedruckt, der mit ihr geht.
finish-out = Schicken
finish-in-title = Diese Ware annehmen?
finish-in-text = Sie ist ab jetzt im Bestand dieses Standorts.
finish-in = Annehmen
finish-differs = Das ist nicht, was erwartet wurde:
note-for-them = Für den, der sie annimmt
rest-of-goods = Kommt noch etwas?
nothing-more = Mehr kommt nicht
rest-later = Der Rest kommt später
wrong-count = Ganze Stücke
