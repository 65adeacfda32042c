package graph

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"
)

// shape is the set of all fields of a value with their JSON types; elements of a list count as one.
func shape(path string, v any, into map[string]bool) map[string]bool {
	switch v := v.(type) {
	case obj:
		for name, inner := range v {
			shape(path+"."+name, inner, into)
		}
	case []any:
		for _, inner := range v {
			shape(path+"[]", inner, into)
		}
	default:
		into[fmt.Sprintf("%s %T", path, v)] = true
	}
	return into
}

// difference lists what only one of two shapes has.
func difference(got, want map[string]bool) (extra, lacking []string) {
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if !want[name] {
			extra = append(extra, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if !got[name] {
			lacking = append(lacking, name)
		}
	}
	return extra, lacking
}

// scenery is what a webhook example needs: Anna, who was shown a text, a template, buttons and a list.
type scenery struct {
	*Server
	text, template, buttons, list string
}

func setScene(t *testing.T, s *Server) scenery {
	t.Helper()
	must(t, s.AddTemplate(Template{Name: "offer", Language: "en", Category: "MARKETING", Body: "Offer", Buttons: []TemplateButton{{Text: "Unsubscribe"}}}))
	frame := func(kind string, action obj) obj {
		return obj{"type": kind, "body": obj{"text": "choose"}, "action": action}
	}
	buttons := obj{"buttons": []obj{{"type": "reply", "reply": obj{"id": "cancel-button", "title": "Cancel"}}}}
	rows := obj{"button": "Choose", "sections": []obj{{"rows": []obj{{"id": "priority_express", "title": "Priority Mail Express", "description": "Next Day to 2 Days"}}}}}
	return scenery{
		Server:   s,
		text:     send(t, s, anna).id(),
		template: send(t, s, anna, "type", "template", "text", nil, "template", obj{"name": "offer", "language": obj{"code": "en"}}).id(),
		buttons:  send(t, s, anna, "type", "interactive", "text", nil, "interactive", frame("button", buttons)).id(),
		list:     send(t, s, anna, "type", "interactive", "text", nil, "interactive", frame("list", rows)).id(),
	}
}

// scenes make the webhook that an example shows.
func scenes() map[string]func(scenery) error {
	place := Location{Address: "101 Forest Ave", Latitude: 37.44, Longitude: -122.16, Name: "Philz Coffee", URL: "https://philzcoffee.com/"}
	card := Card{Name: CardName{"Lucía", "Gómez", "Lucía Gómez"}, Org: &CardOrg{"Google"}, Phones: []CardPhone{{"+1 (983) 555-2319", "19835552319", "MOBILE"}}}
	order := Order{Catalog: "194836987003835", Items: []OrderItem{{"di9ozbzfi4", 2, 30, "USD"}}}
	member := []GroupMember{{16505551234, 16505551234}}
	group := Group{Timestamp: "1750269342", ID: "Y2FwaV9ncm91cDoxODA1", Type: "group_create", Request: "784D93D0C468593037EA0B1ECA245D9C"}
	return map[string]func(scenery) error{
		"Text Message": func(s scenery) error { return second(s.Say(anna, "Does it come in another color?")) },
		"Text Message with Context (Product Inquiry)": func(s scenery) error {
			return second(s.SayAboutProduct(anna, "194836987003835", "di9ozbzfi4", "Is this still available?"))
		},
		"Text Message from Click to WhatsApp Ad": func(s scenery) error { return second(s.SayFromAd(anna, "Hello!")) },
		"Reaction Message":                       func(s scenery) error { return second(s.React(anna, s.text, "👍")) },
		"Image Message":                          func(s scenery) error { return second(s.SendMedia(anna, "image", "Taj Mahal")) },
		"Location Message":                       func(s scenery) error { return second(s.SendPlace(anna, place)) },
		"Contact Sharing Message":                func(s scenery) error { return second(s.SendCards(anna, card)) },
		"Unsupported Message":                    func(s scenery) error { return second(s.SendOdd(anna)) },
		"Button Message":                         func(s scenery) error { return second(s.Press(anna, s.template, 0)) },
		"Interactive List Reply Message":         func(s scenery) error { return second(s.Pick(anna, s.list, 0)) },
		"Interactive Button Reply Message":       func(s scenery) error { return second(s.Press(anna, s.buttons, 0)) },
		"Order Message":                          func(s scenery) error { return second(s.PlaceOrder(anna, order)) },
		"System Message":                         func(s scenery) error { return s.ChangeNumber(anna, "12195555358") },
		"Group Create Message": func(s scenery) error {
			g := group
			g.Subject, g.Description, g.Added = "your-group-subject", "your-group-description", member
			s.TellGroup("group_lifecycle_update", g)
			return nil
		},
		"Group Settings Update": func(s scenery) error {
			g := group
			g.Picture = &GroupPicture{"image/jpeg", "SfInY0gGKTsJlUWbwxC1k"}
			s.TellGroup("group_settings_update", g)
			return nil
		},
		"Group Remove Participants": func(s scenery) error {
			g := group
			g.Removed = member
			s.TellGroup("group_participants_update", g)
			return nil
		},
	}
}

func second[T any](_ T, err error) error { return err }

func TestWebhooksLookLikeMetas(t *testing.T) {
	examples := readExamples(t, "testdata/webhook-examples.json")
	played := scenes()
	if len(examples) != 16 || len(played) != 16 {
		t.Fatalf("%d examples, %d scenes, want 16", len(examples), len(played))
	}
	for name, example := range examples {
		t.Run(name, func(t *testing.T) {
			t.Run("as it was", func(t *testing.T) {
				extra, lacking := difference(played1(t, Options{PlainPhones: true}, played[name]), shape("", example, map[string]bool{}))
				if len(extra)+len(lacking) > 0 {
					t.Errorf("Meta's has no %q, and has %q", extra, lacking)
				}
			})
			t.Run("with user ids", func(t *testing.T) {
				extra, lacking := difference(played1(t, Options{}, played[name]), shape("", example, map[string]bool{}))
				known := []string{
					".entry[].changes[].value.contacts[].user_id string",
					".entry[].changes[].value.messages[].from_user_id string",
					".entry[].changes[].value.messages[].system.user_id string",
				}
				extra = slices.DeleteFunc(extra, func(path string) bool { return slices.Contains(known, path) })
				if len(extra)+len(lacking) > 0 {
					t.Errorf("Meta's has no %q, and has %q", extra, lacking)
				}
			})
		})
	}
}

// played1 is the shape of the webhook call that a scene made.
func played1(t *testing.T, opt Options, scene func(scenery) error) map[string]bool {
	t.Helper()
	s, g := start(t, opt)
	st := setScene(t, s)
	must(t, s.Read(anna)) // that no "read" comes between
	must(t, s.Flush(t.Context()))
	must(t, scene(st))
	all := g.bodies(t, s)
	var v any
	must(t, json.Unmarshal(all[len(all)-1], &v))
	return shape("", v, map[string]bool{})
}

// The documentation shows these for statuses; Meta's OpenAPI file has no example, only a schema, of which ours must not fall short.
func TestStatusesHaveWhatTheSchemaNames(t *testing.T) {
	s, g := start(t, Options{})
	id := send(t, s, anna, "biz_opaque_callback_data", "d1/0").id()
	must(t, s.Read(anna))
	must(t, s.Tell(id, "failed", 131026))
	values := g.values(t, s)
	if got := g.events(t, s); got != "sent delivered read failed" {
		t.Fatalf("told %s", got)
	}
	for _, v := range values {
		st := v.Statuses[0]
		named := len(v.Contacts) == 1 && v.Contacts[0].UserID == s.UserIDOf(anna) && v.Contacts[0].WaID == anna
		if named == (st.Status == "failed") {
			t.Errorf("%s: contacts %+v", st.Status, v.Contacts)
		}
		if (st.Conversation != nil) != (st.Status == "sent") || (st.Pricing != nil) != (st.Status == "sent" || st.Status == "delivered") {
			t.Errorf("%s: conversation %+v, pricing %+v", st.Status, st.Conversation, st.Pricing)
		}
		if (len(st.Errors) == 1) != (st.Status == "failed") {
			t.Errorf("%s: errors %+v", st.Status, st.Errors)
		}
	}
	p := values[0].Statuses[0].Pricing
	if !p.Billable || p.Model != "PMP" || p.Category != "service" || p.Type != "regular" {
		t.Errorf("pricing %+v", p)
	}
	e := values[3].Statuses[0].Errors[0]
	if e.Code != 131026 || e.Title != "Message undeliverable" || e.Message == "" || e.Data.Details == "" || e.Data.Product != "" || e.Href == "" {
		t.Errorf("error %+v", e)
	}
}
