package links

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// has reports whether the page has an input, checked or not.
func has(page, name, value string, checked bool) bool {
	return regexp.MustCompile(`<input type="(radio|checkbox)" name="`+name+`" value="`+value+`"`).MatchString(page) &&
		strings.Contains(page, `name="`+name+`" value="`+value+`" checked`) == checked
}

func TestWishesAreSaved(t *testing.T) {
	s, l := open(t)
	path := link(t, l)
	page := call(l, "GET", path, "", "").Body.String()
	if !has(page, "first", "", true) || !has(page, "first", "telegram", false) || !has(page, "not", "sms", false) || !has(page, "hours", "any", true) {
		t.Fatalf("the page of somebody who asked for nothing is\n%s", page)
	}
	w := call(l, "POST", path, form, wishForm)
	if w.Code != 200 || !strings.Contains(w.Body.String(), "Збережено.") {
		t.Fatalf("answered %d %s", w.Code, w.Body)
	}
	if len(s.events) != 1 || s.events[0].Kind != bots.Wished || s.events[0].Contact != 42 || s.events[0].Delivery != 7 || s.events[0].Channel != "page" {
		t.Fatalf("events %+v", s.events)
	}
	got := s.contact.Wishes
	if h, ok := got.Open(); !ok || h.From != 9 || h.To != 20 || !slices.Equal(got.NotOn, []string{bots.SMS}) || s.contact.Preferred != bots.Telegram || !got.Chosen {
		t.Errorf("preferred %q, wishes %+v", s.contact.Preferred, got)
	}
	if s.contact.Marketing.State != bots.Unknown {
		t.Errorf("wishes changed the consent to %s", s.contact.Marketing.State)
	}
	page = call(l, "GET", path, "", "").Body.String()
	if !has(page, "first", "telegram", true) || !has(page, "not", "sms", true) || !has(page, "not", "telegram", false) || !has(page, "hours", "only", true) ||
		!strings.Contains(page, `<option value="9" selected>`) || !strings.Contains(page, `<option value="20" selected>`) {
		t.Errorf("the page afterwards is\n%s", page)
	}
	if w := call(l, "POST", path, form, wishForm); w.Code != 200 || len(s.events) != 1 {
		t.Errorf("the same form again is answered %d and made %d events", w.Code, len(s.events))
	}
}

// A browser posts forms again when somebody goes back. What was said since stands.
func TestAnOldFormChangesNothing(t *testing.T) {
	s, l := open(t)
	path := link(t, l)
	none := "save=yes&of=0&shown=telegram&shown=sms&first=&hours=any&from=9&to=20"
	call(l, "POST", path, form, wishForm)
	held := s.contact
	if w := call(l, "POST", path, form, none); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "застаріла") || !has(w.Body.String(), "not", "sms", true) {
		t.Errorf("an old form is answered %d %s", w.Code, w.Body)
	}
	if len(s.events) != 1 || !reflect.DeepEqual(s.contact, held) {
		t.Errorf("an old form lifted a no: %+v", s.contact.Wishes)
	}
	call(l, "POST", path, form, "stop=yes")
	allow := "allow=yes&of=" + stamp(s.contact.Marketing.At)
	call(l, "POST", path, form, allow)
	if s.contact.Marketing.State != bots.Given {
		t.Fatalf("consent %+v", s.contact.Marketing)
	}
	time.Sleep(time.Microsecond) // so that the stops differ as the store keeps them
	call(l, "POST", path, form, "stop=yes")
	if w := call(l, "POST", path, form, allow); w.Code != http.StatusConflict || s.contact.Marketing.State != bots.Denied {
		t.Errorf("an old yes is answered %d; consent %+v", w.Code, s.contact.Marketing)
	}
}

// Two forms that were shown alike come at once: the one that is stored second was not filled in sight of the first, and is not said
// to be saved.
func TestOfTwoFormsAtOnceOneIsSaved(t *testing.T) {
	s, l := open(t)
	path := link(t, l)
	receive := l.Receive
	overtaken := func(by bots.Event) {
		l.Receive = func(ctx context.Context, e bots.Event) error {
			l.Receive = receive
			by.Contact, by.At = e.Contact, e.At
			return errors.Join(receive(ctx, by), receive(ctx, e))
		}
	}
	overtaken(bots.Event{ID: "first", Kind: bots.Wished, Wish: &bots.Wish{Asked: []string{bots.SMS}, Limited: true, From: 10, To: 15}, Shown: &time.Time{}})
	w := call(l, "POST", path, form, wishForm)
	if h, _ := s.contact.Wishes.Open(); w.Code != http.StatusConflict || h.From != 10 || len(s.contact.Wishes.NotOn) != 0 {
		t.Errorf("the second form is answered %d; wishes %+v", w.Code, s.contact.Wishes)
	}
	call(l, "POST", path, form, "stop=yes")
	allow := "allow=yes&of=" + stamp(s.contact.Marketing.At)
	time.Sleep(time.Microsecond) // so that the stops differ as the store keeps them
	overtaken(bots.Event{ID: "stop", Kind: bots.WayOut})
	if w := call(l, "POST", path, form, allow); w.Code != http.StatusConflict || s.contact.Marketing.State != bots.Denied {
		t.Errorf("a yes that met a stop is answered %d; consent %+v", w.Code, s.contact.Marketing)
	}
	if strings.Contains(s.log.String(), "quarantine") {
		t.Errorf("the log says\n%s", s.log.String())
	}
}

func TestOffersAreAllowedAgain(t *testing.T) {
	s, l := open(t)
	path := link(t, l)
	call(l, "POST", path, form, "stop=yes")
	page := call(l, "GET", path, "", "").Body.String()
	m := regexp.MustCompile(`<input type="hidden" name="of" value="([a-z0-9]+)"><button class="allow" name="allow" value="yes">`).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("the page after a stop offers no way back\n%s", page)
	}
	w := call(l, "POST", path, form, "allow=yes&of="+m[1])
	if w.Code != 200 || !strings.Contains(w.Body.String(), "знову дозволено") || !strings.Contains(w.Body.String(), `name="stop"`) {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
	if c := s.contact.Marketing; c.State != bots.Given || !c.ByPerson || c.Source != "page" || c.At.IsZero() || s.events[1].Kind != bots.Allowed {
		t.Errorf("consent %+v, events %+v", c, s.events)
	}
	if call(l, "POST", path, form, "allow=yes&of="+m[1]); len(s.events) != 2 {
		t.Errorf("a second press made %d events", len(s.events))
	}
}

func TestWhatThePageOffers(t *testing.T) {
	at := func(channel string, state bots.AddressState) bots.ContactAddress {
		return bots.ContactAddress{Address: bots.Address{Channel: channel, ID: "1"}, State: state, Since: time.Unix(1, 0)}
	}
	for name, c := range map[string]struct {
		contact bots.Contact
		offers  []string
		choice  bool
	}{
		"nobody can be reached":      {bots.Contact{}, nil, false},
		"a phone alone":              {bots.Contact{Phone: "+380501112233"}, []string{"sms"}, false},
		"two messengers":             {bots.Contact{Addresses: []bots.ContactAddress{at(bots.Viber, bots.Active), at(bots.Telegram, bots.Unverified)}}, []string{"telegram", "viber"}, true},
		"one that was shut":          {bots.Contact{Addresses: []bots.ContactAddress{at(bots.Viber, bots.BlockedState), at(bots.Telegram, bots.Active)}}, []string{"telegram"}, false},
		"one that is off":            {bots.Contact{Addresses: []bots.ContactAddress{at(bots.Email, bots.Active)}}, nil, false},
		"WhatsApp in two ways":       {bots.Contact{Addresses: []bots.ContactAddress{at(bots.WhatsApp, bots.Active), at(bots.WhatsAppCloud, bots.Active)}}, []string{"whatsapp"}, false},
		"a number that takes no SMS": {bots.Contact{Phone: "+380501112233", Addresses: []bots.ContactAddress{at(bots.SMS, bots.UnreachableState)}}, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			s, l := open(t)
			c.contact.ID = 42
			s.contact = c.contact
			page := call(l, "GET", link(t, l), "", "").Body.String()
			var got []string
			for _, m := range regexp.MustCompile(`name="shown" value="(\w+)"`).FindAllStringSubmatch(page, -1) {
				got = append(got, m[1])
			}
			if !slices.Equal(got, c.offers) || strings.Contains(page, `type="radio" name="first"`) != c.choice {
				t.Errorf("offers %v\n%s", got, page)
			}
		})
	}
}

// To people WhatsApp is one. A no to it is a no to both ways, and first is the way that reaches the person.
func TestWhatsAppIsOne(t *testing.T) {
	s, l := open(t)
	s.contact.Set(bots.Address{Channel: bots.WhatsAppCloud, ID: "2"}, bots.Active, time.Now())
	call(l, "POST", link(t, l), form, "save=yes&of=0&shown=telegram&shown=whatsapp&first=whatsapp&hours=any&from=9&to=20")
	if s.contact.Preferred != bots.WhatsAppCloud {
		t.Errorf("preferred %q", s.contact.Preferred)
	}
	call(l, "POST", link(t, l), form, "save=yes&of="+stamp(s.contact.Wishes.At)+"&shown=telegram&shown=whatsapp&first=&not=whatsapp&hours=any&from=9&to=20")
	if !slices.Equal(s.contact.Wishes.NotOn, []string{bots.WhatsApp, bots.WhatsAppCloud}) {
		t.Errorf("wishes %+v", s.contact.Wishes)
	}
}

// Hours that leave too little are shown as they were filled in, with what to do.
func TestHoursThatLeaveTooLittle(t *testing.T) {
	_, l := open(t)
	w := call(l, "POST", link(t, l), form, strings.Replace(wishForm, "to=20", "to=11", 1))
	page := w.Body.String()
	if w.Code != 422 || !strings.Contains(page, `role="alert"`) || !strings.Contains(page, `<option value="11" selected>`) || !has(page, "not", "sms", true) || !strings.Contains(page, `name="of" value="0"`) {
		t.Errorf("answered %d %s", w.Code, page)
	}
}

func TestTheZoneOnThePage(t *testing.T) {
	s, l := open(t)
	if page := call(l, "GET", link(t, l), "", "").Body.String(); !strings.Contains(page, "Europe/Kyiv") {
		t.Errorf("the company's zone is not named in\n%s", page)
	}
	s.contact.Zone = "Asia/Tokyo"
	if page := call(l, "GET", link(t, l), "", "").Body.String(); !strings.Contains(page, "Asia/Tokyo") {
		t.Errorf("the person's zone is not named in\n%s", page)
	}
}

func TestWishesThatWereNotStored(t *testing.T) {
	for name, body := range map[string]string{"wishes": wishForm, "a yes": "allow=yes&of="} {
		s, l := open(t)
		if name == "a yes" {
			call(l, "POST", link(t, l), form, "stop=yes")
			body += stamp(s.contact.Marketing.At)
		}
		s.err = fallback.ErrUnavailable
		if w := call(l, "POST", link(t, l), form, body); w.Code != 503 || w.Header().Get("Retry-After") == "" {
			t.Errorf("%s that cannot be stored are answered %d", name, w.Code)
		}
		s.err, s.deaf = nil, true
		if w := call(l, "POST", link(t, l), form, body); w.Code != 503 || !strings.Contains(s.log.String(), "quarantine") {
			t.Errorf("%s of no effect are answered %d; the log says %s", name, w.Code, &s.log)
		}
	}
}
