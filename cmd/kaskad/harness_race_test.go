//go:build race

package main

// journeysAtOnce is how many journeys go at once for each processor. The race detector leaves none of it idle.
const journeysAtOnce = 1
