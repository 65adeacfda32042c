package main

import (
	"errors"
	"fmt"
	"strings"
)

// kinds are the licences that a release may carry, and words that no other licence has. MPL-2.0 wants that the reader is told
// where the source is: every module's address stands above its text. The names are those of SPDX.
var kinds = []struct{ name, words string }{
	{"MIT", "permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files"},
	{"Apache-2.0", "apache license version 2.0, january 2004"},
	{"BSD", "redistribution and use in source and binary forms, with or without modification, are permitted provided that the following conditions are met"},
	{"ISC", "permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted, provided that"},
	{"ISC", "permission to use, copy, modify, and distribute this software for any purpose with or without fee is hereby granted, provided that"},
	{"MPL-2.0", "mozilla public license version 2.0 =========="},
	{"MPL-2.0", "mozilla public license, version 2.0 1. definitions"},
	{"public domain", "all of the code and documentation in sqlite has been dedicated to the public domain by the authors"},
}

// refused are words that make a text one of those that we may not pass on, whatever else it says. MPL-2.0 names the GPL inside.
var refused = []string{
	"gnu general public license version", "gnu lesser general public license version", "gnu affero general public license version",
	"business source license", "server side public license", "commons clause", "elastic license", "prosperity public license", "polyform",
}

var errUnknown = errors.New("the licence is not on the list of those we may pass on; read it, and add its words to kinds.go or do without the module")

// recognise names the licences that a text holds.
func recognise(body string) (names []string, err error) {
	words := flat(body)
	for _, bad := range refused {
		if strings.Contains(words, bad) {
			return nil, fmt.Errorf("%q stands in it: %w", bad, errUnknown)
		}
	}
	for _, k := range kinds {
		if strings.Contains(words, k.words) {
			names = append(names, k.name)
		}
	}
	if len(names) == 0 {
		return nil, errUnknown
	}
	return names, nil
}
