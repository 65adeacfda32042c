package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"kaskad/bots"
)

// deleteTime is how long a bot may take its message back: https://core.telegram.org/bots/api#deletemessage. A change has no such bound.
const deleteTime = 48 * time.Hour

// act does something to an earlier message. What is so already is done: an edit to the same words, a message that is gone.
func (b *Bot) act(ctx context.Context, out bots.Outgoing) (bots.Receipt, error) {
	if out.Act == bots.CopyAct {
		return b.copy(ctx, out)
	}
	if out.Act == bots.DeleteAct && strings.Contains(out.On, ",") {
		return b.deleteAll(ctx, out)
	}
	params, err := actParams(out)
	if err != nil {
		return bots.Receipt{}, err
	}
	var done json.RawMessage // a message, or true
	method := methods[out.Act]
	if out.Captioned {
		method = "editMessageCaption"
	}
	if err := b.call(ctx, b.opt.Client, method, params, &done); err != nil && !already(out.Act, err) {
		return bots.Receipt{}, err
	}
	return bots.Receipt{Sender: bots.Telegram, Chat: out.To.ID, ID: out.On, Step: out.Step, Level: bots.Accepted, At: time.Now()}, nil
}

// deleteAll takes an album back in one call. What of it is gone already is passed over by Telegram.
func (b *Bot) deleteAll(ctx context.Context, out bots.Outgoing) (bots.Receipt, error) {
	ids, err := messageIDs(out.On)
	if err != nil {
		return bots.Receipt{}, err
	}
	params := tgbotapi.Params{"chat_id": out.To.ID}
	if err := addObjects(params, map[string]any{"message_ids": ids}); err != nil {
		return bots.Receipt{}, err
	}
	var done bool
	if err := b.call(ctx, b.opt.Client, "deleteMessages", params, &done); err != nil && !already(out.Act, err) {
		return bots.Receipt{}, err
	}
	return bots.Receipt{Sender: bots.Telegram, Chat: out.To.ID, ID: out.On, Step: out.Step, Level: bots.Accepted, At: time.Now()}, nil
}

var methods = map[bots.Act]string{bots.EditAct: "editMessageText", bots.DeleteAct: "deleteMessage", bots.ReactAct: "setMessageReaction"}

// actParams names the chat and the message, with what is done.
func actParams(out bots.Outgoing) (tgbotapi.Params, error) {
	on, err := strconv.ParseInt(out.On, 10, 64)
	if err != nil || on <= 0 || methods[out.Act] == "" {
		return nil, &bots.SendError{Fault: bots.Rejected, Err: errors.New("it does not say what is done to which message")}
	}
	p := tgbotapi.Params{}
	if out.Act == bots.EditAct {
		out.Image, out.ReplyTo, out.AskContact, out.Thread = "", "", "", ""
		if out.To.Channel != bots.Staff { // what customers read has none once it is changed
			out.Buttons = nil
		}
		if p, err = sendParams(out); err != nil {
			return nil, err
		}
		if out.Captioned {
			p["caption"] = p["text"]
			delete(p, "text")
			delete(p, "link_preview_options")
		}
	}
	chat, err := strconv.ParseInt(out.To.ID, 10, 64)
	if err != nil || chat == 0 {
		return nil, &bots.SendError{Fault: bots.Unreachable, Err: errors.New("the address is no chat id")}
	}
	p["chat_id"], p["message_id"] = strconv.FormatInt(chat, 10), strconv.FormatInt(on, 10)
	if out.Act == bots.ReactAct {
		all := []reaction{}
		if out.Text != "" {
			all = append(all, reaction{Type: "emoji", Emoji: strings.TrimSuffix(out.Text, "\uFE0F")}) // Telegram writes ❤ without its selector
		}
		return p, addObjects(p, map[string]any{"reaction": all})
	}
	return p, nil
}

// already reports whether Telegram refused because the message is as it is to be.
func already(act bots.Act, err error) bool {
	if bots.FaultOf(err).Code != "400" {
		return false
	}
	said := strings.ToLower(err.Error())
	return act == bots.EditAct && strings.Contains(said, "message is not modified") ||
		act == bots.DeleteAct && strings.Contains(said, "message to delete not found")
}
