package templates

import (
	"path"
	"strconv"
	"strings"
)

// image is the compiled address of the picture above a text.
type image struct {
	url program
	raw string // with placeholders
}

const httpsScheme = "https://"

// compileImage reads the image of the front matter; its fields become slots of b. Nil when there is none.
func compileImage(address, matter string, b *body) (*image, []Fault) {
	if address == "" {
		return nil, nil
	}
	at := lineOf(matter, "image") + 1
	fault := func(problem, fix string) []Fault {
		return []Fault{{Line: at, Problem: "front matter: " + problem, Fix: fix}}
	}
	raw, faults := buttonText(address, at, b)
	if len(faults) > 0 {
		for i := range faults {
			faults[i].Problem = strings.Replace(faults[i].Problem, "in a button", "in the image", 1)
		}
		return nil, faults
	}
	if !isPlaceholder(raw) {
		if !strings.HasPrefix(strings.ToLower(raw), httpsScheme) {
			return nil, fault("the image "+quote(show(raw, b.slots))+" is no https address", "put the picture where the messenger can fetch it, and write https://…")
		}
		raw = httpsScheme + raw[len(httpsScheme):] // in capitals it is the same
	}
	if problem, fix := checkAddress(raw, b.slots); problem != "" {
		return nil, fault("an image with "+problem, fix)
	}
	if end := lastPiece(raw); !strings.ContainsFunc(end, isSlot) && !isPicture(end) {
		return nil, fault("the image ends in "+quote(end), "Viber takes addresses that end in .jpg, .jpeg or .png only")
	}
	w := &writer{marks: plainMarks()}
	w.address(raw)
	return &image{program{w.marks, w.ops}, raw}, nil
}

func isSlot(r rune) bool { return r >= firstPlaceholder && r <= lastPlaceholder }

// lastPiece is the end of an address's path.
func lastPiece(address string) string {
	if i := strings.IndexAny(address, "?#"); i >= 0 {
		address = address[:i]
	}
	return path.Base(address)
}

func isPicture(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".jpg", ".jpeg", ".png":
		return true
	}
	return false
}

// imageOf fills the address of the picture; empty when there is none.
func (v *variant) imageOf(vals *values) (string, error) {
	if v.image == nil {
		return "", nil
	}
	return vals.picture(v.image)
}

// picture fills the address of a picture.
func (vals *values) picture(img *image) (string, error) {
	address, _, err := img.url.run(vals)
	if err != nil {
		return "", err
	}
	if !strings.HasPrefix(address, httpsScheme) {
		return "", &FieldError{vals.template, vals.slots[img.url.ops[0].slot].name, "is not an https link to a picture"}
	}
	return address, nil
}

// captions holds the text under a picture to what the channel takes.
func (c *checker) captions(v *variant, ch Channel, out *Rendered) {
	if out.Image == "" || ch.MaxCaption == 0 || out.Units <= ch.MaxCaption {
		return
	}
	c.fault(v.file, v.frontLine("image"), strconv.Itoa(out.Units)+" characters under a picture on "+ch.Name+" with the example data, at most "+strconv.Itoa(ch.MaxCaption),
		"shorten the text, or add "+v.locale(c.set.locale)+"."+ch.Name+".md without the image")
}

// Unpictured lists the files whose picture a channel that is on does not show: there the text goes alone.
func (s *Set) Unpictured(o Options) []Fault {
	c := &checker{set: s, options: o}
	for _, name := range s.Names() {
		t := s.templates[name]
		for _, v := range t.sorted() {
			if v.image == nil || v.builtIn {
				continue
			}
			var without []string
			for _, ch := range c.usedOn(t, v) {
				if ch.MaxCaption == 0 && ch.Format != Email && (t.purpose != Marketing || ch.Marketing) {
					without = append(without, ch.Name)
				}
			}
			if len(without) > 0 {
				c.fault(v.file, v.frontLine("image"), "the image is not shown on "+strings.Join(without, ", ")+": the text goes alone", "nothing need be done if the text says enough by itself")
			}
		}
	}
	return c.faults
}
