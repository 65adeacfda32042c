//go:build !race

package whatsapp

const underRace = false
