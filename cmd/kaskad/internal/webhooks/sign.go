package webhooks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// sign puts on a call what shows that it is ours: its id, the time of this try, and a signature for every secret that counts.
func sign(header http.Header, id string, body []byte, secrets []Secret, now time.Time) error {
	stamp := strconv.FormatInt(now.Unix(), 10)
	var all []string
	for _, s := range secrets {
		if !s.Until.IsZero() && !now.Before(s.Until) {
			continue
		}
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s.Key, "whsec_"))
		if err != nil {
			return err
		}
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + stamp + "."))
		mac.Write(body)
		all = append(all, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	header.Set("webhook-id", id)
	header.Set("webhook-timestamp", stamp)
	header.Set("webhook-signature", strings.Join(all, " "))
	return nil
}
