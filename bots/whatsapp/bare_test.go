package whatsapp

import (
	"testing"

	"kaskad/bots"
)

// Whoever sent a picture hears whether it is there.
func TestAPictureThatIsLeftOutIsTold(t *testing.T) {
	k := newTalk(t, nil)
	url, _ := site(t)
	for name, c := range map[string]struct {
		image string
		file  *bots.File
		bare  bool
	}{
		"one that can be had":      {image: url + "/cups.png"},
		"one that cannot":          {image: url + "/none", bare: true},
		"one beside a file":        {image: url + "/cups.png", file: &bots.File{URL: url + "/12.pdf"}, bare: true},
		"a message without one":    {},
		"a file without a picture": {file: &bots.File{URL: url + "/12.pdf"}},
	} {
		out := k.out("our new cups")
		out.Image, out.File = c.image, c.file
		if got, err := k.bot.Send(soon(t), out); err != nil || got.Bare != c.bare {
			t.Errorf("%s: Send = %+v, %v; want it left out: %t", name, got, err, c.bare)
		}
	}
}
