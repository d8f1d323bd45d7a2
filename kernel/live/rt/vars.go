package rt

import (
	"fmt"
	"reflect"
	"sync"
)

// variables are those that cells have declared: pointers to them, by unit and name.
var variables sync.Map

// Variable is called as a cell's plugin is opened, for each variable that lives on.
func Variable(unit int, name string, pointer any) {
	variables.Store(fmt.Sprintf("%d.%s", unit, name), pointer)
}

// Forget empties a variable, so that what it alone holds can be freed.
func Forget(name string, unit int) {
	if pointer, ok := variables.Load(fmt.Sprintf("%d.%s", unit, name)); ok {
		reflect.ValueOf(pointer).Elem().SetZero()
	}
}

// Sizes are the bytes that each variable holds, with what it points to, as far as can be told: what is behind a
// pointer of C is not, and what several share is counted for each.
func Sizes() map[string]int64 {
	sizes := map[string]int64{}
	variables.Range(func(key, pointer any) bool {
		sizes[key.(string)] = sizeOf(reflect.ValueOf(pointer).Elem())
		return true
	})
	return sizes
}

// sizeLimit is how many values are looked at for one variable.
const sizeLimit = 200_000

func sizeOf(v reflect.Value) (bytes int64) {
	defer func() { _ = recover() }() // values change while they are looked at
	s := sizer{seen: map[uintptr]bool{}}
	bytes = int64(v.Type().Size())
	bytes += s.behind(v)
	return bytes
}

// sizer adds up what values point to.
type sizer struct {
	seen  map[uintptr]bool
	count int
}

// behind is the size of what v points to, not that of v itself.
func (s *sizer) behind(v reflect.Value) (bytes int64) {
	if s.count++; s.count > sizeLimit {
		return 0
	}
	switch v.Kind() {
	case reflect.String:
		return int64(v.Len())
	case reflect.Pointer:
		if v.IsNil() || s.seen[v.Pointer()] {
			return 0
		}
		s.seen[v.Pointer()] = true
		return int64(v.Type().Elem().Size()) + s.behind(v.Elem())
	case reflect.Interface:
		if v.IsNil() {
			return 0
		}
		return int64(v.Elem().Type().Size()) + s.behind(v.Elem())
	case reflect.Slice:
		if v.IsNil() || v.Len() > 0 && s.seen[v.Pointer()] {
			return 0
		}
		if v.Len() > 0 {
			s.seen[v.Pointer()] = true
		}
		bytes = int64(v.Cap()) * int64(v.Type().Elem().Size())
		return bytes + s.elements(v)
	case reflect.Array:
		return s.elements(v)
	case reflect.Struct:
		for i := range v.NumField() {
			bytes += s.behind(v.Field(i))
		}
		return bytes
	case reflect.Map:
		pairs := v.MapRange()
		for pairs.Next() {
			bytes += int64(v.Type().Key().Size()+v.Type().Elem().Size()) + s.behind(pairs.Key()) +
				s.behind(pairs.Value())
		}
	}
	return bytes
}

// elements is the size of what elements point to: nothing, for those that hold no pointer.
func (s *sizer) elements(v reflect.Value) (bytes int64) {
	switch v.Type().Elem().Kind() {
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint,
		reflect.Uint8, reflect.Uint16,
		reflect.Uint32, reflect.Uint64, reflect.Uintptr, reflect.Float32, reflect.Float64, reflect.Complex64,
		reflect.Complex128:
		return 0
	}
	for i := range v.Len() {
		bytes += s.behind(v.Index(i))
	}
	return bytes
}
