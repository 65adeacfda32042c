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
		if in.IsNil() {
			return
		}
		out.Set(reflect.MakeSlice(in.Type(), in.Len(), in.Len()))
		for i := range in.Len() {
			copyInto(out.Index(i), in.Index(i))
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

func copyStruct(out, in reflect.Value) {
	t := in.Type()
	if t == timeType { // a file keeps the moment, not the monotonic clock or the zone's name
		if at := in.Interface().(time.Time); !at.IsZero() {
			out.Set(reflect.ValueOf(at.Round(0).UTC()))
		}
		return
	}
	for i := range t.NumField() {
		if t.Field(i).IsExported() {
			copyInto(out.Field(i), in.Field(i))
		}
	}
}
