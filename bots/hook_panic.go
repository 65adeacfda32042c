package bots

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
)

// errPanic is a panic, without its value: that may hold what a person wrote.
var errPanic = errors.New("panic")

func parse(hook Webhook, call Call) (batch Batch, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%w in Parse at %s: %s", errPanic, panicPlace(), panicKind(v))
		}
	}()
	return hook.Parse(call)
}

func receive(ctx context.Context, to func(context.Context, Batch) (Answer, error), batch Batch) (a Answer, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%w while storing at %s: %s", errPanic, panicPlace(), panicKind(v))
		}
	}()
	return to(ctx, batch)
}

// panicKind tells a panic of the runtime (an index, a nil pointer) in full and of any other only its type.
func panicKind(v any) string {
	if err, ok := v.(interface {
		error
		RuntimeError()
	}); ok {
		return err.Error()
	}
	return fmt.Sprintf("%T", v)
}

// panicPlace is where the panic was: the first line below the deferred function that is not the runtime's.
func panicPlace() string {
	pc := make([]uintptr, 16)
	frames := runtime.CallersFrames(pc[:runtime.Callers(3, pc)])
	for more := true; more; {
		var f runtime.Frame
		if f, more = frames.Next(); !strings.HasPrefix(f.Function, "runtime.") {
			return fmt.Sprintf("%s:%d", filepath.Base(f.File), f.Line)
		}
	}
	return "an unknown place"
}
