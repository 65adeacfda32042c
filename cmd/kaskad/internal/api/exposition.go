package api

import (
	"bytes"
	"fmt"
	"maps"
	"runtime/metrics"
	"slices"
	"strconv"
	"strings"
)

// exposition gathers metrics for Prometheus' text format 0.0.4, in which the lines of one metric must stand together.
//
// See https://prometheus.io/docs/instrumenting/exposition_formats/. What the client library would add, histograms and
// registries, is not needed here.
type exposition struct {
	heads map[string]string
	lines map[string][]string
}

var labelEscapes = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)

// add writes one sample; labels are names and values in turn.
func (x *exposition) add(name, kind, help string, value float64, labels ...string) {
	if x.heads == nil {
		x.heads, x.lines = map[string]string{}, map[string][]string{}
	}
	if x.heads[name] == "" {
		x.heads[name] = fmt.Sprintf("# HELP %s %s\n# TYPE %s %s\n", name, strings.ReplaceAll(help, "\n", " "), name, kind)
	}
	line := name
	for i := 0; i+1 < len(labels); i += 2 {
		open := ","
		if i == 0 {
			open = "{"
		}
		line += open + labels[i] + `="` + labelEscapes.Replace(labels[i+1]) + `"`
	}
	if len(labels) > 0 {
		line += "}"
	}
	x.lines[name] = append(x.lines[name], line+" "+strconv.FormatFloat(value, 'g', -1, 64)+"\n")
}

// bytes is the answer, in the same order every time.
func (x *exposition) bytes() []byte {
	var b bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(x.lines)) {
		b.WriteString(x.heads[name])
		for _, line := range slices.Sorted(slices.Values(x.lines[name])) {
			b.WriteString(line)
		}
	}
	return b.Bytes()
}

// goRuntime writes the figures of Go's runtime, under the names that Prometheus' own client gives them.
func goRuntime(x *exposition) {
	var samples []metrics.Sample
	kinds := map[string]string{}
	helps := map[string]string{}
	for _, d := range metrics.All() {
		if strings.HasPrefix(d.Name, "/godebug/") || d.Kind == metrics.KindFloat64Histogram {
			continue
		}
		samples = append(samples, metrics.Sample{Name: d.Name})
		kinds[d.Name], helps[d.Name] = "gauge", d.Description
		if d.Cumulative {
			kinds[d.Name] = "counter"
		}
	}
	metrics.Read(samples)
	for _, s := range samples {
		name, value := runtimeName(s.Name), 0.0
		switch s.Value.Kind() {
		case metrics.KindUint64:
			value = float64(s.Value.Uint64())
		case metrics.KindFloat64:
			value = s.Value.Float64()
		default:
			continue
		}
		if kinds[s.Name] == "counter" {
			name += "_total"
		}
		x.add(name, kinds[s.Name], helps[s.Name], value)
		if s.Name == "/sched/goroutines:goroutines" {
			x.add("go_goroutines", "gauge", "Goroutines that exist now.", value) // the name every dashboard asks for
		}
	}
}

// runtimeName turns "/gc/heap/allocs:bytes" into "go_gc_heap_allocs_bytes".
func runtimeName(name string) string {
	return "go" + strings.NewReplacer("/", "_", ":", "_", "-", "_").Replace(name)
}
