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
	var b [24]byte
	rand.Read(b[:])
	have, err := s.db.SettingOr(ctx, name, []byte(base64.RawURLEncoding.EncodeToString(b[:])))
	return bots.Secret(have), err
}
