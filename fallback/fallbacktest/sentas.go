package fallbacktest

import (
	"context"
	"slices"

	"kaskad/bots"
	"kaskad/fallback"
)

// SentAs is a message of ours as it was handed to its channel, by the channel's id; false: no delivery sent it.
func (m *Memory) SentAs(ctx context.Context, sender, providerID string) (out bots.Outgoing, found bool, err error) {
	err = m.locked(ctx, "SentAs", func() {
		sent := m.begin().Message(m.data.providers[fallback.ProviderKey{Sender: sender, ID: providerID}])
		if sent == nil {
			return
		}
		for _, a := range slices.Backward(m.data.attempts[sent.Delivery]) {
			if a.Message == sent.ID {
				out, found = clone(a.Out), true
				return
			}
		}
	})
	return out, found, err
}
