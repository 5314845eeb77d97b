# Was abgelehnt wurde: was geschah, was sicher ist, der nächste Schritt. Keine Schuld.

error-bad-request = Fenster und App verstehen einander nicht. Nichts wurde geändert. Starten Sie die App neu; geschieht es wieder, rufen Sie Hilfe.
error-internal = Innen ging etwas schief. Nichts wurde geändert. Versuchen Sie es noch einmal; geschieht es wieder, rufen Sie Hilfe.
error-disk-full = Die Festplatte ist voll. Fertige Verkäufe sind sicher, neue werden nicht angenommen. Schaffen Sie Platz, dann geht es weiter.
error-data-damaged = Die Daten auf diesem Rechner sind beschädigt. Beenden Sie die Kasse und starten Sie sie neu: Sie stellt sich wieder her, und die Zentrale gibt zurück, was sie hat.
error-not-now = Das passt hier nicht. Beenden Sie zuerst diese Seite.
error-signed-out = Niemand ist angemeldet. Melden Sie sich an, dann geht es weiter.
error-not-allowed = Das dürfen Sie hier nicht. Bitten Sie die Leitung, sich anzumelden.
error-wrong-pin = Diese PIN stimmt nicht. { $tries ->
        [0] Kein Versuch bleibt; warten Sie einen Moment.
        [one] { $tries } Versuch bleibt.
       *[other] { $tries } Versuche bleiben.
    }
error-locked-out = Zu viele falsche PINs. Warten Sie { $seconds ->
        [one] { $seconds } Sekunde
       *[other] { $seconds } Sekunden
    }, dann noch einmal.
error-wrong-code = Dieser Code ist nicht bekannt oder schon benutzt. Bitten Sie Ihre Leitung um einen neuen.
error-unknown-badge = Niemand an diesem Standort hat diesen Ausweis. Wählen Sie stattdessen Ihren Namen.
error-signed-in = Jemand ist angemeldet. Melden Sie sich zuerst ab, dann scannen Sie den Ausweis.
error-cancelled = Der Beitritt wurde abgebrochen. Nichts wurde geändert; derselbe Code geht noch einmal.
error-no-central = Die Zentrale ist nicht erreichbar. Prüfen Sie Adresse und Netz, dann noch einmal.
error-bad-central = Die Zentrale hat etwas geantwortet, das diese Kasse nicht versteht. Nichts wurde geändert. Prüfen Sie die Adresse.
error-update-station = Diese App ist zu alt für die Zentrale. Aktualisieren Sie diese App und treten Sie dann noch einmal bei.
error-update-central = Die Zentrale ist zu alt für diese App. Die Zentrale muss aktualisiert werden; treten Sie dann noch einmal bei.
error-already-joined = Diese Station gehört schon zu einer Firma.
error-till-closed = Die Kasse ist geschlossen. Öffnen Sie sie zuerst.
error-till-open = Die Kasse ist schon offen.
error-sale-open = Zuerst den jetzigen Verkauf abschließen, parken oder abbrechen.
error-sales-parked = Geparkte Verkäufe warten. Zuerst abschließen oder abbrechen, dann die Kasse schließen.
error-sale-empty = Der Verkauf ist leer. Scannen Sie zuerst etwas.
error-price-missing = Eine Zeile hat noch keinen Preis. Tippen Sie ihn, dann bezahlen.
error-payment-started = Das Bezahlen hat begonnen. Nehmen Sie die Zahlungen zurück, bevor Sie den Verkauf ändern.
error-not-paid = Der Verkauf ist noch nicht bezahlt. Nehmen Sie den Rest, dann abschließen.
error-no-such-line = Diese Zeile ist nicht mehr im Verkauf.
error-no-such-tender = Diese Zahlung ist nicht mehr im Verkauf.
error-no-such-product = Dieser Artikel ist nicht im Katalog dieser Kasse. Suchen Sie einen anderen.
error-no-such-transfer = Diese Umlagerung kennt die Station nicht.
error-transfer-open = Erst die Ware fertig scannen, die gerade dran ist, oder sie verwerfen.
error-nothing-scanned = Es wurde noch nichts gescannt.
error-reason-missing = Bitte sagen, warum es abweicht.
error-several-products = Mehrere Produkte haben diesen Code. Bitte einen anderen Code des Stücks scannen.
error-no-such-parked = Dieser geparkte Verkauf wurde schon zurückgeholt.
error-no-such-sale = Kein Verkauf dieser Kasse hat diese Nummer. Prüfen Sie sie, oder gehen Sie zu der Kasse, die sie gedruckt hat.
error-sale-too-old = So alte Verkäufe bewahrt diese Kasse nicht mehr auf. Eine Leitung kann ihn mit dem Papierbeleg von Hand erstatten.
error-no-such-job = Dieses Papier wartet nicht mehr.
error-no-such-promise = So etwas ist hier nicht zurückgelegt, oder es ist erledigt. Sehen Sie in der Liste nach.
error-already-in-sale = Das ist schon im Verkauf.
error-not-in-demo = Die Demo hat keine Zentrale, die etwas zurücklegen könnte. Im eigenen Geschäft gibt es sie.
error-wrong-day = Dieser Tag ist nicht möglich. Wählen Sie einen der nächsten 30.
error-nothing-to-undo = Es gibt nichts rückgängig zu machen.
error-wrong-quantity = Diese Menge geht nicht. Tippen Sie mindestens 1.
error-wrong-price = Dieser Preis geht nicht. Tippen Sie null oder mehr.
error-wrong-discount = Dieser Rabatt geht nicht. Mehr als 0, und nicht mehr als das, wovon er abgeht.
error-wrong-amount = Dieser Betrag geht nicht. Prüfen Sie ihn und tippen Sie ihn neu.
error-more-than-in-drawer = So viel sollte nicht in der Lade sein. Prüfen Sie den Betrag, oder zahlen Sie zuerst ein.
error-only-cash-gives-change = Nur auf Bargeld gibt es Rückgeld. Tippen Sie nicht mehr, als offen ist.
error-nothing-due = Es ist nichts mehr offen. Schließen Sie den Verkauf ab.
error-refund-is-fixed = Eine zurückgenommene Zeile behält die Bedingungen ihres Verkaufs. Nehmen Sie sie heraus und neu zurück.
error-more-than-bought = Das ist mehr, als gekauft wurde oder davon übrig ist. Prüfen Sie den Bon.
error-too-large = Das ist mehr, als eine Kasse fassen kann. Prüfen Sie die Eingabe.
error-no-such-language = Diese Sprache gibt es hier nicht.
error-no-such-device = Dieses Gerät fehlt oder lässt sich nicht prüfen. Prüfen Sie Kabel und Strom.
