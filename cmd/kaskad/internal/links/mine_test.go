package links

import (
	"context"
	"testing"

	"kaskad/bots"
	"kaskad/fallback"
)

// TestACodeBelongsToTheSideThatMadeIt has two sides, each with secrets of its own.
func TestACodeBelongsToTheSideThatMadeIt(t *testing.T) {
	sides := map[string]struct {
		pages *Links
		links *Redirect
	}{}
	s := &shop{}
	for name, secret := range map[string]bots.Secret{"real": "0123456789abcdef0123", "test": "fedcba98765432100123"} {
		pages, err := New(Options{PublicURL: "https://b.example", Secret: secret, Receive: s.receive, Books: s, Locale: "uk"})
		if err != nil {
			t.Fatal(err)
		}
		links, err := NewRedirect(RedirectOptions{
			PublicURL: "https://b.example", Secret: secret + "links", Wrong: pages.NoLink, Receive: s.receive,
			Books: none{},
		})
		if err != nil {
			t.Fatal(err)
		}
		side := sides[name]
		side.pages, side.links = pages, links
		sides[name] = side
	}
	d := &fallback.Delivery{Plan: fallback.Plan{ID: 1_767_225_600_000_000}}
	for maker, made := range sides {
		way, link := made.pages.Mint(d)[len("https://b.example"):], made.links.Mint(d, 0)[len("https://b.example"):]
		for name, side := range sides {
			if side.pages.Mine(way) != (name == maker) || side.links.Mine(link) != (name == maker) {
				t.Errorf("%s says of %s and %s of %s: %v, %v", name, way, link, maker, side.pages.Mine(way), side.links.Mine(link))
			}
			if side.pages.Mine(link) || side.links.Mine(way) || side.pages.Mine("/u/") || side.links.Mine("/l/x") {
				t.Errorf("%s takes what is no code of this kind", name)
			}
		}
	}
}

type none struct{}

func (none) Read(context.Context, func(fallback.View) error) error { return nil }
