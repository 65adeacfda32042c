//go:build !race

package whatsapp

const raced = false
