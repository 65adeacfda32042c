package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"kaskad/bots"
)

const (
	maxText    = 4096  // UTF-16 units a person sees
	maxCaption = 1024  // the same under a picture
	maxMarkup  = 32768 // bytes with markup
)

// Send hands one message to Telegram. With AskContact it shows the button that shares a phone, which takes the place of
// inline buttons: Telegram has room for one keyboard.
//
// A picture that Telegram cannot fetch is left out, and markup that it cannot read. It said so with a 400, so nothing was sent:
// the only cases in which trying again cannot show a message twice.
func (b *Bot) Send(ctx context.Context, out bots.Outgoing) (bots.Receipt, error) {
	out.Text, out.Markup = repaired(out.Text), repaired(out.Markup)
	if out.File != nil {
		return bots.Receipt{}, wrapSend(out, &bots.SendError{Fault: bots.Rejected, Err: errors.New("files are not sent by Telegram yet")})
	}
	bare := false
	receipt, err := b.send(ctx, out)
	if out.Image != "" && badPicture(err) {
		b.opt.Log.Warn("telegram could not take the picture: sent without it", "step", out.Step, "err", err)
		out.Image = ""
		receipt, err = b.send(ctx, out)
		bare = true
	}
	if out.Markup != "" && out.Text != "" && badMarkup(err) {
		b.opt.Log.Warn("telegram could not read the markup: sent as plain text", "step", out.Step)
		out.Markup = ""
		receipt, err = b.send(ctx, out)
	}
	receipt.Bare = bare && err == nil
	return receipt, wrapSend(out, err)
}

func wrapSend(out bots.Outgoing, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("telegram: send to %s: %w", out.To.ID, err)
}

func (b *Bot) send(ctx context.Context, out bots.Outgoing) (bots.Receipt, error) {
	if out.Act != "" {
		return b.act(ctx, out)
	}
	params, err := sendParams(out)
	if err != nil {
		return bots.Receipt{}, err
	}
	method := "sendMessage"
	if out.Image != "" {
		method = "sendPhoto"
	}
	var sent message
	if err := b.call(ctx, b.opt.Client, method, params, &sent); err != nil {
		return bots.Receipt{}, err
	}
	receipt := bots.Receipt{Sender: bots.Telegram, Chat: out.To.ID, Step: out.Step, Level: bots.Accepted, At: time.Now(), SentAt: unix(sent.Date)}
	if sent.ID != 0 { // 0: taken, but Telegram shows it later
		receipt.ID = strconv.FormatInt(sent.ID, 10)
	}
	receipt.Forum = sent.Chat.IsForum
	receipt.Astray = out.Thread != "" && !sent.InTopic // a group without topics takes the number of one, and minds it not
	return receipt, nil
}

// sendParams writes the parameters of sendMessage or, with a picture, sendPhoto; or says why Telegram would not take them.
func sendParams(out bots.Outgoing) (tgbotapi.Params, error) {
	chatID, err := strconv.ParseInt(out.To.ID, 10, 64)
	if err != nil || chatID == 0 {
		return nil, &bots.SendError{Fault: bots.Unreachable, Err: errors.New("the address is no chat id")}
	}
	p := tgbotapi.Params{"chat_id": strconv.FormatInt(chatID, 10)}
	if out.Thread != "" {
		p["message_thread_id"] = out.Thread
	}
	text, seen := out.Text, out.Text
	if out.Markup != "" {
		text, seen, p["parse_mode"] = out.Markup, visible(out.Markup), tgbotapi.ModeHTML
	}
	objects, most := map[string]any{}, maxText
	if out.Image != "" {
		p["photo"], p["caption"], most = out.Image, text, maxCaption
	} else {
		// A preview would be fetched by Telegram at once, and look like a click.
		p["text"], objects["link_preview_options"] = text, linkPreviewOptions{IsDisabled: true}
	}
	if err := checkText(text, seen, most); err != nil && (out.Image == "" || strings.TrimSpace(seen) != "") {
		return nil, &bots.SendError{Fault: bots.Rejected, Err: err}
	}
	keyboard, err := keyboardOf(out)
	if err != nil {
		return nil, &bots.SendError{Fault: bots.Rejected, Err: err}
	}
	objects["reply_markup"] = keyboard
	if id, err := strconv.ParseInt(out.ReplyTo, 10, 64); err == nil {
		objects["reply_parameters"] = replyParameters{MessageID: id, AllowSendingWithoutReply: true}
	}
	return p, addObjects(p, objects)
}

func addObjects(p tgbotapi.Params, objects map[string]any) error {
	for name, v := range objects {
		if v == nil {
			continue
		}
		b, err := json.Marshal(v)
		if err != nil {
			return &bots.SendError{Fault: bots.Rejected, Err: err}
		}
		p[name] = string(b)
	}
	return nil
}

func checkText(sent, seen string, most int) error {
	switch n := len(utf16.Encode([]rune(seen))); {
	case strings.TrimSpace(seen) == "":
		return errors.New("the text is empty")
	case n > most:
		return fmt.Errorf("the text is too long: %d of %d characters", n, most)
	case len(sent) > maxMarkup:
		return fmt.Errorf("the text is too long with its markup: %d of %d bytes", len(sent), maxMarkup)
	}
	return nil
}

// keyboardOf returns the keyboard under a message, nil for none. Every button has its own row, so that no label is cut; those of staff are
// short.
func keyboardOf(out bots.Outgoing) (any, error) {
	if out.AskContact != "" {
		return askKeyboard(out), nil
	}
	if out.AskGroup != "" {
		return groupKeyboard(out.AskGroup), nil
	}
	if len(out.Buttons) == 0 {
		return nil, nil
	}
	var k inlineKeyboard
	for _, button := range out.Buttons {
		wire := inlineButton{Text: repaired(button.Text), URL: button.URL}
		if button.URL == "" {
			data, err := encodeCallback(out.Step, button.Data)
			if err != nil {
				return nil, err
			}
			wire.CallbackData = data
		}
		if n := len(k.Rows); out.To.Channel == bots.Staff && n > 0 && fits(k.Rows[n-1], wire) {
			k.Rows[n-1] = append(k.Rows[n-1], wire)
			continue
		}
		k.Rows = append(k.Rows, []inlineButton{wire})
	}
	return k, nil
}

// rowWidth is how many characters the buttons of a row have together at most, where staff have many of them.
const rowWidth = 26

// fits reports whether a button has room in a row: the words on buttons of staff are short, and their own.
func fits(row []inlineButton, button inlineButton) bool {
	width := utf8.RuneCountInString(button.Text)
	for _, b := range row {
		width += utf8.RuneCountInString(b.Text)
	}
	return len(row) < 3 && width <= rowWidth
}

// askKeyboard is the key that shares the phone, and below it answers, which come back as their text: such keys carry no data.
func askKeyboard(out bots.Outgoing) replyKeyboard {
	k := replyKeyboard{Rows: [][]contactButton{{{Text: out.AskContact, RequestContact: true}}}, Resize: true, OneTime: true}
	for _, button := range out.Buttons {
		if text := strings.TrimSpace(repaired(button.Text)); button.URL == "" && text != "" {
			k.Rows = append(k.Rows, []contactButton{{Text: text}})
		}
	}
	return k
}

// roomRequest is the number under which a group comes back: there is one key only.
const roomRequest = 1

// groupKeyboard is the key that shows the groups with topics in which the person may appoint administrators. The bot gets the rights that
// RoomRights asks after: nobody can give what they do not have, so the person must have them.
func groupKeyboard(label string) replyKeyboard {
	bot := adminRights{Manage: true, Topics: true, Pins: true, Deletes: true}
	person := bot
	person.Appoint = true
	key := contactButton{Text: repaired(label), RequestChat: &requestChat{ID: roomRequest, Forum: true, UserRights: person, BotRights: bot}}
	return replyKeyboard{Rows: [][]contactButton{{key}}, Resize: true, OneTime: true}
}

// visible is what a person sees of Telegram HTML.
func visible(markup string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(markup, "<")
		b.WriteString(before)
		if !found {
			return html.UnescapeString(b.String())
		}
		_, markup, found = strings.Cut(rest, ">")
		if !found {
			return html.UnescapeString(b.String())
		}
	}
}

// badMarkup reports whether Telegram refused a text for its markup alone.
func badMarkup(err error) bool {
	return err != nil && bots.FaultOf(err).Code == "400" && strings.Contains(err.Error(), "can't parse entities")
}

// pictureFaults are words of Telegram about a picture that it does not take: it could not be fetched, or is none. They are not
// documented; see github.com/tdlib/td, and for the words in capitals the errors of core.telegram.org/method/messages.sendMedia.
var pictureFaults = []string{
	"failed to get http url content", "wrong file identifier", "wrong remote file identifier", "wrong type of the web page content",
	"wrong http url", "webpage_curl_failed", "webpage_media_empty", "image_process_failed", "photo_invalid_dimensions",
	"photo_ext_invalid", "photo_save_file_invalid", "media_empty", "file is too big", "url host is empty",
}

// badPicture reports whether Telegram refused a message for its picture alone.
func badPicture(err error) bool {
	if err == nil || bots.FaultOf(err).Code != "400" {
		return false
	}
	said := strings.ToLower(err.Error())
	return slices.ContainsFunc(pictureFaults, func(words string) bool { return strings.Contains(said, words) })
}

func repaired(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

func unix(seconds int64) time.Time {
	if seconds <= 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}
