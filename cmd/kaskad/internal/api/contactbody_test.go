package api

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// bodies of batches that are plain, and others that are not; what is not plain is read, or refused, as the body of any call is.
func plainBodies() map[string]bool {
	of := func(item string) string { return `{"contacts":[` + item + `]}` }
	return map[string]bool{
		of(`{"external_id":"C-1","phone":"0501112233","name":"Ганна \"Г\" \u0404","locale":"uk"}`):                                       true,
		` { "contacts" : [ {} , {"ref":"ext:1"} ] , "merge_attributes":true , "dry_run" : false } `:                                      true,
		of(`{"attributes":{"a":"1","b":12345678901234567890,"c":1.50,"d":null,"e":true}}`):                                               true,
		of(`{"addresses":[{"channel":"telegram","id":"42"}]}`):                                                                           true,
		of(`{"consents":{"marketing":{"state":"given","at":"2026-05-04T10:00:00+03:00","source":"form","words":"a\nb","version":"1"}}}`): true,
		of(`{"consents":{"channels":{"sms":{"state":"denied"}},"all":{"state":"given"}}}`):                                               true,
		of(`{"name":"😀 \ud83d\ude00"}`):           true,
		of(`{"row":12}`) + ``:                     true,
		`{"list":"p.csv","contacts":[{}]}`:        true,
		of(`{"row":0}`):                           false,
		of(`{"row":1.5}`):                         false,
		of(`{"row":"1"}`):                         false,
		of(`{"name":"a","name":"b"}`):             false,
		of(`{"n\u0061me":"a","name":"b"}`):        false,
		of(`{"name":"\ud83d"}`):                   false,
		of("{\"name\":\"\xff\"}"):                 false,
		of("{\"name\":\"a\nb\"}"):                 false,
		of(`{"name":null}`):                       false,
		of(`{"Name":"a"}`):                        false,
		of(`{"attributes":{"a":{"b":1}}}`):        false,
		of(`{"attributes":{"a":1,"a":2}}`):        false,
		of(`{"attributes":{"a":1e999}}`):          false,
		of(`{"attributes":{"a":01}}`):             false,
		of(`{"addresses":[{"channel":"fax"}]}`):   false,
		of(`{"consents":{"marketing":{}}}`):       false,
		of(`{"consents":{"marketing":{"at":1}}}`): false,
		of(`{"name":"a",}`):                       false,
		of(`{"name":"a"`):                         false,
		of(`{} `) + ` {}`:                         false,
		`{"contacts":[]}`:                         false,
		`{"contacts":[{}],"contacts":[{}]}`:       false,
		`{"contacts":[{}],"dry_run":"yes"}`:       false,
		of(strings.Repeat(`{},`, 1000) + `{}`):    false,
		``:                                        false,
		`[]`:                                      false,
	}
}

func TestWhatIsReadTheShortWay(t *testing.T) {
	for body, plain := range plainBodies() {
		if _, ok := plainBatch([]byte(body)); ok != plain {
			t.Errorf("%.200s: plain is %t, want %t", body, ok, plain)
		}
		sameAsStrict(t, []byte(body))
	}
}

func FuzzPlainBatch(f *testing.F) {
	for body := range plainBodies() {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) { sameAsStrict(t, body) })
}

// sameAsStrict compares the short way with the long one, where the short one finds nothing wrong.
func sameAsStrict(t *testing.T, body []byte) {
	t.Helper()
	got, ok := plainBatch(body)
	if !ok {
		return
	}
	var plain any
	if err := strictJSON.Unmarshal(body, &plain); err != nil {
		t.Fatalf("%q is taken, and is wrong: %v", body, err)
	}
	var want contactBatch
	if err := strictJSON.Unmarshal(body, &want); err != nil {
		t.Fatalf("%q is taken, and is wrong: %v", body, err)
	}
	if len(got.Contacts) != len(want.Contacts) || got.Merge != want.Merge || got.DryRun != want.DryRun {
		t.Fatalf("%q: %d people, %t, %t; want %d, %t, %t", body, len(got.Contacts), got.Merge, got.DryRun, len(want.Contacts), want.Merge, want.DryRun)
	}
	for i, item := range want.Contacts {
		dec, put := json.NewDecoder(bytes.NewReader(item.raw)), ContactPut{}
		dec.UseNumber()
		dec.DisallowUnknownFields()
		if err := dec.Decode(&put); err != nil {
			t.Fatalf("%q is taken, and is wrong: %v", item.raw, err)
		}
		if got, want := asJSON(t, got.Contacts[i].put), asJSON(t, put); got != want {
			t.Fatalf("%q is read as %s, want %s", item.raw, got, want)
		}
	}
}

func asJSON(t *testing.T, v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
