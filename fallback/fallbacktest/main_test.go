package fallbacktest

import (
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	if err := Draws(); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
