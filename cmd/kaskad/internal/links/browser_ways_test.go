package links

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"rsc.io/qr"

	"kaskad/bots"
)

// TestTheWayInInABrowser is a person with a phone, one with a narrow one and one with a keyboard: the page fits, leads to the bots alone,
// loads nothing, and can be walked through without a mouse.
func TestTheWayInInABrowser(t *testing.T) {
	ctx := openTab(t)
	h := newHall(t)
	asked := map[string]int{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked[r.URL.Path]++ // one request at a time: there is one tab
		h.ServeHTTP(w, r)
	}))
	defer server.Close()
	for _, width := range []int64{320, 360, 900} {
		do(t, ctx, chromedp.EmulateViewport(width, 700), chromedp.Navigate(server.URL+"/go/shop7"))
		fits(t, ctx, float64(width))
		doors := boxes(t, ctx, "li a")
		if len(doors) != 3 {
			t.Fatalf("%d doors, want Telegram, Viber and one WhatsApp", len(doors))
		}
		for _, d := range doors {
			if d.Dy() < 44 || d.Min.X < 0 || d.Max.X > int(width) {
				t.Errorf("on a screen of %d a door is %v: a thumb wants 44 and all of it", width, d)
			}
		}
	}
	if html := source(t, ctx); !strings.Contains(html, `href="viber://pa?chatURI=shop&amp;context=shop7"`) || !strings.Contains(html, `href="https://t.me/shop_bot?start=shop7"`) {
		t.Errorf("the page is\n%s", html)
	}
	delete(asked, "/favicon.ico") // browsers ask for it by themselves
	if len(asked) != 1 {
		t.Errorf("the page loads %v", asked)
	}
}

// boxes are where what a selector names stands, in CSS pixels.
func boxes(t *testing.T, ctx context.Context, selector string) []image.Rectangle {
	t.Helper()
	all, err := chromedp.Run(ctx, chromedp.QueryAfter(chromedp.CSSAll(selector), func(ctx context.Context, tab *chromedp.Target, nodes []*chromedp.Node) (all []image.Rectangle, err error) {
		for _, n := range nodes {
			box, err := cdp.Call(ctx, tab, dom.GetBoxModel, dom.GetBoxModelParams{NodeID: n.NodeID})
			if err != nil {
				return nil, err
			}
			q := box.Model.Border
			all = append(all, image.Rect(int(q[0]), int(q[1]), int(math.Ceil(q[4])), int(math.Ceil(q[5]))))
		}
		return all, nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// sheets are what is printed: with one bot, with all of them, and with words that are long.
func sheets() map[string]Sheet {
	links := []SheetLink{
		{bots.Telegram, "https://t.me/kramnytsia_bot?start=shop7-till3"}, {bots.Viber, "https://bots.example.com/go/shop7-till3/viber"},
		{bots.WhatsApp, "https://bots.example.com/go/shop7-till3/whatsapp"},
	}
	long := strings.Repeat("Very Long Name of a Shop ", 4)
	return map[string]Sheet{
		"one": {Name: "Shop 7, till 3", Links: links[:1]}, "two": {Name: "Shop 7, till 3", Links: links[:2]}, "three": {Name: "Shop 7, till 3", Links: links},
		"long": {Name: long[:100], Links: append([]SheetLink{{bots.Telegram, "https://t.me/kramnytsia_bot?start=" + strings.Repeat("long-", 6)}}, links[1:]...), Locale: "uk"},
	}
}

// TestTheSheetOnPaper prints sheets to PDF: each is one page of its paper, nothing is cut off, and the codes are the links', module by
// module, as they come out.
func TestTheSheetOnPaper(t *testing.T) {
	ctx := openTab(t)
	h := newHall(t)
	for _, paper := range []struct {
		name          string
		width, height float64 // points
	}{{"a4", 595.3, 841.9}, {"a6", 297.6, 419.5}} {
		for name, s := range sheets() {
			s.Paper = paper.name
			showSheet(t, ctx, h, s)
			on := paper.name + " " + name
			pages, width, height := printed(t, ctx)
			if pages != 1 || math.Abs(width-paper.width) > 2 || math.Abs(height-paper.height) > 2 {
				t.Errorf("%s: %d pages of %v x %v points, want one of %v x %v", on, pages, width, height, paper.width, paper.height)
			}
			inside := boxes(t, ctx, "main")[0]
			for _, b := range boxes(t, ctx, "h1, .text, figure, figcaption, .name, .company") {
				if !b.In(inside) || b.Empty() {
					t.Errorf("%s: %v stands outside of the page %v", on, b, inside)
				}
			}
			sameCodes(t, ctx, on, s.Links)
		}
	}
}

// showSheet opens a sheet as print shows it.
func showSheet(t *testing.T, ctx context.Context, h *hall, s Sheet) {
	t.Helper()
	raw, err := h.Print(s)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "sheet.html")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	do(t, ctx, chromedp.EmulateViewport(1000, 1300), chromedp.Navigate("file://"+file), media("print", ""))
}

// media makes the tab show a page as on paper, or in a scheme of colours.
func media(kind, scheme string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Media: kind, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return err
	})
}

var (
	pdfPage = regexp.MustCompile(`/Type\s*/Page\b[^s]`)
	pdfSize = regexp.MustCompile(`/MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)\s*\]`)
)

// printed makes a PDF of the page that is open.
func printed(t *testing.T, ctx context.Context) (pages int, width, height float64) {
	t.Helper()
	yes := true
	var pdf []byte
	do(t, ctx, chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		done, err := cdp.Call(ctx, tab, page.PrintToPDF, page.PrintToPDFParams{PrintBackground: &yes, PreferCSSPageSize: &yes})
		pdf = done.Data
		return err
	}))
	size := pdfSize.FindSubmatch(pdf)
	if size == nil {
		t.Fatalf("no page in a PDF of %d bytes", len(pdf))
	}
	if _, err := fmt.Sscan(string(size[1])+" "+string(size[2]), &width, &height); err != nil {
		t.Fatal(err)
	}
	return len(pdfPage.FindAll(pdf, -1)), width, height
}

// sameCodes compares what is drawn with the modules of the links.
func sameCodes(t *testing.T, ctx context.Context, on string, links []SheetLink) {
	t.Helper()
	for i, link := range links {
		want, err := qr.Encode(link.URL, qr.Q)
		if err != nil {
			t.Fatal(err)
		}
		shot, err := chromedp.Run(ctx, chromedp.ScreenshotScale(chromedp.CSS(fmt.Sprintf("figure:nth-of-type(%d) svg", i+1)), 2))
		if err != nil {
			t.Fatal(err)
		}
		picture, err := png.Decode(bytes.NewReader(shot))
		if err != nil {
			t.Fatal(err)
		}
		if wrong := unlike(picture, want); wrong > 0 {
			t.Errorf("%s: %d modules of the code for %s are not as they should be", on, wrong, link.Channel)
		}
	}
}

// unlike counts the modules that a picture shows otherwise, those of the quiet zone too.
func unlike(p image.Image, want *qr.Code) (wrong int) {
	const quiet = 4
	modules := want.Size + 2*quiet
	wide := float64(p.Bounds().Dx()) / float64(modules)
	for y := range modules {
		for x := range modules {
			r, _, _, _ := p.At(p.Bounds().Min.X+int((float64(x)+.5)*wide), p.Bounds().Min.Y+int((float64(y)+.5)*wide)).RGBA()
			if (r < 0x8000) != want.Black(x-quiet, y-quiet) {
				wrong++
			}
		}
	}
	return wrong
}

// TestPicturesOfTheWaysIn writes what the page and the sheet look like, for people to see.
func TestPicturesOfTheWaysIn(t *testing.T) {
	dir := os.Getenv("KASKAD_PAGES")
	if dir == "" {
		t.Skip("this writes pictures of the page: KASKAD_PAGES=/some/folder go test -run TestPicturesOfTheWaysIn ./cmd/kaskad/internal/links")
	}
	ctx := openTab(t)
	h := newHall(t)
	server := httptest.NewServer(h)
	defer server.Close()
	shoot := func(name string) {
		shot, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name+".png"), shot, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, width := range []int64{360, 900} {
		for _, scheme := range []string{"light", "dark"} {
			do(t, ctx, chromedp.EmulateViewport(width, 700), media("screen", scheme), chromedp.Navigate(server.URL+"/go/shop7"))
			shoot(fmt.Sprintf("way-%d-%s", width, scheme))
		}
	}
	for name, s := range sheets() {
		for _, s.Paper = range []string{"a4", "a6"} {
			showSheet(t, ctx, h, s)
			shoot("sheet-" + s.Paper + "-" + name)
			if name == "three" {
				for _, width := range []int64{360, 900} {
					do(t, ctx, chromedp.EmulateViewport(width, 700), media("screen", "dark"))
					shoot(fmt.Sprintf("sheet-%s-screen-%d", s.Paper, width))
				}
			}
		}
	}
}
