package api_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"image/png"
	"strings"
	"testing"

	"rsc.io/qr"

	"kaskad/cmd/kaskad/internal/api"
	"kaskad/cmd/kaskad/internal/people"
)

func TestALinkHasItsQRCode(t *testing.T) {
	d := newDesk(t)
	d.seed()
	w := d.call(people.Send, "POST", "/v1/contacts/ext:C-100/links", `{"channels":["telegram"]}`)
	var out struct{ Links []api.ContactLink }
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || len(out.Links) != 1 {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	link := out.Links[0]
	raw, ok := strings.CutPrefix(link.QR, "data:image/png;base64,")
	drawn, err := base64.StdEncoding.DecodeString(raw)
	if !ok || err != nil {
		t.Fatalf("%.60s is no data: URL of a PNG: %v", link.QR, err)
	}
	picture, err := png.Decode(bytes.NewReader(drawn))
	if err != nil {
		t.Fatal(err)
	}
	want, err := qr.Encode(link.URL, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	const quiet, module = 4, 8
	size := picture.Bounds().Size()
	if side := (want.Size + 2*quiet) * module; size.X != side || size.Y != side {
		t.Errorf("the picture is %v; want %d", size, side)
	}
	for y := -quiet; y < want.Size+quiet; y++ {
		for x := -quiet; x < want.Size+quiet; x++ {
			r, _, _, _ := picture.At((x+quiet)*module+module/2, (y+quiet)*module+module/2).RGBA()
			inside := x >= 0 && y >= 0 && x < want.Size && y < want.Size
			if black := r < 0x8000; black != (inside && want.Black(x, y)) {
				t.Fatalf("module %d,%d: black is %v", x, y, black)
			}
		}
	}
	if !strings.HasPrefix(link.URL, "https://t.me/shop_bot?start=") {
		t.Errorf("the link is %s", link.URL)
	}
}
