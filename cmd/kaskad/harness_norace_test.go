//go:build !race

package main

// journeysAtOnce is how many journeys go at once for each processor: they wait more than they compute.
const journeysAtOnce = 4
