package bots

import "log/slog"

// Secret is a token, key or password of ours. Whatever prints it prints ***; only the code that talks to the other side
// calls Reveal.
type Secret string

// secretMask stands for a secret wherever it would be seen.
const secretMask = "***"

func (s Secret) String() string { return secretMask }

// GoString covers %#v.
func (s Secret) GoString() string { return secretMask }

// MarshalText covers JSON and TOML.
func (s Secret) MarshalText() ([]byte, error) { return []byte(secretMask), nil }

// LogValue covers slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(secretMask) }

// Reveal is the secret itself, for the wire.
func (s Secret) Reveal() string { return string(s) }
