package fallbacktest

import (
	"reflect"
	"time"
)

// clone copies a record with everything it points to, so that nobody's later change shows in the store, and the store's do not
// show outside. Unexported fields are left zero, as a file would lose them.
func clone[T any](v T) T {
	in := reflect.ValueOf(&v).Elem()
	out := reflect.New(in.Type()).Elem()
	copyInto(out, in)
	return out.Interface().(T)
}

var timeType = reflect.TypeFor[time.Time]()

func copyInto(out, in reflect.Value) {
	switch in.Kind() {
	case reflect.Struct:
		copyStruct(out, in)
	case reflect.Slice:
		if !in.IsNil() {
			out.Set(reflect.MakeSlice(in.Type(), in.Len(), in.Len()))
			copySlice(out, in)
		}
	case reflect.Map:
		if in.IsNil() {
			return
		}
		out.Set(reflect.MakeMapWithSize(in.Type(), in.Len()))
		for it := in.MapRange(); it.Next(); {
			v := reflect.New(in.Type().Elem()).Elem()
			copyInto(v, it.Value())
			out.SetMapIndex(it.Key(), v)
		}
	case reflect.Pointer:
		if in.IsNil() {
			return
		}
		out.Set(reflect.New(in.Type().Elem()))
		copyInto(out.Elem(), in.Elem())
	default:
		out.Set(in)
	}
}

func copySlice(out, in reflect.Value) {
	if in.Type().Elem().Kind() <= reflect.Float64 || in.Type().Elem().Kind() == reflect.String { // nothing that points anywhere
		reflect.Copy(out, in)
		return
	}
	for i := range in.Len() {
		copyInto(out.Index(i), in.Index(i))
	}
}

// copyStruct is where tests of the engine spend their time, so it asks reflection for little.
func copyStruct(out, in reflect.Value) {
	if in.Type() == timeType { // a file keeps the moment, not the monotonic clock or the zone's name
		if at := timeOf(in); !at.IsZero() {
			*out.Addr().Interface().(*time.Time) = at.Round(0).UTC()
		}
		return
	}
	for i := range in.NumField() {
		if f := out.Field(i); f.CanSet() { // it is exported
			copyInto(f, in.Field(i))
		}
	}
}

func timeOf(in reflect.Value) time.Time {
	if in.CanAddr() {
		return *in.Addr().Interface().(*time.Time)
	}
	return in.Interface().(time.Time)
}
