// Package fallback gets a message through: it is the only road out.
//
// It is for deliveries. A delivery is one message to one contact on its way through the steps of a cascade: a channel, a wait,
// and the proof that ends it. The package holds the rules as pure transitions of a record (Delivery, with Clock and the route),
// the journeys that a store runs as one transaction each (Accept, Receive, Claim, Settle, Come, Cancel, over Tx), and a thin
// Engine with its lanes, tokens, waits and hearing.
//
// It keeps the intent of a send before the call and its outcome after; who said no, and at which number; when
// each open delivery has to be looked at again. What it keeps in memory it learns again after a crash.
//
// It never sends a message twice on one channel: an attempt whose end is unknown is waited for, and the next channel is the
// remedy. It never sends a step after proof, a stop or a cancel is durable. It never has two attempts of a delivery under way.
// It never sends on a channel, or in hours, that the person does not want, but for what is urgent and for answers to the person.
// It never counts time in which a channel could not be heard, a pause held or people sleep. It never sets a timer that a crash
// could lose: every open delivery has a Due, in the index of its lane.
//
// It never spends past the day's limit, whatever the purpose: a paid step of an urgent message, or of an answer to a person, is
// held until midnight like any other. The limit is there for the day on which something asks for too much, and that something may
// well call itself urgent; what is free goes on.
//
// # Events and states
//
// What each event does to a delivery, by state. TestTransitions reads this table: it is what the code does. The route is
// Telegram until read, Viber until read, SMS; the purpose is marketing; Telegram's leg has gone out in held, gap, queued and the
// columns to the right. held is quiet hours (the cascade's or the person's own), a pause or the day's spend, with Viber's leg in its
// lane; queued is the same leg, free to go. gap is a wait that a lost stretch of hearing holds; a leg in its lane that such a stretch
// holds goes back there. In sending, waiting and unsure Telegram's leg is the current one: its call is under way, accepted, or of
// unknown outcome. unconf is unconfirmed; final is done, failed, refused and cancelled. Nothing changes a delivery that is expired
// or skipped: nothing of it went out.
//
//	event                 scheduled held      gap       queued    sending   waiting   unsure    unconf    final
//	claim                 -         sending   -         sending   -         -         -         -         -
//	claim too early       -         -         -         -         -         -         -         -         -
//	claim of another leg  -         -         -         -         -         -         -         -         -
//	claim, stopped        -         refused   -         refused   -         -         -         -         -
//	claim, no address     -         next      -         next      -         -         -         -         -
//	claim, unwanted       -         next      -         next      -         -         -         -         -
//	claim, channel off    -         next      -         next      -         -         -         -         -
//	claim, cold           -         next      -         next      -         -         -         -         -
//	claim, window closed  -         next      -         next      -         -         -         -         -
//	claim, daily cap      -         next      -         next      -         -         -         -         -
//	claim, channel shut   -         next      -         next      -         -         -         -         -
//	claim, limited        -         next      -         next      -         -         -         -         -
//	claim, paid enough    -         next      -         next      -         -         -         -         -
//	claim at night        -         held      -         held      -         -         -         -         -
//	claim, own hours      -         held      -         held      -         -         -         -         -
//	claim in a pause      -         held      -         held      -         -         -         -         -
//	claim in a hold       -         held      -         held      -         -         -         -         -
//	claim, day's spend    -         held      -         held      -         -         -         -         -
//	claim, lost: hold     -         gap       -         gap       -         -         -         -         -
//	claim after deadline  -         unconf    -         unconf    -         -         -         -         -
//	cannot be written     -         next      -         next      -         -         -         -         -
//	gated in its lane     -         next      -         next      -         -         -         -         -
//	lane held too long    -         -         -         next      -         -         -         -         -
//	settle ok             -         kept      -         kept      waiting   -         kept      kept      kept
//	settle uncertain      -         -         -         -         waiting   -         -         -         -
//	settle temporary      -         kept      -         kept      again     -         next      kept      kept
//	settle temporary long -         kept      -         kept      next      -         next      kept      kept
//	settle misconfigured  -         kept      -         kept      again     -         next      kept      kept
//	settle unreachable    -         kept      -         kept      next      -         next      kept      kept
//	settle rejected       -         kept      -         kept      next      -         next      kept      kept
//	settle refused        -         kept      -         kept      refused   -         refused   kept      kept
//	receipt accepted      -         kept      -         kept      kept      -         kept      kept      kept
//	receipt delivered     -         kept      kept      kept      kept      kept      kept      kept      kept
//	receipt read          -         done      done      done      done      done      done      done      late
//	watermark             -         done      done      done      done      done      done      done      late
//	reply                 -         done      done      done      done      done      done      done      late
//	later message         -         done      done      done      done      done      done      done      late
//	button                -         done      done      done      done      done      done      done      late
//	reaction              -         done      done      done      done      done      done      done      late
//	click                 -         done      done      done      done      done      done      done      late
//	not billed            -         kept      kept      kept      kept      kept      kept      kept      kept
//	failed receipt        -         kept      next      kept      kept      next      next      kept      kept
//	failed, refused       -         kept      refused   kept      refused   refused   refused   kept      kept
//	chat of another       -         kept      next      kept      kept      next      next      kept      -
//	cancel                cancelled cancelled cancelled cancelled cancelled cancelled cancelled -         -
//	opt-out               refused   refused   refused   refused   refused   refused   refused   -         -
//	comes too early       -         -         -         -         -         -         -         -         -
//	comes due             start     -         unconf    -         unsure    next      next      -         -
//	another boot          -         -         -         -         unsure    -         -         -         -
//	comes due in a pause  held      -         later     -         unsure    later     later     -         -
//	comes due in a hold   held      -         later     -         unsure    later     later     -         -
//	comes due, deaf       start     -         unconf    -         unsure    -         -         -         -
//	comes due, gap        start     -         unconf    -         unsure    later     later     -         -
//	comes due, lost: hold start     -         unconf    -         unsure    gap       gap       -         -
//	lost: assume_read     start     -         unconf    -         unsure    unconf    unconf    -         -
//	lost: send            start     -         unconf    -         unsure    next      next      -         -
//	deadline over         start     -         unconf    -         unsure    unconf    unconf    -         -
//	gap resumed           -         -         next      -         -         -         -         -         -
//
// start settles the route and puts its first leg into its lane; next does so with the leg after this one, or ends the delivery
// when there is none: unconfirmed when a leg went out, else failed, or skipped when none was tried. again puts the same leg back
// into its lane. later puts the wait back. kept notes it on the leg. late keeps the proof of a delivery that was over.
//
// Accept, which has no state to begin with: skipped (no consent, opted out, too often, the same message again, no address, unwanted),
// scheduled (send_at), held (quiet hours, a pause) or queued.
package fallback
