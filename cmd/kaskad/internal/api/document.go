package api

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// object is one of JSON.
type object = map[string]any

// tellDocument answers with the document. It is made when somebody asks for the first time: making it takes longer than all else that
// a start has to do, and every command starts.
func (a *API) tellDocument() http.HandlerFunc {
	document := sync.OnceValues(a.document)
	return func(w http.ResponseWriter, r *http.Request) {
		raw, err := document()
		if err != nil {
			answerProblem(w, a.problem(r.Context(), "openapi", err))
			return
		}
		w.Header().Set("Content-Type", "application/openapi+json")
		_, _ = w.Write(raw)
	}
}

// document is /openapi.json: what huma makes of the operations, with what it cannot know: which problems each can answer, which
// headers come with them, and that null stands for what is absent. The tests hold every answer of theirs against it.
func (a *API) document() ([]byte, error) {
	raw, err := json.Marshal(a.huma.OpenAPI())
	if err != nil {
		return nil, err
	}
	var doc object
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, err
	}
	schemas := at(doc, "components", "schemas")
	at(schemas, "Problem", "properties", "code")["enum"] = slices.Sorted(maps.Keys(codes()))
	at(schemas, "NewDelivery", "properties", "purpose")["enum"] = []string{"service", "marketing", "urgent"}
	done := map[string]bool{}
	for _, methods := range at(doc, "paths") {
		for _, o := range methods.(object) {
			documentProblems(o.(object))
			optional(schemas, at(o.(object), "requestBody", "content", "application/json", "schema"), done)
		}
	}
	return json.Marshal(doc)
}

// at walks into an object; nil where there is none.
func at(o object, path ...string) object {
	for _, name := range path {
		o, _ = o[name].(object)
	}
	return o
}

// documentProblems tells every status that an operation answers, and the codes that come with it.
func documentProblems(o object) {
	_, body := o["requestBody"]
	id, _ := o["operationId"].(string)
	byStatus := map[int][]string{}
	for _, code := range codesOf(id, body) {
		for _, status := range codes()[code] {
			if status == http.StatusBadRequest && code == "invalid_key" && !body && id != "take-back-message" { // its key stands in the header alone
				continue
			}
			if code == "malformed_call" && status != http.StatusBadRequest { // what is no HTTP is a call of no operation
				continue
			}
			byStatus[status] = append(byStatus[status], code)
		}
	}
	responses := at(o, "responses")
	delete(responses, "default")
	for _, response := range responses {
		headers(response.(object), "", "")
	}
	for status, codes := range byStatus {
		response := object{
			"description": http.StatusText(status) + ": " + strings.Join(codes, ", "), "x-codes": codes,
			"content": object{problemType: object{"schema": object{"$ref": "#/components/schemas/Problem"}}},
		}
		switch status {
		case http.StatusUnauthorized:
			headers(response, "WWW-Authenticate", "How to send a key")
		case http.StatusTooManyRequests, http.StatusServiceUnavailable:
			headers(response, "Retry-After", "Seconds")
		default:
			headers(response, "", "")
		}
		responses[strconv.Itoa(status)] = response
	}
}

// headers adds those that every answer may have, and one more.
func headers(response object, name, doc string) {
	all := at(response, "headers")
	if all == nil {
		all = object{}
	}
	all[testHeader] = object{"description": "true: an answer to a test key", "schema": object{"type": "string"}}
	if name != "" {
		all[name] = object{"description": doc, "schema": object{"type": "string"}}
	}
	response["headers"] = all
}

// optional lets null stand for what may be absent, in everything that a request is made of: many programs write it so.
func optional(schemas, s object, done map[string]bool) {
	if ref, ok := s["$ref"].(string); ok {
		name := ref[strings.LastIndexByte(ref, '/')+1:]
		if !done[name] {
			done[name] = true
			optional(schemas, at(schemas, name), done)
		}
		return
	}
	if items, ok := s["items"].(object); ok {
		optional(schemas, items, done)
	}
	forms, _ := s["oneOf"].([]any)
	for _, form := range forms {
		optional(schemas, form.(object), done)
	}
	required, _ := s["required"].([]any)
	for name, p := range at(s, "properties") {
		p := p.(object)
		optional(schemas, p, done)
		if !slices.Contains(required, any(name)) {
			at(s, "properties")[name] = orNull(p)
		}
	}
}

// orNull is a schema that takes null as well.
func orNull(s object) object {
	switch kind := s["type"].(type) {
	case string:
		s["type"] = []any{kind, "null"}
		if words, ok := s["enum"].([]any); ok {
			s["enum"] = append(words, nil)
		} else if words, ok := s["enum"].([]string); ok {
			all := []any{nil}
			for _, word := range words {
				all = append(all, word)
			}
			s["enum"] = all
		}
	case []any: // it does already
	default:
		if forms, ok := s["oneOf"].([]any); ok {
			s["oneOf"] = append(forms, object{"type": "null"})
			return s
		}
		return object{"oneOf": []any{s, object{"type": "null"}}}
	}
	return s
}
