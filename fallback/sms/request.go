package sms

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// request is a compiled Request: [sms.request], or another that is described in its words.
type request struct {
	section   string // "request"
	method    string
	base      string // api_url
	path      *text
	headers   map[string]*text
	query     map[string][]*text
	form      map[string][]*text
	json      *node
	body      *text
	omitEmpty bool
	uses      map[string]bool // placeholders
}

// keeps says whether a value that came out is sent. An empty address for reports never is: nobody can reach us there.
func (r *request) keeps(t *text, value string) bool {
	return value != "" || !r.omitEmpty && !slices.Contains(t.uses, "report_url")
}

// compileSend compiles [sms.request].
func compileSend(c Config, f *faults) *request {
	r := compileRequest("request", c, c.Request, placeholders, f)
	if r.kinds()+len(r.query) == 0 {
		f.add("request", "nothing of the message is sent; write json, form, query or body")
		return r
	}
	for _, name := range []string{"to", "text"} {
		if !r.uses[name] {
			f.add("request", "{{.%s}} is nowhere; a message needs it", name)
		}
	}
	return r
}

// compileRequest compiles what one section describes; names are the placeholders that it can use.
func compileRequest(section string, c Config, d Request, names []string, f *faults) *request {
	r := &request{section: section, method: d.Method, base: strings.TrimRight(c.APIURL, "/"), omitEmpty: d.OmitEmpty, uses: make(map[string]bool)}
	compile := func(key, source string, escape escaper) *text {
		t, err := compileText(source, escape, names)
		if err != nil {
			f.add(section+"."+key, "%w", err)
			return nil
		}
		for _, name := range t.uses {
			r.uses[name] = true
		}
		return t
	}
	if p := d.Path; p != "" && (p[0] != '/' || strings.ContainsAny(p, "?#")) {
		f.add(section+".path", "begin it with / and put what follows a ? into %s.query", section)
	}
	r.path = compile("path", d.Path, pathPart)
	r.headers = make(map[string]*text)
	for name, value := range d.Headers {
		if name == "" || strings.Trim(name, headerLetters) != "" {
			f.add(section+".headers", "%q is no name of a header", name)
		}
		r.headers[http.CanonicalHeaderKey(name)] = compile("headers."+name, value, asIs)
	}
	r.query = compileFields(section, "query", d.Query, compile, f)
	r.form = compileFields(section, "form", d.Form, compile, f)
	if d.JSON != nil {
		r.json = compileNode(section, "json", d.JSON, compile, f)
	}
	if d.Body != "" {
		r.body = compile("body", d.Body, bodyEscaper(section, d, f))
	}
	r.check(c, f)
	return r
}

// kinds counts how many ways of writing a body are used.
func (r *request) kinds() (n int) {
	for _, is := range []bool{r.json != nil, len(r.form) > 0, r.body != nil} {
		if is {
			n++
		}
	}
	return n
}

const headerLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

// check looks for what cannot go together, and for placeholders that have nothing to show.
func (r *request) check(c Config, f *faults) {
	switch {
	case r.kinds() > 1:
		f.add(r.section, "json, form and body are three ways to write one thing; keep one")
	case r.method != http.MethodGet && r.method != http.MethodPost && r.method != http.MethodPut:
		f.add(r.section+".method", "%q is not known here; write GET, POST or PUT", r.method)
	case r.kinds() > 0 && r.method == http.MethodGet:
		f.add(r.section+".method", "GET has no body; put the fields into %s.query, or use POST", r.section)
	}
	if r.omitEmpty && c.Preset == "" {
		return
	}
	for name, given := range map[string]bool{"token": c.Token != "", "login": c.Login != "", "password": c.Password != "", "sender": c.Sender != ""} {
		switch {
		case !r.uses[name] || given || r.omitEmpty && name == "sender":
		case c.Preset != "":
			f.add(name, "%s wants it; write it", c.Preset)
		default:
			f.add(name, "the request needs it and it is empty; write it, or omit_empty = true in [sms.%s]", r.section)
		}
	}
}

// bodyEscaper chooses how values are kept inside a free body.
func bodyEscaper(section string, d Request, f *faults) escaper {
	kind := ""
	for name, value := range d.Headers {
		if http.CanonicalHeaderKey(name) == "Content-Type" {
			kind, _, _ = mime.ParseMediaType(value)
		}
	}
	switch {
	case kind == "application/json" || strings.HasSuffix(kind, "+json"):
		return jsonText
	case kind == "application/xml" || kind == "text/xml" || strings.HasSuffix(kind, "+xml"):
		return xmlText
	case kind == "application/x-www-form-urlencoded":
		return url.QueryEscape
	case kind == "text/plain":
		return asIs
	}
	f.add(section+".body", "write headers.Content-Type as application/json, application/xml, application/x-www-form-urlencoded or text/plain: it decides how a message's characters are escaped")
	return asIs
}

type compiler func(key, source string, escape escaper) *text

func compileFields(section, kind string, from map[string]any, compile compiler, f *faults) map[string][]*text {
	fields := make(map[string][]*text, len(from))
	for name, value := range from {
		key := kind + "." + name
		list, ok := value.([]any)
		if !ok {
			list = []any{value}
		}
		for _, v := range list {
			switch v.(type) {
			case string, int64, float64, bool:
				fields[name] = append(fields[name], compile(key, fmt.Sprint(v), asIs))
			default:
				f.add(section+"."+key, "a field is a string, or a list of strings for a repeated one")
			}
		}
	}
	return fields
}

// build makes the HTTP request of one message. Its errors hold no value.
func (r *request) build(ctx context.Context, v values) (*http.Request, error) {
	path, err := r.path.render(v)
	if err != nil {
		return nil, fmt.Errorf("%s.path: %w", r.section, err)
	}
	address := r.base + path
	query, err := r.fields("query", r.query, v)
	if err != nil {
		return nil, err
	}
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	body, kind, err := r.content(v)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, r.method, address, body)
	if err != nil {
		return nil, fmt.Errorf("%s.path: it makes no address", r.section) // the error of net/http quotes it
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	req.Header.Set("User-Agent", "kaskad")
	return req, r.setHeaders(req, v)
}

func (r *request) setHeaders(req *http.Request, v values) error {
	for name, t := range r.headers {
		value, err := t.render(v)
		if err != nil {
			return fmt.Errorf("%s.headers.%s: %w", r.section, name, err)
		}
		if hasControl(value) {
			return fmt.Errorf("%s.headers.%s: a header cannot hold a line break", r.section, name)
		}
		if r.keeps(t, value) {
			req.Header.Set(name, value)
		}
	}
	return nil
}

// content is the request's body and its type; nil for none.
func (r *request) content(v values) (io.Reader, string, error) {
	switch {
	case r.json != nil:
		value, _, err := r.value(r.json, v)
		if err != nil {
			return nil, "", fmt.Errorf("%s.json: %w", r.section, err)
		}
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(value); err != nil {
			return nil, "", fmt.Errorf("%s.json: it cannot be written", r.section)
		}
		return bytes.NewReader(bytes.TrimSpace(b.Bytes())), "application/json", nil
	case len(r.form) > 0:
		form, err := r.fields("form", r.form, v)
		return strings.NewReader(form.Encode()), "application/x-www-form-urlencoded", err
	case r.body != nil:
		body, err := r.body.render(v)
		if err != nil {
			return nil, "", fmt.Errorf("%s.body: %w", r.section, err)
		}
		return strings.NewReader(body), "", nil
	}
	return nil, "", nil
}

func (r *request) fields(kind string, from map[string][]*text, v values) (url.Values, error) {
	all := make(url.Values, len(from))
	for _, name := range slices.Sorted(maps.Keys(from)) {
		for _, t := range from[name] {
			value, err := t.render(v)
			if err != nil {
				return nil, fmt.Errorf("%s.%s.%s: %w", r.section, kind, name, err)
			}
			if r.keeps(t, value) {
				all.Add(name, value)
			}
		}
	}
	return all, nil
}
