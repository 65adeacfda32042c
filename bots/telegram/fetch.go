package telegram

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"kaskad/bots"
)

var _ bots.Fetcher = (*Bot)(nil)

// maxFetched is the largest file that Telegram hands to a bot: https://core.telegram.org/bots/api#getfile.
const maxFetched = 20 << 20

var (
	fileShape = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)
	pathShape = regexp.MustCompile(`^[A-Za-z0-9_./-]{1,512}$`)
)

// Fetch opens a file that somebody sent. Telegram first says where it lies, for an hour at least; the address holds the token, so that no
// error quotes it.
func (b *Bot) Fetch(ctx context.Context, m bots.Media, most int64) (io.ReadCloser, error) {
	file, err := b.fetch(ctx, m.ID, min(most, maxFetched))
	if err != nil {
		return nil, fmt.Errorf("telegram: fetch a file: %w", err)
	}
	return file, nil
}

func (b *Bot) fetch(ctx context.Context, id string, most int64) (io.ReadCloser, error) {
	if !fileShape.MatchString(id) {
		return nil, &bots.SendError{Fault: bots.Rejected, Err: errors.New("it has no id of a file")}
	}
	var where struct {
		Path string `json:"file_path"`
		Size int64  `json:"file_size"`
	}
	if err := b.call(ctx, b.opt.Client, "getFile", tgbotapi.Params{"file_id": id}, &where); err != nil {
		return nil, ofFile(err)
	}
	if where.Size > most {
		return nil, fmt.Errorf("%w: it has %d bytes", bots.ErrTooLarge, where.Size)
	}
	if !pathShape.MatchString(where.Path) || strings.Contains(where.Path, "..") {
		return nil, &bots.SendError{Fault: bots.Rejected, Err: errors.New("telegram names no place of the file: a server of one's own with --local keeps files on its disk")}
	}
	return b.download(ctx, where.Path, most)
}

// ofFile reads what Telegram says of files: one that it does not have, or not for bots, it never will.
func ofFile(err error) error {
	if bots.FaultOf(err).Code != "400" {
		return err
	}
	if strings.Contains(strings.ToLower(err.Error()), "too big") {
		return bots.ErrTooLarge
	}
	return &bots.SendError{Fault: bots.Rejected, Code: "400", Err: bots.ErrGone}
}

func (b *Bot) download(ctx context.Context, path string, most int64) (io.ReadCloser, error) {
	at := strings.TrimRight(b.cfg.APIURL, "/") + "/file/bot" + url.PathEscape(b.cfg.Token.Reveal()) + "/" + path
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return nil, &bots.SendError{Fault: bots.Misconfigured, Err: errors.New("api_url is no address")}
	}
	res, err := b.files.Do(req)
	if err != nil {
		return nil, bots.FaultOf(withoutURL(err))
	}
	if res.StatusCode != http.StatusOK {
		_ = res.Body.Close()
		return nil, &bots.SendError{Fault: bots.Temporary, Err: fmt.Errorf("HTTP status %d", res.StatusCode)}
	}
	return bots.AtMost(res.Body, most), nil
}
