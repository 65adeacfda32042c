package intake

import (
	"slices"
	"strings"
)

// problem is why the gateway refuses a row, with the column named as the list calls it, and not as the API calls its field.
func (c *Columns) problem(cells []string, field, detail string) string {
	names := c.headings(cells, field)
	if len(names) == 0 {
		return detail
	}
	// Of an address the gateway says "addresses: phone: the value …": the column has to be named once, and as the list does.
	for _, own := range []string{field, field[strings.LastIndexByte(field, '.')+1:], fieldPhone} {
		detail = strings.TrimPrefix(detail, own+": ")
	}
	return strings.Join(names, ", ") + ": " + detail
}

// headings are the columns of a row from which a field of the API was made; none: it was told for the whole list, or is of no column.
func (c *Columns) headings(cells []string, field string) (names []string) {
	for _, col := range c.cols {
		if cells[col.at] != "" && makes(col.field, field) {
			names = append(names, col.heading)
		}
	}
	return names
}

// makes reports whether a column is told as a field of the API, or as a part of it.
func makes(column, field string) bool {
	name, rest, _ := strings.Cut(field, ".")
	switch name {
	case "name":
		return slices.Contains([]string{fieldName, fieldFirst, fieldMiddle, fieldLast}, column)
	case "attributes":
		return strings.HasPrefix(column, attribute) && (rest == "" || column == attribute+rest)
	case "addresses":
		return messenger(column)
	case "consents":
		return slices.Contains(toldAs(rest), column)
	}
	return column == name
}

// toldAs are the columns of a consent, marketing or channels.sms, or the one of a part of it: marketing.source.
func toldAs(consent string) []string {
	parts := strings.Split(consent, ".")
	channel := ""
	switch {
	case parts[0] == "all":
		return stopColumns(parts[1:])
	case parts[0] == "channels" && len(parts) > 1:
		channel, parts = parts[1], parts[1:]
	}
	unsub := []string{fieldUnsub}
	if len(parts) > 1 && parts[1] != "state" {
		unsub = []string{fieldUnsub + "_" + parts[1]}
	}
	if channel != "" {
		unsub = nil
	}
	if len(parts) < 2 || parts[1] == "state" {
		return append(unsub, consentField(channel, partState))
	}
	own := consentField(channel, parts[1])
	return append(unsub, own, consentField("", parts[1])) // what a channel leaves open is that of the row
}

func stopColumns(parts []string) []string {
	if len(parts) == 0 || parts[0] == "state" {
		return []string{fieldStop}
	}
	return []string{fieldStop + "_" + parts[0]}
}
