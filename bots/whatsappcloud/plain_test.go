package whatsappcloud_test

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"reflect"
	"testing"

	"kaskad/bots"
	"kaskad/bots/whatsappcloud"
)

// A call with something in it that does not concern us is read level by level, and any other in one go: both read the same.
func TestACallIsReadTheSameWhateverElseIsInIt(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	must(t, err)
	b, compared := newBot(t, "", whatsappcloud.Options{}), 0
	for _, file := range files {
		if filepath.Base(file) == "entry_of_another_form.json" {
			continue // kept whole, so that what else is in it counts
		}
		raw := recorded(t, filepath.Base(file[:len(file)-len(".json")]))
		var compact bytes.Buffer
		must(t, json.Compact(&compact, raw))
		more := bytes.Replace(compact.Bytes(), []byte(`"changes":[`), []byte(`"changes":[{"field":"flows","value":{}},`), 1)
		if bytes.Equal(more, compact.Bytes()) {
			continue
		}
		one, err1 := b.Parse(hookCall(compact.Bytes()))
		other, err2 := b.Parse(hookCall(more))
		if err1 != nil || err2 != nil || !reflect.DeepEqual(ids(one), ids(other)) || !reflect.DeepEqual(one, other) {
			t.Errorf("%s: read as %v, %v, and with something else in it as %v, %v", file, ids(one), err1, ids(other), err2)
		}
		compared += len(one.Events)
	}
	if compared < 20 {
		t.Errorf("%d events were compared", compared)
	}
}

func ids(b bots.Batch) (all []string) {
	for _, e := range b.Events {
		all = append(all, e.ID)
	}
	return all
}

// What stands under a name that is not ours is not taken, though it looks like a status of our number.
func TestFieldsThatAreNotOurs(t *testing.T) {
	b := newBot(t, "", whatsappcloud.Options{})
	for field, want := range map[string]int{"messages": 1, "smb_message_echoes": 0, "history": 0, "account_update": 0} {
		body := bytes.Replace(recorded(t, "sent"), []byte(`"field": "messages"`), []byte(`"field": "`+field+`"`), 1)
		batch, err := b.Parse(hookCall(body))
		if err != nil || len(batch.Events) != want {
			t.Errorf("%s: %d events, %v; want %d", field, len(batch.Events), err, want)
		}
	}
}
