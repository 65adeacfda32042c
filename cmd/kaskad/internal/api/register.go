package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"reflect"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"kaskad/cmd/kaskad/internal/people"
)

// The names of JSON fields are exact: "To" is not "to". huma has one switch for the whole process.
func init() { huma.ValidateStrictCasing = true }

const (
	maxBody      = 1 << 20
	maxBatchBody = 4 << 20
	bodyTime     = 30 * time.Second // for a body to arrive
)

// op is a line of the contents page.
type op struct {
	method, path string
	scope        people.Scope
	id           string
	status       int
	summary      string
}

// config is huma without what calls out to the internet, negotiates formats or adds links.
func (a *API) config() huma.Config {
	schemas := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	schemas.RegisterTypeAlias(reflect.TypeFor[huma.ErrorModel](), reflect.TypeFor[Problem]())
	version := a.Build.Version
	if version == "" {
		version = "dev"
	}
	c := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    &huma.Info{Title: "Kaskad", Version: version, Description: "Messages to customers through bots, with proof."},
			Components: &huma.Components{Schemas: schemas, SecuritySchemes: map[string]*huma.SecurityScheme{
				"key": {Type: "http", Scheme: "bearer", Description: "An API key made with `kaskad key new`."},
			}},
		},
		Formats:                      map[string]huma.Format{"application/json": strictJSON, "json": strictJSON},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{a.fromHuma},
	}
	return c
}

// register adds an operation: who may call it, how large its body is, and what becomes of its errors.
func register[I, O any](a *API, o op, handle func(context.Context, *I) (*O, error)) {
	limit := int64(maxBody)
	if strings.HasSuffix(o.path, ":batch") || strings.HasSuffix(o.path, ":estimate") {
		limit = maxBatchBody
	}
	operation := huma.Operation{
		Method: o.method, Path: o.path, OperationID: o.id, Summary: o.summary, DefaultStatus: o.status,
		Description: describe(o),
		Security:    []map[string][]string{{"key": o.scope.Names()}},
		Middlewares: huma.Middlewares{a.admission.admitted(o), a.only(o), a.sided(o.id), asked},
		// huma refuses a body of exactly this size.
		MaxBodyBytes: limit + 1, BodyReadTimeout: bodyTime,
		SkipValidateBody: reflect.TypeFor[I]() == reflect.TypeFor[contactBatchIn](), // it checks its body itself
	}
	huma.Register(a.huma, operation, func(ctx context.Context, in *I) (out *O, err error) {
		defer func() {
			if p := recover(); p != nil {
				out, err = nil, a.problem(ctx, o.id, panicked(p))
			}
		}()
		defer timed(ctx)()
		if !o.changes() {
			if out, err = handle(ctx, in); err != nil {
				return nil, a.problem(ctx, o.id, err)
			}
			return out, nil
		}
		d := &did{}
		if out, err = handle(context.WithValue(ctx, didKey{}, d), in); err != nil {
			p := a.problem(ctx, o.id, err)
			a.tell(ctx, o, d, p)
			return nil, p
		}
		a.tell(ctx, o, d, nil)
		return out, nil
	})
}

// describe says who may call.
func describe(o op) string {
	if realOnly(o.id) != "" {
		return "Scope: " + o.scope.String() + ". Not for test keys."
	}
	return "Scope: " + o.scope.String() + "."
}

// panicked is a bug of ours, with where it happened.
func panicked(p any) error { return fmt.Errorf("panic: %v\n%s", p, debug.Stack()) }

// only lets those in who hold the scope: by their key, or because the socket they came through vouches for them.
func (a *API) only(o op) func(huma.Context, func(huma.Context)) {
	need := o.scope
	return func(ctx huma.Context, next func(huma.Context)) {
		who, ok := people.From(ctx.Context())
		if !ok {
			if who, ok = a.Keys.Authenticate(Bearer(ctx.Header("Authorization"))); !ok {
				ctx.SetHeader("WWW-Authenticate", `Bearer realm="kaskad"`)
				refuse(ctx, problem(http.StatusUnauthorized, "unauthorized", "", "Send an API key: Authorization: Bearer ka_… (make one with `kaskad key new`)."))
				return
			}
			who.From = host(ctx.RemoteAddr())
			ctx = huma.WithContext(ctx, people.With(ctx.Context(), who))
		}
		if !a.fits(who) {
			refuse(ctx, problem(http.StatusForbidden, "forbidden", "", "This key belongs to the other side: test keys (kt_…) act on test records only, all others on real ones only."))
			return
		}
		if !who.Scopes.Allows(need) && o.changes() {
			a.tell(ctx.Context(), o, &did{}, &Problem{Code: "forbidden"})
		}
		if !who.Scopes.Allows(need) && who.Person != "" {
			refuse(ctx, problem(http.StatusForbidden, "forbidden", "", "This call needs the scope %s; your role, %s, has %s.", need, who.Role, who.Scopes))
			return
		}
		if !who.Scopes.Allows(need) {
			refuse(ctx, problem(http.StatusForbidden, "forbidden", "", "This call needs a key with scope %s; this one has %s.", need, who.Scopes))
			return
		}
		next(ctx)
	}
}

// host is the address of a caller, without the port.
func host(remote string) string {
	if at, err := netip.ParseAddrPort(remote); err == nil {
		return at.Addr().Unmap().String()
	}
	return ""
}

// Bearer takes the key out of the header; the scheme's name has no case (RFC 9110 §11.1).
func Bearer(header string) string {
	scheme, key, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(key)
}

func refuse(ctx huma.Context, p *Problem) {
	ctx.SetHeader("Content-Type", problemType)
	if p.retryAfter > 0 {
		ctx.SetHeader("Retry-After", strconv.Itoa(p.retryAfter))
	}
	ctx.SetStatus(p.Status)
	_ = json.NewEncoder(ctx.BodyWriter()).Encode(p)
}
