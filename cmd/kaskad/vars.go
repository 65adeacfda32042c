package main

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// vars are fields of a template, each written as name=value. A value is taken as it stands: it may hold semicolons and backslashes.
type vars map[string]string

// Decode reads one --var. A field that is named twice is a slip, and which of the two was meant nobody knows.
func (v *vars) Decode(ctx *kong.DecodeContext) error {
	var text string
	if err := ctx.Scan.PopValueInto("name=value", &text); err != nil {
		return err
	}
	name, value, ok := strings.Cut(text, "=")
	if !ok || name == "" {
		return fmt.Errorf("expected \"name=value\" but got %q", text)
	}
	if _, twice := (*v)[name]; twice {
		return fmt.Errorf("%s is given twice: take one of them away", name)
	}
	if *v == nil {
		*v = vars{}
	}
	(*v)[name] = value
	return nil
}
