package store

import (
	"os"
	"testing"

	"kaskad/fallback/fallbacktest"
)

func TestMain(m *testing.M) {
	if err := fallbacktest.Draws(); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
