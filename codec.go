package future

import (
	"bytes"
	"encoding"
	"encoding/gob"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
)

// A Codec turns values into bytes and back, for calls that leave the process. Encode
// must not keep v, and Decode, which gets a pointer, must not keep data. Both are
// called by multiple goroutines simultaneously. An error fails the call in question.
type Codec interface {
	Encode(v any) ([]byte, error)
	Decode(data []byte, v any) error
}

// JSONCodec is the default [Codec]. What encoding/json says about types holds: only
// exported fields are carried, an any comes back as a map, a slice or a basic type,
// and a []byte grows by a third; for large ones see [GobCodec].
type JSONCodec struct{}

// Encode returns the JSON of v.
func (JSONCodec) Encode(v any) ([]byte, error) { return json.Marshal(addressable(v)) }

// Decode decodes JSON into what v points to.
func (JSONCodec) Decode(data []byte, v any) error { return json.Unmarshal(data, v) }

// GobCodec is a [Codec] that uses encoding/gob. It carries more types than JSON does,
// and bytes as they are. What gob says about types holds: only exported fields are
// carried, a nil pointer cannot be sent, and what is in an interface needs a
// [gob.Register]. It sends the description of the type with each value, which makes
// small structs slower than JSON.
type GobCodec struct{}

// Encode returns a gob stream of v.
func (GobCodec) Encode(v any) ([]byte, error) {
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(addressable(v))
	return b.Bytes(), err
}

// Decode decodes a gob stream into what v points to.
func (GobCodec) Decode(data []byte, v any) error {
	return gob.NewDecoder(bytes.NewReader(data)).Decode(v)
}

// addressable returns a pointer to a copy of v, or v if it is a pointer. The encoders use
// the methods that only the pointer to a value has where they can take its address.
func addressable(v any) any {
	t := reflect.TypeOf(v)
	if t == nil || t.Kind() == reflect.Pointer {
		return v
	}
	p := reflect.New(t)
	p.Elem().Set(reflect.ValueOf(v))
	return p.Interface()
}

// check returns an error if JSON cannot carry what in and out point to.
func (JSONCodec) check(in, out any) error {
	return checkTypes("JSON", in, out, func(t reflect.Type, k reflect.Kind) string {
		switch {
		case k == reflect.Complex64 || k == reflect.Complex128:
			return "is complex"
		case k == reflect.Interface && t.NumMethod() > 0:
			return "is an interface with methods, for which JSON has no type to make"
		case k == reflect.Map && !jsonKey(t.Key()):
			return "is a map whose keys are neither text nor integers"
		}
		return ""
	}, []reflect.Type{
		reflect.TypeFor[json.Marshaler](), reflect.TypeFor[json.Unmarshaler](),
		reflect.TypeFor[encoding.TextMarshaler](), reflect.TypeFor[encoding.TextUnmarshaler](),
	})
}

func jsonKey(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return true
	}
	return t.Implements(reflect.TypeFor[encoding.TextMarshaler]()) &&
		reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// check returns an error if gob cannot carry what in and out point to.
func (GobCodec) check(in, out any) error {
	for _, side := range []struct {
		name string
		of   any
	}{{"argument", in}, {"result", out}} {
		// What Encode gets is the value that is in it.
		if t := reflect.TypeOf(side.of).Elem(); t.Kind() == reflect.Interface {
			return fmt.Errorf("the %s cannot travel by gob: %v is an interface, which gob carries inside of another type only", side.name, t)
		}
	}
	return checkTypes("gob", in, out, func(t reflect.Type, k reflect.Kind) string {
		if k == reflect.Struct && t.NumField() == 0 {
			return "is a struct without fields"
		}
		return ""
	}, []reflect.Type{
		reflect.TypeFor[gob.GobEncoder](), reflect.TypeFor[gob.GobDecoder](),
		reflect.TypeFor[encoding.BinaryMarshaler](), reflect.TypeFor[encoding.BinaryUnmarshaler](),
		reflect.TypeFor[encoding.TextMarshaler](), reflect.TypeFor[encoding.TextUnmarshaler](),
	})
}

// A typeCheck walks through a type.
type typeCheck struct {
	codec string
	also  func(reflect.Type, reflect.Kind) string // what this codec refuses besides
	own   []reflect.Type                          // interfaces of types that encode themselves, in pairs
	seen  map[inPlace]bool
}

// An inPlace is a type where its values are addressable, or in a map, where they are not.
type inPlace struct {
	reflect.Type

	inMap bool
}

func checkTypes(codec string, in, out any, also func(reflect.Type, reflect.Kind) string, own []reflect.Type) error {
	c := &typeCheck{codec: codec, also: also, own: own, seen: make(map[inPlace]bool)}
	if err := c.check(inPlace{Type: reflect.TypeOf(in).Elem()}, ""); err != nil {
		return fmt.Errorf("the argument %w", err)
	}
	if err := c.check(inPlace{Type: reflect.TypeOf(out).Elem()}, ""); err != nil {
		return fmt.Errorf("the result %w", err)
	}
	return nil
}

// check returns an error that begins with the place of the type in the whole.
func (c *typeCheck) check(t inPlace, place string) error {
	if c.seen[t] {
		return nil
	}
	c.seen[t] = true
	if c.encodesItself(t) {
		return nil
	}
	if t.inMap && c.encodesItself(inPlace{Type: t.Type}) {
		return c.refuse(t, place, "is in a map, where the methods of its pointer by which it encodes itself are not used")
	}
	k := t.Kind()
	why := c.also(t.Type, k)
	switch k {
	case reflect.Chan, reflect.Func, reflect.UnsafePointer:
		why = "is a " + k.String()
	case reflect.Struct:
		if why == "" {
			return c.checkFields(t, place)
		}
	case reflect.Pointer, reflect.Slice:
		return c.check(inPlace{Type: t.Elem()}, place)
	case reflect.Array:
		return c.check(inPlace{t.Elem(), t.inMap}, place)
	case reflect.Map:
		if why == "" {
			if c.codec != "JSON" { // jsonKey has looked
				if err := c.check(inPlace{t.Key(), true}, place+" key"); err != nil {
					return err
				}
			}
			return c.check(inPlace{t.Elem(), true}, place)
		}
	}
	if why == "" {
		return nil
	}
	return c.refuse(t, place, why)
}

func (c *typeCheck) refuse(t inPlace, place, why string) error {
	return fmt.Errorf("%scannot travel by %s: %v %s", placePrefix(place), c.codec, t.Type, why)
}

func placePrefix(place string) string {
	if place == "" {
		return ""
	}
	return "(" + place[1:] + ") "
}

func (c *typeCheck) checkFields(t inPlace, place string) error {
	viaJSON := c.codec == "JSON" // gob has no eye for what is embedded
	visible := 0
	for f := range t.Fields() {
		embedded := viaJSON && f.Anonymous && f.Type.Kind() == reflect.Struct
		switch {
		case embedded && !exportsAny(f.Type):
			continue // as a field that is not exported
		case f.IsExported() || embedded:
		case viaJSON && f.Anonymous && f.Type.Kind() == reflect.Pointer && exportsAny(f.Type.Elem()) && f.Tag.Get("json") != "-":
			return fmt.Errorf("%scannot travel by JSON: %v is a pointer to an unexported struct, which JSON cannot set", placePrefix(place+"."+f.Name), f.Type)
		default:
			continue
		}
		visible++
		if viaJSON && f.Tag.Get("json") == "-" {
			continue
		}
		// gob leaves fields out that are channels or functions, which is to lose them.
		if err := c.check(inPlace{f.Type, t.inMap}, place+"."+f.Name); err != nil {
			return err
		}
	}
	if visible == 0 && t.NumField() > 0 {
		return c.refuse(t, place, "has only unexported fields")
	}
	return nil
}

// exportsAny reports whether a struct has exported fields, those of embedded structs too.
func exportsAny(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && slices.ContainsFunc(reflect.VisibleFields(t), func(f reflect.StructField) bool {
		return f.IsExported() && (!f.Anonymous || f.Type.Kind() != reflect.Struct)
	})
}

// encodesItself reports whether t has both methods of a pair: that decodes on its
// pointer, and so that which encodes, but in a map.
func (c *typeCheck) encodesItself(t inPlace) bool {
	p := reflect.PointerTo(t.Type)
	encoder := p
	if t.inMap {
		encoder = t.Type
	}
	for i := 0; i < len(c.own); i += 2 {
		if encoder.Implements(c.own[i]) && p.Implements(c.own[i+1]) {
			return true
		}
	}
	return false
}
