package main

// mutations are the rules of design and docs/reliability.md, taken away one at a time. Where two guards stand behind each other, both are taken
// away: one alone is no mutant that anybody could see from outside.
var mutations = []mutation{
	{"telegram-confirms-before-it-stores", []string{"events", "order"}, []edit{{
		"bots/telegram/receive.go",
		"	if err := p.receive(ctx, batch); err != nil {\n		return notReceived{err}\n	}\n",
		"	go func() { sleep(ctx, 300*time.Millisecond); _ = p.receive(ctx, batch) }()\n",
	}}},
	{"hooks-answer-before-they-store", []string{"events", "order"}, []edit{{
		"bots/hook.go",
		"		answer, err = receive(ctx, h.Receive, batch)\n",
		"		go func() { time.Sleep(300 * time.Millisecond); _, _ = receive(context.WithoutCancel(ctx), h.Receive, batch) }()\n",
	}}},
	{"events-that-came-are-forgotten", []string{"events", "changes"}, []edit{{
		"fallback/receive.go", "	if e.ID == \"\" {\n		return\n	}\n	tx.MarkSeen(e.ID)", "	if e.ID != \"\" {\n		return\n	}\n	tx.MarkSeen(e.ID)",
	}}},
	{"events-of-a-chat-in-any-order", []string{"order"}, []edit{{
		"fallback/engine_receive.go", "		events[i].ArrivedAt = at.Add(time.Duration(i) * time.Microsecond)\n", "		events[i].ArrivedAt = at.Add(time.Duration(i) * time.Microsecond)\n	}\n	slices.Reverse(events)\n	for range 0 {\n",
	}}},
	{"keys-are-forgotten", []string{"once"}, []edit{{
		"fallback/accept.go", "if used, ok := tx.Key(req.Key); ok {", "if used, ok := tx.Key(req.Key); ok && used.Delivery == 0 {",
	}}},
	{"a-crash-sends-again", []string{"once", "no-repeat"}, []edit{{
		"fallback/due.go", "		l.Outcome, l.Reason = Doubtful, bots.Uncertain.String()\n	}\n	d.await(e, now)", "		l.Outcome = Untried\n		d.queue(now, e, now)\n		return\n	}\n	d.await(e, now)",
	}}},
	{"unknown-outcomes-are-tried-again", []string{"once", "no-repeat"}, []edit{{
		"fallback/attempt.go", "		l.Outcome, l.Reason, l.SentAt = Doubtful, faultReason(err), now\n		d.await(e, now)\n		return\n", "		l.Outcome = Untried\n		d.queue(now, e, now)\n		return\n",
	}}},
	{"a-proof-does-not-stop", []string{"proof", "end"}, []edit{{
		"fallback/proof.go", "		d.note(\"proof\", leg, p.Kind, now)\n		d.finish(Done, \"\", now)\n", "		d.note(\"proof\", leg, p.Kind, now)\n",
	}}},
	{"a-step-is-not-withdrawn", []string{"proof", "no", "once", "no-repeat", "events"}, []edit{{
		"fallback/delivery.go", "	return d.inQueue() && d.Leg == leg && d.leg().Outcome == Untried && !d.Due.After(now)\n", "	return d.inQueue() && d.Leg == leg && d.leg().Outcome == Untried && !d.Due.After(now) || d.State.Final() && d.Leg+1 < len(d.Route)\n",
	}, {
		"fallback/delivery.go", "	withdrawn = !d.wentOut()\n	d.finish(Cancelled, \"\", now)\n", "	withdrawn = !d.wentOut()\n",
	}}},
	{"a-stop-is-not-heard", []string{"no"}, []edit{{
		"fallback/receive.go", "		optOut(tx, turn.Contact.ID)\n", "",
	}, {
		"fallback/attempt.go", "	case d.Purpose == Marketing && !e.Contact.Allows(e.OptOut):\n		d.finish(RefusedState, ReasonOptOut, now)\n", "",
	}}},
	{"a-cancel-does-nothing", []string{"no", "end"}, []edit{{
		"fallback/delivery.go", "	withdrawn = !d.wentOut()\n	d.finish(Cancelled, \"\", now)\n", "	withdrawn = !d.wentOut()\n",
	}}},
	{"early-receipts-are-dropped", []string{"events"}, []edit{{
		"fallback/receive.go", "	if !known && p.ProviderID != \"\" && p.Sender != \"\" {\n", "	if !known && p.ProviderID != \"\" && p.Sender == \"\" {\n",
	}}},
	{"of-many-early-receipts-one-counts", []string{"events", "proof"}, []edit{{
		"fallback/match.go", "			met[o.Key] = meant\n", "",
	}}},
	{"a-press-outlasts-a-block", []string{"events"}, []edit{{
		"bots/core.go", "	return t.Conversation.LastDidOn == t.Event.Chat.Channel && t.Conversation.LastDid.After(t.saidAt(now))\n", "	return t.Conversation.LastUsed == t.Event.Chat.Channel && t.Conversation.LastIn.After(t.saidAt(now))\n",
	}}},
	{"ids-of-messages-are-not-kept", []string{"events", "proof"}, []edit{{
		"fallback/send.go", "			nameAs(tx, &s, a, &res.Receipt)\n", "			_ = id\n",
	}}},
	{"meta-is-not-told-our-own-id", []string{"events", "proof"}, []edit{{
		"bots/whatsappcloud/outgoing.go", "`json:\"biz_opaque_callback_data,omitempty\"`", "`json:\"-\"`",
	}}},
	{"what-meta-calls-failed-is-not-heard", []string{"events", "true"}, []edit{{
		"bots/whatsappcloud/status.go", "	if !known && s.Status != \"failed\" || ", "	if !known || ",
	}}},
	{"deadlines-without-an-entry", []string{"store", "end"}, []edit{{
		"cmd/kaskad/internal/store/statuses.go", "func (t *tx) putDue(d *fallback.Delivery) {\n", "func (t *tx) putDue(d *fallback.Delivery) {\n	if d.State == fallback.Waiting {\n		return\n	}\n",
	}}},
	{"texts-without-a-change", []string{"changes"}, []edit{{
		"bots/core.go", "	t.Note(Change{Type: changed, Channel: e.Chat.Channel, State: string(e.Kind), Reason: t.botted()})\n", "	if changed != \"message.received\" {\n		t.Note(Change{Type: changed, Channel: e.Chat.Channel, State: string(e.Kind), Reason: t.botted()})\n	}\n",
	}}},
	{"a-refused-telling-counts-as-told", []string{"told"}, []edit{{
		"cmd/kaskad/internal/webhooks/runner.go", "	r.missed(ctx, x, asked, time.Now())\n}\n", "	_ = asked\n	r.taken(ctx, x.it)\n}\n",
	}}},
	{"the-index-of-words-lies-beside-the-sealed-store", []string{"sealed"}, []edit{{
		"cmd/kaskad/internal/app/atrest.go", "		return a.cfg.Encryption.IndexDir\n", "		return a.cfg.Server.DataDir\n",
	}}},
	{"a-refusal-counts-as-accepted", []string{"true"}, []edit{{
		"fallback/attempt.go", "	case res.Err == nil:\n		d.taken(", "	case res.Err == nil || res.Err.Fault == bots.Temporary:\n		d.taken(",
	}, {
		"fallback/send.go", "	case res.Err == nil:\n		s.SentAt", "	case res.Err == nil || res.Err.Fault == bots.Temporary:\n		s.SentAt",
	}}},
}
