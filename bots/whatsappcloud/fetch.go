package whatsappcloud

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"kaskad/bots"
)

// maxFile is the largest file that WhatsApp carries.
const maxFile = 100 << 20

var mediaShape = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

// Fetch opens a file that a person sent. Meta first says where it lies, for some minutes; the token is shown to no host but Meta's.
func (b *Bot) Fetch(ctx context.Context, m bots.Media, most int64) (io.ReadCloser, error) {
	file, err := b.fetch(ctx, m.ID, min(most, maxFile))
	if err != nil {
		return nil, fmt.Errorf("whatsapp_cloud: fetch a file: %w", err)
	}
	return file, nil
}

func (b *Bot) fetch(ctx context.Context, id string, most int64) (io.ReadCloser, error) {
	if !mediaShape.MatchString(id) {
		return nil, &bots.SendError{Fault: bots.Rejected, Err: errors.New("it has no id of a file")}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.at(id), nil)
	if err != nil {
		return nil, &bots.SendError{Fault: bots.Misconfigured, Err: errors.New("api_url is no address")}
	}
	var where struct {
		URL  string `json:"url"`
		Size number `json:"file_size"`
	}
	if err := b.call(req, &where); err != nil {
		return nil, gone(err)
	}
	if size, ok := where.Size.int(); ok && size > most {
		return nil, fmt.Errorf("%w: it has %d bytes", bots.ErrTooLarge, size)
	}
	return b.open(ctx, where.URL, most)
}

// gone reads "no such object" of a file as what it is: Meta keeps files for a month.
func gone(err error) error {
	if bots.FaultOf(err).Code != "100" {
		return err
	}
	return &bots.SendError{Fault: bots.Rejected, Code: "100", Err: bots.ErrGone}
}

// open fetches the file itself.
func (b *Bot) open(ctx context.Context, from string, most int64) (io.ReadCloser, error) {
	if !b.ofMeta(from) {
		return nil, &bots.SendError{Fault: bots.Rejected, Err: errors.New("the file lies on a host that is not Meta's: not fetched")}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if err != nil {
		return nil, &bots.SendError{Fault: bots.Rejected, Err: errors.New("the file has no address")}
	}
	req.Header.Set("Authorization", "Bearer "+b.cfg.Token.Reveal())
	res, err := b.files.Do(req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		_ = res.Body.Close()
		return nil, &bots.SendError{Fault: bots.Temporary, Err: fmt.Errorf("HTTP status %d: the file may be too old", res.StatusCode)}
	}
	return bots.AtMost(res.Body, most), nil
}

// ofMeta reports whether an address is one to which the token may be shown: Meta's hosts for files, or the Graph API's own.
func (b *Bot) ofMeta(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.User != nil {
		return false
	}
	if api, err := url.Parse(b.cfg.APIURL); err == nil && u.Scheme == api.Scheme && u.Host == api.Host {
		return true
	}
	host := strings.ToLower(u.Host) // with its port: Meta's has none
	return u.Scheme == "https" && (host == "lookaside.fbsbx.com" || strings.HasSuffix(host, ".whatsapp.net"))
}
