package telegram

import (
	"context"
	"errors"
	"sort"
	"strconv"
	"strings"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"kaskad/bots"
)

// maxAtOnce is how many messages Telegram copies or deletes in one call.
const maxAtOnce = 100

// copy lets a message of another chat stand in this one as well, whatever kind it is; of an album all, together. It is how a file goes
// from one chat of Telegram to another: nothing is fetched, and nothing is too large.
func (b *Bot) copy(ctx context.Context, out bots.Outgoing) (bots.Receipt, error) {
	params, ids, err := copyParams(out)
	if err != nil {
		return bots.Receipt{}, err
	}
	var made []struct {
		ID int64 `json:"message_id"`
	}
	if len(ids) == 1 {
		made = append(made, struct {
			ID int64 `json:"message_id"`
		}{})
		err = b.call(ctx, b.opt.Client, "copyMessage", params, &made[0])
	} else {
		err = b.call(ctx, b.opt.Client, "copyMessages", params, &made)
	}
	if err != nil {
		return bots.Receipt{}, err
	}
	receipt := bots.Receipt{Sender: bots.Telegram, Chat: out.To.ID, Step: out.Step, Level: bots.Accepted, At: time.Now()}
	if len(made) == 0 { // it skips what is gone or may not be copied
		return receipt, &bots.SendError{Fault: bots.Rejected, Err: errors.New("there is nothing left to copy")}
	}
	receipt.ID = strconv.FormatInt(made[0].ID, 10)
	var rest []string
	for _, m := range made[1:] {
		rest = append(rest, strconv.FormatInt(m.ID, 10))
	}
	receipt.Rest = strings.Join(rest, ",")
	return receipt, nil
}

// messageIDs reads the names of messages, separated by commas.
func messageIDs(on string) (ids []int, err error) {
	for _, s := range strings.Split(on, ",") {
		id, err := strconv.Atoi(s)
		if err != nil || id <= 0 || len(ids) == maxAtOnce {
			return nil, &bots.SendError{Fault: bots.Rejected, Err: errors.New("it does not say which messages are meant")}
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func copyParams(out bots.Outgoing) (p tgbotapi.Params, ids []int, err error) {
	refused := func(why string, fault bots.Fault) (tgbotapi.Params, []int, error) {
		return nil, nil, &bots.SendError{Fault: fault, Err: errors.New(why)}
	}
	to, err := strconv.ParseInt(out.To.ID, 10, 64)
	if err != nil || to == 0 {
		return refused("the address is no chat id", bots.Unreachable)
	}
	from, err := strconv.ParseInt(out.From.ID, 10, 64)
	if err != nil || from == 0 {
		return refused("it does not say from where it is copied", bots.Rejected)
	}
	if ids, err = messageIDs(out.On); err != nil {
		return nil, nil, err
	}
	p = tgbotapi.Params{"chat_id": strconv.FormatInt(to, 10), "from_chat_id": strconv.FormatInt(from, 10)}
	if out.Thread != "" {
		p["message_thread_id"] = out.Thread
	}
	if len(ids) == 1 {
		p["message_id"] = strconv.Itoa(ids[0])
		if id, err := strconv.ParseInt(out.ReplyTo, 10, 64); err == nil {
			return p, ids, addObjects(p, map[string]any{"reply_parameters": replyParameters{MessageID: id, AllowSendingWithoutReply: true}})
		}
		return p, ids, nil
	}
	sort.Ints(ids) // Telegram wants them in order, each once
	return p, ids, addObjects(p, map[string]any{"message_ids": ids})
}
