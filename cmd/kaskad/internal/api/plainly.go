package api

import (
	"fmt"
	"strings"

	"github.com/danielgtaylor/huma/v2/validation"
)

// plainly is what huma says, in the words of people: what to write.
func plainly(message string) string {
	switch message {
	case validation.MsgExpectedString:
		return "write a text"
	case validation.MsgExpectedInteger, "invalid integer":
		return "write a whole number"
	case validation.MsgExpectedBoolean:
		return "write true or false"
	case validation.MsgExpectedArray:
		return "write a list"
	case validation.MsgExpectedObject:
		return "write an object"
	case validation.MsgExpectedRFC3339DateTime:
		return "write a time as 2026-03-02T12:00:00Z"
	}
	if strings.HasPrefix(message, "invalid date/time") {
		return plainly(validation.MsgExpectedRFC3339DateTime)
	}
	if words, ok := strings.CutPrefix(message, `expected value to be one of "`); ok {
		return "write one of " + strings.TrimSuffix(words, `"`)
	}
	return bounded(message)
}

// bounded is what huma says of a value that is too small or too large.
func bounded(message string) string {
	for _, b := range []struct{ form, of string }{
		{validation.MsgExpectedMinItems, "item"}, {validation.MsgExpectedMinLength, "character"}, {validation.MsgExpectedMinimumNumber, ""},
		{validation.MsgExpectedMaxItems, "item"}, {validation.MsgExpectedMaxLength, "character"}, {validation.MsgExpectedMaximumNumber, ""},
	} {
		before, _, _ := strings.Cut(b.form, "%")
		n, ok := strings.CutPrefix(message, before)
		if !ok {
			continue
		}
		if b.of != "" && n != "1" {
			b.of += "s"
		}
		most := "at least"
		if strings.Contains(before, "<=") {
			most = "at most"
		}
		return strings.TrimSpace(fmt.Sprintf("%s %s %s", most, n, b.of))
	}
	return message
}
