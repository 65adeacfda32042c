package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"kaskad/bots"
)

var (
	_ bots.Carrier = (*Bot)(nil)
	_ bots.Carrier = (*Room)(nil)
)

const (
	maxUploaded = 50 << 20 // https://core.telegram.org/bots/api#sending-files
	maxPhoto    = 10 << 20
)

// carried are the kinds of files that Telegram takes.
func carried() []string { return []string{"photo", "document", "voice", "video", "sticker"} }

// Carry uploads a file with its words. What Telegram does not take as a photo goes as a document: it said no with a 400, so nothing was sent.
func (b *Bot) Carry(ctx context.Context, out bots.Outgoing, file bots.Carried) (bots.Receipt, error) {
	if out.Media == nil {
		return b.Send(ctx, out)
	}
	as := uploadedAs(out.Media, &file, out.Text != "")
	receipt, err := b.upload(ctx, out, file, as)
	if err != nil && as != "document" && badPicture(err) {
		if _, err = file.Seek(0, io.SeekStart); err == nil {
			receipt, err = b.upload(ctx, out, file, "document")
		}
	}
	return receipt, wrapSend(out, err)
}

// uploadedAs is as what Telegram shows a file: what its apps cannot show is a document.
func uploadedAs(x *bots.Media, file *bots.Carried, words bool) string {
	switch kind := file.Kind; {
	case x.Type == "photo" && (kind == "image/jpeg" || kind == "image/png") && file.Size <= maxPhoto,
		x.Type == "video" && kind == "video/mp4",
		x.Type == "voice" && kind == "application/ogg":
		return x.Type
	case x.Type == "sticker" && kind == "image/webp" && !words:
		return "sticker"
	}
	return "document"
}

var uploads = map[string]string{"photo": "sendPhoto", "video": "sendVideo", "voice": "sendVoice", "sticker": "sendSticker", "document": "sendDocument"}

func (b *Bot) upload(ctx context.Context, out bots.Outgoing, file bots.Carried, as string) (bots.Receipt, error) {
	params, err := uploadParams(out, as)
	if err != nil {
		return bots.Receipt{}, err
	}
	x := &exchange{ctx: ctx, via: b.opt.Client}
	api := *b.api
	api.Client = x
	resp, err := api.UploadFiles(uploads[as], params, []tgbotapi.RequestFile{{Name: as, Data: tgbotapi.FileReader{Name: file.Name, Reader: file}}})
	if err != nil {
		return bots.Receipt{}, b.failed(x, err)
	}
	var sent message
	if err := json.Unmarshal(resp.Result, &sent); err != nil {
		return bots.Receipt{}, &bots.SendError{Fault: bots.Uncertain, Err: fmt.Errorf("the answer to %s cannot be read: %w", uploads[as], err)}
	}
	receipt := bots.Receipt{Sender: bots.Telegram, Chat: out.To.ID, Step: out.Step, Level: bots.Accepted, At: time.Now(), SentAt: unix(sent.Date)}
	if sent.ID != 0 {
		receipt.ID = strconv.FormatInt(sent.ID, 10)
	}
	receipt.Astray = out.Thread != "" && !sent.InTopic
	return receipt, nil
}

// uploadParams writes what goes beside a file.
func uploadParams(out bots.Outgoing, as string) (tgbotapi.Params, error) {
	chat, err := strconv.ParseInt(out.To.ID, 10, 64)
	if err != nil || chat == 0 {
		return nil, &bots.SendError{Fault: bots.Unreachable, Err: errors.New("the address is no chat id")}
	}
	p := tgbotapi.Params{"chat_id": strconv.FormatInt(chat, 10)}
	if out.Thread != "" {
		p["message_thread_id"] = out.Thread
	}
	text, seen := repaired(out.Text), repaired(out.Text)
	if out.Markup != "" {
		text = repaired(out.Markup)
		seen, p["parse_mode"] = visible(text), tgbotapi.ModeHTML
	}
	if text != "" && as != "sticker" {
		if err := checkText(text, seen, maxCaption); err != nil {
			return nil, &bots.SendError{Fault: bots.Rejected, Err: err}
		}
		p["caption"] = text
	}
	if id, err := strconv.ParseInt(out.ReplyTo, 10, 64); err == nil {
		return p, addObjects(p, map[string]any{"reply_parameters": replyParameters{MessageID: id, AllowSendingWithoutReply: true}})
	}
	return p, nil
}
