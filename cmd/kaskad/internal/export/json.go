package export

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// jsonDocument writes one object: the person's own fields, a list for each section, and the counts at its end, by which a reader knows
// that all of it is there.
type jsonDocument struct {
	out   io.Writer
	open  bool // a list is open
	items int
}

func (d *jsonDocument) head(p *Person) error {
	raw, err := json.MarshalIndent(p, "  ", "  ")
	if err == nil {
		_, err = fmt.Fprintf(d.out, "{\n  \"person\": %s", raw)
	}
	return err
}

func (d *jsonDocument) close() string {
	if !d.open {
		return ""
	}
	d.open = false
	if d.items == 0 {
		return "]"
	}
	return "\n  ]"
}

func (d *jsonDocument) section(name string) error {
	_, err := fmt.Fprintf(d.out, "%s,\n  %q: [", d.close(), name)
	d.open, d.items = true, 0
	return err
}

func (d *jsonDocument) item(v any) error {
	var b bytes.Buffer
	if d.items > 0 {
		b.WriteString(",")
	}
	b.WriteString("\n    ")
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	d.items++
	b.Write(raw)
	_, err = d.out.Write(b.Bytes())
	return err
}

func (d *jsonDocument) end(n Counts) error {
	raw, err := json.Marshal(n)
	if err == nil {
		_, err = fmt.Fprintf(d.out, "%s,\n  \"counts\": %s\n}\n", d.close(), raw)
	}
	return err
}
