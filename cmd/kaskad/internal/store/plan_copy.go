package store

import (
	"kaskad/bots"
	"kaskad/fallback"
)

func encodeCopy(e *encoder, c *fallback.Copy) {
	e.str(1, c.From.Channel)
	e.str(2, c.From.ID)
	e.str(3, c.On)
	for _, x := range c.Media {
		e.msg(4, func(e *encoder) { encodeMedia(e, &x) })
	}
}

func decodeCopy(f *fields, c *fallback.Copy) {
	switch f.num {
	case 1:
		c.From.Channel = f.str()
	case 2:
		c.From.ID = f.str()
	case 3:
		c.On = f.str()
	case 4:
		var x bots.Media
		f.nested(func(f *fields) { decodeMedia(f, &x) })
		c.Media = append(c.Media, x)
	}
}
