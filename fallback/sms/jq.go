package sms

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/itchyny/gojq"
)

const (
	answerTime = time.Second     // for all expressions over one answer
	callTime   = 5 * time.Second // for all expressions over one call
	maxOutput  = 64 << 10        // of one expression: the longest text that anybody sends by SMS is far below
	maxEach    = 10_000          // reports in one call
)

// query is one jq expression of a description; nil is one that was not written.
type query struct{ code *gojq.Code }

// compileQuery compiles an expression; names are the variables it can use, as "$token".
func compileQuery(source string, names ...string) (*query, error) {
	if strings.TrimSpace(source) == "" {
		return nil, nil
	}
	parsed, err := gojq.Parse(source)
	if err != nil {
		return nil, fmt.Errorf("%w; write a jq expression such as .message_id", err)
	}
	code, err := gojq.Compile(parsed, gojq.WithVariables(names))
	if err != nil {
		return nil, fmt.Errorf("%w; write a jq expression such as .message_id", err)
	}
	return &query{code}, nil
}

// first is the first output of the expression.
func (q *query) first(ctx context.Context, input any) (any, error) {
	all, err := q.run(ctx, input, 1)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, errors.New("the expression gives nothing")
	}
	return all[0], nil
}

// run is the outputs of the expression, at most as many as said. A panic of the interpreter is an error.
func (q *query) run(ctx context.Context, input any, most int, variables ...any) (all []any, err error) {
	defer func() {
		if v := recover(); v != nil {
			all, err = nil, errors.New("the expression cannot be computed")
		}
	}()
	outputs := q.code.RunWithContext(ctx, input, variables...)
	for len(all) < most {
		v, more := outputs.Next()
		if !more {
			break
		}
		if err, bad := v.(error); bad {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

// text is the first output as a string, with all digits of a number. What is no string, number or boolean is empty, and
// so is an expression that fails or was not written.
func (q *query) text(ctx context.Context, input any) string {
	if q == nil {
		return ""
	}
	v, err := q.first(ctx, input)
	if err != nil {
		return ""
	}
	s := scalar(v)
	if len(s) > maxOutput {
		return ""
	}
	return s
}

func scalar(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case int:
		return strconv.Itoa(v)
	case *big.Int:
		return v.String()
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return ""
		}
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

// truth is jq's: null and false are not, everything else is.
func truth(v any) bool { return v != nil && v != false }

// decode reads one JSON value and nothing behind it. Numbers keep their digits.
func decode(body []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(body, []byte("\ufeff"))))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("there is more behind the JSON value")
	}
	return v, nil
}
