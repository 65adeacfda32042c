package app

import (
	"context"
	"crypto/rand"
	"encoding/base64"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/store"
)

// secrets are those that the program makes for itself, once, and keeps in the store.
type secrets struct{ db *store.DB }

// get returns a secret, making it when it is first asked for: 192 random bits, letters fit for a path.
func (s *secrets) get(ctx context.Context, name string) (bots.Secret, error) {
	have, err := s.db.Setting(ctx, name)
	if err != nil || have != nil {
		return bots.Secret(have), err
	}
	var b [24]byte
	rand.Read(b[:])
	made := base64.RawURLEncoding.EncodeToString(b[:])
	return bots.Secret(made), s.db.PutSetting(ctx, name, []byte(made))
}
