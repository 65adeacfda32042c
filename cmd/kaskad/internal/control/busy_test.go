package control_test

import (
	"errors"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/cmd/kaskad/internal/control"
)

func TestABusyGatewayIsAskedAgainWhenItSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		begun := time.Now()
		c := control.Direct(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if body, err := io.ReadAll(r.Body); err != nil || string(body) != `{"a":1}` {
				t.Errorf("call %d has the body %q (%v)", calls, body, err)
			}
			if calls++; calls < 4 {
				w.Header().Set("Retry-After", "7")
				w.WriteHeader(http.StatusTooManyRequests)
				io.WriteString(w, `{"code":"overloaded","detail":"later"}`)
				return
			}
			io.WriteString(w, `{}`)
		}))
		if err := c.Do(t.Context(), "POST", "/v1/deliveries", map[string]int{"a": 1}, nil); err != nil || calls != 4 || time.Since(begun) != 21*time.Second {
			t.Errorf("%d calls in %s: %v", calls, time.Since(begun), err)
		}
	})
}

func TestAGatewayThatStaysBusyIsGivenUp(t *testing.T) {
	for code, long := range map[string]time.Duration{"overloaded": 10 * time.Minute, "too_many_streams": 0} {
		synctest.Test(t, func(t *testing.T) {
			begun := time.Now()
			c := control.Direct(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Retry-After", "30")
				w.WriteHeader(http.StatusTooManyRequests)
				io.WriteString(w, `{"code":"`+code+`","detail":"later"}`)
			}))
			err := c.Do(t.Context(), "GET", "/v1/status", nil, nil)
			var p *control.Problem
			if !errors.As(err, &p) || p.Code != code || time.Since(begun) < long || time.Since(begun) > long+time.Minute {
				t.Errorf("%s: %v after %s", code, err, time.Since(begun))
			}
		})
	}
}
